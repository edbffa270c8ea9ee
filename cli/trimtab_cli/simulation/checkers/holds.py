"""I5, I35: one Change holds a workload at a time, and only its holder writes."""

from itertools import groupby

from trimtab_cli.simulation.ledger import HEAD, Step, epoch
from trimtab_cli.simulation.trial import Trial

SKEW_SECONDS = 11.0
"""Two clocks that are five seconds off, and the second to which the table rounds.

Whose clock is an hour ahead takes a lease for run out. The fence keeps that harmless: whoever held it can
write nothing more, which ``only_the_holder_writes`` looks at.
"""


def only_the_holder_writes(trial: Trial) -> list[str]:
    """Each write is made by the Change that holds the workload, within its lease."""
    broken = []
    for write in trial.writes:
        if write.subject is None:
            broken.append(f"{write.operation} by nobody's invocation")
            continue
        holder, until = write.head.get("holder"), write.head.get("lease_until")
        if holder != write.subject[1]:
            broken.append(f"{write.operation} of Change {write.subject[1]} while {holder} held the workload")
        elif write.call.invocation in trial.record.jumped:
            continue  # a clock an hour behind dates its lease an hour back: the fence keeps that harmless too
        elif until and epoch(str(until)) < write.at:
            broken.append(f"{write.operation} {write.at - epoch(str(until)):.0f} s after its lease")
    return broken


def nothing_comes_before_a_way_back(trial: Trial) -> list[str]:
    """While the rollback of a Change waits to be carried out, nothing else writes to the workload."""
    broken, waiting = [], dict[str, set[str]]()
    steps = iter(trial.ledger.steps)
    step = next(steps, None)
    for write in trial.writes:
        while step is not None and step.at < write.at:
            if step.item.startswith("CHANGE#"):
                _note_way_back(waiting.setdefault(step.workload, set()), step)
            step = next(steps, None)
        workload, own = write.subject or ("", "")
        broken += [
            f"{write.operation} of {own} while the rollback {one} waited"
            for one in waiting.get(workload, ())
            if one != own
        ]
    return broken


def _note_way_back(waiting: set[str], step: Step) -> None:
    after = step.after or {}
    name = step.item.removeprefix("CHANGE#")
    waits = after.get("kind") == "rollback" and after["parent"] and after["state"] in ("planned", "applying")
    (waiting.add if waits else waiting.discard)(name)


def leases_never_overlap(trial: Trial) -> list[str]:
    """A workload goes from one holder to another only when it was given up, ran out, or was inherited."""
    broken = []
    heads = [step for step in trial.ledger.steps if step.item == HEAD]
    for _, steps in groupby(sorted(heads, key=lambda s: s.workload), key=lambda s: s.workload):
        for step in steps:
            broken += _taken_away(trial, step)
    return broken


def _taken_away(trial: Trial, step: Step) -> list[str]:
    before, after = step.before or {}, step.after or {}
    was, is_now = before.get("holder"), after.get("holder")
    broken = []
    if int(after.get("fence", 0)) < int(before.get("fence", 0)):
        broken.append(f"the fence of {step.workload} fell")
    if not was or was == is_now or not is_now:
        if was and was == is_now and after.get("fence") != before.get("fence"):
            early = epoch(str(before["lease_until"])) - step.at
            if early > max(SKEW_SECONDS, step.ahead_seconds):
                broken.append(f"Change {was} was taken over {early:.0f} s before its lease ended")
        return broken
    if not _inherits(trial, step.workload, str(was), str(is_now)):
        broken.append(f"{is_now} took {step.workload} from {was}")
    return broken


def _inherits(trial: Trial, workload: str, was: str, is_now: str) -> bool:
    """Tell whether a rollback took over from what it undoes, or hands back to it while it has to wait."""
    taker, giver = trial.ledger.change(workload, is_now) or {}, trial.ledger.change(workload, was) or {}
    return taker.get("parent") == was or giver.get("parent") == is_now
