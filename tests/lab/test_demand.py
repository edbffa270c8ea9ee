from hypothesis import given
from hypothesis import strategies as st

from trimtab_lab.demand import CELLS_A_DAY, Pattern, chance, salt_of

MONDAY = 20_514 * CELLS_A_DAY  # 2 March 2026
SATURDAY = MONDAY + 5 * CELLS_A_DAY
NOON = CELLS_A_DAY // 2


def pattern(**others) -> Pattern:
    return Pattern(salt=salt_of(1, "orders"), cpu_units=1000, memory_mib=500, **{"noise_ratio": 0.0} | others)


def test_the_peak_hour_has_the_most_load_and_the_opposite_hour_the_least():
    daily = pattern(daily_ratio=0.5, peak_hour=12.0)

    loads = [daily.at(MONDAY + cell).cpu_units for cell in range(CELLS_A_DAY)]

    assert loads.index(max(loads)) == NOON
    assert loads.index(min(loads)) == 0
    assert (max(loads), min(loads)) == (1500, 500)


def test_a_weekend_is_quieter():
    weekly = pattern(weekend_ratio=0.4)

    assert weekly.at(SATURDAY).cpu_units == 400
    assert weekly.at(SATURDAY + 2 * CELLS_A_DAY).cpu_units == 1000


def test_a_step_holds_from_its_cell_on():
    stepped = pattern(steps={MONDAY + 10: 2.0, MONDAY + 20: 0.5})

    assert [stepped.at(MONDAY + cell).cpu_units for cell in (9, 10, 20, 99)] == [1000, 2000, 500, 500]


def test_growth_adds_up_by_the_day():
    growing = pattern(growth_per_day=0.1, since_cell=MONDAY)

    assert round(growing.at(MONDAY + 5 * CELLS_A_DAY - 1).cpu_units) == 1500


def test_spikes_come_about_as_often_as_asked():
    spiky = pattern(spikes_per_day=2.0, spike_ratio=3.0)

    spikes = sum(spiky.at(MONDAY + cell).cpu_units == 3000 for cell in range(100 * CELLS_A_DAY))

    assert 150 < spikes < 250


def test_memory_follows_load_only_as_far_as_asked():
    need = pattern(steps={0: 2.0}, memory_follows_ratio=0.25, memory_burst_ratio=1.1).at(MONDAY)

    assert need.memory_mib == 625
    assert round(need.memory_peak_mib, 6) == 687.5


@given(st.integers(0, 2**40), st.integers(0, 10_000_000))
def test_chance_is_a_function_of_its_arguments(salt, number):
    value = chance(salt, number)

    assert 0 <= value < 1
    assert value == chance(salt, number)


@given(st.integers(0, 2**32))
def test_chance_is_spread_evenly(salt):
    values = [chance(salt, number) for number in range(2_000)]

    assert 0.45 < sum(values) / len(values) < 0.55


def test_different_seeds_make_different_noise():
    one, other = (Pattern(salt=salt_of(seed, "a"), cpu_units=100, memory_mib=1) for seed in (1, 2))

    assert one.at(MONDAY) != other.at(MONDAY)
