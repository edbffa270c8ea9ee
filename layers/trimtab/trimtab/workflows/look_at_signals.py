"""Reading every signal there is of a service that a Change is being watched on, and judging them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from trimtab.decisions.verification import OWN_DEATHS, Signals, verdict, verify, windows
from trimtab.model.change import Change, Kind, State
from trimtab.model.decision import Setting
from trimtab.model.finding import Finding, Settlement
from trimtab.model.service import Service
from trimtab.model.signals import Death
from trimtab.model.tags import Mode
from trimtab.model.usage import ServiceUsage
from trimtab.ports import World
from trimtab.workflows.record_change import setting_of

BY_KIND: Final = Setting(Mode.OBSERVE)
"""Where tags and policy say nothing any more, the kind of the Change says whether it waits."""


def look_at_signals(change: Change, service: Service, world: World) -> tuple[Change, Settlement]:
    """Return what the signals say together, and the Change with what each said noted in it."""
    now, usage = world.clock.now(), None
    if change.kind is Kind.RESIZE and service.desired_count:
        usage = world.usage.since({service: change.times[State.WATCHING]}, now)[service.arn]
    found = _judged(change, service, usage, world)
    setting = setting_of(service, world)
    told = verdict(found.values(), _waits(change, setting if isinstance(setting, Setting) else BY_KIND))
    return world.changes.note(change, {name: one.sentence for name, one in found.items()}), told


def bad_signal(change: Change, service: Service, usage: ServiceUsage, world: World) -> Settlement | None:
    """Return the signal that is bad while a Change is being watched, None when none is."""
    told = verdict(_judged(change, service, usage, world).values(), waits=False)
    return told if told.finding is Finding.BAD else None


def _waits(change: Change, setting: Setting) -> bool:
    return setting.waits_for_signals(change.kind)


def _judged(
    change: Change, service: Service, usage: ServiceUsage | None, world: World
) -> Mapping[str, Settlement]:
    now, since = world.clock.now(), began(change)
    before, _ = stretches = windows(since, now)
    traffic = world.signals.traffic(service.target_groups, stretches) if service.target_groups else None
    signals = Signals(
        alarms=world.signals.alarms(service.alarms) if service.alarms else (),
        traffic=(traffic[0], traffic[1]) if traffic else None,
        deaths=_deaths(service, min(before[0], since - (now - since)), world),
        usage=usage,
    )
    return verify(change, signals, since, now)


def _deaths(service: Service, since: datetime, world: World) -> tuple[Death, ...]:
    stops = world.stops.of_service(service.arn, since)
    return tuple(Death(s.at, s.task_definition, s.cause) for s in stops if s.cause in OWN_DEATHS)


def began(change: Change) -> datetime:
    """Return when the deployment of a Change in ``watching`` began."""
    return change.times.get(State.DEPLOYING, change.times[State.WATCHING])
