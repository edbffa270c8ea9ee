"""A team behind a service: what it knows, what its service is like, and how that is drawn for a seed."""

from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from trimtab_lab.account import Account

BALANCED_SHARE, ALARM_SHARE, ALARM_BACK_SHARE, BRITTLE_SHARE = 0.4, 0.5, 0.6, 0.4
SERVES_RATIO: Final = 0.2
"""Of a service with few workers; it uses an eighth of the CPU that its team gave it, and more of any less."""

BLIND_SHARE, INTERRUPTED_SHARE = 0.12, 0.3
WEARY_SHARE: Final = 0.08
CODE_DEPLOY, CODE_DEPLOY_SHARE = "CODE_DEPLOY", 0.15
"""Of the services behind a load balancer: CodeDeploy needs one."""

YOUNG_SHARE, TIDAL_SHARE = 0.08, 0.2


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


def draw_teams(lab: Account, chance: Random) -> list[Team]:
    """Draw the teams of a seed; what came later has streams of its own, so that it moved no older draw."""
    teams = [_team(number, chance) for number in range(chance.choice((1, 1, 2, 2, 3)))]
    for team in teams:
        _draw_signals(lab, team, lab.random(f"signals/{team.name}"))
    _draw_the_careless(teams, lab.random("careless"))
    _draw_the_weary(teams, lab.random("weary"))
    _draw_controllers(teams, lab.random("controllers"))
    _draw_the_others(teams, lab.random("others"))
    return teams


def _team(number: int, chance: Random) -> Team:
    mode = chance.choice(("apply",) * 9 + ("observe", "handover", "approve", "off", "aply"))
    tags = {"trimtab:mode": mode}
    spot = chance.random() < 0.3
    if spot:
        tags["trimtab:profile"] = "spot-first"
    # The arguments draw in the order in which they stand.
    return Team(
        name=f"web-{number}",
        cpu_units=2048,
        memory_mib=8192,
        tags=tags,
        strategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}] if spot else None,
        tasks=chance.choice((1, 2, 3)),
        fragile=chance.random() < 0.25,
        circuit_breaker=chance.random() < 0.6,
        goes_back=chance.random() < 0.7,
        hungry=chance.random() < 0.4,
    )


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
