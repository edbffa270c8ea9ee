"""Clusters: the record."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trimtab_lab.ecs.answers import Json
from trimtab_lab.ecs.tags import Tags

if TYPE_CHECKING:
    from trimtab_lab.ecs.container_instance import ContainerInstance
    from trimtab_lab.ecs.service import Service
    from trimtab_lab.ecs.task import Task


@dataclass(slots=True, eq=False)
class Cluster:
    """A cluster and what lives in it. ``launched`` counts the tasks ever made, by group.

    ``injected`` names containers that AWS adds to tasks, as GuardDuty does: they show in their overrides.
    """

    name: str
    arn: str
    tags: Tags
    settings: list[Json]
    configuration: Json | None = None
    service_connect_defaults: Json | None = None
    capacity_providers: list[str] = field(default_factory=list)
    default_strategy: list[Json] = field(default_factory=list)
    services: dict[str, "Service"] = field(default_factory=dict)
    tasks: dict[str, "Task"] = field(default_factory=dict)  # describable ones, by ARN
    instances: dict[str, "ContainerInstance"] = field(default_factory=dict)  # by ARN
    launched: Counter[str] = field(default_factory=Counter)
    injected: list[str] = field(default_factory=list)
