"""The size of the cheapest sum: cost, CPU that is lacking, kills for memory."""

from datetime import date, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from trimtab.decisions.rightsize import (
    after_kill,
    choose_size,
    digest_day,
    list_options,
    near_limit,
    when_capped,
)
from trimtab.decisions.rightsize.at_once import CAPPED_PERIODS, next_warning
from trimtab.decisions.rightsize.daily import HOLD_DAYS
from trimtab.model.decision import Keep, Resize
from trimtab.model.digest import CPU_CLASSES, DayDigest, SizingHistory
from trimtab.model.price import LIST_PRICES
from trimtab.model.risk_profile import BALANCED, RISK_PROFILES, SAFE, SAVE, RiskProfile
from trimtab.model.sizing import Terms
from trimtab.model.task_size import FARGATE_LINUX_SIZES, TaskSize

TODAY = date(2026, 3, 20)
PRICE = LIST_PRICES["X86_64"]


def terms(profile: RiskProfile = BALANCED, sizes: tuple[TaskSize, ...] = FARGATE_LINUX_SIZES) -> Terms:
    return Terms(sizes, profile, PRICE)


def day(age: int, vcpu: float = 0.1, memory_mib: float = 400, samples: int = 288) -> DayDigest:
    """Return the digest of a day that used the same all day, ``age`` days before yesterday."""
    digest = digest_day(TODAY - timedelta(days=age + 1), [vcpu] * samples, [64.0] * samples, memory_mib)
    assert digest is not None
    return digest


def history(
    days: int = 14, last_move: date | None = None, vcpu: float = 0.1, mib: float = 400
) -> SizingHistory:
    return SizingHistory(tuple(day(age, vcpu, mib) for age in reversed(range(days))), last_move)


peaks = st.lists(st.floats(50, 100_000), min_size=1, max_size=35)
loads = st.floats(0.01, 20)
profiles = st.sampled_from([SAVE, BALANCED, SAFE])
sizes = st.sampled_from(FARGATE_LINUX_SIZES)
days = st.builds(
    lambda peaks, load: SizingHistory(tuple(day(age, load, mib) for age, mib in enumerate(peaks))),
    peaks,
    loads,
)


def test_a_quiet_service_gets_the_size_that_it_needs():
    answer = choose_size(TaskSize(2048, 8192), history(mib=300), TODAY, terms())
    assert isinstance(answer, Resize)
    assert (answer.size, answer.rule, answer.reason) == (TaskSize(256, 1024), "risk_price", "too_large")
    assert answer.monthly_usd is not None and answer.monthly_usd.after < answer.monthly_usd.before
    assert "2048 CPU units / 8192 MiB → 256 CPU units / 1024 MiB" in answer.sentence


def test_the_dearer_a_kill_the_more_memory():
    seen = history(mib=950)
    chosen = [choose_size(TaskSize(4096, 30720), seen, TODAY, terms(p)) for p in (SAVE, BALANCED, SAFE)]
    memory = [one.size.memory_mib for one in chosen if isinstance(one, Resize)]
    assert memory == sorted(memory)
    assert memory[0] < memory[-1]


def test_without_a_finished_day_nothing_is_decided():
    answer = choose_size(TaskSize(2048, 8192), SizingHistory(), TODAY, terms())
    assert isinstance(answer, Keep) and answer.reason == "too_little_data"


def test_where_the_bounds_hold_no_size_nothing_is_decided():
    answer = choose_size(TaskSize(2048, 8192), history(), TODAY, terms(sizes=()))
    assert isinstance(answer, Keep) and answer.reason == "no_feasible_size"


def test_bounds_below_what_a_service_uses_do_not_starve_it():
    bounded = tuple(size for size in FARGATE_LINUX_SIZES if TaskSize(1024, 2048).holds(size))

    for seen in (history(mib=3500), history(vcpu=1.9, mib=500)):
        answer = choose_size(TaskSize(2048, 4096), seen, TODAY, terms(sizes=bounded))
        assert isinstance(answer, Keep) and answer.reason == "no_feasible_size"


def test_a_service_above_its_bounds_goes_below_them_where_that_is_enough():
    bounded = tuple(size for size in FARGATE_LINUX_SIZES if TaskSize(1024, 2048).holds(size))

    answer = choose_size(TaskSize(2048, 4096), history(mib=300), TODAY, terms(sizes=bounded))
    assert isinstance(answer, Resize) and answer.size in bounded


def test_one_whole_day_is_enough_to_grow_and_not_to_shrink():
    one = SizingHistory((day(0, memory_mib=900),))
    assert isinstance(choose_size(TaskSize(256, 512), one, TODAY, terms()), Resize)
    answer = choose_size(TaskSize(2048, 8192), one, TODAY, terms())
    assert isinstance(answer, Keep) and answer.reason == "too_little_data"


def test_scraps_of_days_are_no_whole_days():
    scraps = SizingHistory(tuple(day(age, samples=20) for age in range(5)))
    answer = choose_size(TaskSize(2048, 8192), scraps, TODAY, terms())
    assert isinstance(answer, Keep) and answer.reason == "too_little_data"


def test_a_size_that_moved_within_four_days_is_not_made_smaller():
    answer = choose_size(TaskSize(2048, 8192), history(last_move=TODAY - timedelta(days=3)), TODAY, terms())
    assert isinstance(answer, Keep) and answer.reason == "moved_lately"


def test_what_has_just_moved_may_get_more_of_one_and_no_less_of_the_other():
    starved = history(vcpu=2.5, mib=1000)
    rested = choose_size(TaskSize(2048, 16384), starved, TODAY, terms())
    assert isinstance(rested, Resize)
    assert rested.size.cpu_units > 2048 and rested.size.memory_mib < 16384

    moved = choose_size(TaskSize(2048, 16384), starved.moved(TODAY - timedelta(days=1)), TODAY, terms())
    assert isinstance(moved, Resize)
    assert moved.size.cpu_units > 2048 and moved.size.memory_mib == 16384


def test_what_gains_too_little_is_not_worth_a_deployment():
    answer = choose_size(TaskSize(256, 512), history(mib=150), TODAY, terms())
    assert isinstance(answer, Keep) and answer.reason == "gains_too_little"
    assert isinstance(choose_size(TaskSize(256, 512), history(mib=420), TODAY, terms()), Resize)


def test_a_size_below_the_bounds_is_left_whatever_it_gains():
    within = tuple(s for s in FARGATE_LINUX_SIZES if s.memory_mib >= 1024)
    answer = choose_size(TaskSize(256, 512), history(mib=150), TODAY, terms(sizes=within))
    assert isinstance(answer, Resize) and answer.size == TaskSize(256, 1024)


def test_time_at_the_cpu_limit_has_a_price_of_its_own():
    day_at_limit = history(vcpu=0.25)
    small, larger = (
        list_options(day_at_limit, TODAY, terms())[0],
        list_options(day_at_limit, TODAY, terms())[3],
    )
    assert (small.size.cpu_units, small.short_ratio, small.shed_ratio) == (256, 1, 0)
    assert (larger.size.cpu_units, larger.short_ratio) == (512, 0)
    assert small.total_usd - small.daily_usd >= BALANCED.short_usd


def test_what_takes_a_small_service_by_surprise_is_of_absolute_size():
    small, large = history(mib=300), history(mib=30_000)
    one = {o.size.memory_mib: o.out_of_memory for o in list_options(small, TODAY, terms())}
    other = {o.size.memory_mib: o.out_of_memory for o in list_options(large, TODAY, terms())}
    assert one[1024] > other[106496] > 0


def test_daily_kills_of_a_large_task_are_not_bought_though_they_cost_less_than_its_memory():
    seen = history(vcpu=2, mib=100_000)
    cheap = next(o for o in list_options(seen, TODAY, terms(SAVE)) if o.size == TaskSize(4096, 8192))
    answer = choose_size(TaskSize(16384, 122880), seen, TODAY, terms(SAVE))
    assert cheap.total_usd < PRICE.daily_usd(TaskSize(16384, 106496)), "else it shows nothing"
    assert isinstance(answer, Keep) or answer.size.memory_mib > 100_000


def test_cpu_at_the_limit_is_taken_to_want_more():
    capped = digest_day(TODAY, [0.25] * 288, [0.25] * 288, 400)
    free = digest_day(TODAY, [0.25] * 288, [1.0] * 288, 400)
    assert capped is not None and free is not None
    assert capped.shed_vcpu[0] > 0 == free.shed_vcpu[0]


def test_half_an_hour_of_samples_is_no_day():
    assert digest_day(TODAY, [0.1] * 5, [1.0] * 5, 400) is None


def test_the_dearer_a_kill_the_more_memory_after_one():
    current = TaskSize(1024, 2048)
    larger = [s for s in FARGATE_LINUX_SIZES if s.holds(TaskSize(1024, 3072))]
    cheap, dear = (after_kill(current, larger, history(mib=1900), TODAY, terms(p)) for p in (SAVE, SAFE))
    assert cheap in larger and cheap.memory_mib <= dear.memory_mib


def test_a_kill_of_which_nothing_is_known_before_is_answered_too():
    larger = [s for s in FARGATE_LINUX_SIZES if s.holds(TaskSize(1024, 3072))]
    assert after_kill(TaskSize(1024, 2048), larger, SizingHistory(), TODAY, terms()) in larger


def test_hours_at_the_cpu_limit_bring_the_next_class():
    answer = when_capped(TaskSize(256, 1024), CAPPED_PERIODS, terms())
    assert isinstance(answer, Resize) and (answer.size, answer.reason) == (TaskSize(512, 1024), "capped")
    assert isinstance(when_capped(TaskSize(256, 1024), CAPPED_PERIODS - 1, terms()), Keep)


def test_memory_near_the_limit_grows_before_it_is_killed():
    answer = near_limit(TaskSize(256, 512), 505, history(mib=200), TODAY, terms())
    assert isinstance(answer, Resize) and (answer.size, answer.reason) == (TaskSize(256, 1024), "near_limit")
    assert isinstance(near_limit(TaskSize(256, 512), 300, history(mib=200), TODAY, terms()), Keep)


def test_after_a_warning_the_next_look_waits_until_memory_has_grown_on():
    assert next_warning(400, TaskSize(256, 512)) > 400 / 512
    assert next_warning(511, TaskSize(256, 512)) < 1


def test_a_day_that_is_told_again_takes_its_own_place():
    seen = history(5).with_day(day(0, memory_mib=999))
    assert len(seen.digests) == 5 and seen.digests[-1].memory_peak_mib == 999


def test_each_profile_of_the_tag_has_its_prices():
    assert set(RISK_PROFILES) == {"batch", "general", "latency"}


@given(days, sizes, profiles)
def test_what_is_chosen_is_for_sale(seen, current, profile):
    answer = choose_size(current, seen, TODAY, terms(profile))
    assert isinstance(answer, Keep) or answer.size in FARGATE_LINUX_SIZES


@given(days, sizes, profiles)
def test_what_was_chosen_is_kept_on_the_same_data(seen, current, profile):
    answer = choose_size(current, seen, TODAY, terms(profile))
    if isinstance(answer, Resize):
        again = choose_size(answer.size, seen.moved(TODAY), TODAY, terms(profile))
        assert isinstance(again, Keep)


@example(SizingHistory((day(0, 9.0, 50), day(1, 9.0, 50))), TaskSize(8192, 36864), 0)
@given(days, sizes, st.integers(0, 10))
def test_no_rest_holds_up_what_takes_nothing_away_and_during_it_nothing_is_taken(seen, current, ago):
    rested = choose_size(current, seen, TODAY, terms())
    moved = choose_size(current, seen.moved(TODAY - timedelta(days=ago)), TODAY, terms())
    if ago >= HOLD_DAYS or (isinstance(rested, Resize) and rested.size.holds(current)):
        assert moved == rested
    elif isinstance(moved, Resize):
        assert moved.size.holds(current)


@given(days, sizes, sizes, sizes)
def test_bounds_are_obeyed(seen, current, one, other):
    smallest = one.within(other)
    largest = TaskSize(max(one.cpu_units, other.cpu_units), max(one.memory_mib, other.memory_mib))
    within = tuple(s for s in FARGATE_LINUX_SIZES if s.holds(smallest) and largest.holds(s))
    for answer in (
        choose_size(current, seen, TODAY, terms(sizes=within)),
        when_capped(current, 288, terms(sizes=within)),
        near_limit(current, current.memory_mib, seen, TODAY, terms(sizes=within)),
    ):
        assert isinstance(answer, Keep) or answer.size in within


@given(peaks, st.floats(1.05, 3), profiles)
def test_more_memory_used_is_never_a_smaller_chance_of_a_kill(seen, times, profile):
    less = SizingHistory(tuple(day(age, 0.1, mib) for age, mib in enumerate(seen)))
    more = SizingHistory(tuple(day(age, 0.1, mib * times) for age, mib in enumerate(seen)))
    for one, other in zip(
        list_options(less, TODAY, terms(profile)), list_options(more, TODAY, terms(profile)), strict=True
    ):
        assert other.out_of_memory >= one.out_of_memory - 1e-12


@given(loads, st.floats(1.05, 3))
def test_more_cpu_used_is_never_a_lower_class(load, times):
    chosen = []
    for vcpu in (load, load * times):
        answer = choose_size(TaskSize(256, 512), history(vcpu=vcpu), TODAY, terms())
        chosen.append(answer.size.cpu_units if isinstance(answer, Resize) else 256)
    assert chosen[0] <= chosen[1]


@given(days, st.integers(1, 32768))
def test_what_is_lacking_falls_with_size(seen, units):
    from trimtab.decisions.rightsize.risk import Risk

    risk = Risk.after(seen.digests, TODAY)
    assert risk.shed_ratio(units) >= risk.shed_ratio(units + 1) - 1e-12
    assert all(lack >= 0 for lack in risk.shed_vcpu) and len(risk.shed_vcpu) == len(CPU_CLASSES)
