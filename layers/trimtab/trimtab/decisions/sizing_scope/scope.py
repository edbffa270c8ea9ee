"""Which sizes a service may have, on which axes, and which of them may only be proposed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from trimtab.decisions.sizing_scope.heap import Heap, find_heaps, least_for_heaps
from trimtab.decisions.sizing_scope.instances import continuous_sizes
from trimtab.decisions.sizing_scope.scaling import Leeway, leeway_under
from trimtab.model.container_sizes import memory_aside_mib
from trimtab.model.decision import Keep, Setting
from trimtab.model.policy import FARGATE_POOLS
from trimtab.model.scaling import Scaling, TaskSamples
from trimtab.model.service import Service
from trimtab.model.task_definition import TaskDefinition, size_floor
from trimtab.model.task_size import FARGATE_LINUX_SIZES, FARGATE_WINDOWS_SIZES, TaskSize


class Home(StrEnum):
    """What a service's tasks run on, as far as it matters for their sizes."""

    FARGATE = "fargate"
    WINDOWS = "windows"
    EC2 = "ec2"
    MANAGED_INSTANCES = "managed_instances"


ONLY_PROPOSED: Final = {
    Home.WINDOWS: "Windows tasks are only proposed another size: their containers' own limits decide.",
    Home.EC2: "On EC2 a size decides how many tasks fit and not what they cost: it is only proposed.",
    Home.MANAGED_INSTANCES: "On Managed Instances ECS chooses instances by what tasks claim: only proposed.",
}
WHY_PROPOSED: Final = {
    "scaled_by_steps": "It is scaled in steps, by alarms that may count what a task does: only proposed.",
    "scaled_by_forecast": "Its predictive scaling learned at the present size: only proposed.",
    "scaled_by_requests": "Its scaling counts requests of a task: other CPU is only proposed.",
    "scaled_by_custom_metric": "Its scaling goes by a metric of its own: other CPU is only proposed.",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be chosen for a service.

    ``sizes`` may be carried out as far as its setting allows; ``proposed`` may only be proposed, and are
    asked when none of ``sizes`` is better. ``current`` is what its utilization is measured against.
    ``memory_aside_mib`` is what its application cannot have of a task: a size has to hold it besides all
    memory that was used. ``reason`` and ``why`` say what is only proposed; ``notes`` are for people too.
    """

    home: Home
    current: TaskSize
    sizes: tuple[TaskSize, ...]
    proposed: tuple[TaskSize, ...]
    reason: str = ""
    why: str = ""
    notes: tuple[str, ...] = ()
    memory_aside_mib: int = 0

    @property
    def on_instances(self) -> bool:
        """Whether its tasks share instances, which are paid for instead of them."""
        return self.home in (Home.EC2, Home.MANAGED_INSTANCES)


def scope_of(
    service: Service,
    definition: TaskDefinition | None,
    setting: Setting,
    scaling: Scaling | None,
    at_minimum: TaskSamples | None,
    now: datetime,
) -> Keep | Scope:
    """Return which sizes may be chosen for a service.

    Args:
        service: As read now.
        definition: The revision it runs, None where ECS does not tell it.
        setting: With the bounds of tags, policy and stack.
        scaling: How its desired count is moved, None where nothing moves it.
        at_minimum: Its last two weeks, where it is scaled by CPU and at its minimum; None elsewhere.
        now: The instant.

    Returns:
        ``Scope``, or ``Keep`` with one of the codes of docs/workloads.md. Never an exception.
    """
    if definition is None:
        return Keep("no_task_size", "Its task definition cannot be read.")
    home = home_of(service, definition)
    if isinstance(home, Keep):
        return home
    on_fargate = home in (Home.FARGATE, Home.WINDOWS)
    current = definition.size if on_fargate else definition.metered_size
    if current is None:
        told = "Neither its task definition nor its containers say what it claims: nothing to go by."
        return Keep("no_task_size", told)
    grid = _grid(home, current, setting)
    if on_fargate and current not in GRIDS[home]:
        return Keep("size_not_on_grid", f"{current} is no size of Fargate that this release knows.")
    leeway = leeway_under(scaling, current.cpu_units, at_minimum, now)
    if isinstance(leeway, Keep):
        return leeway
    heaps = find_heaps(definition.containers)
    floor = size_floor(definition)
    heap_mib = least_for_heaps(definition.containers, heaps)
    least_mib = max(floor.memory_mib, heap_mib)
    allowed = [s for s in grid if _above(s, TaskSize(floor.cpu_units, least_mib), current)]
    scope = Scope(
        home,
        current,
        (),
        (),
        notes=(*leeway.notes, *_told(heaps, heap_mib)),
        memory_aside_mib=memory_aside_mib(definition.containers),
    )
    return _limited(_under(scope, leeway, allowed), definition)


def _told(heaps: Sequence[Heap], heap_mib: int) -> list[str]:
    along = [f"{heap.told}, which goes along with its size." for heap in heaps if heap.heap_mib is None]
    fixed = [heap.told for heap in heaps if heap.heap_mib is not None]
    kept = f", so its memory is not cut below {heap_mib} MiB: change that first."
    return [*along, *([f"{' and '.join(fixed)}{kept}"] if fixed else [])]


def home_of(service: Service, definition: TaskDefinition) -> Home | Keep:
    """Return what a service's tasks run on; ``Keep``: ``external``, ``unknown_capacity``, ``windows``.

    A capacity provider of another name than Fargate's is one of EC2, or of Managed Instances where the
    definition is made for those: it has to name them in ``requiresCompatibilities``.
    """
    providers = {item.capacity_provider for item in service.capacity_provider_strategy}
    if service.launch_type == "EXTERNAL":
        return Keep("external", "Its tasks run on machines of your own, which Trimtab knows nothing of.")
    if service.launch_type == "FARGATE" or (providers and providers <= set(FARGATE_POOLS)):
        return Home.WINDOWS if definition.is_windows else Home.FARGATE
    if service.launch_type is None and not providers:
        return Keep("unknown_capacity", "ECS does not say on what its tasks run.")
    if definition.is_windows:
        return Keep("windows", "Windows tasks are sized on Fargate only.")
    made_for = definition.fields.get("requiresCompatibilities") or ()
    managed = "MANAGED_INSTANCES" in made_for and "EC2" not in made_for
    return Home.MANAGED_INSTANCES if managed or service.launch_type == "MANAGED_INSTANCES" else Home.EC2


GRIDS: Final = {Home.FARGATE: FARGATE_LINUX_SIZES, Home.WINDOWS: FARGATE_WINDOWS_SIZES}
FARGATE_SMALLEST: Final = FARGATE_LINUX_SIZES[0]


def _grid(home: Home, current: TaskSize, setting: Setting) -> Sequence[TaskSize]:
    smallest, largest = setting.smallest, setting.largest
    if home in GRIDS:
        return [s for s in GRIDS[home] if s.holds(smallest) and largest.holds(s)]
    # The bound that everybody has is Fargate's smallest size, and says nothing of instances.
    return continuous_sizes(current, TaskSize(0, 0) if smallest == FARGATE_SMALLEST else smallest, largest)


def _above(size: TaskSize, floor: TaskSize, current: TaskSize) -> bool:
    """Tell whether a size goes below no floor; one that is broken already does not force a size to grow."""
    cpu_units, memory_mib = min(floor.cpu_units, current.cpu_units), min(floor.memory_mib, current.memory_mib)
    return size.holds(TaskSize(cpu_units, memory_mib))


def _under(scope: Scope, leeway: Leeway, allowed: Sequence[TaskSize]) -> Scope:
    """Return what a service's scaling leaves of the sizes, some of it as proposals."""
    now, least = scope.current, leeway.cpu_floor_units
    kept = [s for s in allowed if leeway.memory or s.memory_mib == now.memory_mib]
    if least is None:
        kept = [s for s in kept if s.cpu_units == now.cpu_units]
    else:
        kept = [s for s in kept if s.cpu_units >= min(least, now.cpu_units)]
    if leeway.all_proposed:
        return _proposing(replace(scope, sizes=tuple(kept)), leeway.reason)
    if leeway.cpu_proposed:
        same_cpu = tuple(s for s in kept if s.cpu_units == now.cpu_units)
        why = WHY_PROPOSED[leeway.reason]
        return replace(scope, sizes=same_cpu, proposed=tuple(kept), reason=leeway.reason, why=why)
    return replace(scope, sizes=tuple(kept))


def _limited(scope: Scope, definition: TaskDefinition) -> Scope:
    """Turn all sizes into proposals where a revision may not, or cannot, be made by us."""
    if definition.unknown_fields:
        names = ", ".join(definition.unknown_fields[:5])
        why = f"ECS tells {names} of its task definition, which this release does not know: only proposed."
        return replace(_proposing(scope, "unknown_fields"), why=why)
    return _proposing(scope, scope.home.value) if scope.home in ONLY_PROPOSED else scope


def _proposing(scope: Scope, reason: str) -> Scope:
    every = tuple(sorted({*scope.sizes, *scope.proposed}))
    why = WHY_PROPOSED.get(reason) or ONLY_PROPOSED.get(scope.home, "")
    return replace(scope, sizes=(), proposed=every, reason=reason, why=why)
