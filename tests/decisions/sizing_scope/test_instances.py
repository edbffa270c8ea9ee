from datetime import date, timedelta
from itertools import pairwise

import pytest

from tests.samples import a_definition
from trimtab.decisions.sizing_scope.instances import as_density, claims_for, continuous_sizes
from trimtab.model.change import MonthlyUsd
from trimtab.model.decision import Keep, Resize
from trimtab.model.digest import DayDigest
from trimtab.model.task_size import TaskSize

TODAY = date(2026, 3, 2)


def days(*peaks):
    return [
        DayDigest(TODAY - timedelta(days=n), 288, (0.0,) * 8, (0,) * 8, peak) for n, peak in enumerate(peaks)
    ]


def on_ec2(*containers, **said):
    return a_definition(containerDefinitions=list(containers), **{"cpu": None, "memory": None, **said})


def app(**said):
    return {"name": "app", **said}


def smaller(cpu_units, memory_mib):
    usd = {"daily_usd_before": 1.0, "oom_usd": 6, "days": 9}
    return Resize(
        TaskSize(cpu_units, memory_mib), "risk_price", "too_large", "$$$", usd, MonthlyUsd(2, 1, "list")
    )


def test_sizes_on_instances_are_close_together_and_hold_the_one_in_force():
    found = continuous_sizes(TaskSize(1000, 999), TaskSize(0, 0), TaskSize(16384, 122880))

    memories = sorted({s.memory_mib for s in found})
    assert TaskSize(1000, 999) in found
    assert max(later / one for one, later in pairwise(memories) if one >= 512) < 1.08
    assert list(found) == sorted(found)


def test_a_reservation_holds_the_peaks_of_nearly_all_days_and_a_limit_lies_above_it():
    definition = on_ec2(app(cpu=256, memoryReservation=2048, memory=512))

    claims = claims_for(definition, TaskSize(256, 700), days(*[500] * 19, 9000))

    # 95th percentile 500, a tenth more is 550, in steps of 16: 560; the limit holds 700 in steps of 16.
    assert (claims.reservation_mib, claims.limit_mib) == (560, 704)


def test_a_limit_is_never_lowered_beside_a_reservation_as_it_takes_no_room():
    definition = on_ec2(app(cpu=256, memoryReservation=2048, memory=4096))

    assert claims_for(definition, TaskSize(256, 700), days(500)).limit_mib is None


def test_a_limit_keeps_its_distance_from_the_reservation():
    definition = on_ec2(app(cpu=256, memoryReservation=256, memory=320))

    claims = claims_for(definition, TaskSize(256, 512), days(500))

    assert claims.limit_mib == claims.reservation_mib + 64


def test_a_limit_alone_is_what_placement_counts():
    definition = on_ec2(app(cpu=256, memory=4096), app(name="log", essential=False, memory=64))

    claims = claims_for(definition, TaskSize(256, 1024), days(900))

    assert (claims.reservation_mib, claims.limit_mib) == (None, 960)


def test_absent_stays_absent_and_a_task_with_memory_of_its_own_needs_no_claims():
    assert claims_for(on_ec2(app(memoryReservation=512)), TaskSize(256, 300), days(200)).limit_mib is None
    assert claims_for(on_ec2(app(memory=512), memory="512"), TaskSize(256, 300), days(200)) is None


def test_a_size_on_instances_is_told_by_how_many_tasks_fit_and_without_money():
    definition = on_ec2(app(cpu=512, memory=1024), memory="1024", cpu="512")

    told = as_density(smaller(256, 512), TaskSize(512, 1024), definition, days(400))

    assert (told.size, told.monthly_usd, told.reason) == (TaskSize(256, 512), None, "too_large")
    assert "Where 10 such tasks fit on instances, 20 would by CPU and 20 by memory" in told.sentence
    assert "$" not in told.sentence
    assert not [key for key in told.evidence if "usd" in key]
    assert told.evidence["density_by_memory"] == 2


def test_a_reservation_is_told_with_its_container():
    definition = on_ec2(app(cpu=256, memoryReservation=2048, memory=4096))

    told = as_density(smaller(256, 700), TaskSize(256, 2048), definition, days(*[500] * 9))

    assert told.size == TaskSize(256, 560)
    assert "Container app: memoryReservation 560 MiB." in told.sentence


def test_a_reservation_that_is_about_right_is_left_alone():
    definition = on_ec2(app(cpu=256, memoryReservation=576, memory=4096))

    told = as_density(smaller(256, 900), TaskSize(256, 576), definition, days(*[500] * 9))

    assert isinstance(told, Keep)
    assert told.reason == "fits"


@pytest.mark.parametrize("peaks", [[], [None], [0.0]])
def test_without_a_peak_nothing_breaks(peaks):
    definition = on_ec2(app(cpu=256, memoryReservation=2048))

    assert as_density(smaller(256, 1024), TaskSize(256, 2048), definition, days(*peaks)).sentence
