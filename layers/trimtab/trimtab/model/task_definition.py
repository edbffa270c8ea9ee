"""One task definition revision, kept whole so that a new one can equal it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from trimtab.model.container_sizes import fit_containers, least_task
from trimtab.model.task_size import TaskSize

DESCRIBE_ONLY_FIELDS: Final = frozenset({
    "taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities",
    "registeredAt", "registeredBy", "deregisteredAt", "deleteRequestedAt",
})  # fmt: skip
"""In DescribeTaskDefinition's answer, not in RegisterTaskDefinition's request.

Source: ECS API Reference, TaskDefinition (read 2026-11-22); a test computes it from botocore's model.
"""


@dataclass(frozen=True, slots=True)
class TaskDefinition:
    """A revision: ``fields`` as DescribeTaskDefinition gives them, and its tags.

    ``unknown_fields`` names what ECS told and the SDK in use drops: no revision may be made from this one.
    ``fields`` may hold secrets in ``environment``: it is never shown, logged or stored.
    """

    arn: str
    fields: Mapping[str, Any] = field(repr=False)
    tags: Mapping[str, str]
    unknown_fields: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        """The family, without the revision."""
        return str(self.fields["family"])

    @property
    def revision(self) -> int:
        """The revision's number."""
        return int(self.fields["revision"])

    @property
    def registered_by(self) -> str:
        """ARN of the principal that registered it, empty when ECS does not tell."""
        return str(self.fields.get("registeredBy", ""))

    @property
    def registered_at(self) -> datetime | None:
        """When it was registered, None when ECS does not tell."""
        at = self.fields.get("registeredAt")
        return at if isinstance(at, datetime) else None

    @property
    def size(self) -> TaskSize | None:
        """Task-level size, or None when the definition sets none (possible on EC2)."""
        cpu, memory = self.fields.get("cpu"), self.fields.get("memory")
        return TaskSize(int(cpu), int(memory)) if cpu and memory else None

    @property
    def metered_size(self) -> TaskSize | None:
        """What its utilization is measured against, None where it claims no CPU or no memory.

        That is the task's own size, and what its containers claim where the task has none: of memory their
        reservations, and the limits of those without.

        Source: ECS Developer Guide, service_utilization (read 2026-11-22).
        """
        cpu, memory = (int(self.fields.get(name) or 0) for name in ("cpu", "memory"))
        cpu = cpu or sum(int(one.get("cpu") or 0) for one in self.containers)
        claims = (one.get("memoryReservation") or one.get("memory") or 0 for one in self.containers)
        memory = memory or sum(map(int, claims))
        return TaskSize(cpu, memory) if cpu and memory else None

    @property
    def containers(self) -> tuple[Mapping[str, Any], ...]:
        """Its container definitions, as ECS tells them."""
        return tuple(self.fields.get("containerDefinitions", ()))

    @property
    def essential_containers(self) -> frozenset[str]:
        """Names of the containers whose end ends the task; ECS's default is essential."""
        return frozenset(c["name"] for c in self.containers if c.get("essential", True))

    @property
    def container_names(self) -> frozenset[str]:
        """Names of all of its containers."""
        return frozenset(c["name"] for c in self.containers)

    @property
    def stop_seconds(self) -> int:
        """How long a task may take to stop: the longest ``stopTimeout``, 30 s where none is set.

        Source: ECS API Reference, ContainerDefinition, stopTimeout (read 2026-11-22).
        """
        return max((int(c.get("stopTimeout") or 30) for c in self.containers), default=30)

    @property
    def checks_health(self) -> bool:
        """Whether an essential container has a health check of its own."""
        commands = [
            (c.get("healthCheck") or {}).get("command") for c in self.containers if c.get("essential", True)
        ]
        return any(command and command[0] != "NONE" for command in commands)

    @property
    def cpu_architecture(self) -> str | None:
        """``X86_64`` or ``ARM64`` as the definition says, None when it is silent."""
        platform: Mapping[str, str] = self.fields.get("runtimePlatform") or {}
        return platform.get("cpuArchitecture")

    @property
    def is_windows(self) -> bool:
        """Whether the task runs on Windows, whose sizes follow other rules."""
        platform: Mapping[str, str] = self.fields.get("runtimePlatform") or {}
        return platform.get("operatingSystemFamily", "LINUX") != "LINUX"

    def memory_limit_mib(self, container: str) -> int | None:
        """Return the hard limit in MiB of one container, None when it has none of its own."""
        limits = (c.get("memory") for c in self.containers if c["name"] == container)
        return next((int(limit) for limit in limits if limit), None)

    def registration(self) -> dict[str, Any]:
        """Return the RegisterTaskDefinition request that makes the same revision again, sans tags."""
        return {key: value for key, value in self.fields.items() if key not in DESCRIBE_ONLY_FIELDS}

    def resized(self, size: TaskSize) -> dict[str, Any]:
        """Return the registration with ``size`` at task level and its containers fitted into it.

        What a container may have follows from base and size alone, so a second try registers the same.
        """
        request = self.registration()
        request["cpu"], request["memory"] = str(size.cpu_units), str(size.memory_mib)
        containers = request.get("containerDefinitions", ())
        old = self.size
        request["containerDefinitions"] = (
            fit_containers(containers, old, size) if old else [dict(one) for one in containers]
        )
        return request


def content_hash(registration: Mapping[str, Any]) -> str:
    """Return a short name for what a registration says, whatever the order of its keys."""
    text = json.dumps(registration, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def size_floor(definition: TaskDefinition) -> TaskSize:
    """Return the smallest task size that holds what its containers claim for themselves."""
    return least_task(definition.containers)


def family_of(arn: str) -> str:
    """Return the family that a revision's ARN names."""
    return arn.rsplit("/", 1)[-1].split(":", 1)[0]


def family_arn(arn: str) -> str:
    """Return a revision's ARN without its number: what a family is cleared under."""
    return arn.rsplit(":", 1)[0]


def family_workload(arn: str, cluster: str) -> str:
    """Return what the usage of a family's tasks in a cluster (a name) is kept under, by a revision's ARN."""
    return f"{family_arn(arn)}@{cluster}"


def revision_of(arn: str) -> int | None:
    """Return the number of the revision that an ARN names, None where it names none."""
    number = arn.rpartition("/")[2].rpartition(":")[2]
    return int(number) if number.isascii() and number.isdigit() else None
