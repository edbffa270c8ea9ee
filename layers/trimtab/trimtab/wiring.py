"""Joining: builds clients and adapters, reads the environment, once per execution environment."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoRegionError

from trimtab.adapters.api_share import DynamoDbApiShare
from trimtab.adapters.application_autoscaling import ApplicationAutoscaling
from trimtab.adapters.clock import SystemClock
from trimtab.adapters.cloudformation import StackOutputs
from trimtab.adapters.cloudwatch import CloudWatchUsage
from trimtab.adapters.cloudwatch_schedules import CloudWatchScheduleMetrics
from trimtab.adapters.cloudwatch_signals import CloudWatchSignals
from trimtab.adapters.cloudwatch_task_counts import CloudWatchTaskCounts
from trimtab.adapters.compute_optimizer import ComputeOptimizer
from trimtab.adapters.container_insights import ContainerInsights
from trimtab.adapters.dynamodb_budgets import DynamoDbBudgets
from trimtab.adapters.dynamodb_changes import DynamoDbChanges
from trimtab.adapters.dynamodb_control import DynamoDbControl
from trimtab.adapters.dynamodb_steering import DynamoDbSteering
from trimtab.adapters.dynamodb_stops import DynamoDbStops
from trimtab.adapters.dynamodb_storms import DynamoDbStorms
from trimtab.adapters.ec2 import Ec2NetworkInterfaces
from trimtab.adapters.ecs_deployer import EcsDeployer
from trimtab.adapters.ecs_deployments import EcsDeploymentHistory
from trimtab.adapters.ecs_services import EcsServices
from trimtab.adapters.ecs_task_definitions import EcsTaskDefinitions
from trimtab.adapters.ecs_tasks import EcsTasks
from trimtab.adapters.eventbridge import EventBridgeSchedules
from trimtab.adapters.kms import KmsSeal
from trimtab.adapters.notices import AwsNotices
from trimtab.adapters.price_list import price_list_of
from trimtab.adapters.prices import KeptPrices
from trimtab.adapters.ssm import SsmParameters, SsmReader
from trimtab.adapters.sts import CallerIdentity
from trimtab.adapters.telemetry import PowertoolsTelemetry
from trimtab.adapters.unknown_fields import report_unknown_fields
from trimtab.model.errors import UnreadableError
from trimtab.model.release import RELEASE
from trimtab.model.tags import Mode
from trimtab.model.task_size import TaskSize
from trimtab.ports import Laptop, World

READS = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=3, read_timeout=10)
WRITES = Config(retries={"total_max_attempts": 1}, connect_timeout=3, read_timeout=20)
"""A write is sent once: the SDK would repeat one whose answer was lost, and do it twice."""

PATIENT = Config(retries={"mode": "adaptive", "total_max_attempts": 10}, connect_timeout=3, read_timeout=30)
"""A person can wait: where AWS says that it is asked too often, the SDK slows all of its calls down.

The rate of the ECS API is the account's, and its deployments need it too.
"""

SHARE = Config(retries={"total_max_attempts": 1}, connect_timeout=1, read_timeout=1)
"""Taking calls from the share: an answer that takes longer than a second is worth nothing."""

NO_REGION = NoRegionError
"""What is raised where nothing says which Region to ask."""

AWS_FAULTS = (BotoCoreError, ClientError)
"""What is raised when AWS refuses, or cannot be asked: no credentials, no permission, no such table."""


@dataclass(frozen=True, slots=True)
class Operator:
    """What the commands of a person touch: the tables, with that person's own credentials."""

    clock: SystemClock
    services: EcsServices
    steering: DynamoDbSteering
    stops: DynamoDbStops
    changes: DynamoDbChanges
    identity: CallerIdentity


@cache
def aws() -> World:
    """Return the world of a Lambda function: this account, this Region, this stack's tables."""
    dynamodb, control_table = _client("dynamodb", READS), os.environ["TRIMTAB_CONTROL_TABLE"]
    cloudwatch, region = _client("cloudwatch", READS), os.environ["AWS_REGION"]
    telemetry = PowertoolsTelemetry(os.environ["TRIMTAB_STACK"])
    api_share = DynamoDbApiShare(
        _client("dynamodb", SHARE),
        control_table,
        int(os.environ["TRIMTAB_API_SHARE_PERCENT"]) / 100,
        telemetry.count,
    )
    ecs = _client("ecs", READS, api_share.guard)
    seal = KmsSeal(_client("kms", READS), os.environ["TRIMTAB_KEY_ARN"])
    return World(
        clock=SystemClock(),
        services=EcsServices(ecs, _counted(telemetry, "UnreadableServices")),
        deployment_history=EcsDeploymentHistory(ecs),
        task_definitions=EcsTaskDefinitions(ecs),
        tasks=EcsTasks(ecs),
        deployer=EcsDeployer(ecs, _client("ecs", WRITES, api_share.guard)),
        usage=CloudWatchUsage(cloudwatch),
        insights=ContainerInsights(cloudwatch),
        prices=KeptPrices(
            price_list_of(
                region, lambda endpoint: _client("pricing", READS.merge(Config(region_name=endpoint)))
            ),
            region,
            _counted(telemetry, "PricesNotRead"),
            (dynamodb, control_table),
        ),
        signals=CloudWatchSignals(cloudwatch),
        autoscaling=ApplicationAutoscaling(_client("application-autoscaling", READS)),
        task_counts=CloudWatchTaskCounts(cloudwatch),
        network_interfaces=Ec2NetworkInterfaces(_client("ec2", READS)),
        schedules=EventBridgeSchedules(_client("events", READS), _client("scheduler", READS)),
        schedule_metrics=CloudWatchScheduleMetrics(cloudwatch),
        changes=DynamoDbChanges(
            dynamodb,
            os.environ["TRIMTAB_CHANGES_TABLE"],
            control_table,
            _counted(telemetry, "UnreadableChanges"),
        ),
        control=DynamoDbControl(dynamodb, control_table, seal),
        stops=DynamoDbStops(dynamodb, control_table),
        storms=DynamoDbStorms(dynamodb, control_table),
        budgets=DynamoDbBudgets(dynamodb, control_table),
        api_share=api_share,
        parameters=SsmParameters(_client("ssm", WRITES)),
        notices=AwsNotices(
            _client("sns", READS),
            _client("events", READS),
            os.environ["TRIMTAB_TOPIC_ARN"],
            _counted(telemetry, "OwnersNotTold"),
        ),
        telemetry=telemetry,
        default_mode=min(Mode.read(os.environ["TRIMTAB_DEFAULT_MODE"]), Mode.OBSERVE),
        clusters=_clusters(os.environ["TRIMTAB_CLUSTERS"]),
        largest=TaskSize(
            int(os.environ["TRIMTAB_MAX_TASK_CPU_UNITS"]), int(os.environ["TRIMTAB_MAX_TASK_MEMORY_MIB"])
        ),
        release=RELEASE,
        capacity_providers=_clusters(os.environ["TRIMTAB_CAPACITY_PROVIDERS"]),
        applier_role=os.environ["TRIMTAB_APPLIER_ROLE"],
    )


def operator(
    control_table: str, changes_table: str, tell: Callable[[str], None] = lambda _: None
) -> Operator:
    """Return what the command line needs of an installation; nothing here can read a launch recipe.

    Args:
        control_table: Name of the Control table.
        changes_table: Name of the Changes table.
        tell: Hears, in a sentence, of each Change or service that cannot be read.
    """
    dynamodb = _client("dynamodb", READS)
    return Operator(
        clock=SystemClock(),
        services=EcsServices(_client("ecs", READS), lambda fault: tell(str(fault))),
        steering=DynamoDbSteering(dynamodb, control_table),
        stops=DynamoDbStops(dynamodb, control_table),
        changes=DynamoDbChanges(dynamodb, changes_table, control_table, lambda fault: tell(str(fault))),
        identity=CallerIdentity(_client("sts", READS)),
    )


def laptop(tell: Callable[[str], None]) -> Laptop:
    """Return what reads services and their usage with a person's own credentials; it needs no installation.

    Args:
        tell: Hears, in a sentence, of each service that cannot be read, and of prices that cannot.
    """
    ecs, cloudwatch = _client("ecs", PATIENT), _client("cloudwatch", PATIENT)
    region = ecs.meta.region_name
    return Laptop(
        clock=SystemClock(),
        services=EcsServices(ecs, lambda fault: tell(str(fault))),
        deployment_history=EcsDeploymentHistory(ecs),
        task_definitions=EcsTaskDefinitions(ecs),
        usage=CloudWatchUsage(cloudwatch),
        insights=ContainerInsights(cloudwatch),
        prices=KeptPrices(
            price_list_of(
                region, lambda endpoint: _client("pricing", PATIENT.merge(Config(region_name=endpoint)))
            ),
            region,
            tell,
        ),
        autoscaling=ApplicationAutoscaling(_client("application-autoscaling", PATIENT)),
        task_counts=CloudWatchTaskCounts(cloudwatch),
        second_opinions=ComputeOptimizer(_client("compute-optimizer", PATIENT)),
        region=region,
    )


def handed_over() -> SsmReader:
    """Return the reader of the parameters that sizes are handed over in."""
    return SsmReader(_client("ssm", READS))


def stack_outputs() -> StackOutputs:
    """Return the reader of stack outputs, which name the tables of an installation."""
    return StackOutputs(_client("cloudformation", READS))


def _counted(telemetry: PowertoolsTelemetry, metric: str) -> Callable[[UnreadableError | str], None]:
    """Return what hears of things that cannot be read or told, logs and counts them."""

    def tell(fault: UnreadableError | str) -> None:
        telemetry.note("passed over", told=str(fault))
        telemetry.count(metric)

    return tell


class _OnFirstUse:
    """A client that is built when it is first asked for something.

    Building one takes 10 to 130 ms of a cold start, and no function needs all twelve.
    """

    def __init__(self, service: str, config: Config, guard: Callable[[Any], None] | None = None) -> None:
        self._service, self._config, self._guard = service, config, guard
        self._made: Any = None

    def __getattr__(self, name: str) -> Any:
        if self._made is None:
            self._made = boto3.client(self._service, config=self._config)  # type: ignore[call-overload]
            if self._service == "ecs":
                report_unknown_fields(self._made)
            if self._guard is not None:
                self._guard(self._made)
        return getattr(self._made, name)


def _client(service: str, config: Config, guard: Callable[[Any], None] | None = None) -> Any:
    return _OnFirstUse(service, config, guard)


def _clusters(text: str) -> tuple[str, ...]:
    return () if text.strip() == "*" else tuple(name.strip() for name in text.split(",") if name.strip())
