"""What a service action asks of Trimtab: a shift of capacity, a person, a note, or nothing.

Source of names and reasons: Amazon ECS developer guide, ecs_service_events and api_failures_messages
(read 2026-11-22).
"""

from dataclasses import dataclass

from trimtab.model.service_action import ServiceAction
from trimtab.model.verdict import Action, Cause, Owner, Verdict


@dataclass(frozen=True, slots=True)
class _Answer:
    rule: str
    cause: Cause
    action: Action
    reason: str
    sentence: str


_CONFIGURATION = _Answer(
    "configuration_failure",
    Cause.CONFIGURATION,
    Action.ALERT,
    "needs_a_person",
    "ECS cannot start tasks as the service is configured. Other capacity cannot help: this needs a person.",
)
_UNEXPLAINED = _Answer(
    "unexplained_failure",
    Cause.UNKNOWN,
    Action.ALERT,
    "cause_unknown",
    "ECS reports trouble without saying why. Trimtab changes nothing; look at the service's last stops.",
)
_HEALTH = _Answer(
    "unhealthy_target",
    Cause.HEALTH,
    Action.LEAVE_TO_SERVICE,
    "service_scheduler_replaces_it",
    "A task of the service is unhealthy. The service scheduler replaces it.",
)
_THROTTLED = _Answer(
    "throttled_by_aws",
    Cause.INFRASTRUCTURE,
    Action.LEAVE_TO_SERVICE,
    "service_scheduler_retries",
    "AWS throttles the service scheduler, which tries again by itself.",
)
_NOTED = _Answer(
    "state_settles_changes",
    Cause.STATE,
    Action.RECORD,
    "state_settles_changes",
    "Nothing is wrong. Trimtab notes it for the changes that it watches on this service.",
)
_NOTHING = _Answer("state_only", Cause.STATE, Action.IGNORE, "nothing_to_do", "Nothing is wrong.")

# SERVICE_STEADY_STATE is recorded because a watched change settles by it. A steady capacity provider is
# ignored: it repeats by itself and does not prove that Spot capacity is back.
_BY_NAME: dict[str, _Answer] = {
    "SERVICE_STEADY_STATE": _NOTED,
    "SERVICE_DEPLOYMENT_IN_PROGRESS": _NOTED,
    "SERVICE_DEPLOYMENT_COMPLETED": _NOTED,
    "CAPACITY_PROVIDER_STEADY_STATE": _NOTHING,
    "TASKSET_STEADY_STATE": _NOTHING,
    "SERVICE_DESIRED_COUNT_UPDATED": _NOTHING,
    "TASKS_STOPPED": _NOTHING,
    "SERVICE_TASK_CONFIGURATION_FAILURE": _CONFIGURATION,
    "SERVICE_DAEMON_PLACEMENT_CONSTRAINT_VIOLATED": _CONFIGURATION,
    "SERVICE_DISCOVERY_INSTANCE_UNHEALTHY": _HEALTH,
    "VPC_LATTICE_TARGET_UNHEALTHY": _HEALTH,
    "ECS_OPERATION_THROTTLED": _THROTTLED,
    "SERVICE_DISCOVERY_OPERATION_THROTTLED": _THROTTLED,
}

# The first word of a placement failure's reason. What a host lacks by nature is no shortage: moving away
# from a misconfigured pool would hide the fault and cost money.
_SHORTAGES = ("RESOURCE:", "CAPACITY IS UNAVAILABLE", "NO ACTIVE INSTANCES", "EMPTY CAPACITY PROVIDER")
_MISFITS = ("ATTRIBUTE", "AGENT", "LOCATION", "MEMBEROF")
_QUOTA = "limit on the number of vcpus"


def judge_service_action(action: ServiceAction, pools: tuple[str, ...]) -> Verdict:
    """Say what a service action means and what Trimtab would do. Total: it never raises.

    Only a shortage on a pool of the service, with a less preferred pool behind it, is a reason to shift.
    The verdict takes the service as opted in; episodes, dwell and budgets are asked by who acts on it.

    Args:
        action: The service action.
        pools: The service's capacity providers in the order of preference, such as
            ``("FARGATE_SPOT", "FARGATE")``.
    """
    evidence: dict[str, str | int | float] = {
        "service_arn": action.service_arn,
        "event_name": action.event_name,
        "pools": ", ".join(pools),
    }
    if action.reason:
        evidence["event_reason"] = action.reason
    if action.capacity_provider_names:
        evidence["capacity_provider_names"] = ", ".join(action.capacity_provider_names)
    answer = _answer(action, pools)
    return Verdict(
        answer.rule, answer.cause, answer.action, Owner.SERVICE, answer.reason, answer.sentence, evidence
    )


def _answer(action: ServiceAction, pools: tuple[str, ...]) -> _Answer:
    if action.event_name == "SERVICE_TASK_PLACEMENT_FAILURE":
        return _placement_failure(action, pools)
    known = _BY_NAME.get(action.event_name)
    if known is not None:
        return known
    return _NOTHING if action.event_type == "INFO" else _UNEXPLAINED


def _placement_failure(action: ServiceAction, pools: tuple[str, ...]) -> _Answer:
    reason = (action.reason or "").strip()
    if _QUOTA in reason.lower():
        return _Answer(
            "vcpu_quota",
            Cause.CONFIGURATION,
            Action.ALERT,
            "needs_a_person",
            "The account's quota of vCPUs is used up; ask for a higher one. Other capacity cannot help.",
        )
    if reason.upper().startswith(_MISFITS):
        return _Answer(
            "host_unsuitable",
            Cause.CONFIGURATION,
            Action.ALERT,
            "needs_a_person",
            f"No host suits the task ({reason}). That is configuration, not a shortage: this needs a person.",
        )
    if reason.upper().startswith(_SHORTAGES):
        return _shortage(action, pools, reason)
    return _UNEXPLAINED


def _shortage(action: ServiceAction, pools: tuple[str, ...], reason: str) -> _Answer:
    """Shift to the first pool behind the exhausted one; the better ones before it were left for a reason."""
    exhausted = _exhausted_pool(action, reason)
    if exhausted in pools:
        behind = [pool for pool in pools[pools.index(exhausted) + 1 :] if pool != exhausted]
        if behind:
            return _Answer(
                "pool_exhausted",
                Cause.CAPACITY,
                Action.SHIFT_CAPACITY,
                "next_pool_is_configured",
                f"{exhausted} has no capacity for the service ({reason}). Trimtab moves it to {behind[0]}.",
            )
    where = exhausted or "the cluster's container instances"
    return _Answer(
        "pool_exhausted",
        Cause.CAPACITY,
        Action.ALERT,
        "no_other_pool",
        f"There is no room on {where} ({reason}), and the service has no other pool configured behind it. "
        "Add capacity or a pool.",
    )


def _exhausted_pool(action: ServiceAction, reason: str) -> str | None:
    """The pool that failed. A service with a launch type has none; on Fargate that is FARGATE itself."""
    if action.capacity_provider_names:
        return action.capacity_provider_names[0]
    return "FARGATE" if reason.upper() == "RESOURCE:FARGATE" else None
