"""How a sizing history lies in its table: a line of text a day, as a list of numbers is twice as long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import inf
from typing import Any, Final

from trimtab.model.digest import CPU_CLASSES, DIGESTS_KEPT, DayDigest, SizingHistory

UNKNOWN: Final = "-"
DEPLOYED: Final = "d"


def write_history(history: SizingHistory) -> dict[str, Any]:
    """Return a history as plain values."""
    return {
        "days": [_write_day(digest) for digest in history.digests[-DIGESTS_KEPT:]],
        "last_move": history.last_move.isoformat() if history.last_move else None,
        "warn_ratio": round(history.warn_ratio, 4),
        "waits_since": history.waits_since.isoformat() if history.waits_since else None,
    }


def read_history(item: Mapping[str, Any]) -> SizingHistory:
    """Return the history that was written; an empty one where that cannot be read.

    Nothing is lost by that: it is read from CloudWatch again.
    """
    try:
        return SizingHistory(
            tuple(_read_day(line) for line in item["days"]),
            _read_date(item["last_move"]),
            float(item["warn_ratio"]),
            _read_date(item["waits_since"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return SizingHistory()


def _write_day(digest: DayDigest) -> str:
    classes = zip(digest.shed_vcpu, digest.short_periods, strict=True)
    lacking = [f"{vcpu:.4g}/{periods}" for vcpu, periods in classes]
    while lacking and lacking[-1] == "0/0":
        lacking.pop()
    mark = DEPLOYED if digest.deployed else UNKNOWN
    peaks = (_peak(digest.memory_peak_mib), _peak(digest.start_peak_mib))
    return " ".join([f"{digest.day:%Y%m%d}", str(digest.samples), mark, *peaks, *lacking])


def _read_day(line: str) -> DayDigest:
    day, samples, mark, peak, start_peak, *lacking = line.split(" ")
    none = ["0/0"] * (len(CPU_CLASSES) - len(lacking))
    if len(lacking) > len(CPU_CLASSES) or int(samples) < 0:
        raise ValueError(line)
    shed, short = zip(*(pair.split("/") for pair in lacking + none), strict=True)
    return DayDigest(
        date.fromisoformat(day),
        int(samples),
        tuple(_number(vcpu) for vcpu in shed),
        tuple(int(_number(periods)) for periods in short),
        _read_peak(peak),
        _read_peak(start_peak),
        mark == DEPLOYED,
    )


def _peak(mib: float | None) -> str:
    return UNKNOWN if mib is None else f"{mib:.6g}"


def _read_peak(text: str) -> float | None:
    return None if text == UNKNOWN else _number(text)


def _number(text: str) -> float:
    number = float(text)
    if not 0 <= number < inf:
        raise ValueError(text)
    return number


def _read_date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
