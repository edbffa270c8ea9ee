"""A standalone task of a declared family stopped: record that it starts again, or why not. One a stop."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from trimtab.decisions.memory_raise import (
    Kill,
    count_raises,
    is_carried_out,
    limit_that_stays,
    raise_memory,
)
from trimtab.decisions.restart import Start, decide_restart
from trimtab.model.change import Base, Change, Kind, State, Target, Turn, change_id
from trimtab.model.decision import Keep, Resize, StartAgain
from trimtab.model.duration import spoken
from trimtab.model.launch import Lineage
from trimtab.model.policy import FARGATE_POOLS, StandaloneRule
from trimtab.model.price import list_price
from trimtab.model.tags import Mode
from trimtab.model.task import Task
from trimtab.model.task_size import TaskSize
from trimtab.model.verdict import Action, Cause, Owner, Verdict
from trimtab.ports import World
from trimtab.workflows.record_change import PROPOSAL_KEPT, describe

ANSWER_WITHIN: Final = timedelta(hours=1)
"""No stop older than this is answered: ECS itself has forgotten the task by then."""

START_WITHIN_APPLICATION: Final = timedelta(hours=1)
START_WITHIN_INFRASTRUCTURE: Final = timedelta(hours=6)
"""How long a restart may wait to be carried out: capacity that was taken away may be gone for hours."""

ALIVE_SECONDS: Final = 60
"""A restart is good once its task has run for a minute."""

BELOW_THE_APPLICATION: Final = frozenset({
    Cause.SPOT, Cause.HOST, Cause.RETIREMENT, Cause.INFRASTRUCTURE, Cause.NETWORK, Cause.CAPACITY,
})  # fmt: skip


def record_restart(
    task: Task, verdict: Verdict, rule: StandaloneRule, cause: str, world: World
) -> tuple[str, str]:
    """Record that a stopped standalone task is started again, or why not; return a code and a sentence."""
    lineage = world.control.lineage(task.task_arn)
    answer, size = _answer(task, verdict, rule, lineage, world)
    change = _restart_change(task, verdict, rule, lineage, answer, size, cause, world)
    if world.changes.record(change):
        world.telemetry.note("restart decided", **describe(change))
    return (change.state.value if change.is_open else change.outcome), change.sentence


def _answer(
    task: Task, verdict: Verdict, rule: StandaloneRule, lineage: Lineage, world: World
) -> tuple[StartAgain | Keep, TaskSize | None]:
    """Return whether to start again, and with which size where memory was the cause."""
    now = world.clock.now()
    stopped_at = task.stopped_at or now
    if verdict.action is Action.ALERT:
        return Keep(verdict.reason, verdict.sentence), None
    if now - stopped_at > ANSWER_WITHIN:
        told = f"The stop is older than {spoken(ANSWER_WITHIN)}: nothing old is released late."
        return Keep("too_late", told), None
    if not world.control.has_recipe(lineage.root):
        return Keep(
            "launch_unknown", "How it was launched was not seen, so it cannot be launched alike."
        ), None
    changes = world.changes.of(lineage.root)
    answer = decide_restart(verdict.cause in BELOW_THE_APPLICATION, _starts(changes), rule, stopped_at)
    known = task.cpu_units is not None and task.memory_mib is not None
    size = TaskSize(task.cpu_units or 0, task.memory_mib or 0) if known else None
    if isinstance(answer, Keep):
        return answer, None
    if verdict.action is not Action.RAISE_MEMORY:
        # What we started keeps the size it had: a raise of ours is not lost with the next stop.
        return answer, size if verdict.owner is Owner.TRIMTAB else None
    if size is None:
        return Keep("size_unknown", "It was killed for memory, and its size is not known."), None
    raised = _raise(task, verdict, size, rule, changes, world)
    if isinstance(raised, Keep):
        return raised, None
    return replace(answer, sentence=f"{answer.sentence} {raised.sentence}"), raised.size


def _starts(changes: Sequence[Change]) -> list[Start]:
    """Return how a lineage was started before: what was carried out, and what may have been.

    Each start is counted in the class of the stop that it answered: a storm of lost hosts does not use up
    what the policy allows a task that dies by itself.
    """
    starts = []
    for change in changes:
        maybe = change.fence > 0 and change.state in (State.APPLYING, State.NEEDS_HUMAN)
        if change.kind is Kind.RESTART and (maybe or is_carried_out(change)):
            at = change.times.get(State.DEPLOYING) or change.times.get(State.APPLYING, change.created_at)
            starts.append(Start(at, change.evidence.get("cause_class") in BELOW_THE_APPLICATION))
    return starts


def _raise(
    task: Task,
    verdict: Verdict,
    size: TaskSize,
    rule: StandaloneRule,
    changes: Sequence[Change],
    world: World,
) -> Keep | Resize:
    """Return how much more memory the next start gets."""
    definition = world.task_definitions.describe(task.task_definition_arn or "")
    if definition is None:
        return Keep("size_unknown", "It was killed for memory, and its task definition cannot be read.")
    if not _on_fargate(task):
        return Keep("not_fargate", "It was killed for memory, and only sizes that Fargate sells are raised.")
    container = str(verdict.evidence.get("container", ""))
    kill = Kill(
        container,
        limit_that_stays(definition, container, size.memory_mib, task.overrides),
        count_raises(changes, world.clock.now()),
    )
    largest = replace(world.largest, memory_mib=min(rule.memory_mib_max, world.largest.memory_mib))
    return raise_memory(size, kill, largest, 1, list_price(definition.cpu_architecture))


def _on_fargate(task: Task) -> bool:
    return task.launch_type == "FARGATE" or task.capacity_provider_name in FARGATE_POOLS


def _restart_change(
    task: Task,
    verdict: Verdict,
    rule: StandaloneRule,
    lineage: Lineage,
    answer: StartAgain | Keep,
    size: TaskSize | None,
    cause: str,
    world: World,
) -> Change:
    """Return the Change of a stop, closed at once where the answer is no."""
    now = world.clock.now()
    go = isinstance(answer, StartAgain)
    due_at = answer.not_before if isinstance(answer, StartAgain) else now
    state, turn = (State.PLANNED, Turn.APPLY) if go else (State.REFUSED, Turn.NONE)
    if go and rule.mode is not Mode.APPLY:
        state, turn, due_at = State.PROPOSED, Turn.SETTLE, now + PROPOSAL_KEPT
    below = verdict.cause in BELOW_THE_APPLICATION
    patience = START_WITHIN_INFRASTRUCTURE if below else START_WITHIN_APPLICATION
    base = Base(task_definition=task.task_definition_arn)
    target = Target(
        size=size, stopped_task=task.task_arn, attempt=answer.attempt if isinstance(answer, StartAgain) else 0
    )
    return Change(
        workload=lineage.root,
        id=change_id(lineage.root, Kind.RESTART, base, Target(stopped_task=task.task_arn), "stop", ""),
        kind=Kind.RESTART,
        state=state,
        turn=turn,
        due_at=due_at,
        cluster=task.cluster_name,
        name=task.family or "",
        mode=rule.mode.name.lower(),
        base=base,
        target=target,
        rule=verdict.rule,
        reason=answer.reason,
        sentence=_both(verdict.sentence, answer.sentence),
        cause=cause,
        decide_by=due_at if state is State.PROPOSED else max(due_at, now) + patience,
        created_at=now,
        evidence={**verdict.evidence, "cause_class": verdict.cause.value},
        watch_seconds=ALIVE_SECONDS,
        outcome="" if go else answer.reason,
        outcome_sentence="" if go else answer.sentence,
        times={state.value: now},
    )


def _both(verdict: str, answer: str) -> str:
    """Return what happened and what follows, said once where both say the same."""
    return verdict if answer in verdict else f"{verdict} {answer}"
