"""A world of doubles, its time in a test's hand."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from tests.doubles.budgets import MemoryBudgets
from tests.doubles.changes import MemoryChanges
from tests.doubles.control import MemoryControl
from tests.doubles.ecs import Ecs
from tests.doubles.schedules import MemorySchedules
from tests.doubles.signals import MemorySignals
from tests.doubles.stops import MemoryStops
from tests.doubles.storms import MemoryStorms
from tests.samples import NOW, usage
from trimtab.model.change import Turn
from trimtab.model.price_book import SHIPPED
from trimtab.model.scaling import TaskSamples
from trimtab.model.tags import Mode
from trimtab.model.task_size import TaskSize
from trimtab.model.usage import SERIES, UsagePoints
from trimtab.ports import World
from trimtab.workflows.apply_change import apply_change
from trimtab.workflows.settle_change import settle, tick

LEASE_SECONDS = 60


class HandClock:
    """Time that passes when a test says so; never a whole second, as in life."""

    def __init__(self):
        self.at = NOW + timedelta(microseconds=250_000)

    def now(self):
        return self.at

    def forward(self, **duration):
        self.at += timedelta(**duration)


DAYS = timedelta(days=3)
"""How much of flat usage is told: enough for a decision, and soon made."""


def flat(seen, start, end):
    """Return usage that was the same in each period."""
    instants = [start + timedelta(minutes=5) * n for n in range(int((end - start) / timedelta(minutes=5)))]
    cpu = tuple((at, seen.cpu_ratios[0]) for at in instants) if seen.cpu_ratios else ()
    memory = seen.memory_ratio_max
    return UsagePoints(cpu, cpu, tuple((at, memory) for at in instants) if memory is not None else ())


class Kept:
    """The ports that only tell: logs, metrics, notices, parameters; and those that only show."""

    def __init__(self):
        self.lines, self.counts, self.notices, self.parameters = [], {}, [], {}
        self.worked_for, self.series = [], {}
        self.family_ratios, self.families_asked = {}, []
        self.usage, self.scalings, self.samples = {}, {}, {}
        self.family_points, self.containers, self.containers_asked = {}, {}, []
        self.interfaces = {"eni-1": (("sg-1",), True)}

    def note(self, message, **fields):
        assert "service" not in fields, "it would overwrite the log's own key"
        self.lines.append((message, fields))

    def count(self, metric, value=1):
        self.counts[metric] = self.counts.get(metric, 0) + value

    def publish(self, change):
        self.notices.append(change)

    def fargate(self):
        return SHIPPED

    def renew(self, now):
        return SHIPPED

    def put(self, name, value):
        self.parameters[name] = value

    @contextmanager
    def working_for(self, kind, seconds=5.0):
        self.worked_for.append(kind)
        yield

    def since(self, starts, end):
        found = {}
        for service, start in starts.items():
            seen = self.usage.get(service.arn, usage())
            found[service.arn] = replace(seen, since=start, until=end)
        return found

    def points(self, starts, end, series=SERIES):
        """Yield what ``usage`` says of the last days, the same all the time."""
        for service, start in starts.items():
            if start < end:
                seen = self.usage.get(service.arn, usage())
                told = seen if isinstance(seen, UsagePoints) else flat(seen, max(start, end - DAYS), end)
                self.series[service.arn] = tuple(series)
                names = zip(SERIES, ("cpu_average", "cpu_maximum", "memory_maximum"), strict=True)
                yield service, replace(told, **{field: () for name, field in names if name not in series})

    def memory_of_family(self, cluster, family, start, end):
        self.families_asked.append((cluster, family, start, end))
        return self.family_ratios.get((cluster, family))

    def families(self, clusters):
        return {family for family in self.family_points if not clusters or family[0] in clusters}

    def of_families(self, starts, end):
        """Yield what ``family_points`` says, from the start that was asked for."""
        for family, start in starts.items():
            if start < end:
                told = self.family_points[family]
                names = [name for name in told.__dataclass_fields__ if name != "whole"]
                inside = {n: tuple(p for p in getattr(told, n) if start <= p[0] < end) for n in names}
                yield family, replace(told, **inside)

    def of_containers(self, service, start, end):
        self.containers_asked.append(service.arn)
        return self.containers.get(service.arn, {})

    def scaling(self):
        return self.scalings

    def of(self, service, start, end):
        return self.samples.get(service.arn, TaskSamples((), ()))

    def describe(self, network_interface_id):
        return self.interfaces.get(network_interface_id)


class Scene:
    """A world and everything in it, with short ways to let the line do its work."""

    def __init__(self):
        self.clock, self.kept = HandClock(), Kept()
        self.ecs = Ecs(self.clock)
        self.storms, self.stops = MemoryStorms(), MemoryStops()
        self.changes = MemoryChanges(self.stops)
        self.control = MemoryControl(self.storms, self.changes.links)
        self.schedules = MemorySchedules()
        self.budgets, self.signals = MemoryBudgets(), MemorySignals()
        self.world = World(
            clock=self.clock,
            services=self.ecs.services,
            deployment_history=self.ecs.deployment_history,
            task_definitions=self.ecs.task_definitions,
            tasks=self.ecs.tasks,
            deployer=self.ecs.deployer,
            usage=self.kept,
            insights=self.kept,
            prices=self.kept,
            signals=self.signals,
            autoscaling=self.kept,
            task_counts=self.kept,
            network_interfaces=self.kept,
            schedules=self.schedules,
            schedule_metrics=self.schedules,
            changes=self.changes,
            control=self.control,
            stops=self.stops,
            storms=self.storms,
            budgets=self.budgets,
            api_share=self.kept,
            parameters=self.kept,
            notices=self.kept,
            telemetry=self.kept,
            default_mode=Mode.OFF,
            clusters=("shop",),
            largest=TaskSize(16384, 122880),
            release="0.1.0",
            capacity_providers=("FARGATE", "FARGATE_SPOT"),
        )

    def apply(self, change, world=None):
        """Ring the applier for one Change; return what it said."""
        return apply_change(change.workload, change.id, LEASE_SECONDS, world or self.world)

    def record(self, change):
        assert self.changes.record(change)
        return change

    def now(self, change):
        """Return a Change as it is now."""
        return self.changes.get(change.workload, change.id)

    def the_change(self, **said):
        """Return the one Change there is with these fields."""
        (found,) = self.found(**said)
        return found

    def found(self, **said):
        return [c for c in self.changes.items.values() if all(getattr(c, k) == v for k, v in said.items())]

    def deliver(self, world=None):
        """Wake the applier for what the stream has rung for since the last time."""
        rung, self.changes.bell[:] = list(self.changes.bell), []
        for workload, change_id in rung:
            apply_change(workload, change_id, LEASE_SECONDS, world or self.world)

    def minutes(self, count):
        """Let minutes pass, with a tick in each and the bell heard."""
        for _ in range(count):
            self.clock.forward(minutes=1)
            tick(self.world)
            self.deliver()

    def settle(self, change):
        """Settle one Change as it is now, with no bell heard."""
        settle(self.now(change), self.world)

    def due_for_apply(self):
        return [c.id for c in self.changes.due(Turn.APPLY, self.clock.now())]


class Crash(Exception):
    """The function died."""


class DiesAfter:
    """A port that does what it is asked; the first time it has done ``method``, the function dies."""

    def __init__(self, port, method):
        self._port, self._method, self._alive = port, method, True

    def __getattr__(self, name):
        real = getattr(self._port, name)
        if name != self._method or not self._alive:
            return real

        def dies(*args, **said):
            real(*args, **said)
            self._alive = False
            raise Crash(name)

        return dies
