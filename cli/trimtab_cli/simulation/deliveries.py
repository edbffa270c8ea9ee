"""What the bus and the Changes table tell Trimtab's functions, and what comes of it on the way."""

from typing import Any, Final

from trimtab.ports import World
from trimtab_cli.simulation.baton import acting
from trimtab_cli.simulation.clients import CHANGES
from trimtab_cli.simulation.faults import Dice
from trimtab_cli.simulation.jobs import FAMILY
from trimtab_cli.simulation.lambdas import Lambdas
from trimtab_cli.simulation.malformed import malformed
from trimtab_cli.simulation.record import Record
from trimtab_cli.simulation.routes import Body, Route, announce_body, apply_body, route_of

AT_ONCE_SECONDS: Final = (0.0, 0.4)
A_DAY_LATE_SHARE: Final = 0.3
"""Of the task events that come twice, how many come a third time when ECS has long forgotten the task."""


class Deliveries:
    """Delivers events as the template's rules do, and the table's stream; things get lost, late or twice."""

    def __init__(self, record: Record, dice: Dice, lambdas: Lambdas) -> None:
        self._record, self._dice, self._lambdas = record, dice, lambdas
        self._chance, self._days = lambdas.chance, record.lab.random("a day late")
        self.malformed: list[str] = []
        self.deaf = (0.0, 0.0)
        """From when until when no stop of the job is told."""
        self.backlog = (0.0, 0.0)
        """From when until when no event is delivered: they pile up in their queue, and then all come."""

    def listen(self) -> None:
        """Deliver what the bus and the table say from now on."""
        lab = self._record.lab
        lab.bus.listen(self._on_event)
        lab.dynamodb.tables[CHANGES].listen(self._on_record)

    def _on_event(self, event: dict[str, Any]) -> None:
        route = route_of(event)
        if route is None:
            return
        if self._dice.throw("event_malformed"):
            self._deliver_spoiled(event, route)
        if self._dice.throw("event_lost") or self._is_unheard(event):
            return
        for delay in self._delays(route):
            self._lambdas.invoke(route.function, route.source, route.body, seconds=delay)

    def _deliver_spoiled(self, event: dict[str, Any], route: Route) -> None:
        kind, spoiled = malformed(event, self._chance)
        self.malformed.append(kind)
        if bad := _route_of_spoiled(event, spoiled):
            self._lambdas.invoke(route.function, route.source, bad, seconds=self._chance.uniform(0.2, 9.0))

    def _delays(self, route: Route) -> list[float]:
        """Draw after how long an event arrives, each time it does."""
        delays = [self._chance.uniform(0.2, 2.0)]
        if self._dice.throw("event_late"):
            delays = [self._chance.uniform(30, 900)]
        now, (begin, end) = self._record.lab.clock.now, self.backlog
        if begin <= now < end:
            delays = [end - now + self._chance.uniform(*AT_ONCE_SECONDS)]
        if self._dice.throw("event_twice"):
            delays.append(self._chance.uniform(1, 400))
            if route.function == "restart_stopped_task" and self._days.random() < A_DAY_LATE_SHARE:
                delays.append(self._days.uniform(80_000, 90_000))
        return delays

    def _is_unheard(self, event: dict[str, Any]) -> bool:
        """Tell whether nobody hears that a task of the job stopped."""
        begin, end = self.deaf
        of_job = event["detail"].get("group") == f"family:{FAMILY}"
        stopped = event["detail"].get("lastStatus") == "STOPPED"
        return of_job and stopped and begin <= self._record.lab.clock.now < end

    def _on_record(self, record: dict[str, Any]) -> None:
        """Deliver a record of the stream; the bell that wakes the applier may be lost, or ring twice."""
        keys, image = record["dynamodb"]["Keys"], record["dynamodb"].get("NewImage", {})
        if not keys["item"]["S"].startswith("CHANGE#"):
            return
        rung = image.get("turn", {}).get("S") == "apply" and not self._dice.throw("bell_lost")
        delays = [self._chance.uniform(0.2, 1.5)] if rung else []
        if rung and self._dice.throw("bell_twice"):
            delays.append(self._chance.uniform(0.2, 40))
        subject = (keys["workload"]["S"], keys["item"]["S"].removeprefix("CHANGE#"))
        for delay in delays:
            body = self._noting(subject, apply_body(record))
            self._lambdas.invoke("apply_change", "stream", body, seconds=delay)
        self._lambdas.invoke("announce_change", "stream", announce_body(record), seconds=0.5)

    def _noting(self, subject: tuple[str, str], body: Body) -> Body:
        """Let the record know which Change an invocation is about."""

        def noted(world: World) -> object:
            actor = acting()
            if actor is not None:
                self._record.subjects[actor.invocation] = subject
            return body(world)

        return noted


def _route_of_spoiled(event: dict[str, Any], spoiled: dict[str, Any]) -> Body | None:
    """Return what the function that was meant does with a spoiled event: rules see only the outside."""
    probe = {**spoiled, "detail": {**event["detail"]}}
    route = route_of(probe)
    if route is None:
        return None
    probe["detail"] = spoiled["detail"]
    return route.body
