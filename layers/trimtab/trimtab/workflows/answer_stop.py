"""What follows from the stop of a standalone task: gather what counts, ask the decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from trimtab.decisions.own_revisions import is_ours
from trimtab.decisions.restart import (
    Past,
    Stop,
    chance_of,
    decide_by,
    decide_restart,
    exit_named,
    history_of,
    provider_after,
    signature_of,
)
from trimtab.decisions.restart.history import LINEAGE_STARTED, SCHEDULED_BY
from trimtab.model.change import Change, Scalar, Target
from trimtab.model.decision import Keep, StartAgain
from trimtab.model.duration import spoken
from trimtab.model.launch import Lineage
from trimtab.model.policy import StandaloneRule
from trimtab.model.reading import Remembered
from trimtab.model.restart_policy import AS_LAUNCHED, CLASS_OF, CauseClass, Then
from trimtab.model.service import StrategyItem
from trimtab.model.task import Task
from trimtab.model.task_definition import TaskDefinition, revision_of
from trimtab.model.verdict import Action, Cause, Owner, Verdict
from trimtab.ports import World
from trimtab.workflows.restart_memory import raised_room, room_to_keep

ANSWER_WITHIN: Final = timedelta(hours=1)
"""No stop older than this is answered: ECS itself has forgotten the task by then."""

REFUNDED: Final = ("attempts_used_up", "same_failure_again", "revision_quarantined", "capacity_deadline")
"""What a newer revision of the team's lifts."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was decided on a stop: ``target`` and ``decide_by`` hold where it is started again."""

    decision: StartAgain | Keep
    target: Target
    decide_by: datetime
    evidence: Mapping[str, Scalar]


def answer_stop(
    task: Task,
    verdict: Verdict,
    rule: StandaloneRule,
    remembered: Remembered,
    changes: Sequence[Change],
    change_id: str,
    world: World,
) -> Answer:
    """Return whether a lineage is started again after a stop, when, where and with which size.

    ``changes`` are those of the lineage, without the one that this stop gets.
    """
    evidence = _evidence(task, verdict, changes)
    cause_class = CLASS_OF.get(verdict.cause)
    now = world.clock.now()
    no = _not_at_all(task, verdict, rule, remembered.lineage, world)
    if no is not None or cause_class is None:
        return Answer(no or Keep(verdict.reason, verdict.sentence), Target(), now, evidence)
    history = history_of(changes)
    stop = _stop(task, cause_class, evidence, remembered, world)
    decision = _decide(task, stop, history, rule, remembered, change_id, world)
    if isinstance(decision, Keep):
        return Answer(decision, Target(), now, evidence)
    decision, target = _with_size(task, verdict, rule, remembered, changes, decision, world)
    if isinstance(decision, Keep):
        return Answer(decision, Target(), now, evidence)
    decision, target = _elsewhere(task, verdict, stop, history, rule, decision, target, world)
    until = decide_by(cause_class, rule, decision.not_before, stop.lineage_started_at)
    return Answer(decision, replace(target, attempt=decision.attempt), until, evidence)


def policy_says_done(task: Task, verdict: Verdict, rule: StandaloneRule) -> bool:
    """Tell whether the policy takes the end of a task for work that is done."""
    exit_code = verdict.evidence.get("exit_code")
    code = exit_code if isinstance(exit_code, int) else None
    return exit_named(rule, code, _texts(task)) is Then.DONE


def _not_at_all(
    task: Task, verdict: Verdict, rule: StandaloneRule, lineage: Lineage, world: World
) -> Keep | None:
    """Return why no decision is needed: nobody starts it again, it is too old, its launch is not known."""
    now = world.clock.now()
    probe = verdict.cause is Cause.CONFIGURATION and rule.classes.configuration.attempts > 0
    if verdict.action is Action.ALERT and not probe:
        return Keep(verdict.reason, verdict.sentence)
    if now - (task.stopped_at or now) > ANSWER_WITHIN:
        told = f"The stop is older than {spoken(ANSWER_WITHIN)}: nothing old is released late."
        return Keep("too_late", told)
    if not world.control.has_recipe(lineage.root):
        return Keep("launch_unknown", "How it was launched was not seen, so it cannot be launched alike.")
    return None


def _evidence(task: Task, verdict: Verdict, changes: Sequence[Change]) -> dict[str, Scalar]:
    """Return the evidence of a stop, with what the next one of the lineage will ask for."""
    cause_class = CLASS_OF.get(verdict.cause)
    first = min(changes, key=lambda c: c.created_at, default=None)
    begun = task.started_at or task.created_at
    exit_code = verdict.evidence.get("exit_code")
    said: dict[str, Scalar | None] = {
        "cause_class": cause_class.value if cause_class else None,
        "signature": signature_of(
            task.task_definition_arn,
            verdict.evidence.get("container"),
            exit_code if isinstance(exit_code, int) else None,
            cause_class,
        ),
        "revision": (task.task_definition_arn or "").rpartition("/")[2],
        "subnet_id": task.subnet_id,
        "container_instance_arn": task.container_instance_arn,
        "image_digest": ", ".join(sorted({c.image_digest for c in task.containers if c.image_digest})[:5]),
        LINEAGE_STARTED: begun.isoformat() if begun else None,
        SCHEDULED_BY: task.started_by if verdict.owner is Owner.SCHEDULE else None,
    }
    if first is not None:
        said |= {name: first.evidence.get(name) for name in (LINEAGE_STARTED, SCHEDULED_BY)}
    return {**verdict.evidence, **{name: value for name, value in said.items() if value}}


def _stop(
    task: Task,
    cause_class: CauseClass,
    evidence: Mapping[str, Scalar],
    remembered: Remembered,
    world: World,
) -> Stop:
    now = world.clock.now()
    exit_code, run, begun = evidence.get("exit_code"), evidence.get("run_s"), evidence.get(LINEAGE_STARTED)
    return Stop(
        cause_class,
        task.stopped_at or now,
        float(run) if isinstance(run, int | float) else None,
        str(evidence.get("signature", "")),
        exit_code if isinstance(exit_code, int) else None,
        _texts(task),
        datetime.fromisoformat(str(begun)) if begun else None,
        _is_quarantined(cause_class, remembered),
    )


def _texts(task: Task) -> tuple[str, ...]:
    said = (task.stopped_reason, *(container.reason for container in task.containers))
    return tuple(text for text in said if text)


def _is_quarantined(cause_class: CauseClass, remembered: Remembered) -> bool:
    """Tell whether the revision failed twice alike before, and nobody has cleared its family since."""
    since, cleared_at = remembered.quarantined_at, remembered.cleared_at
    if cause_class is not CauseClass.APPLICATION or since is None:
        return False
    return cleared_at is None or since > cleared_at


def _decide(
    task: Task,
    stop: Stop,
    history: Sequence[Past],
    rule: StandaloneRule,
    remembered: Remembered,
    change_id: str,
    world: World,
) -> StartAgain | Keep:
    """Decide; where the answer is no, once more with what a newer revision of the team gives back."""
    chance, now = chance_of(change_id), world.clock.now()
    decision = decide_restart(stop, history, rule, chance, now)
    if not isinstance(decision, Keep) or decision.reason not in REFUNDED:
        return decision
    newer = _newer(task, world)
    if newer is not None and newer.registered_at is not None:
        since = remembered.quarantined_at
        held = stop.quarantined and since is not None and since > newer.registered_at
        again = replace(stop, refunded_at=newer.registered_at, quarantined=held)
        decision = decide_restart(again, history, rule, chance, now)
    if isinstance(decision, Keep) and decision.reason == "same_failure_again":
        world.control.quarantine(task.task_definition_arn or "", change_id, now)
    return decision


def _newer(task: Task, world: World) -> TaskDefinition | None:
    """Return the newest revision of the task's family, if it is newer than the task's and not ours."""
    latest = world.task_definitions.latest(task.family) if task.family else None
    if latest is None or is_ours(latest, world.applier_role):
        return None
    ran = revision_of(task.task_definition_arn or "")
    return latest if ran is not None and latest.revision > ran else None


def _with_size(
    task: Task,
    verdict: Verdict,
    rule: StandaloneRule,
    remembered: Remembered,
    changes: Sequence[Change],
    decision: StartAgain,
    world: World,
) -> tuple[StartAgain | Keep, Target]:
    """Return the answer with the memory of the next start: more after a kill, else as it has to stay."""
    if verdict.action is Action.RAISE_MEMORY:
        room = raised_room(task, verdict, rule, remembered, changes, world)
    else:
        room = room_to_keep(task, verdict, rule, remembered, changes, world)
    if isinstance(room, Keep):
        return room, Target()
    sentence = f"{decision.sentence} {room.sentence}".strip()
    return replace(decision, sentence=sentence), Target(size=room.size, container_limit=room.container_limit)


def _elsewhere(
    task: Task,
    verdict: Verdict,
    stop: Stop,
    history: Sequence[Past],
    rule: StandaloneRule,
    decision: StartAgain,
    target: Target,
    world: World,
) -> tuple[StartAgain, Target]:
    """Return the answer with another provider or revision, where the policy asks for one."""
    told = [decision.sentence]
    provider = provider_after(
        verdict.rule,
        stop.cause_class,
        stop.run_seconds,
        history,
        [p for p in rule.classes.capacity.providers if p in (AS_LAUNCHED, *world.capacity_providers)],
        rule.healthy_after_seconds,
    )
    if provider != AS_LAUNCHED:
        target = replace(target, capacity_provider_strategy=(StrategyItem(provider, weight=1),))
        told.append(f"It is started on {provider}.")
    if rule.follow_latest:
        newer = _newer(task, world)
        arn = newer.arn if newer else task.task_definition_arn
        target = replace(target, task_definition=arn)
        if newer:
            told.append(f"It is started on the newest revision, {newer.arn.rpartition('/')[2]}.")
    return replace(decision, sentence=" ".join(told)), target
