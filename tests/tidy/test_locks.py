"""The locks name no host, pin with hashes, and agree with each other on what ships."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import prune_botocore
from tests.tidy.stack import ROOT

LAYER = ROOT / "layers/trimtab/requirements.txt"
LOCKS = [LAYER, *sorted((ROOT / "requirements").glob("*.txt"))]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def faults(lock: str) -> Iterator[str]:
    """What is wrong with the text of a lock."""
    if "://" in lock or re.search(r"^\s*(-i|-f|--.*(index|find-links|host))", lock, re.MULTILINE):
        yield "it names a host or an index"
    for requirement in re.split(r"\n(?=\S)", lock):
        if requirement.startswith("#"):
            continue
        if not PIN.match(requirement):
            yield f"not pinned: {requirement.splitlines()[0]}"
        if "--hash=sha256:" not in requirement:
            yield f"no hash: {requirement.splitlines()[0]}"


def pins(path: Path) -> dict[str, str]:
    """Version by package."""
    return dict(PIN.findall(path.read_text("utf-8")))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_a_lock_pins_everything_by_hash_and_names_no_host(lock):
    assert list(faults(lock.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "lock",
    [
        "--index-url https://example.invalid/simple\nsix==1.17.0 \\\n    --hash=sha256:ab\n",
        "--find-links /opt/wheels\nsix==1.17.0 \\\n    --hash=sha256:ab\n",
        "six==1.17.0\n",
        "six>=1.17.0 \\\n    --hash=sha256:ab\n",
    ],
)
def test_a_lock_with_a_fault_is_found(lock):
    assert len(list(faults(lock))) >= 1


def test_what_ships_is_what_the_tests_run_on():
    tested = pins(ROOT / "requirements/dev.txt")

    shipped = pins(LAYER)

    assert {name: tested.get(name) for name in shipped} == shipped


def test_the_layer_carries_the_sdk_that_the_project_pins():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    shipped = pins(LAYER)

    for name in ("boto3", "aws-lambda-powertools"):
        assert f"{name}=={shipped[name]}" in project["dependencies"]


def test_the_layer_keeps_the_data_of_the_services_that_functions_call_and_of_no_other():
    wiring = ast.parse((ROOT / "layers/trimtab/trimtab/wiring.py").read_text("utf-8"))
    (aws,) = (node for node in wiring.body if isinstance(node, ast.FunctionDef) and node.name == "aws")
    called = {
        call.args[0].value
        for call in ast.walk(aws)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "_client"
    }

    kept = prune_botocore.services_in((ROOT / "layers/trimtab/botocore_services.txt").read_text("utf-8"))

    assert kept == called


def test_pruning_keeps_what_is_asked_for_and_what_belongs_to_no_service(tmp_path):
    for name in ("ecs", "s3"):
        (tmp_path / "data" / name / "2014-11-13").mkdir(parents=True)
    (tmp_path / "data/endpoints.json").touch()

    removed = prune_botocore.prune(tmp_path, {"ecs"})

    assert removed == 1
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"ecs", "endpoints.json"}


def test_pruning_for_a_service_that_botocore_does_not_know_removes_nothing(tmp_path):
    (tmp_path / "data/ecs").mkdir(parents=True)

    with pytest.raises(LookupError, match="esc"):
        prune_botocore.prune(tmp_path, {"esc"})

    assert (tmp_path / "data/ecs").exists()
