"""A policy file -> its document and what it means, or every fault in it with its line."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import trimtab_cli
from trimtab.model.errors import PolicyError
from trimtab.model.policy import Policy
from trimtab.model.policy_document import read_policy
from trimtab_cli.text_yaml import Lines, YamlFault, read_text_yaml

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError


class PolicyFileError(Exception):
    """The file is no policy; ``faults`` are lines for people, with the file and where possible its line."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """What a file says: ``document`` as it is stored, ``policy`` as it is understood."""

    document: Mapping[str, Any]
    policy: Policy


def read_policy_file(path: Path) -> PolicyFile:
    """Read and check a file.

    Raises:
        PolicyFileError: It is not YAML as a policy uses it, or says what a policy cannot say.
    """
    try:
        document, lines = read_text_yaml(path)
    except YamlFault as fault:
        raise PolicyFileError([str(fault)]) from fault
    from jsonschema import (
        Draft202012Validator,
    )  # a tenth of a second that the other commands need not wait for

    errors = Draft202012Validator(schema()).iter_errors(document)
    faults = sorted((_line(place, lines), place, told) for error in errors for place, told in _told(error))
    if faults:
        raise PolicyFileError([_fault(path, *fault) for fault in faults])
    try:
        return PolicyFile(document, read_policy(document, 0))
    except PolicyError as refusal:
        told = re.match(r"cannot read the policy at (\S+): (.+?)\. The policy in force", str(refusal))
        place, why = told.groups() if told else ("", str(refusal))
        raise PolicyFileError([_fault(path, _line(place, lines), place, why)]) from refusal


def schema() -> dict[str, Any]:
    """Return the published schema: of the clone, or as the wheel carries it."""
    package = Path(trimtab_cli.__file__).parent
    published = package.parents[1] / "docs" / "policy.schema.json"
    path = published if published.exists() else package / "policy.schema.json"
    loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return loaded


def _line(place: str, lines: Lines) -> int:
    """Return the line of a place; what is not there has the line of what it is missing from."""
    near = place
    while near and near not in lines:
        near = re.sub(r"(\.[^.\[]*|\[\d+\]|^[^.\[]*)$", "", near)
    return lines.get(near, 1)


def _fault(path: Path, line: int, place: str, told: str) -> str:
    return f"{path}:{line}: {place}: {told}" if place else f"{path}:{line}: {told}"


def _told(error: "ValidationError") -> Iterator[tuple[str, str]]:
    """Yield place and sentence of what one schema error stands for."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    place = "".join(steps).removeprefix(".")
    part: Any = error.schema
    value: Any = error.instance
    if not place and error.validator == "type":
        known = " and ".join(f"`{key}`" for key in part["properties"])
        yield place, f"{_shown(value)} is not a policy: that is a mapping with {known}, each a list"
    elif error.validator == "additionalProperties":
        known = ", ".join(sorted(part["properties"]))
        for key in sorted(set(value) - set(part["properties"])):
            yield f"{place}.{key}".removeprefix("."), f"is no setting here; known are {known}"
    elif error.validator == "required":
        missing = ", ".join(key for key in part["required"] if key not in value)
        yield place, f"does not say {missing}; it must be {part['description']}"
    else:
        yield place, f"{_shown(value)} is not {part.get('description', 'allowed')}"


def _shown(value: object) -> str:
    if isinstance(value, str):
        return repr(value[:60])
    return "a mapping" if isinstance(value, dict) else "a list"
