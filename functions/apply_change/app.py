"""The Changes stream, turn=apply -> workflows/apply_change.py. The only function that may change ECS."""

from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from trimtab import wiring
from trimtab.messages.change_record import parse_change_record
from trimtab.workflows.apply_change import apply_change

logger = Logger(service="trimtab")
metrics = Metrics(service="trimtab", namespace="Trimtab")

LEASE_MARGIN_SECONDS: Final = 30
"""A lease outlives the invocation that took it, clocks apart included."""


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Carry out the Changes of records like those in events/apply_change/."""
    world = wiring.aws()
    answers = {}
    for raw in event["Records"]:
        record = parse_change_record(raw)
        lease_seconds = context.get_remaining_time_in_millis() // 1000 + LEASE_MARGIN_SECONDS
        answers[record.change_id] = apply_change(record.workload, record.change_id, lease_seconds, world)
    return answers
