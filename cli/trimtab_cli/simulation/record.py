"""The account's own record: who called what, what it was told, and what was so at each of our writes."""

from dataclasses import dataclass, field
from typing import Any, Final

from trimtab_cli.simulation.clients import CONTROL
from trimtab_cli.simulation.ledger import Ledger
from trimtab_lab.account import Account
from trimtab_lab.api_error import ApiError

OURS: Final = "trimtab/"
WRITES: Final = frozenset({
    "RegisterTaskDefinition", "UpdateService", "RunTask", "StopTask", "StopServiceDeployment",
    "TagResource", "UntagResource", "DeregisterTaskDefinition", "DeleteService", "CreateService",
})  # fmt: skip


@dataclass(slots=True)
class Call:
    """One call that reached the server. ``answer`` is what the caller was told, None where it was refused."""

    at: float
    who: str
    invocation: int
    service: str
    operation: str
    request: dict[str, Any]
    answer: dict[str, Any] | None = None
    error: str | None = None

    @property
    def ours(self) -> bool:
        """Whether a function of ours called."""
        return self.who.startswith(OURS)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a service stood at one instant."""

    tags: dict[str, str]
    revision: str
    strategy: tuple[str, ...]
    deployment: str
    rollout_state: str
    desired_count: int
    running_count: int


@dataclass(slots=True)
class Write:
    """One write of ours to ECS that the server carried out, with what was so just before it."""

    number: int
    call: Call
    standing: Standing | None
    switch: str
    head: dict[str, Any]
    change: dict[str, Any] | None
    subject: tuple[str, str] | None

    @property
    def at(self) -> float:
        """When."""
        return self.call.at

    @property
    def operation(self) -> str:
        """Which call."""
        return self.call.operation

    @property
    def request(self) -> dict[str, Any]:
        """What was asked for."""
        return self.call.request

    @property
    def answer(self) -> dict[str, Any]:
        """What the server said, told or lost on the way."""
        return self.call.answer or {}

    @property
    def function(self) -> str:
        """Which function of ours."""
        return self.call.who.removeprefix(OURS)


@dataclass(slots=True)
class Record:
    """Keeps the calls of one seed in the order in which the server carried them out."""

    lab: Account
    cluster: str
    ledger: Ledger
    calls: list[Call] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    subjects: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Invocation of the applier to workload and id of its Change."""

    jumped: set[int] = field(default_factory=set)
    """Invocations whose clock is an hour off: they cannot keep to hours."""

    def perform(
        self, who: str, invocation: int, service: str, operation: str, request: dict[str, Any]
    ) -> Call:
        """Carry out one call.

        Raises:
            ApiError: As the service answers; recorded too.
        """
        call = Call(self.lab.clock.now, who, invocation, service, operation, request)
        write = None
        if call.ours and service == "ecs" and operation in WRITES:
            write = self._about(call)
        before, self.lab.principal = self.lab.principal, who
        try:
            call.answer = self.lab.call(service, operation, request)
        except ApiError as fault:
            call.error = fault.code
            raise
        finally:
            self.lab.principal = before
            self.calls.append(call)
        if write is not None:
            self.writes.append(write)
        return call

    def _about(self, call: Call) -> Write:
        name = str(call.request.get("service", "")).rpartition("/")[2] or str(call.request.get("family", ""))
        subject = self.subjects.get(call.invocation)
        workload = subject[0] if subject else self.lab.arn("ecs", f"service/{self.cluster}/{name}")
        return Write(
            number=len(self.calls),
            call=call,
            standing=self.standing(name),
            switch=self.switch(),
            head=self.ledger.head(workload),
            change=self.ledger.change(*subject) if subject else None,
            subject=subject,
        )

    def standing(self, name: str) -> Standing | None:
        """Return how a service stands now, None when there is none."""
        service = self.lab.ecs.world.clusters[self.cluster].services.get(name)
        if service is None or not service.deployments:
            return None
        return Standing(
            tags=dict(service.tags),
            revision=service.definition.arn if service.definition else "",
            strategy=tuple(item["capacityProvider"] for item in service.strategy),
            deployment=service.primary.id,
            rollout_state=service.primary.rollout_state,
            desired_count=service.desired_count,
            running_count=sum(task.last_status == "RUNNING" for task in service.tasks.values()),
        )

    def switch(self) -> str:
        """Return the position of the switch as it is stored."""
        item = self.lab.dynamodb.tables[CONTROL].get(("switch", "-"))
        return str(item["position"].get("S", "malformed")) if item and "position" in item else "unset"

    def of_invocation(self, call: Call) -> list[Call]:
        """Return the calls that the invocation behind ``call`` had made before it, oldest first."""
        found = []
        for earlier in self.calls:
            if earlier is call:
                break
            if earlier.invocation == call.invocation:
                found.append(earlier)
        return found
