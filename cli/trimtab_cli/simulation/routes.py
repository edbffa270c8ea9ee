"""Which function an event wakes, as the template's rules say, and what it does then."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from trimtab.messages.change_record import parse_change_record
from trimtab.messages.cloudtrail_run_task import parse_cloudtrail_run_task
from trimtab.messages.deployment_state_change import parse_deployment_state_change
from trimtab.messages.health_event import parse_health_event
from trimtab.messages.service_action import parse_service_action
from trimtab.messages.task_state_change import parse_task_state_change
from trimtab.model.change import State
from trimtab.ports import World
from trimtab.workflows.announce_change import announce_change
from trimtab.workflows.apply_change import apply_change
from trimtab.workflows.remember_launch import hear_of_run_task
from trimtab.workflows.restart_stopped_task import announce_retirement, restart_stopped_task
from trimtab.workflows.settle_change import settle_workload
from trimtab.workflows.shift_capacity_provider import note_interruption, shift_capacity_provider
from trimtab_cli.simulation.malformed import FOREIGN_ACCOUNT

LEASE_SECONDS = 90
"""The applier's timeout and its handler's margin."""

Body = Callable[[World], object]
Event = Mapping[str, Any]


class Route(NamedTuple):
    """A function, what wakes it, and what it does with the message, which it reads itself."""

    function: str
    source: str
    body: Body


def route_of(event: Event) -> Route | None:
    """Return where the template's rules send an event; None where none matches."""
    kind, detail = event["detail-type"], event["detail"]
    if event["account"] == FOREIGN_ACCOUNT:
        return None
    if kind == "ECS Task State Change":
        return _task_route(event, detail)
    if kind == "AWS Health Event":
        return Route("restart_stopped_task", "queue", lambda world: _announce_retirement(event, world))
    if kind == "AWS API Call via CloudTrail":
        return Route("restart_stopped_task", "queue", lambda world: _hear_of_launch(event, world))
    if kind == "ECS Deployment State Change":
        return Route("settle_change", "async", lambda world: _settle_deployment(event, world))
    if kind == "ECS Service Action" and detail["eventName"] == "SERVICE_STEADY_STATE":
        return Route("settle_change", "async", lambda world: _settle_service(event, world))
    if kind == "ECS Service Action" and detail["eventName"] == "SERVICE_TASK_PLACEMENT_FAILURE":
        return Route("shift_capacity_provider", "async", lambda world: _shift(event, world))
    return None


def _task_route(event: Event, detail: Mapping[str, Any]) -> Route | None:
    of_service = detail.get("group", "").startswith("service:")
    notice = detail["lastStatus"] == "RUNNING" and detail["desiredStatus"] == "STOPPED"
    if of_service and notice and "Spot" in detail.get("stoppedReason", ""):
        return Route("shift_capacity_provider", "async", lambda world: _note_interruption(event, world))
    if detail["lastStatus"] == "STOPPED" or (detail["lastStatus"] == "RUNNING" and not of_service):
        return Route("restart_stopped_task", "queue", lambda world: _restart(event, world))
    return None


def _settle_deployment(event: Event, world: World) -> object:
    return settle_workload(parse_deployment_state_change(event).deployment.service_arn, world)


def _settle_service(event: Event, world: World) -> object:
    return settle_workload(parse_service_action(event).action.service_arn, world)


def _shift(event: Event, world: World) -> object:
    read = parse_service_action(event)
    return shift_capacity_provider(read.action, read.envelope.id, world)


def _note_interruption(event: Event, world: World) -> object:
    return note_interruption(parse_task_state_change(event).task, world)


def _restart(event: Event, world: World) -> object:
    read = parse_task_state_change(event)
    return restart_stopped_task(read.task, read.envelope.id, world)


def _announce_retirement(event: Event, world: World) -> object:
    return announce_retirement(parse_health_event(event).notice, world)


def _hear_of_launch(event: Event, world: World) -> object:
    read = parse_cloudtrail_run_task(event)
    return hear_of_run_task(read.call, read.envelope.id, world)


def apply_body(record: Event) -> Body:
    """Return what the applier does with a record of the stream."""

    def body(world: World) -> object:
        read = parse_change_record(record)
        return apply_change(read.workload, read.change_id, LEASE_SECONDS, world)

    return body


def announce_body(record: Event) -> Body:
    """Return what the announcer does with a record of the stream."""

    def body(world: World) -> object:
        read = parse_change_record(record)
        if read.state_after is None or read.state_before == read.state_after:
            return None
        change = world.changes.get(read.workload, read.change_id)
        before = State(read.state_before) if read.state_before else None
        return change and announce_change(before, State(read.state_after), change, world)

    return body
