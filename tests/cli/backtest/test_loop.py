"""The closed loop: what a policy hears, when it acts, what is counted."""

import pytest

from tests.cli.backtest.folders import series_of
from trimtab.model.price import LIST_PRICES
from trimtab.model.task_size import TaskSize
from trimtab_cli.backtest.loop import Cadence, InForce, live
from trimtab_cli.backtest.score import oracle_usd, score
from trimtab_cli.backtest.sizer import Move

PRICE = LIST_PRICES["X86_64"]
SMALL, MIDDLE, LARGE = TaskSize(256, 512), TaskSize(512, 1024), TaskSize(1024, 2048)


class Scripted:
    """A policy that answers as it is told to, and remembers what it heard."""

    def __init__(self, warn_ratio=None, capped_periods=None, **answers):
        self.warn_ratio, self.capped_periods, self._answers = warn_ratio, capped_periods, answers
        self.seen, self.heard = [], []

    def see(self, seen):
        self.seen.append(seen)

    def plan(self, today, size):
        return self._answer("plan", size)

    def killed(self, today, size):
        return self._answer("killed", size)

    def capped(self, today, size, periods):
        return self._answer("capped", size, periods)

    def near(self, today, size, memory_mib):
        return self._answer("near", size, memory_mib)

    def _answer(self, kind, *told):
        self.heard.append((kind, *told))
        size = self._answers.get(kind)
        return Move(size, kind) if size else None


def flat(days, vcpu=0.1, mib=100.0):
    return [vcpu] * (288 * days), [mib] * (288 * days)


def test_a_policy_sees_no_more_than_the_size_let_through():
    vcpu, memory = flat(2, vcpu=3.0, mib=5000.0)
    sizer = Scripted()
    live(series_of(vcpu, memory), sizer, SMALL, Cadence.EXACT)
    (seen,) = sizer.seen
    assert set(seen.vcpu) == {0.25} and set(seen.limit_vcpu) == {0.25} and set(seen.memory_mib) == {512}


def test_a_kill_is_answered_from_the_next_period_on():
    vcpu, memory = flat(1)
    memory[100] = 600
    sizes = live(series_of(vcpu, memory), Scripted(killed=MIDDLE), SMALL, Cadence.PRODUCTION)
    assert sizes == (InForce(0, SMALL, "start"), InForce(101, MIDDLE, "killed"))


@pytest.mark.parametrize(("cadence", "hour"), [(Cadence.EXACT, 0), (Cadence.PRODUCTION, 4)])
def test_the_plan_is_made_once_a_day_at_its_hour(cadence, hour):
    sizes = live(series_of(*flat(3)), Scripted(plan=MIDDLE), LARGE, cadence)
    assert sizes[1:] == (InForce(288 + 12 * hour, MIDDLE, "plan"),)


def test_near_the_limit_is_heard_at_once_where_the_cadence_is_exact():
    vcpu, memory = flat(1)
    memory[100] = 400
    sizer = Scripted(warn_ratio=0.7, near=MIDDLE)
    sizes = live(series_of(vcpu, memory), sizer, SMALL, Cadence.EXACT)
    assert sizes[1] == InForce(101, MIDDLE, "near") and sizer.heard == [("near", SMALL, 400)]


def test_in_production_it_is_heard_after_the_hour_and_five_minutes():
    vcpu, memory = flat(1)
    memory[100] = 400
    sizes = live(series_of(vcpu, memory), Scripted(warn_ratio=0.7, near=MIDDLE), SMALL, Cadence.PRODUCTION)
    assert sizes[1] == InForce(109, MIDDLE, "near")


def test_in_production_what_is_at_no_risk_is_not_read():
    vcpu, memory = flat(9)
    memory[288 * 8 + 100] = 400
    sizes = live(series_of(vcpu, memory), Scripted(warn_ratio=0.7, near=MIDDLE), SMALL, Cadence.PRODUCTION)
    assert sizes == (InForce(0, SMALL, "start"),)
    memory[288 * 7 + 100] = 330  # above 60 % the day before
    sizes = live(series_of(vcpu, memory), Scripted(warn_ratio=0.7, near=MIDDLE), SMALL, Cadence.PRODUCTION)
    assert len(sizes) == 2


def test_hours_at_the_limit_are_counted_since_the_last_change():
    vcpu, memory = flat(1, vcpu=0.25)
    sizer = Scripted(capped_periods=48, capped=MIDDLE)
    sizes = live(series_of(vcpu, memory), sizer, SMALL, Cadence.EXACT)
    assert sizes[1] == InForce(48, MIDDLE, "capped") and sizer.heard == [("capped", SMALL, 48)]


def test_a_day_with_gaps_counts_what_is_there():
    vcpu, memory = flat(2)
    vcpu[10:200] = [float("nan")] * 190
    sizer = Scripted()
    live(series_of(vcpu, memory), sizer, SMALL, Cadence.EXACT)
    assert len(sizer.seen[0].vcpu) == 98


def test_what_went_wrong_is_counted_on_judged_days_only():
    vcpu, memory = flat(6, vcpu=0.5, mib=400.0)
    for period in (10, 1200, 1201, 1230):
        memory[period] = 600
    series = series_of(vcpu, memory)
    found = score(series, (InForce(0, SMALL, "start"),), PRICE)
    assert (found.days, found.kills, found.kill_days, found.early_kills, found.all_kills) == (3, 2, 1, 1, 3)
    assert found.shed_vcpu / found.wanted_vcpu == pytest.approx(0.5)
    assert found.short_periods == found.periods == 3 * 288
    assert found.recovered_day is None and found.saving_day is None
    assert found.usd == pytest.approx(3 * PRICE.daily_usd(SMALL))
    assert found.oracle_usd == pytest.approx(3 * PRICE.daily_usd(MIDDLE))


def test_two_changes_in_a_row_are_one_deployment_and_a_way_back_is_a_return():
    series = series_of(*flat(9))
    at = 288 * 5
    sizes = (
        InForce(0, LARGE, "start"),
        InForce(at, MIDDLE, "x"),
        InForce(at + 1, SMALL, "x"),
        InForce(at + 300, LARGE, "x"),
    )
    found = score(series, sizes, PRICE)
    assert (found.deployments, found.returns, found.saving_day) == (2, 1, 5)


def test_the_oracle_pays_each_day_for_what_it_needs():
    vcpu, memory = flat(2)
    vcpu[300] = 0.9
    oracle = oracle_usd(series_of(vcpu, memory), PRICE)
    assert list(oracle) == [PRICE.daily_usd(SMALL), PRICE.daily_usd(TaskSize(1024, 2048))]
