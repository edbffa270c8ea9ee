"""Amazon ECS, tasks: reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from trimtab.adapters.ecs_services import read_tags
from trimtab.messages.task_state_change import read_task
from trimtab.model.task import Task

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

TASKS_PER_CALL: Final = 100
"""DescribeTasks takes at most a hundred. Source: ECS API Reference, DescribeTasks (read 2026-11-22)."""


class EcsTasks:
    """The port ``Tasks`` on Amazon ECS."""

    def __init__(self, client: ECSClient) -> None:
        self._client = client
        self._of_services: dict[str, frozenset[str]] = {}

    def describe(self, cluster: str, task_arns: Sequence[str]) -> list[Task]:
        """Return those of the tasks that ECS still remembers; it forgets an hour after the stop."""
        found = []
        for start in range(0, len(task_arns), TASKS_PER_CALL):
            some = list(task_arns[start : start + TASKS_PER_CALL])
            found += [read_task(described) for described in self._read(cluster, tasks=some)]
        return found

    def tags(self, cluster: str, task_arn: str) -> Mapping[str, str]:
        """Return the tags of one task, none when ECS has forgotten it."""
        found = self._read(cluster, tasks=[task_arn], include=["TAGS"])
        return read_tags(found[0].get("tags")) if found else {}

    def of_no_service(self, clusters: Sequence[str]) -> Iterator[Task]:
        """Yield running and lately stopped tasks that belong to no service.

        ECS cannot list by that, and most tasks belong to services: those are described once and then,
        while this execution environment lives, passed over.
        """
        for cluster in clusters or self._clusters():
            listed = self._list(cluster, desiredStatus="RUNNING")
            listed += self._list(cluster, desiredStatus="STOPPED")
            known = self._of_services.get(cluster, frozenset()).intersection(listed)
            found = self.describe(cluster, [arn for arn in listed if arn not in known])
            of_services = {task.task_arn for task in found if (task.group or "").startswith("service:")}
            self._of_services[cluster] = known | of_services
            yield from (task for task in found if task.task_arn not in of_services)

    def started_by(self, cluster: str, started_by: str) -> list[Task]:
        """Return running and lately stopped tasks with that ``startedBy``."""
        listed = [
            *self._list(cluster, startedBy=started_by, desiredStatus="RUNNING"),
            *self._list(cluster, startedBy=started_by, desiredStatus="STOPPED"),
        ]
        return self.describe(cluster, listed)

    def _read(self, cluster: str, **asked: Any) -> Sequence[Mapping[str, Any]]:
        """Return what DescribeTasks shows; a cluster that is gone has taken its tasks along."""
        try:
            return self._client.describe_tasks(cluster=cluster, **asked)["tasks"]
        except ClientError as fault:
            if fault.response["Error"]["Code"] == "ClusterNotFoundException":
                return []
            raise

    def _list(self, cluster: str, **filters: Any) -> list[str]:
        pages = self._client.get_paginator("list_tasks").paginate(cluster=cluster, **filters)
        return [arn for page in pages for arn in page["taskArns"]]

    def _clusters(self) -> list[str]:
        pages = self._client.get_paginator("list_clusters").paginate()
        return [arn for page in pages for arn in page["clusterArns"]]
