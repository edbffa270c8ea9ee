"""The Changes stream -> workflows/announce_change.py. Its failure never touches the line."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from trimtab import wiring
from trimtab.messages.change_record import parse_change_record
from trimtab.model.change import State
from trimtab.workflows.announce_change import announce_change

logger = Logger(service="trimtab")
metrics = Metrics(service="trimtab", namespace="Trimtab")


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Tell of the Changes of records like those in events/announce_change/."""
    world = wiring.aws()
    told = 0
    for raw in event["Records"]:
        record = parse_change_record(raw)
        if record.state_before == record.state_after:
            continue
        before = State(record.state_before) if record.state_before else None
        change = world.changes.get(record.workload, record.change_id)
        if change and record.state_after:
            told += announce_change(before, State(record.state_after), change, world)
    return {"told": told}
