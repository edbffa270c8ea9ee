"""ECS Deployment State Change, steady states, the tick -> workflows/settle_change.py."""

from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from trimtab import wiring
from trimtab.messages import deployment_state_change, service_action
from trimtab.messages.schedule_input import parse_trimtab_request
from trimtab.model.change import Kind
from trimtab.ports import World
from trimtab.workflows.settle_change import settle_workload, tick

logger = Logger(service="trimtab")
metrics = Metrics(service="trimtab", namespace="Trimtab")

PATIENCE_SECONDS: Final = 60
"""How long it may wait for our share of the ECS API: a tick may have hundreds of services to ask for."""


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Handle one event like those in events/settle_change/."""
    world = wiring.aws()
    with world.api_share.working_for(Kind.SHIFT, PATIENCE_SECONDS):
        return _handle(event, world)


def _handle(event: dict[str, Any], world: World) -> dict[str, Any]:
    if parse_trimtab_request(event, ("tick",)):
        return dict(tick(world))
    if event.get("detail-type") == service_action.DETAIL_TYPE:
        service_arn = service_action.parse_service_action(event).action.service_arn
    else:
        service_arn = deployment_state_change.parse_deployment_state_change(event).deployment.service_arn
    return {"settled": settle_workload(service_arn, world)}
