"""How a seed begins: its world is built, with three days of usage behind it."""

from random import Random
from typing import Final

from trimtab_cli.simulation.jobs import FAMILY, INJECTED, Job, job_of, job_with, register_job
from trimtab_cli.simulation.scene import BALANCER, CLUSTER, Scene
from trimtab_cli.simulation.services import create_service, put_alarm, register, set_usage
from trimtab_cli.simulation.stack import make_stack
from trimtab_cli.simulation.stories import story_of
from trimtab_cli.simulation.team import draw_teams
from trimtab_lab.account import Account, make_lab
from trimtab_lab.ecs.behaviour import Plan

JOB_SHARE: Final = 0.4
HISTORY_SECONDS: Final = 3.1 * 86400
"""A little more than the three days of usage without which no size is decided."""

YOUNG_SECONDS: Final = 1.3 * 86400
"""How old a young service is: yesterday is known of it, and no other whole day."""

COUNTED_SECONDS: Final = 1.1 * 86400
"""What a load balancer has counted before: signals are held against the same hours of the day before."""


def build(seed: int) -> Scene:
    """Make the world of a seed."""
    lab = make_lab(seed)
    chance = lab.random("scene")
    scene = Scene(lab, draw_teams(lab, chance), None)
    make_stack(scene)
    _make_cluster(scene)
    _make_services(scene, young=False)
    _make_job(scene, seed, chance)
    _live_through_history(scene)
    return scene


def _live_through_history(scene: Scene) -> None:
    clock = scene.lab.clock
    clock.run_for(HISTORY_SECONDS - YOUNG_SECONDS)
    _make_services(scene, young=True)
    clock.run_for(YOUNG_SECONDS - COUNTED_SECONDS)
    _put_load_balancers(scene)
    clock.run_for(COUNTED_SECONDS)
    for team in scene.teams:
        put_alarm(scene.lab, team)


def _make_cluster(scene: Scene) -> None:
    scene.lab.ecs.behave_image("*:broken*", Plan(run_seconds=4, exit_code=1))
    scene.call("team", "CreateCluster", clusterName=CLUSTER)
    scene.call(
        "team", "PutClusterCapacityProviders", cluster=CLUSTER,
        capacityProviders=["FARGATE", "FARGATE_SPOT"], defaultCapacityProviderStrategy=[],
    )  # fmt: skip


def _make_services(scene: Scene, young: bool) -> None:
    for team in scene.teams:
        if team.young is young:
            team.revision = register(scene, "team", team, 1, team.cpu_units, team.memory_mib)
            team.deployed.append(team.revision)
            set_usage(scene.lab, team)
            create_service(scene, "team", team)


def _put_load_balancers(scene: Scene) -> None:
    for team in scene.teams:
        if team.target_group:
            scene.lab.load_balancers.front(
                CLUSTER, team.name, team.target_group, BALANCER, turns_away_above_ratio=team.serves_ratio
            )


def _make_job(scene: Scene, seed: int, chance: Random) -> None:
    scene.job = job = _drawn_job(scene.lab, seed, chance)
    if job is not None:
        register_job(scene.call, 1)
        scene.lab.ecs.behave(FAMILY, job.life)
        scene.lab.ecs.world.clusters[CLUSTER].injected.append(INJECTED)


def _drawn_job(lab: Account, seed: int, chance: Random) -> Job | None:
    if chance.random() < JOB_SHARE:
        return job_of(lab, CLUSTER)
    story = story_of(seed)
    return job_with(story, lab, CLUSTER) if story else None
