"""The standalone job of a seed: how it lives, how it was launched, and what its policy says."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, Final

from trimtab_cli.simulation import stories
from trimtab_lab.ecs.behaviour import Plan

if TYPE_CHECKING:
    from trimtab_lab.account import Account

FAMILY: Final = "nightly"
ROLE: Final = "arn:aws:iam::111122223333:role/ecs/task"
KINDS: Final = ("ordinary",) * 4 + ("crashing", "broken", "named", "spot", "spot")
STORM: Final = "storm"
STORM_SHARE: Final = 0.5
"""Of the seeds whose job would be an ordinary one."""

STORM_TASKS: Final = 4
STORM_SECONDS: Final = (500.0, 3200.0)
"""When all its tasks lose their hosts at once; the second time more than half an hour after the first."""

STORM_LIMITS: Final = {"storm_lineages_min": "2"}
EXIT_NAMED: Final = 78
STARTS: Final = ("hand",) * 3 + ("rule", "scheduler")
STARTED_BY: Final = {"rule": "events-rule/nightly-at-two", "scheduler": "chronos-schedule/5f2d"}
TRACED_SHARE: Final = 0.4
INJECTED: Final = "aws-guardduty-agent-7f3a"
SUBNETS: Final = ("subnet-0a11", "subnet-0b22")
"""Of a job that something besides its task tells of; any other has the first."""

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
    noticed: dict[str, float] = field(default_factory=dict)
    """When it was first announced of a task that it will be stopped."""
    spared: dict[str, float] = field(default_factory=dict)
    """When it was announced of a task that it will not be stopped after all."""
    start: str = "hand"
    """Who starts it: somebody's program, a rule, or a schedule."""
    traced: bool = False
    """CloudTrail records how it is launched."""
    launches: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The requests behind its first tasks."""

    def life(self, task: Any) -> Plan:
        """Return how one task of the job ends by itself."""
        of_a_story = self.kind in stories.POLICIES
        self.plans[task.arn] = plan = stories.life(self.kind, task) if of_a_story else self._plan(task.chance)
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
        return {"cluster": self.cluster, "family": FAMILY, **{**POLICIES, **stories.POLICIES}[self.kind]}

    def where(self) -> dict[str, Any]:
        """Return what RunTask is told of where it runs."""
        if self.kind not in ("spot", stories.NOTICED):
            return {"launchType": "FARGATE"}
        weights = {"weight": 3, "base": 1} if self.is_told else {"weight": 1, "base": 0}
        return {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", **weights}]}

    @property
    def is_told(self) -> bool:
        """Whether something besides its task tells how it was launched."""
        return self.traced or self.start != "hand"

    def request(self, network: dict[str, Any], secret: str) -> dict[str, Any]:
        """Return what RunTask is asked for."""
        vpc = dict(network["awsvpcConfiguration"])
        if self.is_told:
            vpc["subnets"] = [*SUBNETS]
        environment = [{"name": "TOKEN", "value": secret}]
        return {
            "cluster": self.cluster,
            "taskDefinition": FAMILY,
            **self.where(),
            "networkConfiguration": {"awsvpcConfiguration": vpc},
            "tags": [{"key": "team", "value": "data"}],
            "overrides": {"containerOverrides": [{"name": "app", "environment": environment}]},
            **({"startedBy": STARTED_BY[self.start]} if self.start in STARTED_BY else {}),
        }

    def put_schedule(self, lab: Account, request: dict[str, Any]) -> None:
        """Let EventBridge know what it runs."""
        vpc = request["networkConfiguration"]["awsvpcConfiguration"]
        said = {key[0].upper() + key[1:]: value for key, value in self.where().items()}
        target = {
            "Id": "1",
            "Arn": lab.arn("ecs", f"cluster/{self.cluster}"),
            "RoleArn": f"arn:aws:iam::{lab.account}:role/run-jobs",
            "EcsParameters": {
                **said,
                "TaskDefinitionArn": lab.arn("ecs", f"task-definition/{FAMILY}"),
                "NetworkConfiguration": {
                    "awsvpcConfiguration": {key[0].upper() + key[1:]: value for key, value in vpc.items()}
                },
            },
        }
        if self.start == "rule":
            lab.schedules.rules["nightly-at-two"] = [target]
        if self.start == "scheduler":
            del target["Id"]
            lab.schedules.schedules["default", "nightly"] = target

    def note_launch(self, lab: Account, request: dict[str, Any], tasks: list[dict[str, Any]]) -> None:
        """Remember how tasks of it were launched, and let CloudTrail tell where it does."""
        self.launches |= {task["taskArn"]: request for task in tasks}
        if self.traced:
            told = [{"taskArn": task["taskArn"]} for task in tasks]
            lab.bus.put("aws.ecs", "AWS API Call via CloudTrail", [], {
                "eventSource": "ecs.amazonaws.com", "eventName": "RunTask",
                "requestParameters": request, "responseElements": {"failures": [], "tasks": told},
            })  # fmt: skip

    def take_capacity(self, lab: Account) -> None:
        """Take the capacity of its running tasks back, and come again after a while."""
        chance = lab.random(f"job/{lab.clock.now}")
        for task in self.running(lab, "FARGATE_SPOT"):
            self.notice(lab, [task])
            self.taken.add(task)
            lab.ecs.interrupt_spot(task)
        if lab.clock.now < self._until(lab):
            lab.clock.after(chance.uniform(*TAKEN_SECONDS), lambda: self.take_capacity(lab))

    def lose_hosts(self, lab: Account, tasks: Collection[str] | None = None) -> None:
        """Retire the hosts of all its running tasks at once, or of those of ``tasks`` that still run."""
        for task in self.running(lab):
            if tasks is None or task in tasks:
                self.taken.add(task)
                lab.ecs.retire(task)

    def notice(self, lab: Account, tasks: list[str]) -> None:
        """Remember that it is announced of tasks that they will be stopped."""
        for task in tasks:
            self.noticed.setdefault(task, lab.clock.now)

    def running(self, lab: Account, provider: str | None = None) -> list[str]:
        """Return its running tasks, or those of one capacity provider."""
        runs = lab.ecs.runs.of_family(self.cluster, FAMILY)
        alive = [run for run in runs if run.stopped_at is None]
        return [run.task_arn for run in alive if provider in (None, run.capacity_provider)]

    def _until(self, lab: Account) -> float:
        runs = lab.ecs.runs.of_family(self.cluster, FAMILY)
        return (runs[0].started_at if runs else lab.clock.now) + TAKEN_UNTIL_SECONDS


def register_job(call: Callable[..., dict[str, Any]], release: int) -> None:
    """Register a release of the job, as its team does."""
    image = f"registry.example/nightly:v{release}"
    call(
        "team", "RegisterTaskDefinition", family=FAMILY, cpu="512", memory="1024", networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"], executionRoleArn=ROLE,
        containerDefinitions=[{"name": "app", "image": image, "essential": True}],
    )  # fmt: skip


def job_with(story: str, lab: Account, cluster: str) -> Job:
    """Draw a job to which something particular happens."""
    job, chance = Job(story, cluster), lab.random("job/start")
    job.start = chance.choice(("rule", "scheduler")) if story == stories.NEXT_RUN else "hand"
    job.traced = chance.random() < TRACED_SHARE
    return job


def job_of(lab: Account, cluster: str) -> Job:
    """Draw the job of a seed; from a stream of its own, so that it changes nothing else in it."""
    kind = lab.random("job").choice(KINDS)
    stormy = kind == "ordinary" and lab.random("stormy").random() < STORM_SHARE
    job, chance = Job(STORM if stormy else kind, cluster), lab.random("job/start")
    # A schedule starts one task a run, and the next run ends the story of the one before.
    job.start, job.traced = chance.choice(STARTS), chance.random() < TRACED_SHARE
    if stormy:
        job.start = "hand"
    return job
