"""What a run of the demo came to, counted from the world's own record."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from trimtab_cli.demo.fleet import CLUSTER, JOBS, SERVICES, Deploys
from trimtab_lab.account import Account
from trimtab_lab.ecs.watch import TaskRun

USD_PER_VCPU_HOUR, USD_PER_GB_HOUR = 0.04048, 0.004445
SPOT_DISCOUNT = 0.7
"""Fargate Linux x86 in us-east-1, and what Spot takes off at most: aws.amazon.com/fargate/pricing
(read 2026-11-22)."""


@dataclass(frozen=True, slots=True)
class Totals:
    """One run, in the units of its fields."""

    fargate_usd: float
    memory_kills: int
    jobs_launched: int
    jobs_lost: int
    restarts: int
    task_minutes_missing: int
    deploys: int
    deploys_preserved: int


class Tally:
    """Watches a laboratory from its first moment on."""

    def __init__(self, lab: Account) -> None:
        self._lab = lab
        self._runs: list[TaskRun] = []
        self._running: Counter[str] = Counter()
        self._desired = {row.name: row.tasks for row in SERVICES}
        self._missing: dict[str, float] = {row.name: 0.0 for row in SERVICES}
        self._since = {row.name: lab.clock.now + 3600 for row in SERVICES}
        self._memory_kills = 0
        self._finished: set[str] = set()
        self._ours: set[str] = set()
        lab.ecs.watch(self)
        lab.bus.listen(self._on_event)

    def task_started(self, run: TaskRun) -> None:
        """Count a task that runs."""
        self._runs.append(run)
        if run.service:
            self._count(run.service)
            self._running[run.service] += 1

    def task_stopped(self, run: TaskRun) -> None:
        """Count a task that no longer runs."""
        if run.service:
            self._count(run.service)
            self._running[run.service] -= 1

    def _count(self, service: str) -> None:
        """Add up what was missing since the last change."""
        now = self._lab.clock.now
        gap = max(self._desired[service] - self._running[service], 0)
        self._missing[service] += gap * max(now - self._since[service], 0.0) / 60
        self._since[service] = max(now, self._since[service])
        world = self._lab.ecs.world
        self._desired[service] = world.service(world.cluster(CLUSTER), service).desired_count

    def _on_event(self, event: dict[str, Any]) -> None:
        detail = event["detail"]
        if detail.get("eventName") == "SERVICE_DESIRED_COUNT_UPDATED":
            self._count(event["resources"][0].rpartition("/")[2])
        if event["detail-type"] != "ECS Task State Change":
            return
        if detail.get("startedBy", "").startswith("trimtab/"):
            self._ours.add(detail["taskArn"])
        if detail["lastStatus"] != "STOPPED":
            return
        containers = detail["containers"]
        self._memory_kills += any("OutOfMemory" in c.get("reason", "") for c in containers)
        if all(c.get("exitCode") == 0 for c in containers):
            self._finished.add(detail["taskArn"])

    def totals(self, deploys: Deploys) -> Totals:
        """Return the totals up to now."""
        for row in SERVICES:
            self._count(row.name)
        launches = [c for c in self._lab.calls if c.operation == "RunTask" and c.error is None]
        jobs = [c for c in launches if c.principal == "job-runner"]
        families = {job.family for job in JOBS}
        done = sum(run.task_arn in self._finished for run in self._runs if run.family in families)
        made, kept = _preserved(self._lab, deploys)
        return Totals(
            fargate_usd=round(sum(map(self._usd, self._runs)), 2),
            memory_kills=self._memory_kills,
            jobs_launched=len(jobs),
            jobs_lost=len(jobs) - done,
            restarts=len({run.task_arn for run in self._runs if run.task_arn in self._ours}),
            task_minutes_missing=round(sum(self._missing.values())),
            deploys=made,
            deploys_preserved=kept,
        )

    def _usd(self, run: TaskRun) -> float:
        if run.launch_type != "FARGATE":
            return 0.0
        hours = ((run.stopped_at or self._lab.clock.now) - run.started_at) / 3600
        hourly = run.cpu_units / 1024 * USD_PER_VCPU_HOUR + run.memory_mib / 1024 * USD_PER_GB_HOUR
        return hours * hourly * (1 - SPOT_DISCOUNT if run.capacity_provider == "FARGATE_SPOT" else 1)


def _preserved(lab: Account, deploys: Deploys) -> tuple[int, int]:
    """Return how many deploys people made, and over how many of them Trimtab put no other image."""
    definitions = lab.ecs.world
    made = kept = 0
    for service, history in deploys.by_service.items():
        for number, (at, image) in enumerate(history):
            until = history[number + 1][0] if number + 1 < len(history) else float("inf")
            ours = [
                call.request["taskDefinition"]
                for call in lab.calls
                if call.operation == "UpdateService" and call.principal == "apply_change"
                if call.error is None and at <= call.at < until and "taskDefinition" in call.request
                if call.request["service"].endswith(f"/{service}")
            ]
            made += 1
            kept += all(_image(definitions, arn) == image for arn in ours)
    return made, kept


def _image(world: Any, arn: str) -> str:
    answer = world.lab.call("ecs", "DescribeTaskDefinition", {"taskDefinition": arn})
    return str(answer["taskDefinition"]["containerDefinitions"][0]["image"])
