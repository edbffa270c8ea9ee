"""The last look before a write: switch, policy and service as they are in this moment."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from trimtab.decisions.guards import (
    FORWARD_KINDS,
    alarms_allow,
    alone,
    service_allows,
    size_allows,
    switch_allows,
)
from trimtab.decisions.witness import SENT_WITHIN, writes_of_ours
from trimtab.model.change import SENT, SENT_AFTER, SENT_AT, Change, Kind, State, Turn
from trimtab.model.decision import Go, Refuse, Setting, Wait
from trimtab.model.errors import ConflictError, RejectedError, StaleLookError, ThrottledError
from trimtab.model.policy import Policy
from trimtab.model.service import Service
from trimtab.model.switch import Switch
from trimtab.ports import World
from trimtab.workflows.ask_past import past_allows
from trimtab.workflows.record_change import setting_under

UNREADABLE: Final = timedelta(minutes=5)
NOT_FOUND: Final = timedelta(minutes=1)
"""One answer without a service proves nothing: one that was deleted is told as INACTIVE for a while."""

POLL: Final = timedelta(minutes=5)
"""How often to look at a roll-out whose end no event told."""

CALL_TIMEOUT: Final = timedelta(seconds=30)
"""Longer than a writing call may take: 3 s to connect, 20 s to answer, sent once (wiring.WRITES), after
three writes at most of 2 s each that take it from our share of the API (wiring.SHARE).
"""

FRESH: Final = timedelta(seconds=60)
"""How old the last look at switch, policy and service may be when a call arrives."""


def policy_allows(taken: Change, switch: Switch, policy: Policy | None, world: World) -> Go | Wait:
    """Ask the switch, and whether the policy can be read at all."""
    now = world.clock.now()
    if policy is None:
        world.telemetry.count("PolicyUnreadable")
        return Wait(now + UNREADABLE, "policy_unreadable", "The stored policy cannot be read.")
    return switch_allows(taken, switch, now)


def ask_guards(taken: Change, service: Service | None, world: World) -> Go | Wait | Refuse:
    """Ask everything there is to ask about a service, with the switch and the policy read for it."""
    if service is None:
        told = f"ECS did not find {taken.name}; while there is time, it is asked again."
        return Wait(world.clock.now() + NOT_FOUND, "service_not_found", told)
    if taken.kind is Kind.ROLLBACK and not service.tags:
        # It was changed because its tags asked for it: an answer without any may just lack them.
        told = f"ECS told of {taken.name} without any tag; while there is time, it is asked again."
        return Wait(world.clock.now() + NOT_FOUND, "tags_not_told", told)
    switch, policy = world.control.switch_and_policy()
    answer: Go | Wait | Refuse = policy_allows(taken, switch, policy, world)
    if not isinstance(answer, Go):
        return answer
    setting = setting_under(policy, service, world)
    answer = service_allows(taken, service, setting, world.clock.now())
    if isinstance(answer, Refuse) and answer.reason == "base_changed" and _may_be_an_old_reading(taken):
        told = f"{taken.name} is not on what this is to undo; before that is believed, it is asked again."
        return Wait(world.clock.now() + NOT_FOUND, "base_unclear", told)
    if not isinstance(answer, Go) or not isinstance(setting, Setting):
        return answer
    answer = size_allows(taken, setting, _floor_mib(taken, world))
    if isinstance(answer, Go) and taken.kind is Kind.RESIZE:
        answer = alone(taken, world.changes.open_of(taken.workload), world.clock.now())
    if isinstance(answer, Go):
        answer = past_allows(taken, setting.limits, world)
    watched = service.alarms if taken.kind in FORWARD_KINDS else ()
    if not isinstance(answer, Go) or not watched:
        return answer
    return alarms_allow(taken, world.signals.alarms(watched), setting, world.clock.now())


def _may_be_an_old_reading(taken: Change) -> bool:
    """Tell whether a rollback has to ask again: right after our write, ECS may still tell what was before."""
    return taken.kind is Kind.ROLLBACK and taken.outcome != "base_unclear"


def _floor_mib(taken: Change, world: World) -> int:
    return world.control.memory_floor_mib(taken.workload, world.clock.now()) if taken.target.size else 0


def still_holds(taken: Change, looked_at: datetime, world: World) -> None:
    """Make sure, right before a call that changes ECS, that the lease outlives it and the look is fresh.

    Args:
        taken: The Change, with the end of its lease as ``due_at``.
        looked_at: When the reading of switch, policy and service began.
        world: The world.

    Raises:
        ConflictError: Nothing may be sent: whoever holds the workload by now goes on.
        StaleLookError: Nothing may be sent before another look.
    """
    now = world.clock.now()
    if now + CALL_TIMEOUT > taken.due_at:
        raise ConflictError(
            f"cannot go on with Change {taken.id} of {taken.workload}: the lease on its workload is over or "
            "about to be. Nothing was sent. Whoever holds the workload now goes on."
        )
    if now + CALL_TIMEOUT - looked_at > FRESH:
        raise StaleLookError(
            f"The look at {taken.name} took so long that it may be out of date: nothing was sent."
        )


def send(taken: Change, write: Callable[[Service], str], world: World) -> Change | Wait | Refuse:
    """Look once more, note that a write is on its way, and write once; the Change is then ``deploying``.

    Between the last reading of the service and the write lies nothing. What comes in that moment all the
    same is found by the witness.
    """
    looked_at = world.clock.now()
    service = world.services.describe(taken.workload)
    answer = ask_guards(taken, service, world)
    if not isinstance(answer, Go) or service is None:
        return answer if not isinstance(answer, Go) else Refuse("service_gone", "ECS no longer knows it.")
    now = world.clock.now()
    before, begun = (service.primary.id, service.primary.created_at) if service.primary else ("", now)
    note = {SENT: before, SENT_AT: now.isoformat(), SENT_AFTER: begun.isoformat()}
    noted = world.changes.note(taken, note)
    try:
        fresh = world.services.describe(taken.workload)
        still_holds(noted, looked_at, world)
    except Exception:
        _withdraw(noted, world)
        raise
    if fresh is None or (fresh.primary, fresh.tags) != (service.primary, service.tags):
        _withdraw(noted, world)
        told = f"{taken.name} changed while it was looked at."
        return Wait(world.clock.now() + NOT_FOUND, "changed_meanwhile", told)
    try:
        deployment = write(fresh)
    except (ThrottledError, RejectedError):
        _withdraw(noted, world)
        raise
    return deploying(noted, deployment, world)


def _withdraw(noted: Change, world: World) -> None:
    """Take back the note of a write that was surely not carried out: it would claim somebody else's."""
    world.changes.note(noted, {SENT_AT: ""})


def noted_before(taken: Change) -> bool:
    """Tell whether an earlier applier of this Change noted that a write was on its way."""
    return bool(taken.applied.get(SENT_AT))


def was_sent(taken: Change, service: Service) -> bool:
    """Tell whether an earlier applier of this Change sent its write before it died.

    It noted the deployment there was; now there is another one, begun right after, with what the Change
    wants. Without the note nothing is ours, whatever the service looks like.
    """
    primary, sent_at = service.primary, taken.applied.get(SENT_AT)
    if not sent_at or primary is None or primary.id == taken.applied.get(SENT):
        return False
    if abs(primary.created_at - datetime.fromisoformat(sent_at)) > SENT_WITHIN:
        return False
    return _is_wanted(taken, service)


def _is_wanted(taken: Change, service: Service) -> bool:
    if strategy := taken.target.capacity_provider_strategy:
        return service.capacity_provider_strategy == strategy
    return service.task_definition == taken.applied.get("task_definition")


def was_carried_out(taken: Change, service: Service, world: World) -> bool:
    """Tell whether ECS's record shows the write of an earlier applier, which ``was_sent`` does not find.

    Somebody has deployed since, or ECS has taken it back: either way it is not sent again.
    """
    return bool(writes_of_ours(taken, world.deployment_history.of(service)))


def adopt(taken: Change, service: Service, world: World) -> Change:
    """Go on with the deployment that an earlier applier of this Change began.

    One that is no longer in force has no name here: whoever settles asks the record what came of it.
    """
    deployment = service.primary.id if service.primary and _is_wanted(taken, service) else ""
    return deploying(taken, deployment, world)


def deploying(taken: Change, deployment: str, world: World) -> Change:
    """Move to ``deploying``, with the deployment to watch; without one it is to be settled at once."""
    now = world.clock.now()
    due_at = now + POLL if deployment else now
    return world.changes.move(
        taken, State.DEPLOYING, Turn.SETTLE, due_at, now, applied={"deployment": deployment}
    )
