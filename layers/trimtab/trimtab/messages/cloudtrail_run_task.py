"""AWS API Call via CloudTrail event of RunTask -> CloudTrailRunTask.

Source: CloudTrail user guide, cloudtrail-event-reference-record-contents; Amazon ECS developer guide,
logging-using-cloudtrail (read 2026-11-22). Delivery is best effort, unlike that of ECS's own events.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trimtab.messages.envelope import ECS, Envelope, parse_envelope
from trimtab.messages.fields import Fields
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
    return CloudTrailRunTask(envelope, _call(fields))


def _call(fields: Fields) -> RunTaskCall:
    parameters = fields.object_or_empty("requestParameters")
    answer = fields.object_or_empty("responseElements")
    return RunTaskCall(
        # ECS takes the cluster called "default" when a call names none (API reference, RunTask).
        cluster=parameters.text_or_none("cluster") or "default",
        task_definition=parameters.text("taskDefinition"),
        group=parameters.text_or_none("group"),
        started_by=parameters.text_or_none("startedBy"),
        error_code=fields.text_or_none("errorCode"),
        task_arns=tuple(task.text("taskArn") for task in answer.objects("tasks")),
        parameters=parameters.data,
    )
