"""The last questions before ECS is changed, in a fixed order, each with a name."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from trimtab.model.change import (
    CAPACITY_KINDS,
    SIZE_KINDS,
    Change,
    Kind,
    about_capacity,
    is_approved,
    is_carried_out,
)
from trimtab.model.change_window import next_opening
from trimtab.model.decision import Go, Keep, Refuse, Setting, Wait
from trimtab.model.policy import Shrink
from trimtab.model.service import Service
from trimtab.model.signals import FIRING, OK, Alarm
from trimtab.model.switch import Position, Switch
from trimtab.model.tags import Mode
from trimtab.model.task_size import TaskSize

LOOK_AGAIN = timedelta(minutes=5)
UNTIL_IT_RUNS = timedelta(minutes=30)
"""How often to look whether a service that is scaled to zero runs again: most do in the morning."""

CAN_WAIT = (Kind.RESIZE, Kind.RETURN)
"""These keep to the change windows; what safety asks for does not."""

DEPLOYS = (Kind.RESIZE, Kind.RETURN, Kind.RAISE_MEMORY, Kind.HAND_OVER)
"""What a freeze holds back, approved or not: each is, or becomes, a deployment.

A shift is the one exception: it leaves a pool that has nothing left. The way back is never frozen.
"""
EVIDENCE = timedelta(days=1)
"""No size is decided for a service that is younger: of none of its days is all known (``offer_size``)."""

FORWARD_KINDS = (*SIZE_KINDS, Kind.SHIFT, Kind.RETURN)
"""Everything that puts something new in force."""


def switch_allows(change: Change, switch: Switch, now: datetime) -> Go | Wait:
    """Ask the switch: ``stop`` lets nothing through, ``rollback-only`` lets rollbacks through."""
    if switch.position is Position.RUN:
        return Go()
    if switch.position is Position.ROLLBACK_ONLY and change.kind is Kind.ROLLBACK:
        return Go()
    return Wait(now + LOOK_AGAIN, "switched_off", f"The switch says {switch.position}: {switch.reason}.")


def service_allows(
    change: Change, service: Service, setting: Setting | Keep, now: datetime
) -> Go | Wait | Refuse:
    """Ask the service as it is now, in this order: there, ours to touch, opted in, unchanged, not
    frozen, within its hours, at rest.

    Args:
        change: What is to be applied.
        service: A reading made for this question.
        setting: What its tags and the policy in force say now.
        now: The instant of the question.
    """
    if service.status != "ACTIVE":
        return Refuse("service_gone", f"ECS knows no active service {change.name} in {change.cluster}.")
    for guard in (_controller, _opted_in, _profile, _unchanged, _in_its_hours, _at_rest, _can_roll):
        answer = guard(change, service, setting, now)
        if not isinstance(answer, Go):
            return answer
    return Go()


def _controller(change: Change, service: Service, setting: Setting | Keep, now: datetime) -> Go | Refuse:
    if service.deployment_controller == "ECS" and service.scheduling_strategy == "REPLICA":
        return Go()
    return Refuse(
        "other_controller",
        f"{service.name} is deployed by {service.deployment_controller} ({service.scheduling_strategy}): "
        "Trimtab changes only replica services with the ECS controller.",
    )


def _opted_in(change: Change, service: Service, setting: Setting | Keep, now: datetime) -> Go | Refuse:
    if isinstance(setting, Keep):
        return Refuse(setting.reason, setting.sentence)
    needed = Mode.APPLY
    if change.kind is Kind.HAND_OVER:
        needed = Mode.HANDOVER
    elif change.kind in (Kind.ROLLBACK, Kind.TAG) or is_approved(change):
        needed = Mode.APPROVE
    if setting.mode < needed:
        return Refuse(
            "mode_too_low",
            f"{service.name} allows {setting.mode.name.lower()} now; this needs {needed.name.lower()}.",
        )
    return Go()


def _profile(change: Change, service: Service, setting: Setting | Keep, now: datetime) -> Go | Refuse:
    asked = isinstance(setting, Setting) and setting.profile == "spot-first"
    if change.kind not in CAPACITY_KINDS or asked:
        return Go()
    return Refuse("not_spot_first", f"{service.name} no longer has the profile spot-first.")


def _unchanged(change: Change, service: Service, setting: Setting | Keep, now: datetime) -> Go | Refuse:
    if about_capacity(change):
        same = service.capacity_provider_strategy == change.base.capacity_provider_strategy
    else:
        same = service.task_definition == change.base.task_definition
    if (same and not _made_anew(change, service)) or change.kind is Kind.HAND_OVER:
        return Go()
    return Refuse(
        "base_changed",
        f"{service.name} is no longer on what this was decided for: somebody deployed meanwhile.",
        superseded=True,
    )


def _in_its_hours(change: Change, service: Service, setting: Setting | Keep, now: datetime) -> Go | Wait:
    if isinstance(setting, Keep):
        return Go()
    windows = keeps_to_windows(change.kind, change.base.size, change.target.size, setting)
    return hours_allow(change.kind, service.name, setting, now, windows)


def keeps_to_windows(kind: Kind, before: TaskSize | None, after: TaskSize | None, setting: Setting) -> bool:
    """Tell whether something may wait for a change window: what only grows is asked for by safety.

    A size with less of anything does without only where the policy says ``shrink: now``.
    """
    if kind is not Kind.RESIZE or before is None or after is None:
        return kind in CAN_WAIT
    return not after.holds(before) and setting.shrink is not Shrink.NOW


def hours_allow(kind: Kind, name: str, setting: Setting, now: datetime, windows: bool) -> Go | Wait:
    """Ask freezes and change windows whether something may be begun now; approved or not.

    Args:
        kind: What is to be begun.
        name: The service, for people.
        setting: Which freezes and windows speak of it.
        now: The instant.
        windows: Whether it keeps to change windows (``keeps_to_windows``).
    """
    held = [one for one in setting.freezes if one.holds_at(now)] if kind in DEPLOYS else []
    if held:
        freeze = max(held, key=lambda one: one.ends)
        return Wait(
            freeze.ends,
            "frozen",
            f"Deployments of {name} are frozen until {_told(freeze.ends)}: {freeze.reason}.",
        )
    opens = next_opening(setting.windows, now) if windows else None
    if opens is not None:
        return Wait(
            opens,
            "outside_window",
            f"{name} is changed in its change windows only: the next one opens at {_told(opens)}.",
        )
    return Go()


def _told(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _at_rest(change: Change, service: Service, setting: Setting | Keep, now: datetime) -> Go | Wait:
    if change.kind in (Kind.ROLLBACK, Kind.HAND_OVER, Kind.TAG):
        return Go()
    if service.deploying:
        return Wait(
            now + LOOK_AGAIN, "deployment_in_progress", f"A deployment of {service.name} is on its way."
        )
    if change.kind is Kind.RESIZE and service.desired_count == 0:
        told = f"{service.name} is scaled to zero: a size is put in force when there are tasks to see it by."
        return Wait(now + UNTIL_IT_RUNS, "scaled_to_zero", told)
    if change.kind in (Kind.RESIZE, Kind.RETURN) and not service.steady:
        return Wait(
            now + LOOK_AGAIN,
            "not_steady",
            f"{service.name} runs {service.running_count} of {service.desired_count} tasks: not now.",
        )
    return Go()


def _can_roll(change: Change, service: Service, setting: Setting | Keep, now: datetime) -> Go | Refuse:
    careful = change.kind in (Kind.RESIZE, Kind.RETURN)
    if careful and service.desired_count < 2 and service.minimum_healthy_percent < 100:
        return Refuse(
            "would_interrupt",
            f"{service.name} has {service.desired_count} task and may be stopped before its successor runs "
            f"(minimum healthy {service.minimum_healthy_percent} %): a roll-out would interrupt it.",
        )
    return Go()


def _made_anew(change: Change, service: Service) -> bool:
    """Tell whether the service was deleted and created again, though it is on the same revision.

    Where ECS still told of the old one when the size was decided, the new one is too young for it.
    """
    if service.created_at > change.created_at:
        return change.kind in FORWARD_KINDS
    return change.kind is Kind.RESIZE and change.created_at - service.created_at < EVIDENCE


def size_allows(change: Change, setting: Setting, floor_mib: int) -> Go | Refuse:
    """Ask what may have come about since a size was decided: a kill for memory, other bounds.

    Args:
        change: What is to be applied.
        setting: With the bounds in force.
        floor_mib: Memory below which the service was killed lately, 0 when there is none.
    """
    size = change.target.size
    if size is None or change.kind not in (*SIZE_KINDS, Kind.HAND_OVER):
        return Go()
    cut = change.kind is not Kind.RAISE_MEMORY
    if cut and size.memory_mib < floor_mib:
        return Refuse(
            "below_memory_floor",
            f"Since this was decided a task of {change.name} was killed for memory: nothing below "
            f"{floor_mib} MiB is put there for now.",
        )
    if not setting.largest.holds(size) or (cut and not size.holds(setting.smallest)):
        return Refuse(
            "outside_bounds",
            f"{size} is out of the bounds of {change.name} now: {setting.smallest} to {setting.largest}.",
        )
    return Go()


def alone(change: Change, others: Iterable[Change], now: datetime) -> Go | Wait:
    """Ask whether the service is being moved between capacity providers: a new size waits for its end.

    Of two things at once nobody could tell which did harm.
    """
    moves = [
        other
        for other in others
        if other.id != change.id and other.is_open and about_capacity(other) and is_carried_out(other)
    ]
    if change.kind is not Kind.RESIZE or not moves:
        return Go()
    told = (
        f"{moves[0].kind} {moves[0].id} of {change.name} is on its way or being watched: one thing at a time."
    )
    return Wait(now + LOOK_AGAIN, "shift_in_progress", told)


def alarms_allow(change: Change, alarms: Sequence[Alarm], setting: Setting, now: datetime) -> Go | Wait:
    """Ask the alarms that the service's own deployments watch.

    ECS watches none of them during a deployment that begins while one fires: it would not go back. One that
    cannot tell holds up what can wait, a resize and a return, unless the policy says otherwise; a service
    that is short of memory or capacity does not wait for it.

    Source: ECS Developer Guide, "How CloudWatch alarms detect deployment failures" (read 2026-11-22).
    """
    firing = [one.name for one in alarms if one.state == FIRING]
    if firing:
        told = f"{_names(firing)} of {change.name} fires: nothing is begun until it is over."
        return Wait(now + LOOK_AGAIN, "alarm_firing", told)
    unclear = [one.name for one in alarms if one.state != OK]
    if unclear and setting.waits_for_signals(change.kind):
        told = f"{_names(unclear)} of {change.name} has no data, or is not there: nobody can tell how it is."
        return Wait(now + LOOK_AGAIN, "alarm_unclear", told)
    return Go()


def _names(alarms: Sequence[str]) -> str:
    return f"The alarm {alarms[0]}" if len(alarms) == 1 else f"One of the alarms {', '.join(alarms)}"
