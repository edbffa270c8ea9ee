"""A standalone task of a declared family stopped: record that it starts again, or why not. One a stop."""

from dataclasses import replace

from trimtab.model.change import Base, Change, Kind, State, Target, Turn, change_id
from trimtab.model.decision import StartAgain
from trimtab.model.launch import Lineage
from trimtab.model.policy import StandaloneRule
from trimtab.model.tags import Mode
from trimtab.model.task import Task
from trimtab.model.verdict import Verdict
from trimtab.ports import World
from trimtab.workflows.answer_stop import Answer, answer_stop
from trimtab.workflows.brake_storm import count_stop
from trimtab.workflows.record_change import PROPOSAL_KEPT, describe


def record_restart(
    task: Task, verdict: Verdict, rule: StandaloneRule, cause: str, world: World
) -> tuple[str, str]:
    """Record that a stopped standalone task is started again, or why not; return a code and a sentence."""
    lineage = world.control.lineage(task.task_arn)
    base = Base(task_definition=task.task_definition_arn)
    name = change_id(lineage.root, Kind.RESTART, base, Target(stopped_task=task.task_arn), "stop", "")
    answer = answer_stop(task, verdict, rule, lineage, name, world)
    change = _restart_change(name, base, task, verdict, rule, lineage, answer, cause, world)
    if world.changes.record(change):
        world.telemetry.note("restart decided", **describe(change))
    if change.is_open:
        count_stop(task, change, world)
    return (change.state.value if change.is_open else change.outcome), change.sentence


def _restart_change(
    name: str,
    base: Base,
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
        base=base,
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
