"""The end of the world: what runs, what was written, recorded, kept, told, and given up."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import boto3

from trimtab.adapters.dynamodb_items import from_dynamodb
from trimtab_cli.dispatcher.dispatcher import Dispatcher
from trimtab_lab.account import Account
from trimtab_lab.ecs.task import Task

CLUSTER: Final = "prod"
READS: Final = ("Describe", "List", "Get")
DEAD_LETTERS: Final = ("StoppedTasksDeadLetterQueue", "UndeliveredEventsQueue", "FailedInvocationsQueue")


@dataclass(frozen=True)
class End:
    """The whole world at the end of a scenario, in words: what is not named is not there.

    ``running`` counts the tasks that run, by service or family; ``wrote`` what Trimtab's functions wrote to
    ECS; ``revision`` is the one that the service runs; ``changes`` are kind, name, state and outcome;
    ``kept`` is the archive of stops: service or family, rule and what was decided; ``told`` what people got.
    """

    running: Mapping[str, int] = field(default_factory=dict)
    wrote: tuple[str, ...] = ()
    revision: int = 1
    changes: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    dead_letters: int = 0


class Look:
    """Looks at an account with Trimtab in it."""

    def __init__(self, lab: Account, dispatcher: Dispatcher) -> None:
        self.lab, self.dispatcher = lab, dispatcher
        self.events: list[dict[str, Any]] = []
        lab.bus.listen(self.events.append)

    def tasks_of(self, name: str) -> list[Task]:
        """Return the tasks of a service or family that run now, in order of their start."""
        running = (task for task in self.lab.ecs.world.tasks.values() if task.running)
        return [task for task in running if _name(task) == name]

    def starts(self) -> list[tuple[float, dict[str, Any]]]:
        """Return when Trimtab started tasks, and what it asked of RunTask."""
        return [(at, request) for at, operation, request in self._written() if operation == "RunTask"]

    def wrote(self) -> tuple[str, ...]:
        """Return what Trimtab wrote to ECS, in order."""
        return tuple(f"{operation} {_subject(request)}" for _, operation, request in self._written())

    def stopped_at(self, arn: str) -> float:
        """Return when a task had stopped."""
        at = self.lab.ecs.task(arn).stopped_at
        assert at is not None
        return at

    def changes(self) -> list[dict[str, Any]]:
        """Return the Changes, oldest first."""
        items = [item for item in self._items("ChangesTable") if "id" in item]
        return sorted(items, key=lambda item: (item["created_at"], item["id"]))

    def control(self, kind: str) -> list[dict[str, Any]]:
        """Return the items of one kind in the Control table."""
        return [item for item in self._items("ControlTable") if item["key"].startswith(f"{kind}#")]

    def stops(self) -> list[dict[str, Any]]:
        """Return the archive of stops, oldest first."""
        return sorted(self.control("stop"), key=lambda item: item["part"])

    def event_of(self, arn: str, status: str) -> dict[str, Any]:
        """Return the event with which ECS told that a task came to a status."""
        return next(
            event
            for event in self.events
            if event["detail"].get("taskArn") == arn and event["detail"]["lastStatus"] == status
        )

    def end(self) -> End:
        """Return the end of the world."""
        running = (task for task in self.lab.ecs.world.tasks.values() if task.running)
        return End(
            running=dict(Counter(_name(task) for task in running if _name(task) != "web")),
            wrote=self.wrote(),
            revision=self._revision(),
            changes=tuple("{kind} {name}: {state}, {outcome}".format_map(one) for one in self.changes()),
            kept=tuple(f"{_whose(one)}: {one['rule']}, {one['decided']}" for one in self.stops()),
            told=tuple(
                str(json.loads(one.message)["content"]["title"]).replace(f"{CLUSTER}/", "")
                for one in self.lab.sns.published
            ),
            dead_letters=sum(
                len(self.lab.sqs.queue(self.dispatcher.name(name)).messages)
                for name in (
                    "StoppedTasksDeadLetterQueue",
                    "UndeliveredEventsQueue",
                    "FailedInvocationsQueue",
                )
            ),
        )

    def _written(self) -> Iterator[tuple[float, str, dict[str, Any]]]:
        for call in self.lab.calls:
            ours = call.service == "ecs" and call.principal in self.dispatcher.functions.settings
            if ours and not call.operation.startswith(READS):
                yield call.at, call.operation, call.request

    def _revision(self) -> int:
        (service,) = self.lab.call("ecs", "DescribeServices", {"cluster": CLUSTER, "services": ["web"]})[
            "services"
        ]
        assert service["runningCount"] == service["desiredCount"]
        return int(service["taskDefinition"].rpartition(":")[2])

    def _items(self, table: str) -> list[dict[str, Any]]:
        name = self.dispatcher.name(table)
        pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=name)
        return [from_dynamodb(item) for page in pages for item in page["Items"]]


def _name(task: Task) -> str:
    return task.service.name if task.service else task.definition.family


def _whose(stop: Mapping[str, Any]) -> str:
    return str(stop["service"] or stop["family"])


def _subject(request: Mapping[str, Any]) -> str:
    named = request.get("service") or request.get("family") or request.get("taskDefinition", "")
    return str(named).rpartition("/")[2].partition(":")[0]
