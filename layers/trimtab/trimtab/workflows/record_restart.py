"""A standalone task of a declared family stopped: record that it starts again, or why not. One a stop."""

from dataclasses import dataclass, replace
from datetime import datetime

from trimtab.model.change import Base, Change, Kind, State, Target, Turn, change_id
from trimtab.model.decision import Keep, StartAgain
from trimtab.model.launch import Lineage
from trimtab.model.policy import StandaloneRule
from trimtab.model.reading import Remembered
from trimtab.model.stop import Stop
from trimtab.model.tags import Mode
from trimtab.model.task import Task
from trimtab.model.verdict import Owner, Verdict
from trimtab.ports import World
from trimtab.workflows.answer_stop import Answer, answer_stop
from trimtab.workflows.brake_storm import count_stop
from trimtab.workflows.record_change import PROPOSAL_KEPT, describe
from trimtab.workflows.start_ahead import ANNOUNCED_BY, OTHERWISE, answered_ahead


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided on a stop: a code, a sentence, and the Change that says so, if there is to be one."""

    code: str
    sentence: str
    change: Change | None = None


def decide_on_stop(
    task: Task, verdict: Verdict, rule: StandaloneRule, remembered: Remembered, cause: str, world: World
) -> Decided:
    """Decide whether a stopped standalone task is started again; it is counted before it is recorded.

    So the brake of a storm holds before the applier can ask for it.
    """
    lineage = remembered.lineage
    changes = world.changes.of(lineage.root)
    name = _name(task, lineage)
    there = next((one for one in changes if one.id == name), None)
    if (ahead := answered_ahead(there, verdict, world)) is not None:
        return Decided(*ahead)
    if there is not None and ANNOUNCED_BY in there.evidence:
        name = _name(task, lineage, OTHERWISE)
    before = [one for one in changes if one.id != name]
    answer = answer_stop(task, verdict, rule, remembered, before, name, world)
    change = _restart_change(name, task, verdict, rule, lineage, answer, cause, world)
    if change.is_open:
        count_stop(task, change, world)
    return Decided(change.state.value if change.is_open else change.outcome, change.sentence, change)


def keep(stop: Stop, change: Change | None, world: World) -> None:
    """Archive a stop, with the Change that answers it; doing it twice is doing it once."""
    if change is None:
        world.stops.archive(stop, world.clock.now())
    elif world.changes.record_answer(change, stop):
        world.telemetry.note("restart decided", **describe(change))


def record_ahead(
    task: Task,
    verdict: Verdict,
    rule: StandaloneRule,
    remembered: Remembered,
    announced_by: str,
    not_before: datetime,
    cause: str,
    world: World,
) -> str:
    """Record the restart of a task that is going to be stopped; return a code.

    ``verdict`` is what is to be expected of the stop. What would be refused is left to the stop itself.
    """
    lineage = remembered.lineage
    if verdict.owner is Owner.TRIMTAB and lineage.root == task.task_arn:
        return "lineage_unknown"  # its start is not noted yet: once it is, the stop would have another Change
    changes = world.changes.of(lineage.root)
    name = _name(task, lineage)
    if any(one.id == name for one in changes):
        return "decided_before"
    answer = answer_stop(task, verdict, rule, remembered, changes, name, world)
    if isinstance(answer.decision, Keep):
        return answer.decision.reason
    later = max(not_before, answer.decision.not_before)
    answer = replace(
        answer,
        decision=replace(answer.decision, not_before=later),
        decide_by=answer.decide_by + (later - answer.decision.not_before),
        evidence={**answer.evidence, ANNOUNCED_BY: announced_by},
    )
    change = _restart_change(name, task, verdict, rule, lineage, answer, cause, world)
    if not_before <= world.clock.now():
        count_stop(task, change, world)
    if world.changes.record(change):
        world.telemetry.note("restart decided", **describe(change))
    return change.state.value


def _name(task: Task, lineage: Lineage, epoch: str = "") -> str:
    """Return the id of the Change that answers the stop of a task."""
    base = Base(task_definition=task.task_definition_arn)
    return change_id(lineage.root, Kind.RESTART, base, Target(stopped_task=task.task_arn), "stop", epoch)


def _restart_change(
    name: str,
    task: Task,
    verdict: Verdict,
    rule: StandaloneRule,
    lineage: Lineage,
    answer: Answer,
    cause: str,
    world: World,
) -> Change:
    """Return the Change of a stop, closed at once where the answer is no."""
    now, decision = world.clock.now(), answer.decision
    go = isinstance(decision, StartAgain)
    due_at = decision.not_before if isinstance(decision, StartAgain) else now
    state, turn = (State.PLANNED, Turn.APPLY) if go else (State.REFUSED, Turn.NONE)
    if go and rule.mode is not Mode.APPLY:
        state, turn, due_at = State.PROPOSED, Turn.SETTLE, now + PROPOSAL_KEPT
    return Change(
        workload=lineage.root,
        id=name,
        kind=Kind.RESTART,
        state=state,
        turn=turn,
        due_at=due_at,
        cluster=task.cluster_name,
        name=task.family or "",
        mode=rule.mode.name.lower(),
        base=Base(task_definition=task.task_definition_arn),
        target=replace(answer.target, stopped_task=task.task_arn),
        rule=verdict.rule,
        reason=decision.reason,
        sentence=_both(verdict.sentence, decision.sentence),
        cause=cause,
        decide_by=due_at if state is State.PROPOSED else max(answer.decide_by, due_at),
        created_at=now,
        evidence=answer.evidence,
        watch_seconds=rule.healthy_after_seconds,
        outcome="" if go else decision.reason,
        outcome_sentence="" if go else decision.sentence,
        times={state.value: now},
    )


def _both(verdict: str, answer: str) -> str:
    """Return what happened and what follows, said once where both say the same."""
    return verdict if answer in verdict else f"{verdict} {answer}"
