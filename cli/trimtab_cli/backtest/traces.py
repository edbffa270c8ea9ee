"""A folder of recorded series (docs/traces.md) -> Series."""

import csv
import gzip
import math
from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from trimtab_cli.backtest.series import DAY_SECONDS, Floats, Series, on_grid

META_COLUMNS = ("series_id", "source", "start", "cpu_unit", "mem_unit", "cap_vcpu", "cap_mib")
COLUMNS = ("series_id", "timestamp", "cpu", "memory")
CPU_UNITS, MEMORY_UNITS = ("vcpu", "percent", "minmax"), ("mib", "percent", "minmax", "none")

MINMAX_CPU_TOP = 0.9
MINMAX_MEMORY_FLOOR, MINMAX_MEMORY_SPAN = 0.30, 0.60
"""A series known only between its own extremes is taken to use 0-90 % of its CPU, 30-90 % of its memory."""


DAYS_MAX = 3660
"""A longer series is a slip of the clock, or of a digit."""


class TraceError(Exception):
    """A folder of traces cannot be read: names file, line and column, and what is wrong there."""


def read_traces(folder: Path) -> list[Series]:
    """Read every series of the folder, in the order of its files.

    Raises:
        TraceError: A file is missing, or something in it cannot be what it has to be.
    """
    meta = _meta(folder / "meta.csv")
    found = []
    for source in dict.fromkeys(row["source"] for row in meta.values()):
        found += list(_source(folder / f"{source}.csv.gz", source, meta))
    return found


def _meta(path: Path) -> dict[str, dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            _has(path, reader.fieldnames or (), META_COLUMNS)
            return {
                row["series_id"]: _checked(path, number, row) for number, row in enumerate(reader, start=2)
            }
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise TraceError(f"cannot read {path}: {fault}") from fault


def _checked(path: Path, line: int, row: dict[str, str]) -> dict[str, str]:
    for column, known in (("cpu_unit", CPU_UNITS), ("mem_unit", MEMORY_UNITS)):
        if row[column] not in known:
            raise _fault(path, line, column, row[column], f"one of {', '.join(known)}")
    _number(path, line, "cap_vcpu", row["cap_vcpu"] or "0")
    _number(path, line, "cap_mib", row["cap_mib"] or "0")
    return row


def _has(path: Path, columns: object, wanted: tuple[str, ...]) -> None:
    there = tuple(columns) if isinstance(columns, list | tuple) else ()
    if missing := [column for column in wanted if column not in there]:
        raise TraceError(f"cannot read {path}, line 1: column {', '.join(missing)} is missing")


def _source(path: Path, source: str, meta: dict[str, dict[str, str]]) -> Iterator[Series]:
    """Yield the series of one file, whose rows are sorted by series, then time."""
    seen: set[str] = set()
    try:
        with gzip.open(path, "rt", newline="", encoding="utf-8") as file:
            reader = csv.reader(file)
            header = next(reader, [])
            _has(path, header, COLUMNS)
            number = [header.index(column) for column in COLUMNS]
            columns = _Columns(path)
            for line, row in enumerate(reader, start=2):
                if len(row) != len(header):
                    told = f"{len(row)} columns, and line 1 names {len(header)}"
                    raise TraceError(f"cannot read {path}, line {line}: it has {told}")
                series_id = row[number[0]]
                if series_id != columns.series_id:
                    if columns.series_id:
                        yield columns.series(source, meta)
                    if series_id not in meta or series_id in seen:
                        wanted = "a series of meta.csv, all of whose rows stand together"
                        raise _fault(path, line, "series_id", series_id, wanted)
                    seen.add(series_id)
                    columns = _Columns(path, series_id)
                columns.add(line, *(row[i] for i in number[1:]))
            if columns.series_id:
                yield columns.series(source, meta)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as fault:
        raise TraceError(f"cannot read {path}: {fault}") from fault


class _Columns:
    """The samples of one series while its rows are read."""

    def __init__(self, path: Path, series_id: str = "") -> None:
        self.series_id, self._path = series_id, path
        self._seconds, self._cpu, self._memory = array("q"), array("d"), array("d")

    def add(self, line: int, timestamp: str, cpu: str, memory: str) -> None:
        seconds = _number(self._path, line, "timestamp", timestamp)
        if seconds != int(seconds) or (self._seconds and seconds < self._seconds[-1]):
            raise _fault(self._path, line, "timestamp", timestamp, "whole seconds, not before the row above")
        if self._seconds and seconds == self._seconds[-1]:
            raise _fault(self._path, line, "timestamp", timestamp, "told once")
        if self._seconds and seconds - self._seconds[0] > DAYS_MAX * DAY_SECONDS:
            raise _fault(self._path, line, "timestamp", timestamp, f"within {DAYS_MAX} days of the first")
        self._seconds.append(int(seconds))
        self._cpu.append(_number(self._path, line, "cpu", cpu) if cpu else math.nan)
        self._memory.append(_number(self._path, line, "memory", memory) if memory else math.nan)

    def series(self, source: str, meta: dict[str, dict[str, str]]) -> Series:
        row = meta[self.series_id]
        vcpu, mib = float(row["cap_vcpu"] or 0), float(row["cap_mib"] or 0)
        cpu = _absolute(np.array(self._cpu), row["cpu_unit"], vcpu, 0, MINMAX_CPU_TOP)
        memory = np.array(self._memory)
        unmeasured = row["mem_unit"] == "none" or bool(np.isnan(memory).all())
        floor, span = MINMAX_MEMORY_FLOOR, MINMAX_MEMORY_SPAN
        used = None if unmeasured else _absolute(memory, row["mem_unit"], mib, floor, span)
        if np.isnan(cpu).all():
            raise TraceError(f"cannot read {self._path}: series {self.series_id} has no CPU sample")
        return on_grid(self.series_id, source, np.array(self._seconds), cpu, used)


def _absolute(values: Floats, unit: str, capacity: float, floor: float, span: float) -> Floats:
    if unit in ("vcpu", "mib"):
        return values
    share = values / 100
    return (floor + span * share if unit == "minmax" else share) * capacity


def _number(path: Path, line: int, column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise _fault(path, line, column, text, "a number of 0 or more")
    return value


def _fault(path: Path, line: int, column: str, text: str, wanted: str) -> TraceError:
    return TraceError(f"cannot read {path}, line {line}, column {column}: {text[:40]!r} is not {wanted}")
