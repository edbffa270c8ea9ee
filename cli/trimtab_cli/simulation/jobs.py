"""The standalone job of a seed: how it lives, how it was launched, and what its policy says."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, Final

from trimtab_lab.ecs.behaviour import Plan

if TYPE_CHECKING:
    from trimtab_lab.account import Account

FAMILY: Final = "nightly"
KINDS: Final = ("ordinary",) * 4 + ("crashing", "broken", "named", "spot", "spot")
STORM: Final = "storm"
STORM_SHARE: Final = 0.5
"""Of the seeds whose job would be an ordinary one."""

STORM_TASKS: Final = 4
STORM_SECONDS: Final = (500.0, 3200.0)
"""When all its tasks lose their hosts at once; the second time more than half an hour after the first."""

STORM_LIMITS: Final = {"storm_lineages_min": "2"}
EXIT_NAMED: Final = 78
TAKEN_SECONDS: Final = (300.0, 1100.0)
"""How long a job on Spot runs before its capacity is taken back."""

TAKEN_UNTIL_SECONDS: Final = 6000.0

POLICIES: Final[dict[str, dict[str, Any]]] = {
    "ordinary": {},
    "broken": {"classes": {"application": {"attempts": "5"}}},
    "named": {"exits": [{"codes": [str(EXIT_NAMED)], "do": "stop"}]},
    "storm": {"healthy_after": "8m"},
    "crashing": {
        "classes": {"application": {"attempts": "2", "window": "30m"}},
        "healthy_after": "8m",
        "deadline": "25m",
    },
    "spot": {
        "classes": {
            "infrastructure": {"attempts": "3", "window": "2h"},
            "capacity": {"deadline": "30m", "providers": ["as-launched", "FARGATE"]},
        },
        "healthy_after": "8m",
    },
}


@dataclass(slots=True)
class Job:
    """A job and what the world knows of its tasks: how each ends by itself, and which was taken away."""

    kind: str
    cluster: str
    plans: dict[str, Plan] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def life(self, task: Any) -> Plan:
        """Return how one task of the job ends by itself."""
        self.plans[task.arn] = plan = self._plan(task.chance)
        return plan

    def _plan(self, chance: Random) -> Plan:
        crashed = chance.random() < 0.5
        seconds = chance.uniform(20, 900)
        if self.kind == "broken":
            return Plan(run_seconds=3 + seconds / 150, exit_code=1)
        if self.kind == "named":
            return Plan(run_seconds=seconds, exit_code=EXIT_NAMED)
        if self.kind == "crashing":
            return Plan(run_seconds=seconds, exit_code=chance.choice((1, 2)))
        if self.kind in ("spot", STORM):
            return Plan(run_seconds=9000 + seconds, exit_code=0)
        return Plan(run_seconds=seconds, exit_code=1 if crashed else 0)

    def policy(self) -> dict[str, Any]:
        """Return the entry of ``standalone`` for it."""
        return {"cluster": self.cluster, "family": FAMILY, **POLICIES[self.kind]}

    def where(self) -> dict[str, Any]:
        """Return what RunTask is told of where it runs."""
        if self.kind != "spot":
            return {"launchType": "FARGATE"}
        return {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}

    def take_capacity(self, lab: Account) -> None:
        """Take the capacity of its running tasks back, and come again after a while."""
        chance = lab.random(f"job/{lab.clock.now}")
        for run in lab.ecs.runs.of_family(self.cluster, FAMILY):
            if run.stopped_at is None and run.capacity_provider == "FARGATE_SPOT":
                self.taken.add(run.task_arn)
                lab.ecs.interrupt_spot(run.task_arn)
        if lab.clock.now < self._until(lab):
            lab.clock.after(chance.uniform(*TAKEN_SECONDS), lambda: self.take_capacity(lab))

    def lose_hosts(self, lab: Account) -> None:
        """Retire the hosts of all its running tasks at once."""
        for run in lab.ecs.runs.of_family(self.cluster, FAMILY):
            if run.stopped_at is None:
                self.taken.add(run.task_arn)
                lab.ecs.retire(run.task_arn)

    def _until(self, lab: Account) -> float:
        runs = lab.ecs.runs.of_family(self.cluster, FAMILY)
        return (runs[0].started_at if runs else lab.clock.now) + TAKEN_UNTIL_SECONDS


def job_of(lab: Account, cluster: str) -> Job:
    """Draw the job of a seed; from a stream of its own, so that it changes nothing else in it."""
    kind = lab.random("job").choice(KINDS)
    stormy = kind == "ordinary" and lab.random("stormy").random() < STORM_SHARE
    return Job(STORM if stormy else kind, cluster)
