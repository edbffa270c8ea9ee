"""What one restart costs from the stop's event to RunTask, and what becomes of a storm of stops.

    python tests/benchmarks/restart.py [stops=5000]

Workflows, adapters and boto3 clients are the real ones, on the laboratory, whose own time is taken out;
requests are checked and put into bytes, but not signed or sent. A naive handler (DescribeTasks, RunTask)
runs beside as the measure of this machine. docs/limits.md quotes it.
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from statistics import median
from time import process_time
from typing import Any, Final
from unittest.mock import patch

import boto3

from trimtab.adapters import clock
from trimtab.messages.change_record import parse_change_record
from trimtab.messages.task_state_change import parse_task_state_change
from trimtab.model.api_rates import BUCKET_OF, BUCKETS
from trimtab.model.change import Change, Kind, State, Turn
from trimtab.model.switch import Position, Switch
from trimtab.ports import World
from trimtab.workflows.apply_change import apply_change
from trimtab.workflows.restart_stopped_task import restart_stopped_task
from trimtab.workflows.settle_change import tick
from trimtab.workflows.take_inventory import inventory_open
from trimtab_cli.simulation import clients
from trimtab_cli.simulation.jobs import ROLE
from trimtab_cli.simulation.scene import CLUSTER, NETWORK, Scene
from trimtab_cli.simulation.stack import make_stack
from trimtab_lab.account import make_lab
from trimtab_lab.ecs.behaviour import Plan

ROUNDS, WARM_UP, LEASE_SECONDS = 60, 10, 90
APART_SECONDS: Final = 1300.0
STARTED_TOGETHER: Final = 20
ECS_CALL_SECONDS, TABLE_CALL_SECONDS = 0.05, 0.005
FAMILIES, SHARE = 50, clients.SHARE_PERCENT / 100
MINUTES_MAX: Final = 4 * 60
TOLD: Final = ("RUNNING", "STOPPED")
DAY: Final = timedelta(days=1)


@dataclass
class Line:
    """Stands where the laboratory is expected: counts calls, and takes out the laboratory's own time."""

    lab: Any
    calls: Counter[str] = field(default_factory=Counter)
    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    lab_seconds: float = 0.0

    @property
    def region(self) -> str:
        """The laboratory's."""
        return str(self.lab.region)

    def random(self, name: str) -> Any:
        """Return the laboratory's stream of chance."""
        return self.lab.random(name)

    def call(self, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Make one call."""
        begun = process_time()
        share = service == "dynamodb" and "share#" in str(request.get("Key"))
        self.calls["share" if share else f"{service}.{operation}"] += 1
        if service == "ecs" and operation in BUCKET_OF:
            self.times[BUCKET_OF[operation].name].append(self.lab.clock.now)
        try:
            answer: dict[str, Any] = self.lab.call(service, operation, request)
            return answer
        finally:
            self.lab_seconds += process_time() - begun

    def over_the_share(self) -> list[str]:
        """Return the buckets of which more was taken in some window than our share."""
        return [bucket.name for bucket in BUCKETS if self._over(bucket)]

    def _over(self, bucket: Any) -> bool:
        least, most = 0.0, 0.0
        for number, at in enumerate(self.times[bucket.name]):
            level = number - SHARE * bucket.refill_per_second * at
            least = level if number == 0 else min(least, level)
            most = max(most, level - least + 1)
        return most > SHARE * bucket.burst + 1e-6


@dataclass
class Jobs:
    """Standalone tasks in the laboratory, and the functions that look after them."""

    line: Line
    decider: World
    applier: World
    tasks: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    rung: list[tuple[str, str]] = field(default_factory=list)

    def launch(self, count: int, families: int) -> None:
        """Start tasks as their team does, and let them be seen running."""
        lab = self.line.lab
        with lab.ecs.rate_limits.off():
            for number in range(families):
                lab.ecs.behave(f"job-{number}", Plan(start_seconds=5))
                lab.call("ecs", "RegisterTaskDefinition", _definition(f"job-{number}"))
            for number in range(-(-count // 10)):
                answer = lab.call("ecs", "RunTask", {
                    "cluster": CLUSTER, "taskDefinition": f"job-{number % families}", "launchType": "FARGATE",
                    "count": min(10, count - 10 * number), "networkConfiguration": NETWORK,
                })  # fmt: skip
                if number % STARTED_TOGETHER == 0:
                    lab.clock.run_for(60)  # ECS bounds how many are on their way at once
                self.tasks += [task["taskArn"] for task in answer["tasks"]]
            lab.clock.run_for(60)
            inventory_open(self.decider)
        self.messages.clear()
        self.line.calls.clear()
        self.line.times.clear()

    def judge(self, text: str) -> None:
        """Do what restart_stopped_task does with one message."""
        event = parse_task_state_change(json.loads(text))
        with self.decider.api_share.working_for(Kind.RESTART, 20):
            restart_stopped_task(event.task, event.envelope.id, self.decider)

    def hear_the_bell(self) -> None:
        """Do what apply_change does with each record of the stream."""
        rung, self.rung = self.rung, []
        for workload, change_id in rung:
            apply_change(workload, change_id, LEASE_SECONDS, self.applier)

    def restarts(self) -> list[Change]:
        """Return every restart there is."""
        pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=clients.CHANGES)
        roots = {item["workload"]["S"] for page in pages for item in page["Items"] if "id" in item}
        return [c for root in sorted(roots) for c in self.applier.changes.of(root)]


def _definition(family: str) -> dict[str, Any]:
    return {
        "family": family, "cpu": "256", "memory": "512", "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"], "executionRoleArn": ROLE,
        "containerDefinitions": [{"name": "app", "image": f"registry.example/{family}:1", "essential": True}],
    }  # fmt: skip


@contextmanager
def jobs(count: int, families: int, limits: dict[str, str]) -> Iterator[Jobs]:
    """Build a laboratory with running tasks of declared families."""
    scene = Scene(make_lab(7), [], None)
    make_stack(scene)
    lab = scene.lab
    lab.call("ecs", "CreateCluster", {"clusterName": CLUSTER})
    line = Line(lab)
    clock.use(lab.clock.today, lab.clock.run_for)
    try:
        with clients.connected(line, scene.key_arn, scene.topic_arn, CLUSTER):
            steering = clients.steering()
            steering.put_policy({"standalone": [{"family": "job-*"}], "limits": limits})
            steering.set_switch(Switch(Position.RUN, "bench", "bench"))
            made = Jobs(line, *(clients.new_world(clients.Notebook()) for _ in range(2)))
            _listen(made)
            made.launch(count, families)
            yield made
    finally:
        clock.use(None)


def _listen(made: Jobs) -> None:
    """Keep the messages of tasks that run or have stopped, and what the stream of the Changes rings for."""

    def hear(event: dict[str, Any]) -> None:
        if event["detail-type"] == "ECS Task State Change" and event["detail"]["lastStatus"] in TOLD:
            made.messages.append(json.dumps(event))

    def ring(record: dict[str, Any]) -> None:
        if record["dynamodb"].get("NewImage", {}).get("turn", {}).get("S") == Turn.APPLY.value:
            read = parse_change_record(record)
            made.rung.append((read.workload, read.change_id))

    made.line.lab.bus.listen(hear)
    made.line.lab.dynamodb.tables[clients.CHANGES].listen(ring)


def measured(line: Line, work: Callable[[], object]) -> tuple[float, Counter[str]]:
    """Return our CPU seconds for a piece of work, and its calls."""
    line.calls.clear()
    line.lab_seconds, begun = 0.0, process_time()
    work()
    return process_time() - begun - line.lab_seconds, Counter(line.calls)


def naive(text: str) -> None:
    """Start a stopped task again as the handlers do that are copied from blogs."""
    detail, ecs = json.loads(text)["detail"], boto3.client("ecs")
    (task,) = ecs.describe_tasks(cluster=detail["clusterArn"], tasks=[detail["taskArn"]])["tasks"]
    ecs.run_task(
        cluster=task["clusterArn"], taskDefinition=task["taskDefinitionArn"], count=1, launchType="FARGATE",
        networkConfiguration=NETWORK,
    )  # fmt: skip


def one_by_one(made: Jobs, rounds: int) -> tuple[list[list[float]], Counter[str]]:
    """Let tasks be retired, each alone; return CPU seconds (judging, applying, naive) and all calls."""
    lab, spent, calls = made.line.lab, list[list[float]](), Counter[str]()
    for number, task in enumerate(made.tasks[:rounds]):
        made.messages.clear()
        made.rung.clear()
        lab.ecs.retire(task)
        lab.clock.run_for(APART_SECONDS)
        text = next(one for one in made.messages if task in one and '"lastStatus": "STOPPED"' in one)
        judged, first = measured(made.line, lambda text=text: made.judge(text))  # type: ignore[misc]
        applied, second = measured(made.line, made.hear_the_bell)
        plain, _ = measured(made.line, lambda text=text: naive(text))  # type: ignore[misc]
        if number >= WARM_UP:
            spent.append([judged, applied, plain])
            calls.update(first + second)
    return spent, calls


def tell_costs(spent: list[list[float]], calls: Counter[str]) -> None:
    """Print what one restart costs."""
    judged, applied, plain = (1000 * median(column) for column in zip(*spent, strict=True))
    each = {name: count / len(spent) for name, count in calls.items()}
    ecs = sum(count for name, count in each.items() if name.startswith(("ecs.", "ec2.")))
    total = sum(each.values())
    seconds = judged / 1000 + sum(
        count * (ECS_CALL_SECONDS if name.startswith("ecs.") else TABLE_CALL_SECONDS)
        for name, count in each.items()
    )
    print(f"{len(spent)} restarts, each alone, warm; medians")
    print(f"  {'CPU to judge the stop':32} {judged:6.1f} ms  {judged / plain:5.1f} x naive")
    print(f"  {'CPU to carry it out':32} {applied:6.1f} ms  {applied / plain:5.1f} x naive")
    print(f"  {'CPU of a naive handler':32} {plain:6.1f} ms")
    print(f"  {'calls of ECS and EC2':32} {ecs:6.1f}")
    print(f"  {'calls in all':32} {total:6.1f}")
    for name, count in sorted(each.items()):
        print(f"    {name:30} {count:6.1f}")
    print(f"  one worker judges {1000 / judged:.0f} stops a second by its CPU")
    slow, quick = 1000 * ECS_CALL_SECONDS, 1000 * TABLE_CALL_SECONDS
    print(f"  one restart, with calls of {slow:.0f} ms (ECS) and {quick:.0f} ms (others): {seconds:.2f} s")


def storm(made: Jobs, stops: int) -> dict[str, Any]:
    """Let tasks crash within one minute, and everything run its course; return what became of them."""
    lab = made.line.lab
    tasks = Random(7).sample(made.tasks, stops)
    for number, task in enumerate(tasks):
        lab.clock.after(60 * number / stops, lambda task=task: lab.ecs.crash(task))
    lab.clock.run_for(61)
    while made.messages:
        made.judge(made.messages.pop(0))
        if len(made.rung) > FAMILIES:
            made.hear_the_bell()
    judging = Counter(made.line.calls)
    seconds = lab.clock.now
    for _ in range(MINUTES_MAX):
        made.hear_the_bell()
        lab.clock.run_for(max(0.0, seconds + 60 - lab.clock.now))
        seconds = lab.clock.now
        with suppress(ExceptionGroup), made.applier.api_share.working_for(Kind.SHIFT):
            tick(made.applier)  # what found no call of ECS in time is looked at by the next one
        while made.messages:
            made.judge(made.messages.pop(0))
        if not any(True for turn in Turn for _ in made.applier.changes.due(turn, lab.clock.today() + DAY)):
            break
    found = made.restarts()
    restarts = [change for change in found if change.kind is Kind.RESTART]
    return {
        "stops": len(tasks),
        "restarts": len(restarts),
        "stops_answered_once": len({c.target.stopped_task for c in restarts}) == len(restarts) == len(tasks),
        "open": sum(change.is_open for change in restarts),
        "ended": dict(Counter((c.state.value, c.outcome) for c in restarts)),
        "launched": sum("task" in change.applied for change in restarts),
        "most_in_an_hour": _most_in_an_hour(restarts),
        "started_in_two_minutes": _started_while_braked(found, restarts),
        "without_a_reason": sum(not c.outcome for c in restarts),
        "alerts": dict(Counter(c.reason for c in found if c.kind is Kind.ALERT)),
        "told": next((dict(c.evidence) for c in found if c.reason == "storm"), None),
        "over_the_share": made.line.over_the_share(),
        "calls_a_stop_to_judge": {name: round(n / len(tasks), 2) for name, n in sorted(judging.items())},
        "calls": dict(made.line.calls),
    }


def _started(restarts: list[Change]) -> list[Change]:
    return [change for change in restarts if "task" in change.applied]


def _most_in_an_hour(restarts: list[Change]) -> dict[str, int]:
    """Return how many were started in the busiest hour of the clock, of one family and of the cluster."""
    hours = [(f"{c.times[State.DEPLOYING]:%dT%H}", c.name) for c in _started(restarts)]
    return {
        "family": max(Counter(hours).values(), default=0),
        "cluster": max(Counter(hour for hour, _ in hours).values(), default=0),
    }


def _started_while_braked(found: list[Change], restarts: list[Change]) -> int:
    """Return how many were started in the two minutes after the alert, of those that it speaks of."""
    at = next(c.created_at for c in found if c.reason == "storm")
    held = [c.times[State.DEPLOYING] for c in _started(restarts)]
    return sum(at <= one < at + timedelta(minutes=2) for one in held)


def main() -> None:
    """Measure one by one, then the storm."""
    stops = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    wide = {f"restarts_per_{scope}_per_hour": "3000" for scope in ("family", "cluster", "account")}
    clients._session.cache_clear()
    with patch.object(clients, "sending_nothing", lambda client: client), jobs(ROUNDS, 5, wide) as made:
        tell_costs(*one_by_one(made, ROUNDS))
    clients._session.cache_clear()
    begun = process_time()
    with jobs(stops, FAMILIES, {}) as made:
        print(f"\na storm of {stops} stops within a minute, of {FAMILIES} families, default limits")
        for name, value in storm(made, stops).items():
            print(f"  {name:24} {value}")
    print(f"  lived in {process_time() - begun:.0f} s of CPU, the laboratory's included")


if __name__ == "__main__":
    main()
