"""I14: what was asked when a size was decided still holds when it is put in force."""

import json
from typing import Any

from trimtab_cli.simulation.checkers.readings import service_name, switch_reading
from trimtab_cli.simulation.clients import CONTROL
from trimtab_cli.simulation.record import Write
from trimtab_cli.simulation.trial import Trial

CUTS = ("resize",)
SIZES = (*CUTS, "raise_memory")


def sizes_keep_to_their_bounds(trial: Trial) -> list[str]:
    """A size is put in force only within the bounds of the policy that its applier read last."""
    broken = []
    for write, cpu, memory in _sizes(trial):
        rule = _rule(trial, write)
        least, most = _size(rule.get("smallest")), _size(rule.get("largest"))
        below = least and write.change and write.change["kind"] in CUTS and not _holds((cpu, memory), least)
        if below or (most and not _holds(most, (cpu, memory))):
            broken.append(f"{service_name(write)} got {cpu}/{memory}, the policy said {rule}")
    return broken


def nothing_is_put_below_a_kill(trial: Trial) -> list[str]:
    """Nothing smaller is put in force than a floor that stood before its applier began.

    The floor is what Trimtab noted of a kill: one of which no event told cannot be known.
    """
    floors = [
        (call.at, str(call.request["Item"]["key"]["S"]), int(call.request["Item"]["memory_mib"]["N"]))
        for call in trial.record.calls
        if call.operation == "PutItem" and call.error is None and call.request["TableName"] == CONTROL
        and call.request["Item"]["key"]["S"].startswith("floor#")
    ]  # fmt: skip
    broken = []
    for write, _, memory in _sizes(trial):
        if write.change is None or write.change["kind"] not in CUTS:
            continue
        began = trial.record.of_invocation(write.call)[0].at
        key = f"floor#{write.change['workload']}"
        low = [floor for at, about, floor in floors if about == key and at < began and memory < floor]
        if low:
            broken.append(f"{service_name(write)} got {memory} MiB, below its floor of {max(low)}")
    return broken


def _sizes(trial: Trial) -> list[tuple[Write, int, int]]:
    return [
        (write, int(write.change["target"]["size"][0]), int(write.change["target"]["size"][1]))
        for write in trial.writes_of("UpdateService")
        if write.change and write.change["kind"] in SIZES
    ]


def _rule(trial: Trial, write: Write) -> dict[str, Any]:
    """Return what the policy says of services, as the applier read it last before the write."""
    call = switch_reading(trial.record, write)
    items = [one.get("Item", {}) for one in (call.answer or {}).get("Responses", ())] if call else []
    try:
        rules = [json.loads(one["document"]["S"]).get("services") for one in items if "document" in one]
    except ValueError:
        return {}  # I3 says so
    return rules[0][0] if rules and rules[0] else {}


def _size(said: dict[str, str] | None) -> tuple[int, int] | None:
    return (int(said["cpu_units"]), int(said["memory_mib"])) if said else None


def _holds(size: tuple[int, int], other: tuple[int, int]) -> bool:
    return size[0] >= other[0] and size[1] >= other[1]
