"""Metrics as CloudWatch tells them on a bad day: no size may be decided on any of these."""

from collections.abc import Callable
from datetime import timedelta
from math import nan
from random import Random
from typing import Any, Final

Result = dict[str, Any]
LATE: Final = timedelta(hours=28)


def spoil(results: list[Result], chance: Random) -> str:
    """Spoil the results of one GetMetricData in place, all in one way; return which."""
    how = chance.choice(sorted(WAYS))
    for result in results:
        if result["Values"]:
            WAYS[how](result, chance)
    return how


def leave_out_the_last_day(results: list[Result]) -> str:
    """Take what came since yesterday morning out of the results of one GetMetricData: it is not there yet."""
    for result in results:
        since = max(result["Timestamps"], default=None)
        told = [n for n, at in enumerate(result["Timestamps"]) if since is not None and at < since - LATE]
        _keep(result, told)
    return "late"


def _gaps(result: Result, chance: Random) -> None:
    _keep(result, [n for n in range(len(result["Values"])) if chance.random() < 0.5])


def _twice(result: Result, _: Random) -> None:
    half = list(range(0, len(result["Values"]), 2))
    _keep(result, half * 2)


def _partial(result: Result, _: Random) -> None:
    _keep(result, list(range(len(result["Values"]) // 2)))
    result["StatusCode"] = "PartialData"


def _future(result: Result, _: Random) -> None:
    ahead = timedelta(days=1)
    result["Timestamps"] = [at + ahead if n % 2 else at for n, at in enumerate(result["Timestamps"])]


def _zeros(result: Result, _: Random) -> None:
    result["Values"] = [0.0 for _ in result["Values"]]


def _one(value: float) -> Callable[[Result, Random], None]:
    def spoil_one(result: Result, chance: Random) -> None:
        result["Values"][chance.randrange(len(result["Values"]))] = value

    return spoil_one


def _keep(result: Result, numbers: list[int]) -> None:
    for name in ("Values", "Timestamps"):
        result[name] = [result[name][n] for n in numbers]


WAYS: Final[dict[str, Callable[[Result, Random], None]]] = {
    "gaps": _gaps,
    "nan": _one(nan),
    "zeros": _zeros,
    "absurd": _one(1e9),
    "negative": _one(-5.0),
    "partial": _partial,
    "twice": _twice,
    "future": _future,
}
