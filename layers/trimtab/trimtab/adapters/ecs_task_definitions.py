"""Amazon ECS, task definitions: reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from trimtab.adapters.ecs_services import read_tags
from trimtab.adapters.unknown_fields import FOUND, unknown_fields
from trimtab.model.task_definition import TaskDefinition

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

NEWEST: Final = 10
"""How many revisions a search looks at: more than Trimtab registers for a service in a day."""

KNOWN_MAX: Final = 2_000
"""Revisions kept in memory, a few KB each; the one read first goes first."""


class EcsTaskDefinitions:
    """The port ``TaskDefinitions`` on Amazon ECS. Revisions never change, so each is read once, or seldom."""

    def __init__(self, client: ECSClient) -> None:
        self._client = client
        self._known: dict[str, TaskDefinition] = {}

    def describe(self, task_definition: str) -> TaskDefinition | None:
        """Return the revision with its tags, None when ECS does not know it."""
        if task_definition not in self._known:
            found = self._read(task_definition)
            if found is None:
                return None
            if len(self._known) >= KNOWN_MAX:
                del self._known[next(iter(self._known))]
            self._known[task_definition] = found
        return self._known[task_definition]

    def latest(self, family: str) -> TaskDefinition | None:
        """Return the family's newest ACTIVE revision as it is now; asked anew each time."""
        return self._read(family)

    def newest(self, family: str) -> list[TaskDefinition]:
        """Return the family's ten newest ACTIVE revisions; read anew, as tags may have changed."""
        listed = self._client.list_task_definitions(familyPrefix=family, sort="DESC", maxResults=NEWEST)
        found = (self._read(arn) for arn in listed["taskDefinitionArns"])
        return [one for one in found if one is not None and one.family == family]

    def _read(self, reference: str) -> TaskDefinition | None:
        try:
            answer = self._client.describe_task_definition(taskDefinition=reference, include=["TAGS"])
        except ClientError as fault:
            if fault.response["Error"]["Code"] == "ClientException":
                return None
            raise
        fields = answer["taskDefinition"]
        return TaskDefinition(
            fields["taskDefinitionArn"], dict(fields), read_tags(answer.get("tags")), self._unknown(answer)
        )

    def _unknown(self, answer: Any) -> tuple[str, ...]:
        """Return what the SDK does not know of an answer: from the wire, or from an answer never parsed."""
        if FOUND in answer:
            return tuple(answer[FOUND])
        shape = self._client.meta.service_model.operation_model("DescribeTaskDefinition").output_shape
        told = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
        return tuple(unknown_fields(told, shape))
