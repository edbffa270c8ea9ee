"""How far a size may be trusted: by how much is known."""

from datetime import date, timedelta

import pytest

from trimtab.decisions.rightsize.trust import Confidence, trust_in
from trimtab.model.digest import DayDigest, SizingHistory

FIRST = date(2026, 2, 1)


def history(days, mib=100.0, samples=288):
    return SizingHistory(
        tuple(DayDigest(FIRST + timedelta(days=n), samples, (0.0,) * 8, (0,) * 8, mib) for n in days)
    )


@pytest.mark.parametrize(
    ("known", "level", "why"),
    [
        (SizingHistory(), Confidence.LOW, "No day"),
        (history(range(6)), Confidence.LOW, "less than a week"),
        (history(range(30), samples=100), Confidence.LOW, "0 whole days"),
        (history(range(30), mib=None), Confidence.LOW, "memory is not measured"),
        (history(range(7)), Confidence.MEDIUM, "less than four weeks"),
        (history([*range(10), *range(15, 34)]), Confidence.HIGH, "29 whole days"),
        (history([*range(10), *range(25, 35)]), Confidence.MEDIUM, "15 are not known whole"),
        (history(range(28)), Confidence.HIGH, "28 whole days"),
    ],
)
def test_trust_grows_with_what_is_known(known, level, why):
    told = trust_in(known)
    assert told.level is level and why in told.sentence


def test_a_leak_is_no_ground_for_high_trust():
    days = [
        DayDigest(FIRST + timedelta(days=n), 288, (0.0,) * 8, (0,) * 8, 400.0 + 10 * n) for n in range(22)
    ]
    after = [
        DayDigest(FIRST + timedelta(days=22 + n), 288, (0.0,) * 8, (0,) * 8, 300.0 + 30 * n, deployed=n == 0)
        for n in range(9)
    ]
    told = trust_in(SizingHistory((*days, *after)))
    assert told.level is Confidence.MEDIUM and "leak" in told.sentence
