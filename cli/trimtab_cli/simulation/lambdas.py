"""Trimtab's functions as greenlets: invoked, retried and dead-lettered as AWS would."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Final, NamedTuple

from trimtab.model.change import Kind
from trimtab.model.errors import MessageError
from trimtab.ports import World
from trimtab.workflows.look_at_risk import look_at_risk
from trimtab.workflows.rightsize_task_definition import open_gate, plan_shard
from trimtab.workflows.settle_change import tick
from trimtab.workflows.shift_capacity_provider import check_returns
from trimtab.workflows.take_inventory import inventory_fleet, inventory_open
from trimtab_cli.simulation.baton import Baton, acting
from trimtab_cli.simulation.calls import Killed
from trimtab_cli.simulation.faults import Dice
from trimtab_cli.simulation.record import OURS, Record
from trimtab_cli.simulation.routes import Body

RETRY_SECONDS: Final = {"queue": 120.0, "async": 60.0, "stream": 2.0}
TRIES: Final = {"queue": 5, "async": 3, "stream": 3}
SKEW_SECONDS: Final = 5.0
JUMP_SECONDS: Final = 3600.0
ENVIRONMENTS: Final = 2
AT_ONCE_MAX: Final = 5
"""So many messages of a queue are worked on at a time, as template.yaml has it; the others wait in it."""

PATIENCE_SECONDS: Final = 20.0
PATIENT_SECONDS: Final = {
    "settle_change": 60.0, "take_inventory": 870.0, "rightsize_task_definition": 540.0,
}  # fmt: skip
"""How long handlers wait for the share of the API at most: the last two until their time is nearly over."""

WORKS_FOR: Final = {
    "restart_stopped_task": Kind.RESTART, "shift_capacity_provider": Kind.SHIFT, "settle_change": Kind.SHIFT,
}  # fmt: skip
"""What the handlers say their calls are for; the others look round."""


class Failure(NamedTuple):
    """An exception that came out of a function."""

    at: float
    function: str
    why: str


class Lambdas:
    """Runs workflows as invocations: concurrent, each in the world of one of two environments."""

    def __init__(self, record: Record, baton: Baton, dice: Dice, new_world: Callable[[], World]) -> None:
        self._record, self._baton, self._dice, self._new_world = record, baton, dice, new_world
        self.chance = record.lab.random("lambdas")
        """Deliveries draw from the same stream."""
        self._environments: dict[str, list[World]] = {}
        self._numbers = count(1)
        self._at_work, self._queue = 0, deque[Callable[[], None]]()
        self.errors: list[Failure] = []
        self.dead_letters: list[tuple[str, str]] = []

    def now(self) -> datetime:
        """Return what the clock of the machine says on which whoever has the turn runs."""
        actor = acting()
        true = self._record.lab.clock.today()
        return true + timedelta(seconds=actor.skew_seconds) if actor and actor.skew_seconds else true

    def sleep(self, seconds: float) -> None:
        """Let whoever has the turn wait."""
        self._baton.pause(seconds)

    def invoke(self, name: str, source: str, body: Body, attempt: int = 1, seconds: float = 0) -> None:
        """Let a function run its body soon."""
        number = next(self._numbers)

        def begin() -> None:
            act = self._run if source != "queue" else self._run_from_queue
            self._baton.spawn(lambda: act(name, source, body, attempt), f"{OURS}{name}", number)

        def arrive() -> None:
            if source == "queue":
                self._queue.append(begin)
                self._work_on()
            else:
                begin()

        if seconds:
            self._record.lab.clock.after(seconds, arrive)
        else:
            arrive()

    def _work_on(self) -> None:
        """Take messages from the queue while there is room for them."""
        while self._queue and self._at_work < AT_ONCE_MAX:
            self._at_work += 1
            self._queue.popleft()()

    def _run_from_queue(self, name: str, source: str, body: Body, attempt: int) -> None:
        try:
            self._run(name, source, body, attempt)
        finally:
            self._at_work -= 1
            self._work_on()

    def _run(self, name: str, source: str, body: Body, attempt: int) -> None:
        actor = acting()
        if actor is not None and self._dice.throw("clock_skewed"):
            actor.skew_seconds = self.chance.uniform(-SKEW_SECONDS, SKEW_SECONDS)
        if actor is not None and self._dice.throw("clock_jumped"):
            actor.skew_seconds = self.chance.choice((-JUMP_SECONDS, JUMP_SECONDS))
            self._record.jumped.add(actor.invocation)
        environments = self._environments.setdefault(name, [])
        if len(environments) < ENVIRONMENTS:
            environments.append(self._new_world())
        world = self.chance.choice(environments)
        patience = PATIENT_SECONDS.get(name, PATIENCE_SECONDS)
        try:
            with world.api_share.working_for(WORKS_FOR.get(name, Kind.RESIZE), patience):
                body(world)
        except Killed:
            environments.remove(world) if world in environments else None
            self._again(name, source, body, attempt, "killed")
        except MessageError as fault:
            self._fail(name, f"MessageError: {fault}")
            self._again(name, source, body, attempt, "MessageError")
        except Exception as fault:
            self._fail(name, _text(fault))
            self._again(name, source, body, attempt, type(fault).__name__)

    def _fail(self, name: str, why: str) -> None:
        self.errors.append(Failure(self._record.lab.clock.now, name, why))

    def _again(self, name: str, source: str, body: Body, attempt: int, why: str) -> None:
        if attempt >= TRIES[source]:
            self.dead_letters.append((name, why))
            return
        self.invoke(name, source, body, attempt + 1, RETRY_SECONDS[source] * attempt)

    def tick(self) -> None:
        """The minute's schedule."""
        self.invoke("settle_change", "async", tick)

    def look_open(self) -> None:
        """The five minutes' inventory."""
        self.invoke("take_inventory", "async", inventory_open)

    def look_for_returns(self) -> None:
        """The five minutes' look at open episodes."""
        self.invoke("shift_capacity_provider", "async", check_returns)

    def look_at_fleet(self) -> None:
        """The hour's inventory."""
        self.invoke("take_inventory", "async", inventory_fleet)

    def look_at_risk(self) -> None:
        """The hour's look at services near the limit of their memory."""
        self.invoke("rightsize_task_definition", "async", look_at_risk)

    def plan(self, run: str) -> None:
        """The day's plan over one shard, then its gate."""
        self.invoke("rightsize_task_definition", "async", lambda world: plan_shard(run, 0, 1, world))
        self.invoke("rightsize_task_definition", "async", lambda world: open_gate(run, world), seconds=120)


def _text(fault: Exception) -> str:
    inner = "; ".join(_text(one) for one in getattr(fault, "exceptions", ()))
    return f"{type(fault).__name__}: {fault} {inner}".strip()
