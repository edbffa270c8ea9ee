"""A small account with Trimtab in it: one service, declared jobs and one that is not, a Batch cluster."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import boto3

from tests.scenarios.look import CLUSTER, Look
from trimtab.adapters.dynamodb_control import DynamoDbControl
from trimtab.adapters.kms import KmsSeal
from trimtab.model.switch import Position, Switch
from trimtab_cli.demo.idle import Nothing
from trimtab_cli.demo.run import PARAMETERS, ROOT
from trimtab_cli.dispatcher.composition import connected
from trimtab_cli.dispatcher.dispatcher import Dispatcher
from trimtab_lab.account import Account, make_lab
from trimtab_lab.ecs.behaviour import Plan
from trimtab_lab.ecs.task import Task

BATCH: Final = "AWSBatch-renders-0a1b2c3d"
MACHINES: Final = "machines"
SUBNETS: Final = ["subnet-0a11", "subnet-0b22"]
NETWORK: Final = {
    "awsvpcConfiguration": {
        "subnets": SUBNETS,
        "securityGroups": ["sg-0c33"],
        "assignPublicIp": "DISABLED",
    }
}
OVERRIDES: Final = {
    "containerOverrides": [{"name": "app", "environment": [{"name": "DAY", "value": "2026-03-02"}]}]
}
SPOT: Final = {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}
POLICY: Final[dict[str, Any]] = {
    "standalone": [
        {"cluster": "*", "family": "nightly"},
        {"cluster": "*", "family": "hurried", "copies": "overlap"},
        {"cluster": "*", "family": "picky", "exits": [{"codes": ["78"], "do": "stop"}]},
        {"cluster": "*", "family": "hourly", "start_by": "next-run"},
        {"cluster": "*", "family": "probed", "classes": {"configuration": {"attempts": "1"}}},
        {
            "cluster": "*",
            "family": "roaming",
            "classes": {"capacity": {"providers": ["as-launched", "FARGATE"]}},
        },
    ],
    "orchestrators": [{"tag": "pipeline:*"}],
}
FAMILIES: Final = ("nightly", "hurried", "picky", "hourly", "probed", "roaming", "undeclared")
SETTLED_SECONDS: Final = 600.0


class SmallAccount(Look):
    """The hands of people and weather, and the eyes of whoever looks at the end."""

    def __init__(self, lab: Account, dispatcher: Dispatcher) -> None:
        super().__init__(lab, dispatcher)
        self._plans: dict[str, list[Plan]] = {}

    def build(self) -> None:
        """Make clusters, the service and the jobs' definitions, and let everything come to rest."""
        for cluster in (CLUSTER, BATCH):
            self.call("CreateCluster", clusterName=cluster)
        group = "arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:1:autoScalingGroupName/m"
        provider = {"autoScalingGroupArn": group}
        self.call("CreateCapacityProvider", name=MACHINES, autoScalingGroupProvider=provider)
        providers = ["FARGATE", "FARGATE_SPOT", MACHINES]
        self.call(
            "PutClusterCapacityProviders",
            cluster=CLUSTER,
            capacityProviders=providers,
            defaultCapacityProviderStrategy=[],
        )
        for family in (*FAMILIES, "web"):
            self.register(family)
            self.lab.ecs.behave(family, self._plan)
        self.serve("web", {"trimtab:mode": "apply"}, launchType="FARGATE")
        self.run(SETTLED_SECONDS)

    def call(self, operation: str, **request: Any) -> dict[str, Any]:
        """Call ECS as a person."""
        return self.lab.call("ecs", operation, request)

    def register(self, family: str, image: str = "v1", **more: Any) -> str:
        """Register a revision as its team does."""
        container = {"name": "app", "image": f"registry.example/{family}:{image}", "essential": True}
        request = {
            "family": family,
            "cpu": "256",
            "memory": "512",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "executionRoleArn": "arn:aws:iam::111122223333:role/ecs/task",
            "containerDefinitions": [container],
        }
        answer = self.call("RegisterTaskDefinition", **request | more)
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def serve(self, name: str, tags: Mapping[str, str], **more: Any) -> None:
        """Create a service of two tasks of the family with its name."""
        self.call(
            "CreateService",
            cluster=CLUSTER,
            serviceName=name,
            taskDefinition=name,
            desiredCount=2,
            networkConfiguration=NETWORK,
            tags=[{"key": key, "value": value} for key, value in tags.items()],
            deploymentConfiguration={
                "minimumHealthyPercent": 100,
                "maximumPercent": 200,
                "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            },
            **more,
        )

    def deploy(self, image: str, **more: Any) -> None:
        """Deploy a release of the service as its team does."""
        revision = self.register("web", image)
        self.call("UpdateService", cluster=CLUSTER, service="web", taskDefinition=revision, **more)

    def will(self, family: str, *plans: Plan) -> None:
        """Let the next tasks of a family live so, one plan each; those after them run on."""
        self._plans[family] = list(plans)

    def launch(self, family: str, *plans: Plan, cluster: str = CLUSTER, **more: Any) -> str:
        """Start a job as people do; it and its successors live by ``plans``."""
        self.will(family, *plans)
        where = {} if "capacityProviderStrategy" in more else {"launchType": "FARGATE"}
        request = {
            "cluster": cluster,
            "taskDefinition": family,
            "networkConfiguration": NETWORK,
            "overrides": OVERRIDES,
            "tags": [{"key": "team", "value": "data"}],
            **where,
        }
        return str(self.call("RunTask", **request | more)["tasks"][0]["taskArn"])

    def launch_running(self, family: str, *plans: Plan, **more: Any) -> str:
        """Start a job and let it run for five minutes."""
        arn = self.launch(family, *plans, **more)
        self.run(300)
        return arn

    def run(self, seconds: float) -> None:
        """Let time pass."""
        self.lab.clock.run_for(seconds)

    def tell(self, event: Mapping[str, Any], source: str = "aws.ecs", **detail: Any) -> None:
        """Put an event onto the bus once more, its detail changed so."""
        changed = {**event["detail"], **detail}
        self.lab.bus.put(source, event["detail-type"], event["resources"], changed)

    def _plan(self, task: Task) -> Plan:
        waiting = self._plans.get(task.definition.family)
        return waiting.pop(0) if waiting else Plan()


@contextmanager
def small_account(
    intervene: Callable[[str, dict[str, Any]], tuple[float, ...]] = lambda trigger, event: (0.0,),
) -> Iterator[SmallAccount]:
    """Give an account at rest, with Trimtab deployed as it may change ECS, and its switch at run."""
    lab = make_lab(7)
    lab.keep_calls = True
    parameters = {**PARAMETERS, "Clusters": f"{CLUSTER},{BATCH}"}
    with connected(lab) as around:
        nothing = Nothing(lab)
        dispatcher = Dispatcher(
            lab,
            ROOT / "template.yaml",
            parameters,
            around=around,
            idle=nothing.predicates(),
            intervene=intervene,
        )
        nothing.watch(dispatcher.name("ChangesTable"), dispatcher.name("ControlTable"))
        seal = KmsSeal(boto3.client("kms"), "unused")
        control = DynamoDbControl(boto3.client("dynamodb"), dispatcher.name("ControlTable"), seal)
        control.put_policy(POLICY)
        control.set_switch(Switch(Position.RUN, "scenario", "operator", lab.clock.today()))
        account = SmallAccount(lab, dispatcher)
        account.build()
        yield account
