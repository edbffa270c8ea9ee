"""Every hour: services that may run out today, sizes under watch, and what waits for a deployment."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from trimtab.decisions.rightsize import near_limit, when_capped
from trimtab.decisions.rightsize.at_once import CAPPED_PERIODS, next_warning
from trimtab.decisions.rightsize.measured import UNTOLD_ROLLOUT, Lately, lately
from trimtab.decisions.rightsize.watch_list import WAITS
from trimtab.decisions.shrink_timing import JUST_DEPLOYED
from trimtab.model.change import Change, Kind, State, Turn
from trimtab.model.decision import Keep
from trimtab.model.digest import WARN_RATIO
from trimtab.model.errors import ConflictError
from trimtab.model.finding import Settlement
from trimtab.model.service import Service
from trimtab.model.usage import CPU, MEMORY, UsagePoints
from trimtab.ports import World
from trimtab.workflows.ask_for_rollback import ask_for_rollback
from trimtab.workflows.look_at_signals import bad_signal
from trimtab.workflows.not_judged import judged, tell_if_not_judged
from trimtab.workflows.record_change import describe
from trimtab.workflows.record_size import candidates, record_size, shifting, terms_now
from trimtab.workflows.rightsize_task_definition import Counts, plan, was_held
from trimtab.workflows.size_of_service import Sizeable

WATCHED_AT_MOST: Final = timedelta(days=14)
TRAILING: Final = timedelta(days=1)
CAUSE: Final = "look_at_risk"


def look_at_risk(world: World) -> Counts:
    """Take back, grow or carry along what cannot wait for the next plan; return counts."""
    counts = _look_at_watched(world)
    listed = world.control.at_risk(world.clock.now())
    services = list(world.services.all(world.clusters, lambda arn: arn in listed)) if listed else []
    free = [service for service in services if service.desired_count and not service.deploying]
    counts |= {"at_risk": len(services), "grown": _grow(free, listed, world)}
    return {**counts, "carried_along": _carry_along(free, listed, world)}


def _read(
    services: Iterable[Service], listed: Mapping[str, frozenset[str]], world: World
) -> Iterator[tuple[Service, UsagePoints]]:
    """Read the last day of each service since its last deployment, and of that only what is at risk."""
    now = world.clock.now()
    for axes in ((CPU,), (MEMORY,), (CPU, MEMORY)):
        some = [s for s in services if listed[s.arn] & {CPU, MEMORY} == set(axes)]
        starts = {service: max(now - TRAILING, _settled(service)) for service in some}
        if some:
            yield from world.usage.points(starts, now, axes)


def _settled(service: Service) -> datetime:
    began = service.primary.created_at if service.primary else service.created_at
    return began + UNTOLD_ROLLOUT + timedelta(seconds=service.health_check_grace_seconds)


def _grow(services: Iterable[Service], listed: Mapping[str, frozenset[str]], world: World) -> int:
    """Record more for services that were short of CPU for hours, or come near the limit of their memory."""
    midnight = world.clock.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    seen = {service: lately(points, midnight) for service, points in _read(services, listed, world)}
    short = [s for s, one in seen.items() if one.capped_periods >= CAPPED_PERIODS or one.memory > WARN_RATIO]
    grown = 0
    for service, one in candidates(short, world):
        if not isinstance(one, Keep) and shifting(world.changes.of(service.arn)):
            continue
        answer = one if isinstance(one, Keep) else judged(partial(_grow_one, one, seen[service], world))
        if isinstance(answer, Keep):
            tell_if_not_judged(service, answer, world.telemetry)
        grown += isinstance(answer, Change)
    return grown


def _grow_one(one: Sizeable, seen: Lately, world: World) -> Change | None:
    now, arn = world.clock.now(), one.service.arn
    history, today = world.control.sizing_history(arn), world.clock.now().date()
    terms, floors = terms_now(one, history, world.prices.fargate(), world)
    used_mib = seen.memory * one.size.memory_mib
    answer = near_limit(one.size, used_mib, history, today, terms)
    if seen.memory > history.warn_ratio:
        world.control.save_sizing_history(arn, history.warned(next_warning(used_mib, one.size)), now)
    if isinstance(answer, Keep):
        answer = when_capped(one.size, seen.capped_periods, terms)
    if isinstance(answer, Keep):
        world.telemetry.note("not grown", ecs_service=one.service.name, reason=answer.reason)
        return None
    answer = replace(answer, evidence={**answer.evidence, **floors})
    return record_size(one, answer, CAUSE, f"{today}", world, gated=False)[1]


def _carry_along(services: Iterable[Service], listed: Mapping[str, frozenset[str]], world: World) -> int:
    """Plan anew what waited for a deployment of the team's own, right after there was one."""
    now = world.clock.now()
    just = [
        service
        for service in services
        if WAITS in listed[service.arn] and service.primary
        if now - service.primary.created_at <= JUST_DEPLOYED
    ]
    if not just or was_held(world):
        return 0
    return int(plan(f"carry_along/{now:%Y-%m-%dT%H}", just, world, gated=False)["changes"])


def _look_at_watched(world: World) -> Counts:
    """Take back a size of ours under which something goes wrong, before its watch is over."""
    now = world.clock.now()
    watched: dict[Service, Change] = {}
    for change in world.changes.due(Turn.SETTLE, now + WATCHED_AT_MOST):
        if change.state is State.WATCHING and change.kind is Kind.RESIZE:
            service = world.services.describe(change.workload)
            if service and service.task_definition == change.applied.get("task_definition"):
                watched[service] = change
    starts = {service: change.times[State.WATCHING] for service, change in watched.items()}
    usage = world.usage.since(starts, now) if starts else {}
    taken_back = 0
    for service, change in watched.items():
        bad = judged(partial(bad_signal, change, service, usage[service.arn], world))
        if isinstance(bad, Keep):
            tell_if_not_judged(service, bad, world.telemetry)
        elif bad is not None:
            taken_back += _take_back(change, bad, world)
    return {"watched": len(watched), "taken_back": taken_back}


def _take_back(change: Change, bad: Settlement, world: World) -> bool:
    """Ask for the rollback; another Change under way may forbid it now, then the next look asks again."""
    try:
        ask_for_rollback(change, bad.reason, f"{bad.sentence} It is taken back.", world)
    except ConflictError:
        world.telemetry.note("not taken back now", **{**describe(change), "told": bad.sentence})
        return False
    return True
