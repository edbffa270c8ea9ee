# `make demo` and `make test` need git, make, Python >= 3.11 and a package registry; they set up the rest.
# `make help` lists the other targets. `make check` is what CI runs.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

# ------------------------------------------------------------- interpreters
# The code runs on 3.11 to 3.13. Each candidate is asked, not looked up: version managers leave dead shims on PATH.
is_python = $$p -c 'import sys; sys.exit(not $(1))' 2>/dev/null
first_python = for p in $(2); do if $(call is_python,$(1)); then command -v $$p; break; fi; done
PYTHON ?= $(shell $(call first_python,(3,11) <= sys.version_info,python3.11 python3.12 python3.13 python3 python))
# Python 3.13 is the Lambda runtime's. Only `make e2e` and release builds need it; `make build` warns without it.
PYTHON313 ?= $(shell $(call first_python,sys.version_info[:2] == (3,13),python3.13 python3 $(HOME)/.pyenv/versions/3.13.*/bin/python))

TOOLS := .tools
UV ?= $(abspath $(TOOLS)/bin/uv)
BIN := .venv/bin
SAM := $(abspath .venv-sam/bin/sam)
BUILD := .build

# ------------------------------------------------------------------ choices
SEED ?=
SEEDS ?=
KEEP ?=
STOPS ?=
TRACES ?=
WORKERS ?= 2
ARCHITECTURE ?= arm64
RELEASE ?=
ENVIRONMENT ?= default

# Nothing below ever talks to AWS except `make deploy`: a made-up identity keeps SDKs from looking for a real one.
offline := AWS_ACCESS_KEY_ID=offline AWS_SECRET_ACCESS_KEY=offline AWS_DEFAULT_REGION=eu-west-1 AWS_REGION=eu-west-1 \
	AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null SAM_CLI_TELEMETRY=0

.PHONY: help setup demo test check lint fmt sim sim-guards bench bench-restart bench-rightsize golden build e2e deploy lock clean

help:  ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 12

# -------------------------------------------------------------------- set-up
# Each environment has a stamp, so a second `make` does nothing. uv comes from pip by a hashed lock, all else from uv
# by hashed locks. Environments are added to, never emptied: remove the folder to start afresh.
setup: .venv/.ready  ## make the development environment (done by the targets that need it)

$(TOOLS)/.ready: requirements/tools.txt
	@test -n "$(PYTHON)" || { echo "Trimtab needs Python >= 3.11 on PATH (or: make PYTHON=/path/to/python)." >&2; exit 1; }
	@echo "set-up: installing uv into $(TOOLS)" >&2
	@test -x $(TOOLS)/bin/python || $(PYTHON) -m venv $(TOOLS) || { rm -rf $(TOOLS); \
		echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu install python3-venv." >&2; exit 1; }
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tools.txt
	@touch $@

.venv/.ready: $(TOOLS)/.ready requirements/dev.txt pyproject.toml
	@echo "set-up: installing the development environment into .venv" >&2
	@test -x $(BIN)/python || $(UV) venv --quiet --python "$(PYTHON)" .venv
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.venv-sam/.ready: $(TOOLS)/.ready requirements/sam.txt
	@echo "set-up: installing aws-sam-cli into .venv-sam" >&2
	@test -x .venv-sam/bin/python || $(UV) venv --quiet --python "$(PYTHON)" .venv-sam
	@$(UV) pip install --quiet --python .venv-sam/bin/python --require-hashes -r requirements/sam.txt
	@touch $@

.venv-e2e/.ready: $(TOOLS)/.ready requirements/e2e.txt
	@test -n "$(PYTHON313)" || { echo "make e2e runs the functions under Python 3.13 and finds none (or: make e2e PYTHON313=/path/to/python3.13)." >&2; exit 1; }
	@echo "set-up: installing the emulator into .venv-e2e" >&2
	@test -x .venv-e2e/bin/python || $(UV) venv --quiet --python "$(PYTHON313)" .venv-e2e
	@$(UV) pip install --quiet --python .venv-e2e/bin/python --require-hashes -r requirements/e2e.txt
	@touch $@

# ---------------------------------------------------------------- daily work
demo: .venv/.ready  ## 14 simulated days of a fleet with Trimtab and without (SEED=7, TRACES=DIR)
	@$(BIN)/trimtab demo $(if $(SEED),--seed $(SEED)) $(if $(TRACES),--traces $(TRACES))

test: .venv/.ready  ## all tests but the slow ones (WORKERS=2)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not slow and not e2e"

check: lint test  ## what CI runs: lint, test, then 300 simulated seeds
	@$(offline) $(BIN)/python -m trimtab_cli.simulation --workers $(WORKERS) --seeds 300 --quiet

fmt: .venv/.ready  ## format the code and sort the imports
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix-only --quiet .

lint: .venv/.ready .venv-sam/.ready  ## ruff, mypy, import contracts, template (offline)
	@echo "lint: ruff" >&2; $(BIN)/ruff check . ; $(BIN)/ruff format --check .
	@echo "lint: mypy" >&2; $(BIN)/mypy
	@echo "lint: import contracts" >&2; PYTHONPATH=layers/trimtab:cli:lab:. $(BIN)/lint-imports --no-logo
	@echo "lint: template as written" >&2; $(BIN)/cfn-lint template.yaml
	@echo "lint: template as CloudFormation gets it" >&2; mkdir -p $(BUILD)
	@$(offline) $(BIN)/python -m toolchain.translate_template template.yaml $(BUILD)/translated.json
	@$(BIN)/cfn-lint $(BUILD)/translated.json
	@echo "lint: sam validate" >&2; $(offline) $(SAM) validate --lint --region eu-west-1

sim: .venv/.ready  ## live simulated seeds against the invariants (SEEDS=300, SEED=n for one, KEEP="name" as a test, WORKERS=2)
	@$(offline) $(BIN)/python -m trimtab_cli.simulation --workers $(WORKERS) --seeds $(or $(SEEDS),300) $(if $(SEED),--seed $(SEED)) \
		$(if $(KEEP),--keep "$(KEEP)")

sim-guards: .venv/.ready  ## take each guard away: some seed must notice; writes docs/guards.md (SEEDS=300)
	@$(offline) $(BIN)/python -m trimtab_cli.simulation.guards --workers $(WORKERS) --seeds $(or $(SEEDS),300)

bench: .venv/.ready  ## run every script of tests/benchmarks
	@scripts=$$(ls tests/benchmarks/*.py 2>/dev/null | grep -v __init__ || true); \
	if [ -z "$$scripts" ]; then echo "bench: tests/benchmarks holds no script yet; nothing was measured." >&2; fi; \
	for script in $$scripts; do echo "bench: $$script" >&2; $(BIN)/python $$script; done

bench-restart: .venv/.ready  ## what a restart costs, and a storm of stops (STOPS=5000)
	@$(offline) $(BIN)/python tests/benchmarks/restart.py $(STOPS)

bench-rightsize: .venv/.ready  ## our sizes against other tools' rules on recorded series (TRACES=DIR, docs/traces.md)
	@test -n "$(TRACES)" || { echo "make bench-rightsize lives recorded series: give it a folder of them, TRACES=DIR (docs/traces.md)." >&2; exit 2; }
	@$(offline) $(BIN)/trimtab backtest --traces "$(TRACES)" --by-source --workers $(WORKERS)

golden: .venv/.ready  ## rewrite the golden files from what the code says now; read the diff
	@if ls tests/golden/test_*.py >/dev/null 2>&1; then $(BIN)/python -m pytest tests/golden --write-golden; \
	else echo "golden: tests/golden holds no test yet; nothing was written." >&2; fi

# -------------------------------------------------------------------- release
build: $(TOOLS)/.ready .venv-sam/.ready  ## sam build, without containers (ARCHITECTURE=arm64, RELEASE=1 demands Python 3.13)
	@$(offline) TRIMTAB_UV=$(UV) TRIMTAB_PYTHON="$(abspath $(TOOLS)/bin/python)" TRIMTAB_PYTHON313="$(PYTHON313)" \
		TRIMTAB_ARCHITECTURE=$(ARCHITECTURE) RELEASE=$(RELEASE) $(SAM) build --region eu-west-1
	@test -n "$(PYTHON313)" || printf '%s\n' "" \
		"*** No Python 3.13 was found: the layer holds no bytecode, and cold starts take about 1.1 s instead of 0.45 s." \
		"*** Fine for trying out. Build releases with Python 3.13 at hand; RELEASE=1 insists on it." >&2

deploy: build  ## build, then `sam deploy --guided` with your own AWS credentials (ENVIRONMENT=prod for samconfig's other part)
	@SAM_CLI_TELEMETRY=0 $(SAM) deploy --guided --config-env $(ENVIRONMENT)

e2e: .venv/.ready .venv-sam/.ready .venv-e2e/.ready  ## deploy into a local emulator and wake the functions there (needs Python 3.13)
	@if ls tests/e2e/test_*.py >/dev/null 2>&1; then \
		TRIMTAB_SAM=$(SAM) TRIMTAB_MINISTACK=$(abspath .venv-e2e/bin/python) $(BIN)/python -m pytest -m e2e tests/e2e; \
	else echo "e2e: tests/e2e holds no test yet; nothing was deployed." >&2; fi

# ---------------------------------------------------------------------- locks
lock: $(TOOLS)/.ready  ## compile the locks again from pyproject.toml and the *.in files
	@$(UV) pip compile --quiet --generate-hashes --universal --python-version 3.11 requirements/tools.in -o requirements/tools.txt
	@$(UV) pip compile --quiet --generate-hashes --universal --python-version 3.11 pyproject.toml --extra dev -o requirements/dev.txt
	@$(UV) pip compile --quiet --generate-hashes --universal --python-version 3.11 requirements/sam.in -o requirements/sam.txt
	@$(UV) pip compile --quiet --generate-hashes --universal --python-version 3.13 requirements/e2e.in -o requirements/e2e.txt
	@$(UV) pip compile --quiet --generate-hashes --python-version 3.13 --python-platform aarch64-manylinux2014 --only-binary :all: \
		layers/trimtab/requirements.in -o layers/trimtab/requirements.txt

clean:  ## remove what the targets made, except the environments
	@rm -rf $(BUILD) .aws-sam .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
