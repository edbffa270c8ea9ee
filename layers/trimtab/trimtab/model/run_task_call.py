"""One RunTask call as CloudTrail recorded it: where launch parameters survive the task."""

from dataclasses import dataclass, field

from trimtab.model.launch import LaunchRequest


@dataclass(frozen=True, slots=True)
class RunTaskCall:
    """A RunTask call; ``task_definition`` as the caller named it, its ARN with or without a revision.

    ``error_code`` and ``error_message`` are set when ECS refused the call, ``failures`` has a reason for
    each task that it could not place; ``task_arns`` are the tasks that it started.
    """

    cluster: str
    task_definition: str
    task_definition_arn: str = ""
    group: str | None = None
    started_by: str | None = None
    error_code: str | None = None
    error_message: str = ""
    failures: tuple[str, ...] = ()
    task_arns: tuple[str, ...] = ()
    request: LaunchRequest = field(default_factory=LaunchRequest, hash=False)

    @property
    def cluster_name(self) -> str:
        """The cluster's name: calls name it, or its ARN."""
        return self.cluster.rpartition("/")[2]

    @property
    def family(self) -> str:
        """The family that is run: calls name it, a revision, or an ARN."""
        return self.task_definition.rpartition("/")[2].partition(":")[0]
