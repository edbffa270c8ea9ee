"""From a decision to a recorded Change: how far it may travel is the mode's business."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from trimtab.decisions.opt_in import service_setting
from trimtab.decisions.repetition import as_repeat, standing_for
from trimtab.model.change import SIZE_KINDS, Base, Change, Kind, Scalar, State, Target, Turn, change_id
from trimtab.model.decision import Keep, Refuse, Resize, Setting, Shift
from trimtab.model.errors import ConflictError
from trimtab.model.policy import BUILT_IN, Policy
from trimtab.model.service import Service
from trimtab.model.tags import Mode
from trimtab.model.task_size import TaskSize
from trimtab.model.verdict import Verdict
from trimtab.ports import World

PROPOSAL_KEPT: Final = timedelta(hours=30)
"""A day, and time for the next day's plan to renew it before it is over."""

DECIDE_WITHIN: Final = {
    Kind.RESIZE: timedelta(days=1),
    Kind.RAISE_MEMORY: timedelta(hours=1),
    Kind.SHIFT: timedelta(minutes=30),
    Kind.RETURN: timedelta(minutes=30),
    Kind.HAND_OVER: timedelta(days=1),
}
"""How long a decision may wait for its guards before it is too old to be carried out."""

WATCHED: Final = {
    Kind.RESIZE: timedelta(days=1),
    Kind.RAISE_MEMORY: timedelta(hours=1),
    Kind.SHIFT: timedelta(minutes=15),
    Kind.RETURN: timedelta(minutes=30),
}
"""How long a finished roll-out is watched; a new size until the next daily peak has passed."""


def setting_of(service: Service, world: World) -> Setting | Keep:
    """Return what tags and policy allow for a service now; an unreadable policy allows nothing."""
    _, policy = world.control.switch_and_policy()
    if policy is None:
        return Keep("policy_unreadable", "The stored policy cannot be read: nothing is decided until it can.")
    return setting_under(policy, service, world)


def setting_under(policy: Policy | None, service: Service, world: World) -> Setting | Keep:
    """Return what tags, this policy and the stack's caps allow for a service today."""
    today = world.clock.now().date()
    setting = service_setting(
        service.cluster, service.name, service.tags, policy or BUILT_IN, world.default_mode, today
    )
    if isinstance(setting, Keep):
        return setting
    return replace(setting, largest=setting.largest.within(world.largest))


def record_for_service(
    kind: Kind,
    service: Service,
    size: TaskSize | None,
    decision: Resize | Shift,
    setting: Setting,
    cause: str,
    epoch: str,
    world: World,
    gated: bool = False,
) -> tuple[Change, bool]:
    """Record what was decided for a service; return the Change and whether it is new.

    What stands already is not recorded twice: then the Change that stands is returned. A new one takes the
    place of open proposals of its kind, so that a mode that was raised meanwhile does not wait for them.

    Args:
        kind: What the Change would do.
        service: As read for the decision.
        size: Size in force, where the decision is about a size.
        decision: What to do and why.
        setting: How far it may travel: ``observe`` records it and goes no further.
        cause: Event id or schedule behind it.
        epoch: In which the same decision is the same Change.
        world: The world.
        gated: It waits as ``approved`` for a gate over the whole plan.
    """
    now = world.clock.now()
    if setting.mode is Mode.HANDOVER and kind in SIZE_KINDS:
        kind = Kind.HAND_OVER
    base = Base(service.task_definition, service.capacity_provider_strategy, service.launch_type, size)
    target = (
        Target(size=decision.size)
        if isinstance(decision, Resize)
        else Target(capacity_provider_strategy=decision.capacity_provider_strategy)
    )
    state, turn, due_at, decide_by = _first_step(kind, setting.mode, now, gated)
    mode = setting.mode.name.lower()
    told_cause = cause if kind is Kind.RAISE_MEMORY else ""
    # A proposal is the day's: tomorrow's may say the same on newer numbers, and takes its place.
    when = f"{epoch}/{mode}/{now:%Y-%m-%d}" if state is State.PROPOSED else f"{epoch}/{mode}"
    change = Change(
        workload=service.arn,
        id=change_id(service.arn, kind, base, target, told_cause, when),
        kind=kind,
        state=state,
        turn=turn,
        due_at=due_at,
        cluster=service.cluster,
        name=service.name,
        mode=mode,
        base=base,
        target=target,
        rule=decision.rule,
        reason=decision.reason,
        sentence=decision.sentence,
        cause=cause,
        decide_by=decide_by,
        created_at=now,
        evidence=decision.evidence,
        monthly_usd=decision.monthly_usd if isinstance(decision, Resize) else None,
        watch_seconds=int(WATCHED.get(kind, timedelta(0)).total_seconds()),
        times={state.value: now},
    )
    return _record(change, world)


def _record(change: Change, world: World) -> tuple[Change, bool]:
    alike = [c for c in world.changes.of(change.workload) if c.kind is change.kind]
    standing = standing_for(change, alike)
    if standing is not None:
        return standing, False
    change = as_repeat(change, alike)
    new = world.changes.record(change)
    if new:
        _close_proposals(change, alike, world)
    return change, new


def _close_proposals(change: Change, alike: Sequence[Change], world: World) -> None:
    """Close the proposals whose place a new Change takes; one that moves meanwhile is left to its mover."""
    now = world.clock.now()
    for other in (c for c in alike if c.state is State.PROPOSED):
        told = f"Decided again as {change.id}."
        try:
            world.changes.move(other, State.SUPERSEDED, Turn.NONE, now, now, "decided_again", told)
        except ConflictError:
            world.telemetry.note("proposal moved meanwhile", change_id=other.id)


def refused_for_service(
    kind: Kind, service: Service, setting: Setting, verdict: Verdict, decision: Keep, cause: str, world: World
) -> Change:
    """Return a Change that is closed as it begins: what was asked for, and why it is not done. One a day."""
    today = f"{world.clock.now():%Y-%m-%d}"
    base = Base(service.task_definition, service.capacity_provider_strategy, service.launch_type)
    return _refused(
        kind, service, setting, base, verdict.rule, decision, cause, today, world, verdict.evidence
    )


def refused_for_good(
    kind: Kind, service: Service, setting: Setting, refusal: Refuse, cause: str, epoch: str, world: World
) -> Change:
    """Return a Change that is closed as it begins; one for each ``epoch``, whatever the service runs."""
    return _refused(kind, service, setting, Base(), refusal.reason, refusal, cause, epoch, world, {})


def _refused(
    kind: Kind,
    service: Service,
    setting: Setting,
    base: Base,
    rule: str,
    decision: Keep | Refuse,
    cause: str,
    epoch: str,
    world: World,
    evidence: Mapping[str, Scalar],
) -> Change:
    now = world.clock.now()
    return Change(
        workload=service.arn,
        id=change_id(service.arn, kind, base, Target(), decision.reason, epoch),
        kind=kind,
        state=State.REFUSED,
        turn=Turn.NONE,
        due_at=now,
        cluster=service.cluster,
        name=service.name,
        mode=setting.mode.name.lower(),
        base=base,
        target=Target(),
        rule=rule,
        reason=decision.reason,
        sentence=decision.sentence,
        cause=cause,
        decide_by=now,
        created_at=now,
        evidence=evidence,
        outcome=decision.reason,
        outcome_sentence=decision.sentence,
        times={State.REFUSED.value: now},
    )


def _first_step(kind: Kind, mode: Mode, now: datetime, gated: bool) -> tuple[State, Turn, datetime, datetime]:
    """Return state, turn, due time and deadline for a new Change."""
    deadline = now + DECIDE_WITHIN[kind]
    may_apply = mode is Mode.APPLY or kind is Kind.HAND_OVER
    if may_apply and gated:
        return State.APPROVED, Turn.SETTLE, deadline, deadline
    if may_apply:
        return State.PLANNED, Turn.APPLY, now, deadline
    if mode is Mode.APPROVE:
        return State.PROPOSED, Turn.PERSON, now + PROPOSAL_KEPT, now + PROPOSAL_KEPT
    return State.PROPOSED, Turn.SETTLE, now + PROPOSAL_KEPT, now + PROPOSAL_KEPT


def describe(change: Change) -> dict[str, Scalar]:
    """Return a Change as the flat fields of a log line."""
    return {
        **change.evidence,
        "change_id": change.id,
        "kind": change.kind.value,
        "state": change.state.value,
        "ecs_service": change.name,
        "ecs_cluster": change.cluster,
        "mode": change.mode,
        "rule": change.rule,
        "reason": change.reason,
        "cause": change.cause,
    }
