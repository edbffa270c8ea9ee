"""What has become of an applied Change: three-valued, and "cannot tell" is never success."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from trimtab.model.change import COVERED_AGAIN, HEARD, SENT, SIZE_KINDS, Change, Kind, State, about_capacity
from trimtab.model.duration import spoken
from trimtab.model.finding import Finding, Settlement
from trimtab.model.service import STRATEGIES, PastDeployment, Service

OLD_READING = timedelta(minutes=10)
"""For so long after our write, the deployment before it is taken for an old reading, not for a way back."""

NO_WAY_BACK: Final = (Kind.ROLLBACK, Kind.SHIFT)
"""Kinds that lead away from what is bad: when one comes to nothing, a person has to look."""

UNDONE_BY_ECS: Final = "circuit_breaker"
"""Outcome of a Change that ECS itself took back: it has no rollback of ours to wait for."""

WATCH_EXTENSIONS = 3
"""A watch that cannot tell goes on for as long again, three times; then a person has to look."""

UNFINISHED: Final = ("IN_PROGRESS", "FAILED")
"""States of a deployment from which, or from the next after which, ECS may go back."""

COVERED_FOR_NOW: Final = ("newer_deployment_in_progress", "newer_deployment_failed")
"""What a watch says that a newer deployment does not end yet."""

ENDS: Final[Mapping[str, str]] = {
    "SUCCESSFUL": "COMPLETED",
    "STOPPED": "FAILED",
    "ROLLBACK_SUCCESSFUL": "FAILED",
    "ROLLBACK_FAILED": "FAILED",
}
"""What a deployment's end in ECS's record is called in its roll-out state."""


def by_record(service: Service, history: Sequence[PastDeployment]) -> Service:
    """Return a service whose own deployment says how it stands, from the record where it does not say.

    ECS promises a roll-out state for rolling updates alone; the record has one for every deployment.

    Source: ECS API Reference, Deployment, rolloutState; ServiceDeployment, status (read 2026-11-22).
    """
    if service.primary is None or service.primary.rollout_state or not history:
        return service
    known = replace(service.primary, rollout_state=ENDS.get(history[0].status, "IN_PROGRESS"))
    rest = tuple(known if one is service.primary else one for one in service.deployments)
    return replace(service, deployments=rest)


def judge_rollout(
    change: Change,
    service: Service | None,
    since: Sequence[PastDeployment],
    deadline: timedelta,
    now: datetime,
) -> Settlement:
    """Judge a Change in ``deploying``: is its deployment done, failed, or no longer the service's?

    Args:
        change: The Change.
        service: As read now.
        since: Its deployments by the server's record, from the newest to ours; none where the record does not
            show ours, or was not asked because the service is on it.
        deadline: How long its roll-out may take.
        now: The instant.
    """
    if service is None or service.primary is None:
        return Settlement(Finding.SUPERSEDED, "service_gone", f"{change.name} is gone.")
    primary = service.primary
    if not is_on_ours(change, service):
        return _another_deployment(change, service, since, now)
    if covered := _covered_again(change):
        return covered
    if primary.rollout_state == "COMPLETED":
        return Settlement(Finding.GOOD, "rollout_completed", "ECS completed the deployment.")
    if primary.rollout_state == "FAILED":
        return Settlement(Finding.BAD, "rollout_failed", f"ECS: {primary.rollout_state_reason}")
    if now - change.times[State.DEPLOYING] >= deadline:
        told = f"{primary.running_count} of {primary.desired_count} tasks run after {spoken(deadline)}."
        return Settlement(Finding.BAD, "rollout_deadline", told)
    if service.plan.strategy not in STRATEGIES:
        told = f"{service.name} deploys by {service.plan.strategy}, which is not known: it gets time."
        return Settlement(Finding.NOT_YET, "unknown_strategy", told)
    return Settlement(Finding.NOT_YET, "rollout_in_progress", "The deployment is on its way.")


def is_on_ours(change: Change, service: Service) -> bool:
    """Tell whether a service is on our deployment, or on a later one of the revision that ours put there."""
    ours = service.primary is not None and service.primary.id == change.applied.get("deployment")
    return ours or runs_our_revision(change, service)


def runs_our_revision(change: Change, service: Service) -> bool:
    """Tell whether a service runs the revision that a Change about its revision put in force."""
    return not about_capacity(change) and service.task_definition == change.applied.get("task_definition")


def _another_deployment(
    change: Change, service: Service, since: Sequence[PastDeployment], now: datetime
) -> Settlement:
    """Judge a service that is not on ours: ECS took ours back, or somebody deployed over it.

    Only the record tells the two apart, and a newer deployment from a reading of before our write: one that
    knows ours needs no record for that. What is not told is asked again, and then judged by the service.
    """
    followed, primary = len(since) > 1, service.primary
    if since and since[-1].went_back_to is not None:
        left_alone = change.kind in NO_WAY_BACK and followed
        return _superseded(service) if left_alone else _undone_by_ecs(change)
    state = primary.rollout_state if primary else ""
    if followed and change.kind in SIZE_KINDS and since[-1].status == "SUCCESSFUL" and state in UNFINISHED:
        told = "ECS completed the deployment, and somebody has begun a newer one since."
        return Settlement(Finding.GOOD, "rollout_completed", told)
    old = primary is not None and primary.id == change.applied.get(SENT)
    if old and now - change.times[State.DEPLOYING] < OLD_READING:
        return Settlement(Finding.NOT_YET, "old_reading", "ECS still tells of the deployment before ours.")
    back = _is_back(change, service)
    left = next((d for d in service.deployments if d.id == change.applied.get("deployment")), None)
    if followed or (left is not None and not back):
        return _superseded(service)
    if change.outcome != "record_unclear":
        told = f"{service.name} is not on what was put there, and ECS's record does not tell yet why."
        return Settlement(Finding.NOT_YET, "record_unclear", told)
    taken_back = back and (left is None or left.rollout_state == "FAILED")
    return _undone_by_ecs(change) if taken_back else _superseded(service)


def _is_back(change: Change, service: Service) -> bool:
    if about_capacity(change):
        return service.capacity_provider_strategy == change.base.capacity_provider_strategy
    return service.task_definition == change.base.task_definition


def _undone_by_ecs(change: Change) -> Settlement:
    if change.kind in NO_WAY_BACK:
        told = "ECS itself took it back (circuit breaker or alarm): what it was to leave is in force again."
        return Settlement(Finding.CANNOT_TELL, "circuit_breaker", told)
    told = "ECS itself (circuit breaker or alarm) went back to what was there before."
    return Settlement(Finding.UNDONE_BY_ECS, "circuit_breaker", told)


def _superseded(service: Service) -> Settlement:
    told = f"{service.name} is on a newer deployment of somebody else."
    return Settlement(Finding.SUPERSEDED, "newer_deployment", told)


def _covered_again(change: Change) -> Settlement | None:
    if change.applied.get(HEARD) != COVERED_AGAIN:
        return None
    return Settlement(
        Finding.CANNOT_TELL,
        "covered_again",
        f"Somebody deployed {change.name} in the moment of a repair of ours, for the third time, and it "
        "covered that deployment: none further is begun. Deploy it again.",
    )


def judge_watch(change: Change, service: Service | None, now: datetime) -> Settlement:
    """Judge a Change in ``watching``: does the service still stand on it, and at rest?"""
    if service is None or service.status != "ACTIVE":
        return Settlement(Finding.SUPERSEDED, "service_gone", f"{change.name} is gone.")
    watch = timedelta(seconds=change.watch_seconds)
    watched = now - change.times[State.WATCHING]
    if not _still_ours(change, service):
        may_come_back = not about_capacity(change) and watched < watch * (1 + WATCH_EXTENSIONS)
        return _deployed_since(service, may_come_back)
    if covered := _covered_again(change):
        return covered
    if watched < watch:
        return Settlement(Finding.NOT_YET, "watching", "The watch is not over.")
    if service.steady:
        return Settlement(
            Finding.GOOD, "steady", f"{service.name} was steady when the watch of {spoken(watch)} ended."
        )
    if watched < watch * (1 + WATCH_EXTENSIONS):
        return Settlement(Finding.NOT_YET, "not_steady", f"{service.name} is not at rest: the watch goes on.")
    return Settlement(Finding.CANNOT_TELL, "never_steady", f"{service.name} did not come to rest.")


def _deployed_since(service: Service, may_come_back: bool) -> Settlement:
    """Let a newer deployment end the watch once it is rolled out: until then ECS may go back to ours.

    It goes back to what completed last. From one that failed and was left so, the next that fails goes there.
    """
    told = f"{service.name} was deployed anew since"
    state = service.primary.rollout_state if service.primary else ""
    if may_come_back and state == "IN_PROGRESS":
        told += ". Where ECS goes back from it to this, the watch goes on; else the newer one stays."
        return Settlement(Finding.NOT_YET, "newer_deployment_in_progress", told)
    if may_come_back and state == "FAILED":
        told += ", which failed. Where the next fails too, ECS may go back to this, and the watch goes on."
        return Settlement(Finding.NOT_YET, "newer_deployment_failed", told)
    return Settlement(Finding.SUPERSEDED, "newer_deployment", f"{told}: the newer deployment stays.")


def with_signals(change: Change, steady: Settlement, told: Settlement, now: datetime) -> Settlement:
    """Return what a watch that ends at rest comes to, with what the signals say.

    Args:
        change: A Change in ``watching`` whose watch is over.
        steady: What was found of the service itself.
        told: What the signals say together.
        now: The instant.
    """
    if told.finding is not Finding.CANNOT_TELL:
        return steady if told.finding is Finding.GOOD else told
    watch = timedelta(seconds=change.watch_seconds)
    if now - change.times[State.WATCHING] < watch * (1 + WATCH_EXTENSIONS):
        return Settlement(Finding.NOT_YET, told.reason, f"{told.sentence} The watch goes on.")
    longest = spoken(watch * (1 + WATCH_EXTENSIONS))
    return Settlement(Finding.CANNOT_TELL, told.reason, f"After {longest} still: {told.sentence}")


def _still_ours(change: Change, service: Service) -> bool:
    if about_capacity(change):
        return service.capacity_provider_strategy == change.target.capacity_provider_strategy
    return runs_our_revision(change, service)
