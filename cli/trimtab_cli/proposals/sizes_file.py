"""`trimtab.sizes.json`: what each service should have, for the team's repository."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from trimtab.decisions.sizing_scope import travels
from trimtab.model.decision import Resize
from trimtab.model.errors import UnreadableError
from trimtab.model.handed_size import HandedSize, hand_size, read_handed_size
from trimtab.model.tags import Mode
from trimtab_cli.commands.status import instant
from trimtab_cli.json_file import FileFaultError, read_json
from trimtab_cli.proposals.gather import Gathered
from trimtab_cli.proposals.rows import bases, row_of

if TYPE_CHECKING:
    from trimtab.workflows.propose_sizes import Proposal

DEFAULT_FILE: Final = Path("trimtab.sizes.json")


def handed(one: "Proposal", now: datetime) -> HandedSize | None:
    """Return the size to hand over: the one that was chosen, or the one in force where that stays.

    None where it is not known, and on instances, where a size is a matter of containers. A size that is only
    to be seen is not handed over: then the one in force is, with the reason.
    """
    if one.definition is None or one.definition.size is None or not one.on_fargate:
        return None
    size = one.definition.size
    if isinstance(one.answer, Resize) and one.one is not None and _may_travel(one, one.answer):
        size = one.answer.size
    return hand_size(one.definition, size, f"{one.answer.reason}: {one.answer.sentence}", now)


def _may_travel(one: "Proposal", decision: Resize) -> bool:
    if one.one is None or one.definition is None:
        return False
    handing = replace(one.one.setting, mode=Mode.HANDOVER)
    return travels(decision, one.one.scope, handing).mode is Mode.HANDOVER


def sizes_document(found: Gathered) -> dict[str, Any]:
    """Return the file's content, as docs/handover.md has it."""
    sizes = {f"{one.service.cluster}/{one.service.name}": handed(one, found.at) for one in found.proposals}
    return {
        "written_at": instant(found.at),
        "price_basis": bases(row_of(one) for one in found.proposals),
        "services": {name: size.document() for name, size in sizes.items() if size is not None},
    }


def write_sizes(path: Path, document: dict[str, Any]) -> None:
    """Write the file at once or not at all: a pipeline may be reading it."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")
    beside.replace(path)


def read_sizes(path: Path) -> dict[str, HandedSize]:
    """Return the sizes of a file by ``cluster/service``.

    Raises:
        FileFaultError: It cannot be read, or is no such file.
    """
    document = read_json(path)
    services = document.get("services") if isinstance(document, dict) else None
    if not isinstance(services, dict):
        raise FileFaultError('is no file of sizes: it has no object "services"')
    try:
        return {str(name): read_handed_size(told) for name, told in services.items()}
    except UnreadableError as fault:
        raise FileFaultError(f"is no file of sizes: {fault}") from fault
