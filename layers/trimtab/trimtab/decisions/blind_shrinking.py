"""Whether a service may be made smaller by itself: only where something shows how its users fare."""

from dataclasses import replace

from trimtab.model.decision import Resize, Setting
from trimtab.model.service import Service
from trimtab.model.tags import Mode
from trimtab.model.task_definition import TaskDefinition
from trimtab.model.task_size import TaskSize


def shows_health(service: Service, definition: TaskDefinition) -> bool:
    """Tell whether anything shows how a service's users fare: a load balancer, alarms, a health check."""
    return service.load_balanced or bool(service.alarms) or definition.checks_health


def leave_to_person(
    decision: Resize, size: TaskSize, service: Service, definition: TaskDefinition, setting: Setting
) -> tuple[Resize, Setting]:
    """Return a resize and how far it may travel: a blind cut is proposed to a person, and not carried out.

    Args:
        decision: The size that usage asks for.
        size: The one in force; a cut is less CPU or less memory.
        service: As read now.
        definition: The revision it runs.
        setting: What tags and policy allow. A hand-over stays one: the team's own deployment follows it.
    """
    new = decision.size
    cut = new.cpu_units < size.cpu_units or new.memory_mib < size.memory_mib
    free = setting.mode is not Mode.APPLY or setting.shrink_without_signals
    if free or not cut or shows_health(service, definition):
        return decision, setting
    told = (
        f"{decision.sentence} Nothing shows how its users fare (no load balancer, no linked alarm, no "
        "container health check), so a person has to approve it."
    )
    blind = replace(decision, reason="no_health_signal", sentence=told)
    return blind, replace(setting, mode=Mode.APPROVE)
