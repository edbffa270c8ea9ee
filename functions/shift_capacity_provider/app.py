"""ECS Service Action, Spot notices, schedule -> workflows/shift_capacity_provider.py."""

from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from trimtab import wiring
from trimtab.messages import service_action, task_state_change
from trimtab.messages.schedule_input import parse_trimtab_request
from trimtab.model.change import Kind
from trimtab.ports import World
from trimtab.workflows.shift_capacity_provider import (
    check_returns,
    note_interruption,
    shift_capacity_provider,
)

logger = Logger(service="trimtab")
metrics = Metrics(service="trimtab", namespace="Trimtab")

PATIENCE_SECONDS: Final = 20
"""How long an invocation may wait for our share of the ECS API before Lambda tries it again."""


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Handle one event like those in events/shift_capacity_provider/."""
    world = wiring.aws()
    with world.api_share.working_for(Kind.SHIFT, PATIENCE_SECONDS):
        return _handle(event, world)


def _handle(event: dict[str, Any], world: World) -> dict[str, Any]:
    if parse_trimtab_request(event, ("return_check",)):
        return dict(check_returns(world))
    if event.get("detail-type") == task_state_change.DETAIL_TYPE:
        notice = task_state_change.parse_task_state_change(event)
        return {"action": note_interruption(notice.task, world).action}
    change = service_action.parse_service_action(event)
    return {"action": shift_capacity_provider(change.action, change.envelope.id, world).action}
