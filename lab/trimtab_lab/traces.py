"""Demand from recorded series: ``meta.csv`` and ``<source>.csv.gz`` in one folder.

``meta.csv`` has a row per series: series_id, source, n, start (epoch seconds), days, coverage,
cpu_unit and mem_unit (``vcpu`` ``mib`` ``percent`` ``minmax`` ``none``), cap_vcpu, cap_mib,
cap_known, interval_s, ts_nominal. The other files have a row per sample, sorted by series, then
time: series_id, timestamp, cpu, memory and, in some, cpu_max; empty means not measured.
"""

import csv
import gzip
import itertools
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from trimtab_lab.demand import CELL_SECONDS, CELLS_A_DAY, Need

CPU_UNITS_A_VCPU = 1024
_MINMAX_CPU_TOP = 0.9  # a series known only between its own extremes is taken to use 0..90 % CPU
_MINMAX_MEMORY_FLOOR, _MINMAX_MEMORY_SPAN = 0.30, 0.60  # and 30..90 % memory
_UNMEASURED_MEMORY = 0.5
_CPU_BURST_RATIO = 1.5  # where the series has no maximum of its own
_MEMORY_BURST_RATIO = 1.02


class TraceError(Exception):
    """A folder of traces cannot be read: says which file and what is wrong."""


@dataclass(frozen=True, slots=True)
class TraceInfo:
    """One row of ``meta.csv``."""

    series_id: str
    source: str
    start: int
    cpu_unit: str
    memory_unit: str
    capacity_vcpu: float
    capacity_mib: float
    interval_seconds: int


class TracedDemand:
    """A recorded series as demand, repeated when it ends; gaps hold the last value.

    Memory is that of one task; CPU is shared by the tasks unless ``shared`` is False.
    """

    leak_mib_per_hour = 0.0

    def __init__(self, info: TraceInfo, rows: Iterable[list[str]], shared: bool = True) -> None:
        self.info, self.shared = info, shared
        self._cpu, self._cpu_peak, self._memory = array("f"), array("f"), array("f")
        self._offset = -(info.start // CELL_SECONDS)
        for at, samples in itertools.groupby(
            rows, key=lambda row: (int(row[1]) - info.start) // CELL_SECONDS
        ):
            self._add(at, list(samples))
        if not self._cpu:
            raise TraceError(f"series {info.series_id} has no samples")
        samples_read = len(self._cpu)
        self._length = samples_read - samples_read % CELLS_A_DAY or samples_read  # repeats by whole days

    def _add(self, cell: int, samples: list[list[str]]) -> None:
        cpu, cpu_peak, memory = (_column(samples, number) for number in (2, 4, 3))
        average = self._cpu_units(sum(cpu) / len(cpu)) if cpu else self._last(self._cpu)
        inside = self._cpu_units(max(cpu)) if len(cpu) > 1 else average * _CPU_BURST_RATIO
        peak = self._cpu_units(max(cpu_peak)) if cpu_peak else inside
        mib = self._mib(sum(memory) / len(memory)) if memory else self._last(self._memory)
        while len(self._cpu) < cell:  # a gap
            for series in (self._cpu, self._cpu_peak, self._memory):
                series.append(self._last(series))
        for series, value in (
            (self._cpu, average),
            (self._cpu_peak, max(peak, average)),
            (self._memory, mib),
        ):
            series.append(value)

    def _last(self, series: "array[float]") -> float:
        if series:
            return series[-1]
        return self.info.capacity_mib * _UNMEASURED_MEMORY if series is self._memory else 0.0

    def _cpu_units(self, value: float) -> float:
        factors = {"vcpu": 1.0, "percent": self.info.capacity_vcpu / 100}
        factors["minmax"] = _MINMAX_CPU_TOP * factors["percent"]
        return value * factors[self.info.cpu_unit] * CPU_UNITS_A_VCPU

    def _mib(self, value: float) -> float:
        if self.info.memory_unit == "mib":
            return value
        share = value / 100
        if self.info.memory_unit == "minmax":
            share = _MINMAX_MEMORY_FLOOR + _MINMAX_MEMORY_SPAN * share
        return share * self.info.capacity_mib

    def from_cell(self, cell: int) -> "TracedDemand":
        """Let the series begin on the day of ``cell``, keeping its time of day, and return it."""
        first = self.info.start // CELL_SECONDS
        self._offset = (cell - first) % CELLS_A_DAY - cell
        return self

    def at(self, cell: int) -> Need:
        """Return the need in a cell."""
        number = (cell + self._offset) % self._length
        memory = self._memory[number]
        return Need(self._cpu[number], self._cpu_peak[number], memory, memory * _MEMORY_BURST_RATIO)


def _column(samples: list[list[str]], number: int) -> list[float]:
    return [float(row[number]) for row in samples if len(row) > number and row[number]]


def read_meta(folder: Path) -> list[TraceInfo]:
    """Return what ``meta.csv`` lists.

    Raises:
        TraceError: The file is missing or a row lacks a column.
    """
    path = folder / "meta.csv"
    try:
        with path.open(newline="") as file:
            return [_info(row) for row in csv.DictReader(file)]
    except (OSError, KeyError, ValueError) as fault:
        raise TraceError(f"cannot read {path}: {fault}") from fault


def _info(row: dict[str, str]) -> TraceInfo:
    return TraceInfo(
        series_id=row["series_id"],
        source=row["source"],
        start=int(float(row["start"])),
        cpu_unit=row["cpu_unit"],
        memory_unit=row["mem_unit"],
        capacity_vcpu=float(row["cap_vcpu"] or 0),
        capacity_mib=float(row["cap_mib"] or 0),
        interval_seconds=int(row["interval_s"]),
    )


def choose(infos: Iterable[TraceInfo], count: int, random: Random) -> list[TraceInfo]:
    """Draw series that have CPU and memory."""
    measured = [info for info in infos if info.memory_unit != "none"]
    if len(measured) < count:
        raise TraceError(f"{count} series with memory are needed; there are {len(measured)}")
    return random.sample(measured, count)


def read_series(folder: Path, infos: Iterable[TraceInfo]) -> dict[str, TracedDemand]:
    """Read series by id; each file is read once, and no further than needed.

    Raises:
        TraceError: A file is missing or malformed, or a series is not in it.
    """
    found: dict[str, TracedDemand] = {}
    by_source: dict[str, dict[str, TraceInfo]] = {}
    for info in infos:
        by_source.setdefault(info.source, {})[info.series_id] = info
    for source, wanted in by_source.items():
        path = folder / f"{source}.csv.gz"
        try:
            found.update(_read_file(path, dict(wanted)))
        except (OSError, EOFError, ValueError, IndexError) as fault:
            raise TraceError(f"cannot read {path}: {fault}") from fault
        missing = wanted.keys() - found.keys()
        if missing:
            raise TraceError(f"{path} lacks the series {sorted(missing)}")
    return found


def _read_file(path: Path, wanted: dict[str, TraceInfo]) -> Iterator[tuple[str, TracedDemand]]:
    with gzip.open(path, "rt", newline="") as file:
        next(file)
        rows = (line.rstrip("\n").split(",") for line in file)
        for series_id, samples in itertools.groupby(rows, key=lambda row: row[0]):
            info = wanted.pop(series_id, None)
            if info is not None:
                yield series_id, TracedDemand(info, samples)
            if not wanted:
                return
