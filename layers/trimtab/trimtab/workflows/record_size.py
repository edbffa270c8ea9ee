"""One service: may its size be chosen, which is offered, and what is recorded of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

from trimtab.decisions.blind_shrinking import leave_to_person
from trimtab.decisions.guards import hours_allow, keeps_to_windows
from trimtab.decisions.memory_raise import judge_growth
from trimtab.decisions.quarantine import taken_back
from trimtab.decisions.rightsize.offer import NO_DATA
from trimtab.decisions.shrink_timing import when_to_shrink
from trimtab.decisions.sizing_scope import travels
from trimtab.model.change import SIZE_KINDS, Change, Kind, Scalar, State, about_capacity, is_carried_out
from trimtab.model.decision import Go, Keep, Refuse, Resize, Setting, Wait
from trimtab.model.digest import SizingHistory
from trimtab.model.errors import UnreadableError
from trimtab.model.policy import Policy
from trimtab.model.price_book import PriceBook
from trimtab.model.scaling import Scaling
from trimtab.model.service import Service
from trimtab.model.sizing import Terms
from trimtab.model.tags import Mode
from trimtab.model.task_definition import size_floor
from trimtab.ports import World
from trimtab.workflows.ask_past import barred, with_advice
from trimtab.workflows.not_judged import judged
from trimtab.workflows.record_change import (
    DECIDE_WITHIN,
    describe,
    record_for_service,
    refused_for_good,
    setting_under,
)
from trimtab.workflows.size_of_service import (
    YOUNG,
    Sizeable,
    counts_if_pinned,
    size_of,
    sizeable,
    start_floor_mib,
    terms_for,
    with_containers,
)

CARRIED_OUT_AS: Final = {Mode.APPLY: Kind.RESIZE, Mode.HANDOVER: Kind.HAND_OVER}
"""What becomes of a size that no person has to release."""


def candidates(services: Iterable[Service], world: World) -> Iterator[tuple[Service, Keep | Sizeable]]:
    """Yield each service with what its size is decided on, or with why it is not ours to size."""
    _, policy = world.control.switch_and_policy()
    scalings = world.autoscaling.scaling()
    for service in services:
        yield service, judged(partial(_candidate, service, policy, scalings, world))


def _candidate(
    service: Service, policy: Policy | None, scalings: Mapping[str, Scaling], world: World
) -> Keep | Sizeable:
    setting = setting_under(policy, service, world)
    if policy is None:
        return Keep("policy_unreadable", "The stored policy cannot be read.")
    if isinstance(setting, Keep):
        return setting
    scaling = scalings.get(f"{service.cluster}/{service.name}")
    return _of_age(_sizeable(service, setting, scaling, world), world)


def _sizeable(service: Service, setting: Setting, scaling: Scaling | None, world: World) -> Keep | Sizeable:
    definition = world.task_definitions.describe(service.task_definition)
    now = world.clock.now()
    lately = counts_if_pinned(service, scaling, world.task_counts, now)
    return sizeable(service, definition, setting, world.largest, scaling, lately, now)


def _of_age(answer: Keep | Sizeable, world: World) -> Keep | Sizeable:
    if isinstance(answer, Keep) or world.clock.now() - answer.service.created_at >= YOUNG:
        return answer
    return Keep("too_little_data", f"{answer.service.name} is younger than a day.")


def terms_now(
    one: Sizeable, history: SizingHistory, prices: PriceBook, world: World
) -> tuple[Terms, dict[str, Scalar]]:
    """Return what may be put in force for a service now, and the floors behind it, for people to see."""
    kill_mib, floors = floors_now(one, history, world)
    return terms_for(one, one.scope.sizes, history, kill_mib, prices), floors


def floors_now(one: Sizeable, history: SizingHistory, world: World) -> tuple[int, dict[str, Scalar]]:
    """Return the memory that a kill has taught, 0 without one, and all floors for people to see."""
    kill = world.control.memory_floor(one.service.arn, world.clock.now())
    floors: dict[str, Scalar] = {
        "containers_floor_mib": size_floor(one.definition).memory_mib,
        "start_floor_mib": start_floor_mib(one, history),
    }
    if kill is not None:
        floors |= {"kill_floor_mib": kill.memory_mib, "kill_floor_until": f"{kill.until:%Y-%m-%d}"}
    return kill.memory_mib if kill else 0, {name: floor for name, floor in floors.items() if floor}


def offer(
    one: Sizeable, history: SizingHistory, prices: PriceBook, world: World
) -> tuple[Keep | Resize, SizingHistory]:
    """Choose the size of the day; return it, or why not, and the history with what waits now."""
    decision = _offer(one, history, prices, world)
    if isinstance(decision, Keep):
        waits = history.waits_since if decision.reason in NO_DATA else None  # not known is not over
        return decision, replace(history, waits_since=waits)
    cut = not decision.size.holds(one.size)
    if not cut or travels(decision, one.scope, one.setting).mode is not Mode.APPLY:
        return decision, replace(history, waits_since=None)
    now, past = world.clock.now(), world.changes.of(one.service.arn)
    try:
        record = world.deployment_history.of(one.service)
    except UnreadableError:
        record = ()  # then nobody knows of deployments to wait for
    answer = when_to_shrink(one.setting, record, past, one.service.created_at, history.waits_since, now)
    if isinstance(answer, Go):
        return decision, replace(history, waits_since=None)
    told = f"{decision.sentence} {answer.sentence}"
    return Keep(answer.reason, told), replace(history, waits_since=history.waits_since or now.date())


def _offer(one: Sizeable, history: SizingHistory, prices: PriceBook, world: World) -> Keep | Resize:
    now, service = world.clock.now(), one.service
    past = world.changes.of(service.arn)
    if moves := shifting(past):
        return moves
    too_small = taken_back(past, world.control.cleared_at(service.arn), now)
    kill_mib, floors = floors_now(one, history, world)
    one = with_containers(one, history, prices, world.insights, now)
    decision = size_of(one, with_our_moves(history, past), kill_mib, prices, now, too_small)
    if isinstance(decision, Keep):
        return decision
    if too_small.memory_mib or too_small.cpu_units:
        floors |= {"taken_back_cpu_units": too_small.cpu_units, "taken_back_mib": too_small.memory_mib}
    return replace(decision, evidence={**decision.evidence, **floors})


def with_our_moves(history: SizingHistory, past: Iterable[Change]) -> SizingHistory:
    """Return what is known of a service with the day on which a size of ours was put in force last.

    Where ECS took it back, the deployment before it is the service's again, and is as old as it was.
    """
    began = [
        one.times[State.DEPLOYING] for one in past if one.kind in SIZE_KINDS and State.DEPLOYING in one.times
    ]
    days = (history.last_move, *(at.astimezone(UTC).date() for at in began))
    return replace(history, last_move=max((day for day in days if day), default=None))


def shifting(past: Iterable[Change]) -> Keep | None:
    """Say that a service is being moved between capacity providers: one thing at a time."""
    moves = [one for one in past if one.is_open and about_capacity(one) and is_carried_out(one)]
    if not moves:
        return None
    told = f"{moves[0].kind} {moves[0].id} of it is on its way or being watched: one thing at a time."
    return Keep("shift_in_progress", told)


def record_size(
    one: Sizeable, decision: Resize, cause: str, epoch: str, world: World, gated: bool
) -> tuple[Keep | Resize, Change | None, Setting]:
    """Record a size; return what is told of it, its Change, and how far it may travel."""
    service, now = one.service, world.clock.now()
    setting = travels(decision, one.scope, one.setting)
    decision, setting = leave_to_person(decision, one.size, service, one.definition, setting)
    no = (
        _too_long(one, decision, setting, now)
        or barred(Kind.RESIZE, service, setting, cause, world)
        or _leaks(one, decision, setting, cause, world)
    )
    if no:
        return Keep(no.reason, no.sentence), None, setting
    decision = with_advice(decision, service, setting, world)
    change, new = record_for_service(
        Kind.RESIZE, service, one.size, decision, setting, cause, epoch, world, gated
    )
    if new:
        world.telemetry.note("task size decided", **describe(change))
    return decision, change, setting


def _leaks(one: Sizeable, decision: Resize, setting: Setting, cause: str, world: World) -> Refuse | None:
    """Return why memory is not given ahead of a kill any more; that is recorded and told once a day."""
    service, now = one.service, world.clock.now()
    answer = judge_growth(service.name, one.size, decision.size, world.changes.of(service.arn), now)
    if isinstance(answer, Go):
        return None
    refused = refused_for_good(Kind.RESIZE, service, setting, answer, cause, f"{now:%Y-%m-%d}", world)
    if world.changes.record(refused):
        world.telemetry.note("not grown", **describe(refused))
    return answer


def _too_long(one: Sizeable, decision: Resize, setting: Setting, now: datetime) -> Wait | None:
    """Return what a size would have to wait for, where it would expire before: it is decided anew."""
    kind = CARRIED_OUT_AS.get(setting.mode)
    if kind is None:
        return None
    windows = keeps_to_windows(kind, one.size, decision.size, setting)
    wait = hours_allow(kind, one.service.name, setting, now, windows)
    return wait if isinstance(wait, Wait) and wait.until > now + DECIDE_WITHIN[kind] else None
