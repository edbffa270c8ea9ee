"""Evidence that a pool is exhausted or quiet again -> a shift, or the way home."""

from dataclasses import replace
from datetime import datetime

from trimtab.decisions.capacity_shift import SPOT, Episode, decide_return, decide_shift
from trimtab.decisions.guards import hours_allow
from trimtab.decisions.owner import owner_of
from trimtab.decisions.service_action import judge_service_action
from trimtab.decisions.stopped_task import judge_task
from trimtab.model.change import SIZE_KINDS, Kind, State, is_carried_out
from trimtab.model.decision import Keep, Setting, Shift, Wait
from trimtab.model.policy import FARGATE_POOLS
from trimtab.model.service import Service
from trimtab.model.service_action import ServiceAction
from trimtab.model.task import Task
from trimtab.model.verdict import Action, Cause, Verdict
from trimtab.ports import World
from trimtab.workflows.ask_past import barred
from trimtab.workflows.one_by_one import each, raise_together
from trimtab.workflows.record_change import (
    describe,
    record_for_service,
    refused_for_service,
    setting_of,
)


def shift_capacity_provider(action: ServiceAction, cause: str, world: World) -> Verdict:
    """Act on one service action: record a shift when Fargate Spot ran dry, or why there is none."""
    verdict = judge_service_action(action, FARGATE_POOLS)
    if verdict.action not in (Action.SHIFT_CAPACITY, Action.ALERT):
        return verdict
    service = world.services.describe(action.service_arn)
    setting = setting_of(service, world) if service else Keep("service_gone", "ECS no longer knows it.")
    if service is None or isinstance(setting, Keep):
        told = setting.reason if isinstance(setting, Keep) else "service_gone"
        world.telemetry.note("not shifted", **{**verdict.evidence, "cause": cause, "reason": told})
        return verdict
    now = world.clock.now()
    known = world.control.episode(service.arn)
    episode = replace(known, last_failure_at=now) if known else _new_episode(service, now)
    decision = _decide(verdict, service, setting, episode)
    if isinstance(decision, Keep):
        _record_no(verdict, service, setting, decision, cause, world)
        return verdict
    if _came_to_nothing(service, episode, world):
        episode = replace(episode, started_at=now)
    world.control.save_episode(service.arn, episode)
    change, new = record_for_service(
        Kind.SHIFT, service, None, decision, setting, cause, _epoch(episode), world
    )
    if new:
        world.telemetry.note("shift decided", **describe(change))
    return verdict


def _epoch(episode: Episode) -> str:
    """Return what names this turn of an episode, in whole seconds as the table keeps it."""
    return f"{episode.started_at:%Y-%m-%dT%H:%M:%S}/{episode.returns_failed}"


def _came_to_nothing(service: Service, episode: Episode, world: World) -> bool:
    """Tell whether a shift of this episode was decided and not carried out: it may be decided again.

    A service that is at home and exhausted again within its dwell would otherwise get the id of that
    Change, and stay where it is for as long as the shortage lasts.
    """
    planned = [c for c in world.changes.of(service.arn) if c.kind is Kind.SHIFT and State.PLANNED in c.times]
    tried = [c for c in planned if c.created_at >= episode.started_at.replace(microsecond=0)]
    return bool(tried) and not any(c.is_open or "deployment" in c.applied for c in tried)


def _decide(verdict: Verdict, service: Service, setting: Setting, episode: Episode) -> Keep | Shift:
    if verdict.action is Action.ALERT:
        return Keep(verdict.reason, verdict.sentence)
    return decide_shift(service, setting, episode)


def _record_no(
    verdict: Verdict, service: Service, setting: Setting, decision: Keep, cause: str, world: World
) -> None:
    """Record a shift that is refused, once a day: its team wants to know why nothing happens."""
    if decision.reason == "not_on_spot":
        return  # it has moved already
    change = refused_for_service(Kind.SHIFT, service, setting, verdict, decision, cause, world)
    if world.changes.record(change):
        world.telemetry.note("shift refused", **describe(change))


def note_interruption(task: Task, world: World) -> Verdict:
    """Count a Spot notice of a service's task: while an episode is open, its pool is not quiet.

    A notice alone moves nothing: ECS replaces the task, and says so if it cannot place it.
    """
    verdict = judge_task(task, owner_of(task), None)
    episode = world.control.episode(task.service_arn) if task.service_arn else None
    if verdict.cause is Cause.SPOT and task.service_arn and episode is not None:
        noted = replace(episode, last_failure_at=world.clock.now())
        world.control.save_episode(task.service_arn, noted)
    world.telemetry.note("spot notice", rule=verdict.rule, **verdict.evidence)
    return verdict


def _new_episode(service: Service, now: datetime) -> Episode:
    return Episode(now, now, service.capacity_provider_strategy)


def check_returns(world: World) -> dict[str, int]:
    """Look at every open episode: take the service home, close the episode, or go on waiting."""
    counts, faults = {"waiting": 0, "returning": 0, "closed": 0}, list[Exception]()

    def visit(open_one: tuple[str, Episode]) -> None:
        counts[_check_return(*open_one, world)] += 1

    count = each(world.control.episodes().items(), visit, faults)
    raise_together(faults, count, "episodes")
    return counts


def _check_return(service_arn: str, episode: Episode, world: World) -> str:
    service = world.services.describe(service_arn)
    if service is None or _is_over(service, episode, world):
        world.control.save_episode(service_arn, None)
        return "closed"
    now = world.clock.now()
    setting = setting_of(service, world)
    decision = setting if isinstance(setting, Keep) else decide_return(service, setting, episode, now)
    if isinstance(setting, Keep) or isinstance(decision, Keep) or _is_moving(service, world):
        return "waiting"
    if _is_being_sized(service, world):
        return "waiting"  # of two things at once nobody could tell which did harm
    if isinstance(hours_allow(Kind.RETURN, service.name, setting, now, windows=True), Wait):
        return "waiting"  # begun now, it would expire, and count as a return that failed
    if barred(Kind.RETURN, service, setting, "return_check", world):
        return "waiting"
    # Counted as failed until the service is home: a return that is taken back has then already been.
    again = replace(episode, last_failure_at=now, returns_failed=episode.returns_failed + 1)
    world.control.save_episode(service_arn, again)
    change, new = record_for_service(
        Kind.RETURN, service, None, decision, setting, "return_check", _epoch(again), world
    )
    if new:
        world.telemetry.note("return decided", **describe(change))
    return "returning"


def _is_over(service: Service, episode: Episode, world: World) -> bool:
    """Tell whether an episode has ended: at home, nothing of ours in flight, and past its dwell.

    The dwell counts at home too: a service that is shifted again within it has not really returned.
    """
    if _is_moving(service, world):
        return False
    quiet = world.clock.now() >= episode.last_failure_at + episode.dwell
    at_home = service.capacity_provider_strategy == episode.home
    elsewhere = not at_home and any(i.capacity_provider == SPOT for i in service.capacity_provider_strategy)
    return (at_home and quiet) or elsewhere


def _is_moving(service: Service, world: World) -> bool:
    """Tell whether one of our own Changes of the strategy is still on its way."""
    kinds = (Kind.SHIFT, Kind.RETURN, Kind.ROLLBACK)
    return any(c.kind in kinds for c in world.changes.open_of(service.arn))


def _is_being_sized(service: Service, world: World) -> bool:
    """Tell whether a size of ours is on its way there or being watched."""
    return any(c.kind in SIZE_KINDS and is_carried_out(c) for c in world.changes.open_of(service.arn))
