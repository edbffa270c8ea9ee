"""The others who change the same services, and when: people, pipelines, Terraform, consumers, the weather."""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from itertools import product
from random import Random
from typing import Final

from trimtab_cli.simulation.baton import Baton
from trimtab_cli.simulation.job_actors import start_job
from trimtab_cli.simulation.people import People
from trimtab_cli.simulation.scene import Scene
from trimtab_cli.simulation.team import Team
from trimtab_cli.simulation.weather import Weather
from trimtab_lab.api_error import ApiError

ON_SHARES: Final = (0.5, 0.5, 0.15)
"""Of the seeds with faults, in how many a kind of deed is possible; in a third there is little else."""

STORM_SHARE: Final = 0.5

BUSY_SHARE: Final = 0.5
BUSY_SECONDS: Final = (60.0, 420.0)

FIRES_SHARE, MUTE_SHARE = 0.5, 0.3
FIRES_EARLY: Final = ((0.0, 120.0), (120.0, 1500.0), (0.0, 4800.0))
"""Before or during the first roll-outs, or while something is watched for minutes."""

FIRES_LATE: Final = ((83_000.0, 90_000.0),)
"""When the watch of a new size ends."""

FIRES_SECONDS: Final = (600.0, 14_400.0)
LEAVE_SHARE: Final = 0.3
LEAVE_SECONDS: Final = (20.0, 400.0)
MENDED_SECONDS: Final = 9000.0
"""How long after a reset its people look."""

AROUND_A_PLAN: Final = (-120.0, 15.0)

Deed = Callable[[Team], None]


class Actors:
    """Books what the others will do in the seed's first hours; each acts in turns of its own."""

    def __init__(self, scene: Scene, baton: Baton, chance: Random) -> None:
        self._scene, self._baton, self._chance = scene, baton, chance
        self.people, self.weather = People(scene, baton, chance), Weather(scene, baton, chance)
        self.did: Counter[str] = Counter()
        self._deeds = self._shares_and_deeds()

    def _shares_and_deeds(self) -> dict[str, tuple[float, Deed]]:
        people, weather = self.people, self.weather
        return {
            "human deploys": (0.8, people.deploy),
            "human deploys what crashes": (0.6, people.deploy_broken),
            "human changes the size": (0.6, people.resize),
            "human changes the strategy": (0.6, people.restrategy),
            "human scales": (0.5, weather.scale),
            "human untags": (0.5, partial(people.tag, tags={"trimtab:mode": "observe"})),
            "human holds": (0.5, partial(people.tag, tags={"trimtab:hold": "true"})),
            "human misspells a tag": (0.5, partial(people.tag, tags={"trimtab:hold": "tomorrow"})),
            "human leaves Spot": (0.6, people.leave_spot),
            "pipeline deploys": (0.8, people.pipeline),
            "pipeline releases ahead": (0.6, people.release_ahead),
            "terraform applies": (0.9, people.terraform),
            "somebody runs latest": (0.8, people.run_latest),
            "memory kill": (0.9, weather.kill_for_memory),
            "load grows": (0.5, weather.grow),
            "memory creeps up": (0.5, weather.creep),
        }

    def book(self, seconds: float, recreate: bool) -> None:
        """Draw who acts in this seed, and when."""
        chance = self._chance
        on_share = chance.choice(ON_SHARES)
        possible = [name for name in self._deeds if chance.random() < on_share]
        for team in self._scene.teams:
            for name in possible:
                share, deed = self._deeds[name]
                if chance.random() < share:
                    for _ in range(3 if name == "terraform applies" else 1):
                        self.at(self._when(seconds), name, deed, team)
        if chance.random() < STORM_SHARE:
            self.at(self._when(seconds), "Spot storm", self._storm, self._scene.teams[0])
        if recreate:
            team = chance.choice(self._scene.teams)
            self.at(self._when(seconds), "service recreated", self.people.recreate, team)

    def _when(self, seconds: float) -> float:
        """Draw when; half of all deeds fall into the minutes in which the first Changes are carried out."""
        if self._chance.random() < BUSY_SHARE:
            return self._chance.uniform(*BUSY_SECONDS)
        return self._chance.uniform(0, seconds)

    def book_alarms(self) -> None:
        """Draw which alarms fire for a reason of their own, or lose their data for a while, and when."""
        chance = self._scene.lab.random("alarms")
        alarmed = [team for team in self._scene.teams if team.alarm]
        for team, when in product(alarmed, (FIRES_EARLY, FIRES_LATE)):
            if chance.random() >= FIRES_SHARE:
                continue
            state = "INSUFFICIENT_DATA" if chance.random() < MUTE_SHARE else "ALARM"
            name = "alarm fires" if state == "ALARM" else "alarm has no data"
            at, lasts = chance.uniform(*chance.choice(when)), chance.uniform(*FIRES_SECONDS)
            self.at(at, name, partial(self.weather.set_alarm, state), team)
            self.at(at + lasts, "alarm is over", partial(self.weather.set_alarm, "OK"), team)

    def start_job(self, seconds: float) -> None:
        """Start the standalone job, in every seed that has one."""
        if (job := self._scene.job) is not None:
            team = self._scene.teams[0]
            start_job(
                self._scene, job, seconds, lambda at, name, deed: self.at(at, name, lambda _: deed(), team)
            )

    def lose_spot(self, plans: Iterable[float]) -> None:
        """Have Spot take its capacity back while each plan is made, or a little before."""
        chance = self._scene.lab.random("spot gone")
        for at in plans:
            when = max(at + chance.uniform(*AROUND_A_PLAN), 0.0)
            self.at(when, "Spot storm", self._storm, self._scene.teams[0])

    def reset_all(self, seconds: float) -> None:
        """Have Terraform put back what it remembers of every service, and people mend what then crashes."""
        for team in self._scene.teams:
            self.at(seconds, "terraform applies", self.people.terraform, team)
            self.at(seconds + MENDED_SECONDS, "human mends a reset", self.people.mend, team)

    def kill_many(self, seconds: float) -> None:
        """Have many tasks of one service killed for memory at once."""
        self._baton.spawn_in(seconds, partial(self.weather.kill_many, self._scene.teams[0]), "kernel")

    def _storm(self, team: Team) -> None:
        """Spot takes its capacity back, and perhaps a team has enough of it."""
        self.weather.take_spot()
        if self._chance.random() < LEAVE_SHARE:
            soon = self._chance.uniform(*LEAVE_SECONDS)
            self.at(soon, "human leaves Spot", self.people.leave_spot, team)

    def at(self, seconds: float, name: str, deed: Deed, team: Team) -> None:
        """Have a deed done in so many seconds, by whom the first word of its name says, and count it."""

        def act() -> None:
            try:
                deed(team)
                self.did[name] += 1
            except ApiError as fault:
                self.did[f"{name}: {fault.code}"] += 1

        self._baton.spawn_in(seconds, act, name.split(maxsplit=1)[0])
