"""A team's service: its releases, how it is created, what it uses, and how its tasks live."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from trimtab_cli.simulation.jobs import ROLE
from trimtab_cli.simulation.scene import BALANCER, CANARY, CLUSTER, NETWORK, Scene
from trimtab_cli.simulation.team import Team
from trimtab_lab.account import Account
from trimtab_lab.demand import Pattern, salt_of
from trimtab_lab.ecs.behaviour import Plan

BREAKS_SECONDS: Final = (3.0, 12.0)
"""After how long a task of a fragile team ends badly, with less memory than the team gave it."""

WEARY_SECONDS: Final = (3600.0, 10_800.0)
"""The same of a weary team."""


def register(
    scene: Scene,
    who: str,
    team: Team,
    release: int,
    cpu_units: int,
    memory_mib: int,
    broken: bool = False,
    tags: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Register a release of a team's service; return the revision's ARN. A broken one crashes."""
    check = {"command": ["CMD-SHELL", "curl -f http://localhost:8080/health"]}
    image = f"registry.example/{team.name}:{'broken' if broken else 'v'}{release}"
    answer = scene.call(
        who, "RegisterTaskDefinition", family=team.name, cpu=str(cpu_units), memory=str(memory_mib),
        networkMode="awsvpc", requiresCompatibilities=["FARGATE"], executionRoleArn=ROLE, taskRoleArn=ROLE,
        containerDefinitions=[{
            "name": "app", "image": image, "essential": True,
            "environment": [{"name": "SECRET", "value": CANARY}, {"name": "RELEASE", "value": str(release)}],
            "portMappings": [{"containerPort": 8080, "protocol": "tcp"}],
            **({} if team.blind else {"healthCheck": check}),
        }],
        tags=[{"key": key, "value": value} for key, value in {"team": team.name, **tags}.items()],
    )  # fmt: skip
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def create_service(scene: Scene, who: str, team: Team) -> None:
    """Create a team's service on the revision that the team put out last."""
    request: dict[str, Any] = {
        "cluster": CLUSTER,
        "serviceName": team.name,
        "taskDefinition": team.revision,
        "desiredCount": team.tasks,
        "networkConfiguration": NETWORK,
        "tags": [{"key": key, "value": value} for key, value in team.tags.items()],
        "deploymentConfiguration": _deployment_configuration(team),
    }
    if team.target_group:
        where = {"targetGroupArn": team.target_group, "containerName": "app", "containerPort": 8080}
        request["loadBalancers"] = [where]
    if team.controller != "ECS":
        request["deploymentController"] = {"type": team.controller}
    request |= {"capacityProviderStrategy": team.strategy} if team.strategy else {"launchType": "FARGATE"}
    scene.call(who, "CreateService", **request)


def _deployment_configuration(team: Team) -> dict[str, Any]:
    configuration: dict[str, Any] = {
        "minimumHealthyPercent": team.minimum_healthy_percent,
        "maximumPercent": 200,
        "deploymentCircuitBreaker": {
            "enable": team.circuit_breaker,
            "rollback": team.circuit_breaker and team.goes_back,
        },
    }
    if team.alarm:
        configuration["alarms"] = {
            "alarmNames": [team.alarm],
            "enable": True,
            "rollback": team.alarm_goes_back,
        }
    return configuration


def set_usage(lab: Account, team: Team) -> None:
    """Say what a team's service needs, and how its tasks live."""
    need = Pattern(
        salt_of(lab.seed, team.name),
        cpu_units=(250 if team.hungry else 700) * team.tasks,
        memory_mib=4000 if team.hungry else 2000,
        daily_ratio=0.3 if team.serves_ratio == 1 else 0.05,
        memory_follows_ratio=1.0 if team.tidal else 0.1,
    )
    lab.usage.set(CLUSTER, team.name, need)

    def life(task: Any) -> Plan:
        if task.memory_mib >= team.memory_mib or not (team.fragile or team.weary):
            return Plan()
        seconds = task.chance.uniform(*(BREAKS_SECONDS if team.fragile else WEARY_SECONDS))
        team.ends[task.arn] = seconds
        return Plan(run_seconds=seconds, exit_code=1)

    lab.ecs.behave(team.name, life)


def put_alarm(lab: Account, team: Team) -> None:
    """Make a team's alarm, all quiet."""
    if team.alarm and team.counts_errors:
        _count_errors(lab, team)
    if team.alarm:
        lab.cloudwatch.alarms.set_state(team.alarm, "OK")


def _count_errors(lab: Account, team: Team) -> None:
    where = {"LoadBalancer": BALANCER, "TargetGroup": team.target_group.rpartition(":")[2]}
    lab.call("cloudwatch", "PutMetricAlarm", {
        "AlarmName": team.alarm, "Namespace": "AWS/ApplicationELB", "Statistic": "Sum", "Period": 300,
        "MetricName": "HTTPCode_Target_5XX_Count", "EvaluationPeriods": 1, "Threshold": 50,
        "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching",
        "Dimensions": [{"Name": name, "Value": value} for name, value in where.items()],
    })  # fmt: skip
