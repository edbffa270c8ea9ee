"""The stage: clusters, task definitions, services and jobs as people make them in ECS."""

from typing import Any

from trimtab_cli.demo.fleet import CLUSTER, JOBS, MACHINES, SERVICES, Deploys, JobRow, ServiceRow
from trimtab_lab.account import Account
from trimtab_lab.demand import Demand, Pattern, salt_of
from trimtab_lab.ecs.behaviour import Plan
from trimtab_lab.ecs.task import Task

NETWORK = {
    "awsvpcConfiguration": {
        "subnets": ["subnet-0a11", "subnet-0b22"],
        "securityGroups": ["sg-0c33"],
        "assignPublicIp": "DISABLED",
    }
}
HEALTH_CHECK = {"command": ["CMD-SHELL", "curl -f http://localhost:8080/health || exit 1"]}
ROLE = "arn:aws:iam::111122223333:role/ecs/task"


class Scene:
    """The people's hands: everything here is a call that a team, a pipeline or a job runner makes."""

    def __init__(self, lab: Account, demands: dict[str, Demand], sizes: dict[str, tuple[int, int]]) -> None:
        self.lab, self.deploys = lab, Deploys()
        self._demands, self._sizes = demands, sizes

    def build(self) -> None:
        """Make the clusters, services and job definitions of the fleet."""
        self._make_cluster()
        for row in SERVICES:
            self._make_service(row)
        for job in JOBS:
            self._make_job(job)

    def call(self, who: str, operation: str, **request: Any) -> dict[str, Any]:
        """Call ECS as somebody."""
        before, self.lab.principal = self.lab.principal, who
        try:
            return self.lab.call("ecs", operation, request)
        finally:
            self.lab.principal = before

    def deploy(self, who: str, service: str, tag: str) -> None:
        """Deploy a release from the team's own repository, which knows only the team's own size."""
        row = next(row for row in SERVICES if row.name == service)
        revision = self._register(row, tag, who)
        self.call(who, "UpdateService", cluster=CLUSTER, service=service, taskDefinition=revision)
        self.deploys.add(service, self.lab.clock.now, _image(service, tag))

    def launch(self, job: JobRow) -> None:
        """Start one run of a job."""
        request: dict[str, Any] = {
            "cluster": CLUSTER,
            "taskDefinition": job.family,
            "networkConfiguration": NETWORK,
            "startedBy": job.started_by,
            "overrides": {
                "containerOverrides": [
                    {"name": "app", "environment": [{"name": "DAY", "value": f"{self.lab.clock.today():%F}"}]}
                ]
            },
            "tags": [{"key": "team", "value": "data"}],
        }
        if job.spot:
            request["capacityProviderStrategy"] = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
        else:
            request["launchType"] = "FARGATE"
        self.call("job-runner", "RunTask", **request)

    def _make_cluster(self) -> None:
        group = "arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:1:autoScalingGroupName/machines"
        self.call("team", "CreateCluster", clusterName=CLUSTER)
        self.call(
            "team",
            "CreateCapacityProvider",
            name="machines",
            autoScalingGroupProvider={"autoScalingGroupArn": group},
        )
        self.call(
            "team",
            "PutClusterCapacityProviders",
            cluster=CLUSTER,
            capacityProviders=["FARGATE", "FARGATE_SPOT", "machines"],
            defaultCapacityProviderStrategy=[],
        )
        for _ in range(2):
            self.add_machine()

    def add_machine(self) -> None:
        """Add one EC2 machine to the cluster."""
        self.lab.ecs.add_container_instance(CLUSTER, 2048, 7680, capacity_provider="machines")

    def _make_service(self, row: ServiceRow) -> None:
        revision = self._register(row, "v1", "team")
        request: dict[str, Any] = {
            "cluster": CLUSTER,
            "serviceName": row.name,
            "taskDefinition": revision,
            "desiredCount": row.tasks,
            "tags": [{"key": key, "value": value} for key, value in row.tags.items()],
            "deploymentConfiguration": {
                "minimumHealthyPercent": 100 if row.strategy != MACHINES else 50,
                "maximumPercent": 200,
                "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            },
        }
        if row.strategy != MACHINES:
            request["networkConfiguration"] = NETWORK
        if row.strategy:
            request["capacityProviderStrategy"] = list(row.strategy)
        else:
            request["launchType"] = "FARGATE"
        self.lab.usage.set(CLUSTER, row.name, self._demand(row))
        if row.name == "catalog":
            leaky = Pattern(salt_of(self.lab.seed, "leak"), **row.demand, leak_mib_per_hour=60.0)
            self.lab.usage.of_image(_image("catalog", "v2"), leaky)
        self.call("team", "CreateService", **request)
        self.deploys.add(row.name, self.lab.clock.now, _image(row.name, "v1"))

    def _demand(self, row: ServiceRow) -> Demand:
        own = Pattern(salt_of(self.lab.seed, row.name), **row.demand)
        return self._demands.get(row.name, own)

    def _register(self, row: ServiceRow, tag: str, who: str) -> str:
        cpu_units, memory_mib = self._sizes.get(row.name, (row.cpu_units, row.memory_mib))
        on_fargate = row.strategy != MACHINES
        answer = self.call(
            who,
            "RegisterTaskDefinition",
            family=row.name,
            cpu=str(cpu_units),
            memory=str(memory_mib),
            networkMode="awsvpc" if on_fargate else "bridge",
            requiresCompatibilities=["FARGATE" if on_fargate else "EC2"],
            executionRoleArn=ROLE,
            containerDefinitions=[{**_container(_image(row.name, tag)), "healthCheck": HEALTH_CHECK}],
        )
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def _make_job(self, job: JobRow) -> None:
        self.call(
            "team",
            "RegisterTaskDefinition",
            family=job.family,
            cpu=str(job.cpu_units),
            memory=str(job.memory_mib),
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            executionRoleArn=ROLE,
            containerDefinitions=[_container(_image(job.family, "v1"))],
        )
        self.lab.ecs.behave(job.family, lambda task: _life(job, task))
        needed = Pattern(0, cpu_units=200, memory_mib=job.memory_mib_needed, shared=False)
        self.lab.usage.set(CLUSTER, job.family, needed)


def _life(job: JobRow, task: Task) -> Plan:
    """Decide one run of a job by the task's own chance."""
    if job.image_missing:
        image = task.containers[0].image
        return Plan(start_failure=f"CannotPullContainerError: pull image manifest: {image}: not found")
    seconds = job.run_minutes * 60 * task.chance.uniform(0.9, 1.1)
    if task.chance.random() < job.crash_ratio:
        return Plan(run_seconds=seconds / 2, exit_code=1)
    return Plan(run_seconds=seconds)


def _container(image: str) -> dict[str, Any]:
    return {
        "name": "app",
        "image": image,
        "essential": True,
        "environment": [{"name": "LOG_LEVEL", "value": "info"}],
    }


def _image(name: str, tag: str) -> str:
    return f"111122223333.dkr.ecr.eu-west-1.amazonaws.com/{name}:{tag}"
