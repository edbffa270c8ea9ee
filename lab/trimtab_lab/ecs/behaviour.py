"""What containers do once ECS has placed them: written by whoever builds a scene."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from trimtab_lab.ecs.task import Task


@dataclass(frozen=True, slots=True)
class Plan:
    """The life of one task, as its image and input decide it.

    Attributes:
        start_seconds: From the begin of the pull to RUNNING; None: by chance, 10 to 35 seconds.
        run_seconds: It exits by itself after so long; None: it runs until it is stopped.
        exit_code: What the container that exits by itself returns.
        start_failure: It never runs, for this reason (``CannotPullContainerError: ...``).
        container: Which container exits; None: the first essential one.
        reason: Text beside the exit code, such as that of a memory kill.
        stop_seconds: How long it takes to answer SIGTERM. Beyond the container's ``stopTimeout``
            it is killed and exits 137.
        stop_exit_code: Its exit code when it answered SIGTERM.
    """

    start_seconds: float | None = None
    run_seconds: float | None = None
    exit_code: int = 0
    start_failure: str | None = None
    container: str | None = None
    reason: str | None = None
    stop_seconds: float = 1.5
    stop_exit_code: int = 143


class Behaviour(Protocol):
    """Decides the plan of a task when it is created; chance only from ``task.chance``."""

    def __call__(self, task: "Task") -> Plan:
        """Return the plan for this task: its family, containers, overrides, count may matter."""
        ...


@dataclass(frozen=True, slots=True)
class Always:
    """The behaviour of a workload whose tasks are all alike."""

    plan: Plan

    def __call__(self, task: "Task") -> Plan:
        """Return the one plan."""
        return self.plan


class Behaviours:
    """Who behaves how: an image's behaviour (newest pattern first) goes before the family's."""

    def __init__(self) -> None:
        self._families: dict[str, Behaviour] = {}
        self._images: list[tuple[str, Behaviour]] = []

    def of_family(self, family: str, behaviour: Behaviour | Plan) -> None:
        """From now on tasks of ``family`` behave so."""
        self._families[family] = _as_behaviour(behaviour)

    def of_image(self, pattern: str, behaviour: Behaviour | Plan) -> None:
        """From now on tasks with an image like ``pattern`` (``*:broken``) behave so."""
        self._images.insert(0, (pattern, _as_behaviour(behaviour)))

    def plan(self, task: "Task") -> Plan:
        """Return the plan of a task that is about to be placed."""
        for pattern, behaviour in self._images:
            if any(fnmatchcase(container.image, pattern) for container in task.containers):
                return behaviour(task)
        behaviour_of_family = self._families.get(task.definition.family)
        return behaviour_of_family(task) if behaviour_of_family else Plan()


def _as_behaviour(behaviour: Behaviour | Plan) -> Behaviour:
    return Always(behaviour) if isinstance(behaviour, Plan) else behaviour
