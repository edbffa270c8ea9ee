"""What Trimtab asks of the ECS API, and the time that takes at its share, for a fleet in the laboratory.

    python tests/benchmarks/api_rates.py [services=10000] [percent=25]

Workflows, adapters and boto3 clients are the real ones; a call takes 50 ms and waiting is added up instead
of waited for. docs/limits.md quotes it.
"""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from unittest.mock import patch

from trimtab.adapters import clock
from trimtab.model.api_rates import BUCKET_OF, BUCKETS
from trimtab.model.change import Kind
from trimtab.model.digest import PERIODS_A_DAY
from trimtab.model.service import Service
from trimtab.model.usage import UsagePoints
from trimtab.ports import World
from trimtab.workflows.rightsize_task_definition import plan_shard
from trimtab.workflows.take_inventory import inventory_fleet, inventory_open
from trimtab_cli.simulation import clients
from trimtab_cli.simulation.jobs import ROLE
from trimtab_cli.simulation.scene import CLUSTER, Scene
from trimtab_cli.simulation.stack import make_stack
from trimtab_lab.account import make_lab

CALL_SECONDS, TASKS_OF_A_SERVICE, SHARDS, CLUSTERS = 0.05, 2, 24, 2
DEFAULTS = (10_000, 25)
HOUR_SECONDS, TIMEOUT_SECONDS = 3600, 900
PROGRESS = 1000
AGE, PERIOD = timedelta(days=15), timedelta(minutes=5)
"""Services are so old when they are looked at for the first time."""
CPU_RATIO, MEMORY_RATIO = 0.6, 0.6


class Line:
    """Stands where the laboratory is expected: counts calls and adds up the time they take."""

    def __init__(self, lab: Any) -> None:
        self.lab, self.region, self.random = lab, lab.region, lab.random
        self.calls: Counter[str] = Counter()
        self.waited = timedelta()

    def call(self, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Make one call."""
        table = service == "dynamodb" and "share#" in str(request.get("Key"))
        self.calls["share" if table else operation if service == "ecs" else service] += 1
        self.waited += timedelta(seconds=CALL_SECONDS if service == "ecs" else CALL_SECONDS / 10)
        answer: dict[str, Any] = self.lab.call(service, operation, request)
        return answer

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.waited += timedelta(seconds=seconds)


class SteadyUsage:
    """The port ``UsageReader`` without CloudWatch, whose rates are not asked about here."""

    def points(self, starts: Any, end: Any, series: Any = ()) -> Iterator[tuple[Service, UsagePoints]]:
        """Yield two days in which each service used the same all the time, and fitted."""
        instants = [end - PERIOD * number for number in range(2 * PERIODS_A_DAY, 0, -1)]
        cpu, memory = (tuple((at, ratio) for at in instants) for ratio in (CPU_RATIO, MEMORY_RATIO))
        for service in starts:
            yield service, UsagePoints(cpu, cpu, memory)


def fleet(services: int) -> tuple[Scene, Line]:
    """Build the services, each with a task definition and tasks of its own."""
    scene = Scene(make_lab(7), [], None)
    make_stack(scene)
    lab = scene.lab
    with lab.ecs.rate_limits.off():
        for number in range(CLUSTERS):
            lab.call("ecs", "CreateCluster", {"clusterName": f"{CLUSTER}-{number}"})
            lab.call("ecs", "PutClusterCapacityProviders", {
                "cluster": f"{CLUSTER}-{number}", "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
                "defaultCapacityProviderStrategy": [],
            })  # fmt: skip
        for number in range(services):
            _service(lab, number)
        lab.clock.run_for(1800)
    lab.ecs.rate_limits.enabled = False
    return scene, Line(lab)


def _service(lab: Any, number: int) -> None:
    name = f"web-{number}"
    lab.call("ecs", "RegisterTaskDefinition", {
        "family": name, "cpu": "1024", "memory": "2048", "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"], "executionRoleArn": ROLE,
        "containerDefinitions": [{"name": "app", "image": "registry.example/app:1", "essential": True}],
    })  # fmt: skip
    lab.call("ecs", "CreateService", {
        "cluster": f"{CLUSTER}-{number % CLUSTERS}", "serviceName": name, "taskDefinition": name,
        "desiredCount": TASKS_OF_A_SERVICE, "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-0a11"]}},
        "tags": [{"key": "trimtab:mode", "value": "apply" if number % 10 == 0 else "observe"}],
    })  # fmt: skip
    if number % PROGRESS == PROGRESS - 1:
        print(f"{number + 1} services are there", file=sys.stderr)


def measure(title: str, line: Line, percent: int, work: Callable[[], object]) -> None:
    """Do one piece of work and print what it asked for."""
    line.calls.clear()
    begin = line.waited
    told = work()
    took = (line.waited - begin).total_seconds()
    print(f"\n{title}: {told}")
    print(f"  {took:,.0f} s with calls of {CALL_SECONDS * 1000:.0f} ms")
    for bucket in BUCKETS:
        calls = {name: line.calls[name] for name in bucket.operations if line.calls[name]}
        if not calls:
            continue
        alone = sum(calls.values()) / bucket.refill_per_second
        told = ", ".join(f"{count:,} {name}" for name, count in calls.items())
        print(
            f"  {bucket.name:22} {alone:7.1f} s of the whole rate, "
            f"{alone * 100 / percent:7.1f} s at {percent} %, "
            f"{alone / HOUR_SECONDS:6.2%} of the account's hour: {told}"
        )
    ecs = sum(count for name, count in line.calls.items() if name in BUCKET_OF)
    print(f"  {line.calls['share']:,} writes to the share for {ecs:,} calls")


def shards(run: str, world: World) -> dict[str, object]:
    """Plan every shard, one after the other; return why services keep their sizes, or do not."""
    for shard in range(SHARDS):
        with world.api_share.working_for(Kind.RESIZE, TIMEOUT_SECONDS):
            plan_shard(run, shard, SHARDS, world)
    return dict(Counter(str(row["reason"]) for row in world.control.plan_rows(run).values()))


def main() -> None:
    """Build the fleet and measure."""
    services, percent = (int(said) for said in (*sys.argv[1:3], *DEFAULTS[len(sys.argv) - 1 :]))
    scene, line = fleet(services)
    clock.use(lambda: scene.lab.clock.today() + AGE + line.waited, line.sleep)
    print(f"{services:,} services in {CLUSTERS} clusters, {TASKS_OF_A_SERVICE} tasks each, share {percent} %")
    environment = {"TRIMTAB_CLUSTERS": "*", "TRIMTAB_API_SHARE_PERCENT": str(percent)}
    with (
        clients.connected(line, scene.key_arn, scene.topic_arn, CLUSTER),
        patch.dict(os.environ, environment),
    ):
        world = replace(clients.new_world(clients.Notebook()), usage=SteadyUsage())

        def patiently(work: Callable[[World], object]) -> Callable[[], object]:
            def done() -> object:
                with world.api_share.working_for(Kind.RESIZE, TIMEOUT_SECONDS):
                    return work(world)

            return done

        measure("hourly inventory of the fleet", line, percent, patiently(inventory_fleet))
        measure("inventory of five minutes, cold", line, percent, patiently(inventory_open))
        measure("inventory of five minutes, again", line, percent, patiently(inventory_open))
        for plan in ("first plan", "plan of the day"):
            measure(f"{plan} in {SHARDS} shards", line, percent, partial(shards, plan, world))
            line.waited += timedelta(days=1)
    clock.use(None)


if __name__ == "__main__":
    main()
