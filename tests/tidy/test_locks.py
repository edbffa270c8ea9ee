"""The locks name no host, pin with hashes, and agree with each other on what ships."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

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


def test_the_layer_keeps_the_data_of_every_service_that_a_client_is_made_for():
    kept = (ROOT / "layers/trimtab/botocore_services.txt").read_text("utf-8").splitlines()
    made = {
        service
        for path in (ROOT / "layers/trimtab/trimtab").rglob("*.py")
        for service in re.findall(r"\bclient\(\s*\"([a-z0-9-]+)\"", path.read_text("utf-8"))
    }

    assert made - set(kept) == set()
