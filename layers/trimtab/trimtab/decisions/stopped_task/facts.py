"""What the fields of one task say about its end, before any rule is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from trimtab.model.task import Container, Task

# Containers that AWS puts into a task; they are in the events and in no task definition.
# Source: ECS developer guide, ecs_task_events (GuardDuty) and service-connect-concepts (read 2026-11-22).
INJECTED_CONTAINERS = ("aws-guardduty-agent-*", "ecs-service-connect-*")

SIGKILL_EXIT_CODE = 137
SIGTERM_EXIT_CODE = 143

_OWN_DEATH_TEXT = "essential container in task exited"
_OOM_TEXT = "outofmemory"

# Stop codes of a stop that came from outside the task.
# Source: API reference, Task.stopCode (read 2026-11-22).
_OUTSIDE_STOP_CODES = frozenset(
    {
        "UserInitiated",
        "ServiceSchedulerInitiated",
        "SpotInterruption",
        "TerminationNotice",
        "InfrastructureHealth",
    }
)
KNOWN_STOP_CODES = _OUTSIDE_STOP_CODES | {"TaskFailedToStart", "EssentialContainerExited"}


TEXT_LENGTH_MAX = 4096
"""No rule looks further into a text; none that is known of ECS is half as long."""


@dataclass(frozen=True, slots=True)
class StopFacts:
    """The task, which of its containers count, and what they say together.

    ``texts`` are the task's and its counted containers' reasons; ``memory_ratio_max`` is the highest
    measured memory over the limit in force (1.0 is full), None when nobody measured. ``incomplete`` marks a
    task that ran and whose event does not tell of all containers that count: one of them may have done its
    work.
    """

    task: Task
    counted: tuple[Container, ...]
    own_death: bool
    texts: tuple[str, ...]
    memory_ratio_max: float | None
    incomplete: bool = False

    @property
    def stop_code(self) -> str:
        """The stop code, empty when ECS gave none (before 2019)."""
        return self.task.stop_code or ""

    @property
    def ended_by_itself(self) -> bool:
        """Own death by the stamps, or by the stop code where the stamps say otherwise.

        Enough wherever something else speaks too: an exit code that no signal gives, or ECS's own text.
        Exit 137 alone needs the stricter ``own_death``.
        """
        return self.own_death or self.stop_code == "EssentialContainerExited"

    @property
    def all_exited_zero(self) -> bool:
        """Whether every counted container ended well.

        143 beside a 0 is a sidecar that answered the SIGTERM which follows the end of the first one.
        """
        codes = [c.exit_code for c in self.counted]
        return 0 in codes and all(code in (0, SIGTERM_EXIT_CODE) for code in codes)

    @property
    def out_of_memory_container(self) -> Container | None:
        """The counted container whose end ECS calls out of memory, or None."""
        for container in self.counted:
            if _OOM_TEXT in (container.reason or "").lower():
                return container
        if _OOM_TEXT in (self.task.stopped_reason or "").lower():
            failed = [c for c in self.counted if c.exit_code]
            killed = [c for c in failed if c.exit_code == SIGKILL_EXIT_CODE]
            return next(iter([*killed, *failed, *self.counted]), None)
        return None

    def killed_container(self) -> Container | None:
        """The first counted container that ended by SIGKILL, or None."""
        return next((c for c in self.counted if c.exit_code == SIGKILL_EXIT_CODE), None)

    def failed_container(self) -> Container | None:
        """The counted container to blame: one that failed by itself before one that a signal ended."""
        failed = [c for c in self.counted if c.exit_code]
        by_itself = [c for c in failed if c.exit_code not in (SIGKILL_EXIT_CODE, SIGTERM_EXIT_CODE)]
        return next(iter([*by_itself, *failed]), None)

    def text_with(self, *parts: str) -> str | None:
        """Return the first reason text that contains every part, in any case, or None."""
        wanted = [part.lower() for part in parts]
        return next((t for t in self.texts if all(part in t.lower() for part in wanted)), None)


def gather_facts(
    task: Task, essential_containers: frozenset[str] | None, memory_ratio_max: float | None
) -> StopFacts:
    """Work out what counts; without a task definition every container counts but the injected ones."""
    counted = tuple(c for c in task.containers if _counts(c.name, essential_containers))
    texts = [task.stopped_reason, *(c.reason for c in counted)]
    return StopFacts(
        task,
        counted,
        _own_death(task),
        tuple(text[:TEXT_LENGTH_MAX] for text in texts if text),
        memory_ratio_max,
        _incomplete(task, counted, essential_containers),
    )


def _incomplete(
    task: Task, counted: Sequence[Container], essential_containers: frozenset[str] | None
) -> bool:
    ran = task.started_at is not None or task.execution_stopped_at is not None
    untold = (essential_containers or frozenset()) - {container.name for container in counted}
    return ran and task.stop_code not in _OUTSIDE_STOP_CODES and (bool(untold) or not counted)


def _counts(name: str, essential_containers: frozenset[str] | None) -> bool:
    if any(fnmatchcase(name, pattern) for pattern in INJECTED_CONTAINERS):
        return False
    return essential_containers is None or name in essential_containers


def _own_death(task: Task) -> bool:
    """Whether the task ended before anybody asked it to.

    A container that dies makes ECS stop the task afterwards, a stop from outside ends containers after
    it: so executionStoppedAt is before or after stoppingAt. In 17 of 17 captured bodies of 2018 to 2024
    this held, but AWS does not document it; hence a stop code that names the outside wins, and without a stop
    code (before 2019) ECS's text has to say the same.

    | executionStoppedAt | stoppingAt | stop code | answer |
    |---|---|---|---|
    | 12:00:05.2 | 12:00:06.0 | EssentialContainerExited | own death |
    | 12:00:36.1 | 12:00:06.0 | EssentialContainerExited | killed |
    | 12:00:06 (whole second) | 12:00:06.4 | any | undecided: the stop code decides |
    """
    if task.stop_code in _OUTSIDE_STOP_CODES:
        return False
    said = (task.stopped_reason or "").lower()
    if task.stop_code is None and _OWN_DEATH_TEXT not in said and _OOM_TEXT not in said:
        return False
    ended, stopping = task.execution_stopped_at, task.stopping_at
    if ended is not None and stopping is not None and not _same_second(ended, stopping):
        return ended < stopping
    return task.stop_code in (None, "EssentialContainerExited")


def _same_second(ended: datetime, stopping: datetime) -> bool:
    """Whether ECS's cut to whole seconds hides which came first; equal stamps hide it too."""
    return ended == stopping or (ended.microsecond == 0 and ended == stopping.replace(microsecond=0))
