"""Schedule -> workflows/take_inventory.py."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from trimtab import wiring
from trimtab.messages.schedule_input import parse_our_request
from trimtab.workflows.take_inventory import inventory_fleet, inventory_open

logger = Logger(service="trimtab")
metrics = Metrics(service="trimtab", namespace="Trimtab")


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Handle one input like those in events/take_inventory/; return counts."""
    _, scope = parse_our_request(event, ("inventory/open", "inventory/fleet"))
    world = wiring.aws()
    return dict(inventory_fleet(world) if scope == "fleet" else inventory_open(world))
