"""Every size that was in force, as a file that others can judge."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from trimtab.model.task_size import FARGATE_LINUX_SIZES, TaskSize
from trimtab_cli.backtest.loop import InForce
from trimtab_cli.backtest.run import Life
from trimtab_cli.backtest.series import Series

COLUMNS: Final = ("series_id", "start", "timestamp", "cpu_units", "memory_mib", "reason")


def write_decisions(path: Path, series: Sequence[Series], lives: Sequence[Life]) -> int:
    """Write a row for each size in force, from its ``timestamp`` (epoch seconds) on; return how many.

    The first row of a series and start is the size it begins at, from its first sample on. A series without
    memory has the least memory that is sold with its CPU.
    """
    rows = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for one, life in zip(series, lives, strict=True):
            for start, sizes in (("over", life.over), ("under", life.under)):
                for in_force in _ran(sizes):
                    writer.writerow(_row(one, start, in_force))
                    rows += 1
    return rows


def _ran(sizes: Sequence[InForce]) -> list[InForce]:
    """Return the sizes that ran: of two from the same period on, the first never did."""
    return list({one.period: one for one in sizes}.values())


def _row(series: Series, start: str, in_force: InForce) -> tuple[object, ...]:
    size = in_force.size if series.memory_mib is not None else _sold(in_force.size)
    at = series.timestamp(max(in_force.period, int(series.known.argmax())))
    return series.series_id, start, at, size.cpu_units, size.memory_mib, in_force.reason


def _sold(size: TaskSize) -> TaskSize:
    return min(sold for sold in FARGATE_LINUX_SIZES if sold.cpu_units == size.cpu_units)
