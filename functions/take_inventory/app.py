"""Schedule -> workflows/take_inventory.py."""

from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from trimtab import wiring
from trimtab.messages.schedule_input import parse_our_request
from trimtab.model.change import Kind
from trimtab.workflows.take_inventory import inventory_fleet, inventory_open

logger = Logger(service="trimtab")
metrics = Metrics(service="trimtab", namespace="Trimtab")

TO_FINISH_SECONDS: Final = 30
"""What is left of the timeout when it stops waiting for our share of the ECS API."""


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Handle one input like those in events/take_inventory/; return counts."""
    _, scope = parse_our_request(event, ("inventory/open", "inventory/fleet"))
    world = wiring.aws()
    patience_seconds = context.get_remaining_time_in_millis() / 1000 - TO_FINISH_SECONDS
    with world.api_share.working_for(Kind.RESIZE, patience_seconds):
        return dict(inventory_fleet(world) if scope == "fleet" else inventory_open(world))
