"""A file with DescribeTaskDefinition's answer -> which containers are essential, and for which tasks."""

from collections.abc import Callable
from dataclasses import dataclass

from trimtab.messages.fields import Fields
from trimtab.model.task import Task


@dataclass(frozen=True, slots=True)
class TaskDefinitionFile:
    """What ``explain`` needs of one task definition."""

    name: str
    family: str | None
    arn: str | None
    containers: frozenset[str]
    essential: frozenset[str]

    def essential_for(self, task: Task, warn: Callable[[str], None]) -> frozenset[str] | None:
        """Return the essential containers for ``task``; None and a warning if it is another's."""
        known = {container.name for container in task.containers}
        if self.family and task.family and self.family != task.family and not known & self.containers:
            warn(f"{self.name} defines {self.family}, not {task.family}: every container counts as essential")
            return None
        if self.family and task.family and self.family != task.family:
            warn(f"{self.name} defines {self.family}, not {task.family}; used because its containers fit")
        elif self.arn and task.task_definition_arn and self.arn != task.task_definition_arn:
            warn(f"{self.name} is {self.arn}, the task ran {task.task_definition_arn}")
        return self.essential


def read_task_definition(data: object, name: str) -> TaskDefinitionFile:
    """Read DescribeTaskDefinition's answer, or the bare task definition in it.

    A container without ``essential`` is essential (API reference, ContainerDefinition, read 2026-11-22).

    Raises:
        MessageError: It is no task definition.
    """
    fields = Fields(data, "task definition", "file")
    if "taskDefinition" in fields.data:
        fields = Fields(fields.data["taskDefinition"], "task definition", "taskDefinition")
    containers = fields.objects("containerDefinitions")
    if not containers:
        raise fields.fault(f"{fields.path}.containerDefinitions is missing or empty")
    names = [container.text("name") for container in containers]
    essential = [
        container.text("name") for container in containers if container.flag_or_none("essential") is not False
    ]
    return TaskDefinitionFile(
        name,
        fields.text_or_none("family"),
        fields.text_or_none("taskDefinitionArn"),
        frozenset(names),
        frozenset(essential),
    )
