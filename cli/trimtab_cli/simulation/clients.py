"""Real SDK clients, built once a process and moved from seed to seed."""

from functools import cache
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from trimtab.adapters.application_autoscaling import ApplicationAutoscaling
from trimtab.adapters.clock import SystemClock
from trimtab.adapters.cloudwatch import CloudWatchUsage
from trimtab.adapters.dynamodb_changes import DynamoDbChanges
from trimtab.adapters.dynamodb_control import DynamoDbControl
from trimtab.adapters.ec2 import Ec2NetworkInterfaces
from trimtab.adapters.ecs_deployer import EcsDeployer
from trimtab.adapters.ecs_services import EcsServices
from trimtab.adapters.ecs_task_definitions import EcsTaskDefinitions
from trimtab.adapters.ecs_tasks import EcsTasks
from trimtab.adapters.kms import KmsSeal
from trimtab.adapters.notices import AwsNotices
from trimtab.adapters.ssm import SsmParameters
from trimtab.model.change import Scalar
from trimtab.model.tags import Mode
from trimtab.ports import World
from trimtab_lab import in_process
from trimtab_lab.lab import Lab

CHANGES, CONTROL = "changes", "control"


class Notebook:
    """The port ``Telemetry``: keeps every line and metric of one seed, for the checkers."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, Scalar]]] = []
        self.metrics: dict[str, float] = {}

    def note(self, message: str, **fields: Scalar) -> None:
        """Keep a line."""
        self.lines.append((message, fields))

    def count(self, metric: str, value: float = 1) -> None:
        """Add to a metric."""
        self.metrics[metric] = self.metrics.get(metric, 0) + value


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


@cache
def client(service: str) -> Any:
    """Return the process's client of a service; it speaks to the laboratory connected last."""
    session = boto3.Session(botocore_session=_session(), region_name="eu-west-1")
    return session.client(service, config=Config(retries={"total_max_attempts": 1}))  # type: ignore[call-overload]


def connect(line: Any) -> None:
    """Let every client speak to ``line`` from now on."""
    in_process.connect(line, _session())


def new_world(lab: Lab, key_arn: str, topic_arn: str, notebook: Notebook, cluster: str) -> World:
    """Return the world of a fresh execution environment: shared clients, caches of its own."""
    ecs, dynamodb = client("ecs"), client("dynamodb")
    return World(
        clock=SystemClock(),
        services=EcsServices(ecs),
        task_definitions=EcsTaskDefinitions(ecs),
        tasks=EcsTasks(ecs),
        deployer=EcsDeployer(ecs, ecs),
        usage=CloudWatchUsage(client("cloudwatch")),
        autoscaling=ApplicationAutoscaling(client("application-autoscaling")),
        network_interfaces=Ec2NetworkInterfaces(client("ec2")),
        changes=DynamoDbChanges(dynamodb, CHANGES),
        control=DynamoDbControl(dynamodb, CONTROL, KmsSeal(client("kms"), key_arn)),
        parameters=SsmParameters(client("ssm")),
        notices=AwsNotices(client("sns"), client("events"), topic_arn),
        telemetry=notebook,
        default_mode=Mode.OBSERVE,
        clusters=(cluster,),
    )
