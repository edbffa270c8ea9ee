"""Amazon ECS, the writes: each sent once. Give it a client that does not retry."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from trimtab.adapters.ecs_services import write_strategy, write_tags
from trimtab.adapters.ecs_task_definitions import EcsTaskDefinitions
from trimtab.adapters.refusals import refusals
from trimtab.decisions.launch_recipe import without_injected
from trimtab.model.change import Change, Target
from trimtab.model.errors import LaunchError, RejectedError
from trimtab.model.launch import Recipe
from trimtab.model.service import Service, Strategy
from trimtab.model.tags import CHANGE_TAG, COPY_TAG, ORPHAN_TAG
from trimtab.model.task_definition import TaskDefinition, content_hash
from trimtab.model.task_size import TaskSize

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

RUN_TASK_PARAMETERS: Final = frozenset({
    "cluster", "taskDefinition", "count", "startedBy", "clientToken", "enableExecuteCommand", "tags", "group",
    "capacityProviderStrategy", "launchType", "platformVersion", "networkConfiguration", "overrides",
    "placementConstraints", "placementStrategy", "propagateTags", "enableECSManagedTags",
})  # fmt: skip
"""All that a restart may ever say to RunTask."""


class EcsDeployer:
    """The port ``Deployer`` on Amazon ECS.

    ``writer`` must not retry: an answer that was lost is read back, not sent again. Every write raises
    ``ThrottledError`` where AWS took no request for now or our own share is used up, and ``RejectedError``
    where it refused for good; after any other error nobody knows whether it was carried out.
    """

    def __init__(self, reader: ECSClient, writer: ECSClient) -> None:
        self._reader, self._writer = reader, writer

    def register_resized(self, base: TaskDefinition, size: TaskSize, change: Change) -> str:
        """Register ``base`` with another size and our tag; return the new revision's ARN."""
        request = base.resized(size)
        request["tags"] = write_tags({**base.tags, CHANGE_TAG: change.id})
        with refusals():
            answer = self._writer.register_task_definition(**request)
        return answer["taskDefinition"]["taskDefinitionArn"]

    def register_copy(self, original: TaskDefinition, change: Change) -> str:
        """Register a revision that says the same, so that it is the newest; return its ARN."""
        request = original.registration()
        request["tags"] = write_tags({**original.tags, CHANGE_TAG: change.id, COPY_TAG: original.arn})
        with refusals():
            answer = self._writer.register_task_definition(**request)
        return answer["taskDefinition"]["taskDefinitionArn"]

    def find_registered(self, base: TaskDefinition, size: TaskSize, change: Change) -> str | None:
        """Return the revision that an earlier try of this Change registered, if there is one.

        Found by our tag and by content: it has to say what this try would register, nothing else.
        """
        wanted = content_hash(base.resized(size))
        for found in EcsTaskDefinitions(self._reader).newest(base.family):
            ours = found.tags.get(CHANGE_TAG) == change.id
            if ours and content_hash(found.registration()) == wanted:
                return found.arn
        return None

    def mark_orphan(self, task_definition: str, change: Change) -> None:
        """Tag a revision of ours that nobody ever ran; tagging twice is tagging once."""
        with refusals():
            self._writer.tag_resource(
                resourceArn=task_definition, tags=[{"key": ORPHAN_TAG, "value": change.id}]
            )

    def deploy(self, service: Service, task_definition: str) -> str:
        """Put a revision in force; return the id of the deployment."""
        with refusals():
            answer = self._writer.update_service(
                cluster=service.cluster_arn, service=service.arn, taskDefinition=task_definition
            )
        return _primary_id(answer["service"])

    def shift(self, service: Service, strategy: Strategy) -> str:
        """Put a strategy in force with a forced deployment, without which ECS refuses it."""
        with refusals():
            answer = self._writer.update_service(
                cluster=service.cluster_arn,
                service=service.arn,
                capacityProviderStrategy=write_strategy(strategy),  # type: ignore[arg-type]
                forceNewDeployment=True,
            )
        return _primary_id(answer["service"])

    def run(self, recipe: Recipe, change: Change) -> str:
        """Start the recipe's task once for this Change; return its ARN.

        Raises:
            LaunchError: ECS could not place it; the text is ECS's reason.
        """
        try:
            with refusals():
                answer = self._writer.run_task(**run_task_request(recipe, change))
        except RejectedError as fault:
            if (started := _started_under_the_token(fault)) is None:
                raise
            return started
        if not answer["tasks"]:
            failure = answer["failures"][0] if answer["failures"] else {}
            raise LaunchError(failure.get("reason", "RunTask started nothing and gave no reason"))
        return answer["tasks"][0]["taskArn"]


def run_task_request(recipe: Recipe, change: Change) -> dict[str, Any]:
    """Return the RunTask request that launches a recipe for a restart."""
    said = f"{change.workload}/{change.target.attempt}"
    if change.applied.get("provider"):
        # What was surely not placed elsewhere is no repeat; one token with other parameters is a conflict.
        said += f"/{change.applied['provider']}"
    token = hashlib.sha256(said.encode()).hexdigest()[:52]
    request: dict[str, Any] = {
        "cluster": recipe.cluster,
        "taskDefinition": recipe.task_definition,
        "count": 1,
        "startedBy": f"trimtab/{change.id}",
        "clientToken": token,
        "enableExecuteCommand": recipe.enable_execute_command,
        "tags": write_tags({**recipe.tags, CHANGE_TAG: change.id}),
    }
    if recipe.group:
        request["group"] = recipe.group
    if recipe.capacity_provider_strategy:
        request["capacityProviderStrategy"] = write_strategy(recipe.capacity_provider_strategy)
    elif recipe.launch_type:
        request["launchType"] = recipe.launch_type
    if recipe.platform_version:
        request["platformVersion"] = recipe.platform_version
    if recipe.placement_constraints:
        request["placementConstraints"] = [dict(one) for one in recipe.placement_constraints]
    if recipe.placement_strategy:
        request["placementStrategy"] = [dict(one) for one in recipe.placement_strategy]
    if recipe.propagate_tags == "TASK_DEFINITION":
        request["propagateTags"] = recipe.propagate_tags
    if recipe.enable_ecs_managed_tags:
        request["enableECSManagedTags"] = True
    if recipe.subnets:
        request["networkConfiguration"] = {"awsvpcConfiguration": _network(recipe)}
    if overrides := _overrides(recipe, change.target):
        request["overrides"] = overrides
    return request


def _network(recipe: Recipe) -> dict[str, Any]:
    network: dict[str, Any] = {"subnets": list(recipe.subnets)}
    if recipe.security_groups:
        network["securityGroups"] = list(recipe.security_groups)
    if recipe.assign_public_ip is not None and recipe.launch_type != "EC2":
        network["assignPublicIp"] = "ENABLED" if recipe.assign_public_ip else "DISABLED"
    return network


def _overrides(recipe: Recipe, target: Target) -> dict[str, Any]:
    """Return the task's overrides without what ECS added by itself, which RunTask would not know."""
    given = without_injected(recipe, ()).overrides
    kept = {key: value for key, value in given.items() if value not in (None, "null", [], {})}
    containers = [override for override in kept.pop("containerOverrides", []) if len(override) > 1]
    kept.pop("inferenceAcceleratorOverrides", None)
    if target.container_limit:
        name, memory_mib = target.container_limit
        others = [one for one in containers if one.get("name") != name]
        said = next((one for one in containers if one.get("name") == name), {"name": name})
        containers = [*others, {**said, "memory": memory_mib}]
    if containers:
        kept["containerOverrides"] = containers
    if target.size:
        kept |= {"cpu": str(target.size.cpu_units), "memory": str(target.size.memory_mib)}
    return kept


def _started_under_the_token(fault: RejectedError) -> str | None:
    """Return what an earlier request under the same token has started, where that is why ECS refused.

    A record of the launch that came in between makes another request of it; the task is there all the same.

    Source: ECS API Reference, ConflictException (read 2026-11-22).
    """
    cause = fault.__cause__
    if not isinstance(cause, ClientError) or cause.response["Error"]["Code"] != "ConflictException":
        return None
    answer: Mapping[str, Any] = cause.response
    return next(iter(answer.get("resourceIds", ())), None)


def _primary_id(described: Any) -> str:
    return next((str(d["id"]) for d in described["deployments"] if d["status"] == "PRIMARY"), "")
