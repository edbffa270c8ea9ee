"""Whether a service runs in a way that Trimtab chooses task sizes for."""

from trimtab.model.decision import Keep
from trimtab.model.policy import FARGATE_POOLS
from trimtab.model.service import Service
from trimtab.model.task_definition import TaskDefinition


def judge_fit(service: Service, definition: TaskDefinition | None) -> Keep | None:
    """Say why a service's tasks are not sized, None when they are.

    Sizes come from what Fargate sells: on EC2 such a size may fit no instance, and costs nothing by itself.

    Returns:
        ``Keep`` with ``no_task_size``, ``windows`` or ``not_fargate``.
    """
    if definition is None or definition.size is None:
        return Keep("no_task_size", "Its task definition sets no task size.")
    if definition.is_windows:
        return Keep("windows", "Windows tasks are not sized.")
    providers = {item.capacity_provider for item in service.capacity_provider_strategy}
    if service.launch_type != "FARGATE" and not (providers and providers <= set(FARGATE_POOLS)):
        return Keep("not_fargate", "It does not run on Fargate: its size is not what it costs.")
    return None
