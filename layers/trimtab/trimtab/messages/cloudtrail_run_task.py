"""AWS API Call via CloudTrail event of RunTask -> CloudTrailRunTask.

Source: CloudTrail user guide, cloudtrail-event-reference-record-contents; Amazon ECS developer guide,
logging-using-cloudtrail (read 2026-11-22). Delivery is best effort, unlike that of ECS's own events.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trimtab.messages.envelope import ECS, Envelope, parse_envelope
from trimtab.messages.fields import Fields
from trimtab.messages.launch_request import read_launch_request
from trimtab.model.run_task_call import RunTaskCall

DETAIL_TYPE = "AWS API Call via CloudTrail"


@dataclass(frozen=True, slots=True)
class CloudTrailRunTask:
    """One recorded RunTask call with its envelope."""

    envelope: Envelope
    call: RunTaskCall


def parse_cloudtrail_run_task(event: Mapping[str, Any]) -> CloudTrailRunTask:
    """Read an EventBridge event of this kind.

    Raises:
        MessageError: It is another kind of event or records another call, or has not its shape.
    """
    envelope = parse_envelope(event)
    envelope.expect(ECS, DETAIL_TYPE)
    fields = envelope.fields()
    if fields.text("eventName") != "RunTask":
        raise fields.fault(f"detail.eventName is {fields.text('eventName')!r}, not 'RunTask'")
    return CloudTrailRunTask(envelope, _call(envelope, fields))


def _call(envelope: Envelope, fields: Fields) -> RunTaskCall:
    parameters = fields.object_or_empty("requestParameters")
    answer = fields.object_or_empty("responseElements")
    named = parameters.text("taskDefinition")
    return RunTaskCall(
        # ECS takes the cluster called "default" when a call names none (API reference, RunTask).
        cluster=parameters.text_or_none("cluster") or "default",
        task_definition=named,
        task_definition_arn=named
        if ":task-definition/" in named
        else envelope.ecs_arn(f"task-definition/{named}"),
        group=parameters.text_or_none("group"),
        started_by=parameters.text_or_none("startedBy"),
        error_code=fields.text_or_none("errorCode"),
        error_message=fields.text_or_none("errorMessage") or "",
        failures=tuple(_reason(one) for one in answer.objects("failures")),
        task_arns=tuple(task.text("taskArn") for task in answer.objects("tasks")),
        request=read_launch_request(parameters),
    )


def _reason(failure: Fields) -> str:
    said = (failure.text_or_none("reason"), failure.text_or_none("detail"))
    return ": ".join(text for text in said if text) or "no reason given"
