"""A service of Fargate tasks with a known demand, and words to read its metrics."""

from dataclasses import dataclass
from datetime import timedelta

from trimtab_lab.account import Account
from trimtab_lab.demand import Need

NETWORK = {
    "awsvpcConfiguration": {
        "subnets": ["subnet-aaa"], "securityGroups": ["sg-web"], "assignPublicIp": "ENABLED"
    }
}  # fmt: skip


@dataclass
class Flat:
    """A demand that never changes."""

    cpu_units: float = 128
    memory_mib: float = 256
    shared: bool = True
    leak_mib_per_hour: float = 0.0
    burst: float = 1.0

    def at(self, cell: int) -> Need:
        return Need(
            self.cpu_units, self.cpu_units * self.burst, self.memory_mib, self.memory_mib * self.burst
        )


class Measured:
    def __init__(self, account: Account, client) -> None:
        self.account, self.ecs, self.cloudwatch = account, client("ecs"), client("cloudwatch")
        self.killed: set[str] = set()
        account.bus.listen(self._note)
        self.ecs.create_cluster(clusterName="prod", capacityProviders=["FARGATE"])

    def register(self, cpu: int = 256, memory: int = 512, image: str = "registry.example/app:1") -> str:
        answer = self.ecs.register_task_definition(
            family="orders", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu=str(cpu),
            memory=str(memory), containerDefinitions=[{"name": "app", "image": image}],
        )  # fmt: skip
        return answer["taskDefinition"]["taskDefinitionArn"]

    def start(self, demand: Flat, tasks: int = 1, **size) -> None:
        """Let the service run, and wait until its tasks do."""
        self.account.usage.set("prod", "orders", demand)
        self.ecs.create_service(
            cluster="prod", serviceName="orders", taskDefinition=self.register(**size), desiredCount=tasks,
            launchType="FARGATE", networkConfiguration=NETWORK,
        )  # fmt: skip
        self.account.clock.run_for(600)

    def _note(self, event: dict) -> None:
        containers = event["detail"].get("containers", ())
        stopped = event["detail"].get("lastStatus") == "STOPPED"
        if stopped and any("OutOfMemory" in container.get("reason", "") for container in containers):
            self.killed.add(event["resources"][0])

    def stopped_for_memory(self) -> set[str]:
        """The tasks that were killed for memory so far, by ARN."""
        return set(self.killed)

    def query(self, metric: str, stat: str, period: int = 300, identity: str = "q", service: str = "orders"):
        dimensions = [
            {"Name": "ServiceName", "Value": service},
            {"Name": "ClusterName", "Value": "prod"},
        ]
        named = {"Namespace": "AWS/ECS", "MetricName": metric, "Dimensions": dimensions}
        return {"Id": identity, "MetricStat": {"Metric": named, "Period": period, "Stat": stat}}

    def values(self, metric: str, stat: str, period: int = 300, back: timedelta | None = None) -> list[float]:
        """The values of the last hour, or of a longer time, oldest first."""
        now = self.account.clock.today()
        answer = self.cloudwatch.get_metric_data(
            MetricDataQueries=[self.query(metric, stat, period)], ScanBy="TimestampAscending",
            StartTime=now - (back or timedelta(hours=1)), EndTime=now,
        )  # fmt: skip
        return answer["MetricDataResults"][0]["Values"]
