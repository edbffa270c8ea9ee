"""A small world: one to three services, perhaps a job, as a team has made them."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any, Final

from trimtab_cli.dispatcher.template import load_yaml
from trimtab_cli.simulation.clients import CHANGES, CONTROL
from trimtab_cli.simulation.jobs import FAMILY, INJECTED, ROLE, Job, job_of, job_with, register_job
from trimtab_cli.simulation.stories import story_of
from trimtab_lab.account import Account, make_lab
from trimtab_lab.demand import Pattern, salt_of
from trimtab_lab.ecs.behaviour import Plan

TEMPLATE: Final = Path(__file__).resolve().parents[3] / "template.yaml"
OF_A_TABLE: Final = (
    "KeySchema", "AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "LocalSecondaryIndexes",
)  # fmt: skip
CLUSTER: Final = "prod"
CANARY: Final = "canary-7f3a91-never-to-be-seen"
"""A secret in every environment and override: it may appear nowhere that Trimtab writes."""

BALANCED_SHARE, ALARM_SHARE, ALARM_BACK_SHARE, BRITTLE_SHARE = 0.4, 0.5, 0.6, 0.4
SERVES_RATIO: Final = 0.2
"""Of a service with few workers; it uses an eighth of the CPU that its team gave it, and more of any less."""

COUNTED_SECONDS: Final = 1.1 * 86400
"""What a load balancer has counted before: signals are held against the same hours of the day before."""

BALANCER: Final = "app/shop/50dc6c495c0c9188"
BLIND_SHARE, INTERRUPTED_SHARE = 0.12, 0.3
WEARY_SHARE, WEARY_SECONDS = 0.08, (3600.0, 10_800.0)
CODE_DEPLOY, CODE_DEPLOY_SHARE = "CODE_DEPLOY", 0.15
"""Of the services behind a load balancer: CodeDeploy needs one."""
YOUNG_SHARE, TIDAL_SHARE = 0.08, 0.2
YOUNG_SECONDS: Final = 1.3 * 86400
"""How old a young service is: yesterday is known of it, and no other whole day."""

HISTORY_SECONDS: Final = 3.1 * 86400
"""A little more than the three days of usage without which no size is decided."""
NETWORK: Final = {
    "awsvpcConfiguration": {
        "subnets": ["subnet-0a11"],
        "securityGroups": ["sg-0c33"],
        "assignPublicIp": "DISABLED",
    }
}


@dataclass(slots=True)
class Team:
    """What the people behind a service know: their own revisions, and which release they put out last."""

    name: str
    cpu_units: int
    memory_mib: int
    tasks: int
    tags: dict[str, str]
    strategy: list[dict[str, Any]] | None
    circuit_breaker: bool
    goes_back: bool
    """ECS's circuit breaker also goes back by itself; else a roll-out that failed stays as it is."""
    fragile: bool
    """Its tasks die soon after their start with less memory than the team gave them."""
    hungry: bool = False
    """It needs memory rather than CPU."""
    target_group: str = ""
    """Where a load balancer counts its requests; empty: it stands behind none."""
    alarm: str = ""
    """The alarm that its deployments watch; empty: none."""
    counts_errors: bool = False
    """The alarm is on the errors of the target group; else on something that is not simulated."""
    alarm_goes_back: bool = False
    """ECS goes back by itself when the alarm fires during a deployment."""
    serves_ratio: float = 1.0
    """Of its CPU, by its process. It is enough for the size that the team gave it, but for no smaller one."""
    blind: bool = False
    """Nothing shows how its users fare: its container has no health check."""
    minimum_healthy_percent: int = 100
    """With less, its only task may be stopped before its successor runs."""
    controller: str = "ECS"
    """CODE_DEPLOY: what it runs is AWS CodeDeploy's to change."""
    weary: bool = False
    """Its tasks end badly after an hour or three with less memory than the team gave them."""
    ends: dict[str, float] = field(default_factory=dict)
    """Task to the seconds after which it ends by itself."""
    young: bool = False
    """It was created the day before yesterday, in the evening."""
    tidal: bool = False
    """Its memory follows its load: at its peak it has nearly twice what it started with at night."""
    release: int = 1
    strikes: int = 0
    recreated: bool = False
    revision: str = ""
    deployed: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Scene:
    """The world of one seed and what its people know."""

    lab: Account
    teams: list[Team]
    job: Job | None
    key_arn: str = ""
    topic_arn: str = ""
    through: Callable[[str, str, str, dict[str, Any]], dict[str, Any]] | None = None
    """Whom a call goes through once there is a record of calls."""

    def call(self, who: str, operation: str, **request: Any) -> dict[str, Any]:
        """Call ECS as somebody, in one turn."""
        if self.through is not None:
            return self.through(who, "ecs", operation, request)
        before, self.lab.principal = self.lab.principal, who
        try:
            return self.lab.call("ecs", operation, request)
        finally:
            self.lab.principal = before


def build(seed: int) -> Scene:
    """Make the world of a seed, with four days of usage behind it."""
    lab = make_lab(seed)
    chance = lab.random("scene")
    scene = Scene(lab, [_team(number, chance) for number in range(chance.choice((1, 1, 2, 2, 3)))], None)
    for team in scene.teams:
        _draw_signals(lab, team, lab.random(f"signals/{team.name}"))
    _draw_the_careless(scene.teams, Random(f"{seed}/careless"))
    _draw_the_weary(scene.teams, Random(f"{seed}/weary"))
    _draw_controllers(scene.teams, Random(f"{seed}/controllers"))
    _draw_the_others(scene.teams, Random(f"{seed}/others"))
    make_stack(scene)
    _make_cluster(scene)
    _make_services(scene, young=False)
    if chance.random() < 0.4:
        scene.job = job_of(lab, CLUSTER)
    elif story := story_of(seed):
        scene.job = job_with(story, lab, CLUSTER)
    if scene.job is not None:
        _make_job(scene, scene.job)
    lab.clock.run_for(HISTORY_SECONDS - YOUNG_SECONDS)
    _make_services(scene, young=True)
    lab.clock.run_for(YOUNG_SECONDS - COUNTED_SECONDS)
    for team in scene.teams:
        if team.target_group:
            lab.load_balancers.front(
                CLUSTER, team.name, team.target_group, BALANCER, turns_away_above_ratio=team.serves_ratio
            )
    lab.clock.run_for(COUNTED_SECONDS)
    for team in scene.teams:
        _put_alarm(lab, team)
    return scene


def _make_services(scene: Scene, young: bool) -> None:
    for team in scene.teams:
        if team.young is young:
            team.revision = register(scene, "team", team, 1, team.cpu_units, team.memory_mib)
            team.deployed.append(team.revision)
            _set_usage(scene, team)
            create_service(scene, "team", team)


def _draw_signals(lab: Account, team: Team, chance: Random) -> None:
    """Draw what shows how a team's users fare, besides its health check."""
    if chance.random() < BALANCED_SHARE:
        team.target_group = lab.arn("elasticloadbalancing", f"targetgroup/{team.name}/73e2d6bc24d8a067")
        if team.hungry and not team.fragile and chance.random() < BRITTLE_SHARE:
            team.serves_ratio = SERVES_RATIO
    if chance.random() < ALARM_SHARE:
        team.alarm = f"{team.name}-users"
        team.alarm_goes_back = chance.random() < ALARM_BACK_SHARE
        team.counts_errors = bool(team.target_group) and chance.random() < 0.5


def _put_alarm(lab: Account, team: Team) -> None:
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


def _team(number: int, chance: Random) -> Team:
    mode = chance.choice(("apply",) * 9 + ("observe", "handover", "approve", "off", "aply"))
    tags = {"trimtab:mode": mode}
    spot = chance.random() < 0.3
    if spot:
        tags["trimtab:profile"] = "spot-first"
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}] if spot else None
    tasks = chance.choice((1, 2, 3))
    fragile = chance.random() < 0.25
    return Team(
        f"web-{number}",
        2048,
        8192,
        tasks,
        tags,
        strategy,
        chance.random() < 0.6,
        chance.random() < 0.7,
        fragile,
        chance.random() < 0.4,
    )


def _draw_the_careless(teams: list[Team], chance: Random) -> None:
    """Draw whose services nothing shows the health of, and whose only task may be stopped first."""
    for team in teams:
        team.blind = chance.random() < BLIND_SHARE and not (team.target_group or team.alarm)
        if team.tasks == 1 and chance.random() < INTERRUPTED_SHARE:
            team.minimum_healthy_percent = 0


def _draw_the_weary(teams: list[Team], chance: Random) -> None:
    for team in teams:
        team.weary = chance.random() < WEARY_SHARE and not team.fragile


def _draw_controllers(teams: list[Team], chance: Random) -> None:
    """Draw who is deployed by AWS CodeDeploy; neither alarms nor circuit breaker of ECS speak of it then."""
    for team in teams:
        if chance.random() < CODE_DEPLOY_SHARE and team.target_group and team.strategy is None:
            team.controller, team.alarm, team.circuit_breaker = CODE_DEPLOY, "", False


def _draw_the_others(teams: list[Team], chance: Random) -> None:
    """Draw whose services are younger than two days, and whose memory follows their load."""
    for team in teams:
        team.young = chance.random() < YOUNG_SHARE
        team.tidal = chance.random() < TIDAL_SHARE and team.serves_ratio == 1


@cache
def _tables() -> dict[str, dict[str, Any]]:
    """Return the requests that create the template's tables."""
    declared = load_yaml(TEMPLATE)["Resources"]
    requests = {}
    for name, resource in ((CHANGES, "ChangesTable"), (CONTROL, "ControlTable")):
        properties = declared[resource]["Properties"]
        request = {key: value for key, value in properties.items() if key in OF_A_TABLE}
        if "StreamSpecification" in properties:
            request["StreamSpecification"] = {"StreamEnabled": True, **properties["StreamSpecification"]}
        requests[name] = {"TableName": name, **request}
    return requests


def make_stack(scene: Scene) -> None:
    """Make Trimtab's tables, key and topic as the template has them."""
    lab = scene.lab
    for request in _tables().values():
        lab.call("dynamodb", "CreateTable", deepcopy(request))
    scene.key_arn = lab.kms.create_key().arn
    scene.topic_arn = lab.call("sns", "CreateTopic", {"Name": "trimtab"})["TopicArn"]


def _make_cluster(scene: Scene) -> None:
    scene.lab.ecs.behave_image("*:broken*", Plan(run_seconds=4, exit_code=1))
    scene.call("team", "CreateCluster", clusterName=CLUSTER)
    scene.call(
        "team", "PutClusterCapacityProviders", cluster=CLUSTER,
        capacityProviders=["FARGATE", "FARGATE_SPOT"], defaultCapacityProviderStrategy=[],
    )  # fmt: skip


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


def _set_usage(scene: Scene, team: Team) -> None:
    lab = scene.lab
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
        seconds = task.chance.uniform(*((3, 12) if team.fragile else WEARY_SECONDS))
        team.ends[task.arn] = seconds
        return Plan(run_seconds=seconds, exit_code=1)

    lab.ecs.behave(team.name, life)


def create_service(scene: Scene, who: str, team: Team) -> None:
    """Create a team's service on the revision that the team put out last."""
    request: dict[str, Any] = {
        "cluster": CLUSTER,
        "serviceName": team.name,
        "taskDefinition": team.revision,
        "desiredCount": team.tasks,
        "networkConfiguration": NETWORK,
        "tags": [{"key": key, "value": value} for key, value in team.tags.items()],
        "deploymentConfiguration": {
            "minimumHealthyPercent": team.minimum_healthy_percent,
            "maximumPercent": 200,
            "deploymentCircuitBreaker": {
                "enable": team.circuit_breaker,
                "rollback": team.circuit_breaker and team.goes_back,
            },
        },
    }
    if team.target_group:
        where = {"targetGroupArn": team.target_group, "containerName": "app", "containerPort": 8080}
        request["loadBalancers"] = [where]
    if team.alarm:
        request["deploymentConfiguration"]["alarms"] = {
            "alarmNames": [team.alarm],
            "enable": True,
            "rollback": team.alarm_goes_back,
        }
    if team.controller != "ECS":
        request["deploymentController"] = {"type": team.controller}
    request |= {"capacityProviderStrategy": team.strategy} if team.strategy else {"launchType": "FARGATE"}
    scene.call(who, "CreateService", **request)


def _make_job(scene: Scene, job: Job) -> None:
    register_job(scene.call, 1)
    scene.lab.ecs.behave(FAMILY, job.life)
    scene.lab.ecs.world.clusters[CLUSTER].injected.append(INJECTED)


def launch_job(scene: Scene, job: Job) -> None:
    """Start the job once, with a secret in its overrides."""
    request = job.request(NETWORK, CANARY)
    job.put_schedule(scene.lab, request)
    started = scene.call("job-runner", "RunTask", **request)
    job.note_launch(scene.lab, request, started["tasks"])
