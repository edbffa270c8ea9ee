"""SQS behind the rules on stopped tasks, recorded RunTask calls, AWS Health and services in trouble.

-> workflows/restart_stopped_task.py, workflows/remember_launch.py, workflows/raise_alert.py
"""

from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from trimtab import wiring
from trimtab.messages import (
    cloudtrail_run_task,
    deployment_state_change,
    health_event,
    service_action,
    sqs,
    task_state_change,
)
from trimtab.model.change import Kind
from trimtab.model.errors import MessageError
from trimtab.workflows.raise_alert import hear_of_deployment, hear_of_service
from trimtab.workflows.remember_launch import hear_of_run_task
from trimtab.workflows.restart_stopped_task import announce_retirement, restart_stopped_task

logger = Logger(service="trimtab")
metrics = Metrics(service="trimtab", namespace="Trimtab")
PATIENCE_SECONDS: Final = 20
"""How long a batch may wait for our share of the ECS API; what comes too late goes back to the queue."""

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def handle_record(record: dict[str, Any]) -> str:
    """Act on one event of the queue; return the action taken. One that cannot be read is dead-lettered."""
    event = sqs.event_in(record)
    world = wiring.aws()
    match event.get("detail-type"):
        case health_event.DETAIL_TYPE:
            notice = health_event.parse_health_event(event)
            return announce_retirement(notice.notice, world).action
        case service_action.DETAIL_TYPE:
            trouble = service_action.parse_service_action(event)
            return hear_of_service(trouble.action, trouble.envelope.id, world).action
        case deployment_state_change.DETAIL_TYPE:
            failure = deployment_state_change.parse_deployment_state_change(event)
            return hear_of_deployment(failure.deployment, failure.envelope.id, world).action
        case cloudtrail_run_task.DETAIL_TYPE:
            recorded = cloudtrail_run_task.parse_cloudtrail_run_task(event)
            return hear_of_run_task(recorded.call, recorded.envelope.id, world).action
    change = task_state_change.parse_task_state_change(event)
    return restart_stopped_task(change.task, change.envelope.id, world).action


def report_unreadable(record: dict[str, Any]) -> str:
    """Handle a record, and say why if it is one that can never be handled."""
    try:
        return handle_record(record)
    except MessageError as fault:
        logger.error("event refused", extra={"told": str(fault)})
        raise


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Handle a batch of events like those in events/restart_stopped_task/."""
    with wiring.aws().api_share.working_for(Kind.RESTART, PATIENCE_SECONDS):
        return process_partial_response(
            event=event, record_handler=report_unreadable, processor=processor, context=context
        )
