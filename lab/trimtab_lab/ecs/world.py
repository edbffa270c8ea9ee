"""The state of the simulated ECS: everything there is, found by name or ARN."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from trimtab_lab.ecs.answers import last_part
from trimtab_lab.ecs.behaviour import Behaviours
from trimtab_lab.ecs.cluster import Cluster
from trimtab_lab.ecs.deployment import ServiceDeployment, ServiceRevision
from trimtab_lab.ecs.deployment_alarms import Alarms, NoAlarms
from trimtab_lab.ecs.errors import client, cluster_not_found, invalid, service_not_found
from trimtab_lab.ecs.pools import Pools
from trimtab_lab.ecs.service import Service
from trimtab_lab.ecs.task import Eni, Task
from trimtab_lab.ecs.task_definition import TaskDefinition

if TYPE_CHECKING:
    from trimtab_lab.ecs.capacity_providers import CapacityProvider
    from trimtab_lab.lab import Lab

_DEFINITION = re.compile(r"^(?:arn:[^:]+:ecs:[^:]+:\d+:task-definition/)?([\w-]{1,255})(?::(\d+))?$")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class World:
    """What exists. It finds things and makes names; the rules are in the other modules."""

    def __init__(self, lab: "Lab") -> None:
        self.lab, self.clock = lab, lab.clock
        self.clusters: dict[str, Cluster] = {}
        self.families: dict[str, list[TaskDefinition]] = {}  # revision n at n - 1
        self.providers: dict[str, CapacityProvider] = {}
        self.tasks: dict[str, Task] = {}
        self.enis: dict[str, Eni] = {}
        self.revisions: dict[str, ServiceRevision] = {}
        self.deployments: dict[str, ServiceDeployment] = {}
        self.alarms: Alarms = NoAlarms()
        self.pools = Pools()
        self.behaviours = Behaviours()
        self._names = lab.random("ecs/names")

    @property
    def caller(self) -> str:
        """Return the ARN of who is calling."""
        who = self.lab.principal
        return who if who.startswith("arn:") else f"arn:aws:iam::{self.lab.account}:role/{who}"

    def arn(self, resource: str) -> str:
        """Return an ECS ARN."""
        return self.lab.arn("ecs", resource)

    def new_hex(self, letters: int = 32) -> str:
        """Return a fresh id of hexadecimal letters."""
        return f"{self._names.getrandbits(letters * 4):0{letters}x}"

    def new_number(self) -> str:
        """Return a fresh id of 19 digits."""
        return str(self._names.randrange(10**18, 10**19))

    def new_word(self, letters: int = 21) -> str:
        """Return a fresh id of letters and digits."""
        return "".join(self._names.choices(_LETTERS, k=letters))

    def cluster(self, name_or_arn: str | None) -> Cluster:
        """Return a cluster; none named means ``default``.

        Raises:
            ApiError: ClusterNotFoundException.
        """
        found = self.clusters.get(last_part(name_or_arn or "default"))
        if found is None:
            raise cluster_not_found()
        return found

    def find_service(self, cluster: Cluster, name_or_arn: str) -> Service | None:
        """Return a service of the cluster, whatever its status, or None."""
        found = cluster.services.get(last_part(name_or_arn))
        if found is not None and name_or_arn.startswith("arn:") and name_or_arn != found.arn:
            return None
        return found

    def service(self, cluster: Cluster, name_or_arn: str) -> Service:
        """Return a service of the cluster.

        Raises:
            ApiError: ServiceNotFoundException.
        """
        found = self.find_service(cluster, name_or_arn)
        if found is None:
            raise service_not_found()
        return found

    def services(self) -> Iterator[Service]:
        """Yield every service of every cluster."""
        for cluster in self.clusters.values():
            yield from cluster.services.values()

    def find_task(self, cluster: Cluster, id_or_arn: str) -> Task | None:
        """Return a describable task of the cluster, or None."""
        arn = id_or_arn if id_or_arn.startswith("arn:") else f"{cluster.name}/{id_or_arn}"
        return cluster.tasks.get(arn if arn.startswith("arn:") else self.arn(f"task/{arn}"))

    def find_definition(self, reference: str) -> TaskDefinition | None:
        """Return a revision by ARN or family:revision, or a family's latest ACTIVE one.

        Raises:
            ApiError: The reference has no readable form.
        """
        found = _DEFINITION.match(reference)
        if found is None:
            raise invalid(f"Invalid task definition identifier: {reference}")
        revisions = self.families.get(found[1], [])
        if found[2]:
            number = int(found[2])
            return revisions[number - 1] if 0 < number <= len(revisions) else None
        return next((one for one in reversed(revisions) if one.status == "ACTIVE"), None)

    def active_definition(self, reference: str) -> TaskDefinition:
        """Return a revision that may be launched.

        Raises:
            ApiError: There is none, or it was deregistered.
        """
        found = self.find_definition(reference)
        if found is None:
            raise client("TaskDefinition not found.")
        if found.status != "ACTIVE":
            raise client("TaskDefinition is inactive")
        return found
