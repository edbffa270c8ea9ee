"""Trimtab's functions as greenlets: woken by events, retried and dead-lettered as AWS would."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from trimtab.messages.change_record import parse_change_record
from trimtab.messages.deployment_state_change import parse_deployment_state_change
from trimtab.messages.service_action import parse_service_action
from trimtab.messages.task_state_change import parse_task_state_change
from trimtab.model.change import State
from trimtab.ports import World
from trimtab.workflows.announce_change import announce_change
from trimtab.workflows.apply_change import apply_change
from trimtab.workflows.restart_stopped_task import restart_stopped_task
from trimtab.workflows.rightsize_task_definition import look_at_risk, open_gate, plan_shard
from trimtab.workflows.settle_change import settle_workload, tick
from trimtab.workflows.shift_capacity_provider import (
    check_returns,
    note_interruption,
    shift_capacity_provider,
)
from trimtab.workflows.take_inventory import inventory_fleet, inventory_open
from trimtab_cli.simulation.baton import Baton
from trimtab_cli.simulation.calls import Calls, Killed
from trimtab_cli.simulation.faults import Dice

Body = Callable[[World], object]
LEASE_SECONDS = 90
RETRY_SECONDS = {"queue": 120.0, "async": 60.0, "stream": 2.0}
TRIES = {"queue": 5, "async": 3, "stream": 3}


class Lambdas:
    """Runs workflows as invocations: concurrent, each in the world of one of two environments."""

    def __init__(self, calls: Calls, baton: Baton, dice: Dice, worlds: Callable[[], World]) -> None:
        self._calls, self._baton, self._dice, self._new_world = calls, baton, dice, worlds
        self._chance = calls.lab.random("lambdas")
        self._environments: dict[str, list[World]] = {}
        self.invoked: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.errors: list[tuple[str, str]] = []
        self.dead_letters: list[tuple[str, str]] = []

    def invoke(self, name: str, source: str, body: Body, attempt: int = 1) -> None:
        """Let a function run its body at one of the next turns."""
        self._baton.spawn(lambda: self._run(name, source, body, attempt))

    def _run(self, name: str, source: str, body: Body, attempt: int) -> None:
        self.invoked[name] += 1
        self._calls.principal = f"trimtab/{name}"
        environments = self._environments.setdefault(name, [])
        if len(environments) < 2:
            environments.append(self._new_world())
        try:
            body(self._chance.choice(environments))
        except Killed:
            self._again(name, source, body, attempt, "killed")
        except Exception as fault:
            self.errors.append((name, f"{type(fault).__name__}: {fault}"))
            self._again(name, source, body, attempt, type(fault).__name__)

    def _again(self, name: str, source: str, body: Body, attempt: int, why: str) -> None:
        self.failed[name] += 1
        if attempt >= TRIES[source]:
            self.dead_letters.append((name, why))
            return
        delay = RETRY_SECONDS[source] * attempt
        self._baton.spawn_in(delay, lambda: self._run(name, source, body, attempt + 1))

    def on_event(self, event: dict[str, Any]) -> None:
        """Deliver an event of the bus as the template's rules do: perhaps lost, late or twice."""
        found = _wanted(event)
        if found is None or self._dice.throw("event_lost"):
            return
        name, source, body = found
        delays = [self._chance.uniform(0.2, 2.0)]
        if self._dice.throw("event_late"):
            delays = [self._chance.uniform(30, 900)]
        if self._dice.throw("event_twice"):
            delays.append(self._chance.uniform(1, 400))
        for delay in delays:
            self._baton.spawn_in(delay, lambda: self._run(name, source, body, 1))

    def on_record(self, record: dict[str, Any]) -> None:
        """Deliver a stream record of the Changes table."""
        image = record["dynamodb"].get("NewImage", {})
        if not record["dynamodb"]["Keys"]["item"]["S"].startswith("CHANGE#"):
            return
        rung = image.get("turn", {}).get("S") == "apply" and not self._dice.throw("bell_lost")
        if rung:
            self._baton.spawn_in(
                self._chance.uniform(0.2, 1.5), lambda: self._run("apply_change", "stream", _apply(record), 1)
            )
        self._baton.spawn_in(0.5, lambda: self._run("announce_change", "stream", _announce(record), 1))

    def tick(self) -> None:
        """The minute's schedule."""
        self.invoke("settle_change", "async", tick)

    def inventory(self) -> None:
        """The five minutes' schedules."""
        self.invoke("take_inventory", "async", inventory_open)
        self.invoke("shift_capacity_provider", "async", check_returns)

    def hourly(self) -> None:
        """The hour's schedules."""
        self.invoke("take_inventory", "async", inventory_fleet)
        self.invoke("rightsize_task_definition", "async", look_at_risk)

    def plan(self, run: str) -> None:
        """The day's plan over one shard, then its gate."""
        self.invoke("rightsize_task_definition", "async", lambda world: plan_shard(run, 0, 1, world))
        self._baton.spawn_in(
            120,
            lambda: self._run("rightsize_task_definition", "async", lambda world: open_gate(run, world), 1),
        )


def _apply(record: dict[str, Any]) -> Body:
    def body(world: World) -> object:
        read = parse_change_record(record)
        return apply_change(read.workload, read.change_id, LEASE_SECONDS, world)

    return body


def _announce(record: dict[str, Any]) -> Body:
    def body(world: World) -> object:
        read = parse_change_record(record)
        if read.state_after is None or read.state_before == read.state_after:
            return None
        change = world.changes.get(read.workload, read.change_id)
        before = State(read.state_before) if read.state_before else None
        return change and announce_change(before, State(read.state_after), change, world)

    return body


def _wanted(event: dict[str, Any]) -> tuple[str, str, Body] | None:
    """Return which function an event wakes, through what, and what it then does."""
    kind, detail = event["detail-type"], event["detail"]
    if kind == "ECS Task State Change":
        return _wanted_task(event, detail)
    if kind == "ECS Deployment State Change":
        arn = parse_deployment_state_change(event).deployment.service_arn
        return "settle_change", "async", lambda world: settle_workload(arn, world)
    if kind == "ECS Service Action":
        action = parse_service_action(event)
        if detail["eventName"] == "SERVICE_STEADY_STATE":
            return "settle_change", "async", lambda world: settle_workload(action.action.service_arn, world)
        if detail["eventName"] == "SERVICE_TASK_PLACEMENT_FAILURE":
            return (
                "shift_capacity_provider",
                "async",
                lambda world: shift_capacity_provider(action.action, action.envelope.id, world),
            )
    return None


def _wanted_task(event: dict[str, Any], detail: dict[str, Any]) -> tuple[str, str, Body] | None:
    of_service = detail.get("group", "").startswith("service:")
    notice = detail["lastStatus"] == "RUNNING" and detail["desiredStatus"] == "STOPPED"
    change = parse_task_state_change(event)
    if of_service and notice and "Spot" in detail.get("stoppedReason", ""):
        return "shift_capacity_provider", "async", lambda world: note_interruption(change.task, world)
    if detail["lastStatus"] == "STOPPED" or (detail["lastStatus"] == "RUNNING" and not of_service):
        return (
            "restart_stopped_task",
            "queue",
            lambda world: restart_stopped_task(change.task, change.envelope.id, world),
        )
    return None
