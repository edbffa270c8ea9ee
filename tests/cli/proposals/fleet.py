"""A small fleet that has lived in the laboratory without Trimtab, and whom to ask about it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from trimtab_cli.dispatcher.composition import connected
from trimtab_lab.account import Account, make_lab
from trimtab_lab.demand import Pattern, salt_of
from trimtab_lab.ecs.behaviour import Plan

NETWORK = {
    "awsvpcConfiguration": {
        "subnets": ["subnet-0a11"], "securityGroups": ["sg-0c33"], "assignPublicIp": "DISABLED"
    }
}  # fmt: skip
HEAP = {"environment": [{"name": "JAVA_OPTS", "value": "-Xmx2g"}]}
DAY = 86_400
DAYS = 9


class Fleet:
    """Services as their teams make them."""

    def __init__(self) -> None:
        self.lab: Account = make_lab("plan")
        for cluster in ("prod", "spare"):
            self.call("CreateCluster", clusterName=cluster, capacityProviders=["FARGATE"])
        self.lab.ecs.add_container_instance("prod", 4096, 15360)

    def call(self, operation: str, **request: Any) -> dict[str, Any]:
        return self.lab.call("ecs", operation, request)

    def serve(
        self, name: str, cpu: int, memory: int, tasks: int, demand: tuple[float, float],
        cluster: str = "prod", launch: str = "FARGATE", tags: dict[str, str] | None = None,
        container: dict[str, Any] | None = None, beside: list[dict[str, Any]] | None = None,
    ) -> None:  # fmt: skip
        """Create a service; ``demand`` is the CPU of all tasks and the MiB of each."""
        cpu_units, memory_mib = demand
        pattern = Pattern(
            salt_of("plan", name),
            cpu_units=cpu_units,
            memory_mib=memory_mib,
            daily_ratio=0.4,
            weekend_ratio=0.7,
        )
        self.lab.usage.set(cluster, name, pattern)
        on_fargate = launch == "FARGATE"
        self.call(
            "RegisterTaskDefinition", family=f"{cluster}-{name}", cpu=str(cpu), memory=str(memory),
            networkMode="awsvpc" if on_fargate else "bridge", requiresCompatibilities=[launch],
            executionRoleArn="arn:aws:iam::111122223333:role/ecs/task",
            containerDefinitions=[
                {"name": "app", "image": f"{name}:1", **(container or {})}, *(beside or []),
            ],
        )  # fmt: skip
        self.call(
            "CreateService", cluster=cluster, serviceName=name, taskDefinition=f"{cluster}-{name}",
            desiredCount=tasks, launchType=launch,
            **({"networkConfiguration": NETWORK} if on_fargate else {}),
            tags=[{"key": key, "value": value} for key, value in (tags or {}).items()],
        )  # fmt: skip

    def measure(self, cluster: str, level: str = "enabled") -> None:
        """Switch Container Insights of a cluster on."""
        settings = [{"name": "containerInsights", "value": level}]
        self.call("UpdateClusterSettings", cluster=cluster, settings=settings)

    def run_once(self, family: str, cpu: int, memory: int, demand: tuple[float, float]) -> None:
        """Run a standalone task for an hour."""
        cpu_units, memory_mib = demand
        need = Pattern(salt_of("plan", family), cpu_units=cpu_units, memory_mib=memory_mib)
        self.lab.usage.set("prod", family, need)
        self.lab.ecs.behave(family, Plan(run_seconds=3600))
        self.call(
            "RegisterTaskDefinition", family=family, cpu=str(cpu), memory=str(memory),
            networkMode="awsvpc", requiresCompatibilities=["FARGATE"],
            containerDefinitions=[{"name": "app", "image": f"{family}:1"}],
        )  # fmt: skip
        self.call(
            "RunTask", cluster="prod", taskDefinition=family, launchType="FARGATE",
            networkConfiguration=NETWORK,
        )  # fmt: skip


def build() -> Fleet:
    """Let a fleet live for ``DAYS``; one service of it is younger."""
    fleet = Fleet()
    fleet.serve("orders", 2048, 8192, 4, (1200, 1900), container={"memory": 8192})
    fleet.serve("search", 1024, 4096, 3, (1500, 3100), tags={"trimtab:mode": "apply"})
    fleet.serve("quiet", 1024, 4096, 2, (200, 300), tags={"trimtab:mode": "off"})
    fleet.serve("legacy", 1024, 2048, 2, (200, 300), tags={"trimtab:mode": "aply"})
    fleet.serve("ledger", 1024, 4096, 2, (300, 700), launch="EC2")
    fleet.serve("java", 1024, 4096, 1, (200, 300), container=HEAP)
    fleet.serve("tiny", 256, 512, 1, (20, 90))
    fleet.serve("asleep", 1024, 2048, 0, (100, 100))
    fleet.serve("asked", 2048, 4096, 2, (300, 3300))
    fleet.lab.autoscaling.register_target("prod", "asked", 2, 8)
    fleet.lab.autoscaling.track("prod", "asked", "ALBRequestCountPerTarget", 1000)
    fleet.serve("orders", 512, 1024, 1, (100, 400), cluster="spare")
    fleet.measure("prod")
    for _ in range(DAYS - 1):
        fleet.run_once("nightly", 1024, 8192, (150, 700))
        fleet.lab.clock.run_for(DAY)
    fleet.lab.clock.run_for(0.5 * DAY)
    fleet.serve("young", 1024, 2048, 1, (100, 100))
    fleet.lab.clock.run_for(0.55 * DAY)
    return fleet


@contextmanager
def at_hand(fleet: Fleet) -> Iterator[Fleet]:
    """Let the command line's AWS be the fleet's account."""
    with connected(fleet.lab):
        yield fleet
