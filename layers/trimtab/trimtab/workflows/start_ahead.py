"""A notice says that a standalone task will be stopped: start the next one before, where it may overlap.

The Change is that of the stop to come: it has the same id, so that the stop finds itself answered.
"""

from datetime import datetime
from typing import Final

from trimtab.decisions.restart.history import CAUSE_CLASS
from trimtab.decisions.stopped_task import judge_task
from trimtab.model.change import Change, Kind, State, Turn, is_carried_out
from trimtab.model.decision import Refuse
from trimtab.model.errors import ConflictError
from trimtab.model.policy import Policy
from trimtab.model.restart_policy import CLASS_OF, Copies
from trimtab.model.tags import Mode
from trimtab.model.task import Task
from trimtab.model.verdict import Action, Owner, Verdict
from trimtab.ports import World
from trimtab.workflows.close_change import close

ANNOUNCED_BY: Final = "announced_by"
"""In the evidence of a restart that was recorded ahead of its stop: the rule that read the notice."""

STOP_SEEN: Final = "stop_seen_at"
"""Under this name such a restart notes when its stop came before it was due."""

OTHERWISE: Final = "stopped_otherwise"
STARTED_AGAIN: Final = (Action.RESTART, Action.RAISE_MEMORY)
OF_NOBODY_ELSE: Final = (Owner.STANDALONE, Owner.SCHEDULE, Owner.TRIMTAB)


def may_start_ahead(task: Task, owner: Owner, policy: Policy | None, at: datetime) -> bool:
    """Tell whether the next task may be started before this one has stopped, at an instant.

    Within a freeze nothing is started ahead: the restart follows the stop then.
    """
    rule = policy.standalone_rule(task.cluster_name, task.family or "") if policy else None
    if policy is None or rule is None or owner not in OF_NOBODY_ELSE:
        return False
    freezes = policy.freezes_of(task.cluster_name, task.family or "")
    frozen = any(freeze.holds_at(at) for freeze in freezes)
    return rule.copies is Copies.OVERLAP and rule.mode is Mode.APPLY and not frozen


def answered_ahead(there: Change | None, verdict: Verdict, world: World) -> tuple[str, str] | None:
    """Return what a notice has brought about for a stop that has come now; None: it is to be decided.

    What waits for its time goes at once. A stop for another reason than the one announced has its own answer,
    and so has one that comes after the notice was withdrawn. What was started ahead has answered it, even
    where the lineage has gone on since.
    """
    if there is None or ANNOUNCED_BY not in there.evidence:
        return None
    if there.state is State.SUPERSEDED and not is_carried_out(there):
        return None
    if there.state is State.PLANNED and STOP_SEEN not in there.applied:
        now, cause_class = world.clock.now(), CLASS_OF.get(verdict.cause)
        try:
            if cause_class is None or there.evidence.get(CAUSE_CLASS) != cause_class.value:
                told = "It stopped for another reason before that: this is not what was announced."
                close(there, State.SUPERSEDED, "stopped_otherwise", told, world)
                return None
            noted = world.changes.note(there, {STOP_SEEN: now.isoformat(timespec="seconds")})
            world.changes.wait(noted, Turn.APPLY, now, there.outcome, there.outcome_sentence)
        except ConflictError:
            pass  # an applier has taken it in this moment: it is on its way
    return (there.state.value if there.is_open else there.outcome), there.sentence


def is_there_still(taken: Change, described: list[Task]) -> Refuse | None:
    """Say no to a restart ahead of a stop whose task has ended by itself, or is not known any more."""
    if ANNOUNCED_BY not in taken.evidence or STOP_SEEN in taken.applied:
        return None
    task = next((one for one in described if one.task_arn == taken.target.stopped_task), None)
    if task is None:
        return Refuse("task_gone", "The task that was to be stopped is gone, and nobody saw it stop.")
    if task.last_status != "STOPPED":
        return None
    verdict = judge_task(task, Owner.STANDALONE, None)
    if verdict.action in STARTED_AGAIN:
        return None
    return Refuse("ended_before", f"It ended before it was to be stopped. {verdict.sentence}")


def withdraw(task_arn: str, world: World) -> int:
    """Close what a retirement has brought about that was called off; return how many were closed."""
    root = world.control.lineage(task_arn).root
    told = "AWS has closed its notice, and the task was not stopped: nothing is started in its place."
    closed = 0
    for change in world.changes.open_of(root):
        ahead = change.kind is Kind.RESTART and ANNOUNCED_BY in change.evidence
        ours = change.target.stopped_task == task_arn and STOP_SEEN not in change.applied
        if ahead and ours and change.state is State.PLANNED:
            try:
                close(change, State.SUPERSEDED, "notice_withdrawn", told, world)
                closed += 1
            except ConflictError:
                continue  # taken in this moment: ECS is asked before anything is started
    return closed
