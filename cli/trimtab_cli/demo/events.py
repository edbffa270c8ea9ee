"""What happens to the fleet: people's plans and the weather, drawn once from the seed.

Nothing here looks at Trimtab: the same things happen at the same times with it and without.
"""

from collections.abc import Callable
from functools import partial

from trimtab_cli.demo.fleet import CLUSTER, JOBS
from trimtab_cli.demo.scene import Scene
from trimtab_lab.account import Account
from trimtab_lab.ecs.behaviour import Plan

HOUR, DAY = 3600.0, 86400.0
SPOT = "FARGATE_SPOT"


def book(scene: Scene, days: int) -> None:
    """Book everything that will happen on the laboratory's clock."""
    start = scene.lab.clock.now
    _book_people(scene, start, days)
    _book_jobs(scene, start, days)
    _book_weather(scene.lab, start, days)


def _book_people(scene: Scene, start: float, days: int) -> None:
    """Releases in working hours, a nightly pipeline, a cluster outgrown and then enlarged."""
    chance = scene.lab.random("people")
    scene.lab.ecs.behave_image("*:broken", Plan(run_seconds=4, exit_code=1))

    def at(day: float, hour: float, action: Callable[[], None]) -> None:
        when = start + day * DAY + (hour + chance.uniform(-0.5, 0.5)) * HOUR
        if when < start + days * DAY:
            scene.lab.clock.at(when, action)

    at(5, 10, lambda: scene.deploy("alice", "catalog", "v2"))
    at(11, 15, lambda: scene.deploy("alice", "catalog", "v3"))
    at(8, 11, lambda: scene.deploy("bob", "billing", "broken"))
    at(8, 14, lambda: scene.deploy("bob", "billing", "v2"))
    at(9, 13, lambda: scene.deploy("carol", "orders-api", "v2"))
    at(5, 9, lambda: scene.lab.ecs.scale(CLUSTER, "ledger", 6))
    at(6, 16, scene.add_machine)
    # A build takes its time: the pipeline comes out somewhere in the minutes after four in the morning.
    for number, day in enumerate(range(3, days, 7), start=2):
        when = start + day * DAY + 4 * HOUR + chance.uniform(20, 150)
        scene.lab.clock.at(when, partial(scene.deploy, "pipeline", "checkout", f"v{number}"))


def _book_jobs(scene: Scene, start: float, days: int) -> None:
    chance = scene.lab.random("jobs")
    for job in JOBS:
        for day in range(days):
            for hour in job.hours:
                when = start + day * DAY + hour * HOUR + chance.uniform(0, 600)
                scene.lab.clock.at(when, partial(scene.launch, job))


def _book_weather(lab: Account, start: float, days: int) -> None:
    """Storms on Spot: evenings in which most Spot capacity is taken back and none is to be had."""
    chance = lab.random("weather")
    storms = sorted(chance.sample(range(2, days), min(3, max(days - 2, 0))))
    for day in storms:
        begin = start + day * DAY + chance.uniform(19, 23) * HOUR
        lab.clock.at(begin, partial(_break, lab, chance.uniform(0.6, 1.0)))
        lab.clock.at(begin + chance.uniform(1, 4) * HOUR, partial(lab.ecs.pools.set_supply, SPOT, None))


def _break(lab: Account, share: float) -> None:
    lab.ecs.pools.set_supply(SPOT, 0)
    lab.ecs.interrupt_spot(share)
