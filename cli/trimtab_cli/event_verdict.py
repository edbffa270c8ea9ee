"""Any EventBridge event -> the verdict of the functions' own decision code, without AWS."""

from collections.abc import Callable, Mapping
from typing import Any

from trimtab.decisions.container_instance import judge_container_instance
from trimtab.decisions.deployment_event import judge_deployment_event
from trimtab.decisions.owner import owner_of, owner_of_call, owner_of_launch
from trimtab.decisions.retirement import judge_retirement
from trimtab.decisions.run_task_call import judge_run_task_call
from trimtab.decisions.service_action import judge_service_action
from trimtab.decisions.stopped_task import judge_task
from trimtab.messages import (
    cloudtrail_run_task,
    container_instance_state_change,
    deployment_state_change,
    health_event,
    service_action,
    task_state_change,
)
from trimtab.messages.envelope import ECS, HEALTH, Envelope, parse_envelope
from trimtab.model.verdict import Action, Cause, Owner, Verdict
from trimtab_cli.task_definition_file import TaskDefinitionFile

Event = Mapping[str, Any]

# What a workload is taken to have: its capacity providers in order of preference.
ASSUMED_POOLS = ("FARGATE_SPOT", "FARGATE")

_SOURCE_OF = {
    task_state_change.DETAIL_TYPE: ECS,
    service_action.DETAIL_TYPE: ECS,
    deployment_state_change.DETAIL_TYPE: ECS,
    container_instance_state_change.DETAIL_TYPE: ECS,
    cloudtrail_run_task.DETAIL_TYPE: ECS,
    health_event.DETAIL_TYPE: HEALTH,
}


def judge_event(event: object, definition: TaskDefinitionFile | None, warn: Callable[[str], None]) -> Verdict:
    """Return the verdict on one event, as if it were fresh, ours and its workload opted in.

    Args:
        event: The JSON value of the event.
        definition: The task definition of its task; None lets every container count.
        warn: Is told what a reader of the verdict should know about how it was reached.

    Raises:
        MessageError: It is no EventBridge event, or has not the shape of its kind.
    """
    envelope = parse_envelope(event)
    assert isinstance(event, Mapping)  # parse_envelope raised otherwise
    source = _SOURCE_OF.get(envelope.detail_type)
    if source is None or _is_other_call(envelope):
        return _not_listened_to(envelope)
    if envelope.source != source:
        warn(f"source {envelope.source!r} is not AWS's: judged as if it were {source!r}")
        event = {**event, "source": source}
    return _judge(envelope.detail_type, event, definition, warn)


def _judge(
    detail_type: str, event: Event, definition: TaskDefinitionFile | None, warn: Callable[[str], None]
) -> Verdict:
    match detail_type:
        case task_state_change.DETAIL_TYPE:
            task = task_state_change.parse_task_state_change(event).task
            essential = definition.essential_for(task, warn) if definition else None
            return judge_task(task, owner_of(task), essential)
        case service_action.DETAIL_TYPE:
            return judge_service_action(service_action.parse_service_action(event).action, ASSUMED_POOLS)
        case deployment_state_change.DETAIL_TYPE:
            return judge_deployment_event(
                deployment_state_change.parse_deployment_state_change(event).deployment
            )
        case health_event.DETAIL_TYPE:
            notice = health_event.parse_health_event(event).notice
            # A notice names tasks that no service owns; only their cluster can tell of another owner.
            clusters = [arn.split("/")[-2] for arn in notice.task_arns if arn.count("/") > 1]
            return judge_retirement(notice, owner_of_launch("family:", None, clusters[0] if clusters else ""))
        case container_instance_state_change.DETAIL_TYPE:
            return judge_container_instance(
                container_instance_state_change.parse_container_instance_state_change(event).state
            )
        case _:
            call = cloudtrail_run_task.parse_cloudtrail_run_task(event).call
            return judge_run_task_call(call, owner_of_call(call))


def _is_other_call(envelope: Envelope) -> bool:
    """Whether CloudTrail recorded another call than RunTask."""
    return (
        envelope.detail_type == cloudtrail_run_task.DETAIL_TYPE
        and envelope.detail.get("eventName") != "RunTask"
    )


def _not_listened_to(envelope: Envelope) -> Verdict:
    return Verdict(
        "not_listened_to",
        Cause.UNKNOWN,
        Action.IGNORE,
        Owner.UNKNOWN,
        "no_rule_listens",
        f"Trimtab does not listen to {envelope.detail_type} from {envelope.source}.",
        {"source": envelope.source, "detail_type": envelope.detail_type},
    )
