"""A step of rightsize_fleet, or the hourly look -> workflows/rightsize_task_definition.py."""

from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from trimtab import wiring
from trimtab.messages.schedule_input import RightsizeRequest, parse_rightsize_request
from trimtab.model.change import Kind
from trimtab.ports import World
from trimtab.workflows.look_at_risk import look_at_risk
from trimtab.workflows.rightsize_task_definition import open_gate, plan_service, plan_shard, report

logger = Logger(service="trimtab")
metrics = Metrics(service="trimtab", namespace="Trimtab")

TO_FINISH_SECONDS: Final = 60
"""What is left of the timeout when it stops waiting for our share of the ECS API."""


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Handle one request like those in events/rightsize_task_definition/; return counts."""
    request = parse_rightsize_request(event)
    world = wiring.aws()
    patience_seconds = context.get_remaining_time_in_millis() / 1000 - TO_FINISH_SECONDS
    with world.api_share.working_for(Kind.RESIZE, patience_seconds):
        return _answer(request, context.aws_request_id, world)


def _answer(request: RightsizeRequest, request_id: str, world: World) -> dict[str, Any]:
    match request.step:
        case "plan":
            return plan_shard(request.run, request.shard, request.of, world)
        case "gate":
            return open_gate(request.run, world)
        case "report":
            return report(request.run, world)
        case "service":
            return plan_service(request_id, request.service_arn, world)
        case _:
            return look_at_risk(world)
