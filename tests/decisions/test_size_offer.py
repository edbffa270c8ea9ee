"""What a service is offered for the day, what is looked at until the next, and when a cut is put in force."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.samples import APPLY, NOW, PRICE, a_change
from trimtab.decisions.quarantine import taken_back
from trimtab.decisions.rightsize import digest_day
from trimtab.decisions.rightsize.leak import leak_mib_per_day
from trimtab.decisions.rightsize.offer import memory_to_start_mib, offer_size, terms_of
from trimtab.decisions.rightsize.watch_list import at_risk
from trimtab.decisions.shrink_timing import when_to_shrink
from trimtab.model.change import State, Target
from trimtab.model.decision import Go, Keep, Resize
from trimtab.model.digest import SizingHistory
from trimtab.model.policy import Shrink
from trimtab.model.service import InForce, PastDeployment
from trimtab.model.task_size import FARGATE_LINUX_SIZES, TaskSize

TODAY = date(2026, 3, 20)
FREE, LARGE = TaskSize(0, 0), TaskSize(2048, 8192)


def day(age, vcpu=0.1, mib=400.0, limit=64.0, **said):
    """Return a digest of ``age`` days before yesterday."""
    made = digest_day(TODAY - timedelta(days=age + 1), [vcpu] * 288, [limit] * 288, mib)
    return replace(made, **said)


def history(*peaks, **said):
    """Return a history whose last peak is yesterday's."""
    ages = reversed(range(len(peaks)))
    return SizingHistory(tuple(day(age, mib=mib) for age, mib in zip(ages, peaks, strict=True)), **said)


CALM = history(*[400.0] * 14)


def terms(setting=APPLY, floor_mib=0, sizes=FARGATE_LINUX_SIZES):
    return terms_of(setting, PRICE, sizes, floor_mib, 4)


def offer(seen=CALM, current=LARGE, said=None, too_small=FREE):
    return offer_size(current, seen, TODAY, said or terms(), too_small)


def test_the_profile_of_the_tag_prices_a_kill_and_the_policy_may_say_it_itself():
    prices = [terms(replace(APPLY, profile=name)).profile.oom_usd for name in ("batch", "general", "latency")]

    assert prices == [2, 10, 15]
    assert terms(replace(APPLY, profile="spot-first")).profile.oom_usd == 10
    assert terms(replace(APPLY, profile="latency", oom_usd=0.5)).profile.oom_usd == 0.5


def test_what_may_be_chosen_keeps_to_what_its_workload_allows_and_to_its_floor():
    allowed = (TaskSize(512, 2048), TaskSize(512, 3072), TaskSize(1024, 4096))

    assert terms(floor_mib=3000, sizes=allowed).sizes == allowed[1:]


def test_where_yesterday_is_not_known_nothing_is_decided():
    stale = SizingHistory(CALM.digests[:-1])

    assert offer(stale).reason == "usage_unknown"
    assert offer(SizingHistory()).reason == "too_little_data"


def test_no_size_is_smaller_than_what_a_start_up_took():
    hungry = replace(CALM, digests=(*CALM.digests[:-1], day(0, start_peak_mib=3000.0)))

    assert memory_to_start_mib(hungry) == 3150
    assert memory_to_start_mib(CALM) == 0


def test_a_size_that_was_taken_back_is_not_tried_again_nor_a_smaller_one():
    first = offer()
    second = offer(too_small=first.size)

    assert isinstance(second, Resize)
    assert second.size.cpu_units > first.size.cpu_units and second.size.memory_mib > first.size.memory_mib
    assert offer(too_small=TaskSize(0, first.size.memory_mib)).size.cpu_units == first.size.cpu_units


def test_a_size_in_force_is_not_left_for_being_as_small_as_what_was_taken_back():
    assert isinstance(offer(current=TaskSize(256, 1024), too_small=TaskSize(512, 1024)), Keep)


def test_where_only_what_was_taken_back_would_be_better_that_is_the_reason():
    few = replace(terms(), sizes=(offer().size, LARGE))

    assert offer(said=few, too_small=offer().size).reason == "reverted_lately"


def a_way_back(days_ago=3, outcome="near_memory_limit", state=State.ROLLED_BACK, size=TaskSize(512, 1024)):
    at = NOW - timedelta(days=days_ago)
    return a_change(
        state=state, outcome=outcome, target=Target(size=size), times={State.DEPLOYING: at, state.value: at}
    )


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({}, True),
        ({"days_ago": 31}, False),
        ({"outcome": "covered_a_deployment"}, False),
        ({"outcome": "no_samples"}, False),
        ({"state": State.NEEDS_HUMAN, "outcome": "never_steady"}, True),
        ({"state": State.SUCCEEDED, "outcome": "steady"}, False),
        ({"size": TaskSize(2048, 8192)}, False),
    ],
)
def test_a_cut_that_went_wrong_is_remembered_for_thirty_days(said, kept):
    change = a_way_back(**said)

    assert taken_back([change], None, NOW) == (change.target.size if kept else FREE)


def test_a_person_who_clears_a_service_clears_its_sizes():
    change = a_way_back()

    assert taken_back([change], NOW - timedelta(days=1), NOW) == FREE
    assert taken_back([change], NOW - timedelta(days=9), NOW) == change.target.size


def test_only_what_was_cut_had_to_be_taken_back():
    mixed = [a_way_back(size=TaskSize(2048, 1024)), a_way_back(size=TaskSize(256, 8192))]

    assert [taken_back([one], None, NOW) for one in mixed] == [TaskSize(0, 1024), TaskSize(256, 0)]
    assert taken_back(mixed, None, NOW) == TaskSize(256, 1024)


def leaky(*peaks, before=3000.0):
    """Return days with a deployment on the second of them, the last yesterday."""
    ages = list(reversed(range(len(peaks) + 2)))
    first = [day(ages[0], mib=before), day(ages[1], mib=1500.0, deployed=True)]
    run = [day(age, mib=mib) for age, mib in zip(ages[2:], peaks, strict=True)]
    return SizingHistory((*first, *run))


def test_memory_that_rises_daily_and_fell_with_the_deployment_is_a_leak():
    assert leak_mib_per_day(leaky(1000.0, 1300, 1600, 1900).digests) == 300


@pytest.mark.parametrize(
    "seen",
    [
        leaky(1000.0, 1300, 1600),
        leaky(1000.0, 1300, 1250, 1900),
        leaky(1000.0, 1005, 1010, 1015),
        leaky(1000.0, 1300, 1600, 1900, before=1001.0),
        history(1000.0, 1300, 1600, 1900),
        SizingHistory(leaky(1000.0, 1300, 1600, 1900, 2200).digests[:3] + leaky(1.0, 2, 3, 4, 5).digests[4:]),
        SizingHistory(),
    ],
    ids=["too short", "falls between", "noise", "growth", "no deployment", "a day is missing", "nothing"],
)
def test_what_is_no_leak_is_not_called_one(seen):
    assert leak_mib_per_day(seen.digests) is None


def test_a_leak_is_reported_and_not_chased():
    seen = leaky(2000.0, 2600, 3200, 3900, before=4000.0)

    answer = offer(seen, TaskSize(512, 3072))
    smaller = offer(seen, TaskSize(4096, 30720))

    assert (answer.reason, "leak" in answer.sentence) == ("leak", True)
    assert smaller.reason == "too_large" and smaller.evidence["leak_mib_per_day"] == 633.3
    assert "looks like a leak" in smaller.sentence


def test_the_hourly_look_reads_only_what_is_at_risk():
    def why(seen, size=LARGE):
        return set(at_risk(seen, size, TODAY))

    assert why(CALM) == set()
    assert why(history(5000.0)) == {"memory"}
    assert why(history(4900.0)) == set()
    assert why(SizingHistory((day(0, vcpu=0.25, limit=0.25),)), TaskSize(256, 1024)) == {"cpu"}
    assert why(replace(CALM, last_move=TODAY - timedelta(days=3))) == {"cpu", "memory"}
    assert why(replace(CALM, last_move=TODAY - timedelta(days=4))) == set()
    assert why(SizingHistory(CALM.digests[:-1])) == {"cpu", "memory"}
    assert why(replace(CALM, waits_since=TODAY)) == {"waits"}


def deployed(*days_ago):
    return [
        PastDeployment(f"d{n}", InForce(f"r{n}", ()), NOW - timedelta(days=n), "SUCCESSFUL") for n in days_ago
    ]


def timing(record, setting=APPLY, past=(), waits_days=None, created_days=100):
    waits_since = NOW.date() - timedelta(days=waits_days) if waits_days is not None else None
    return when_to_shrink(setting, record, past, NOW - timedelta(days=created_days), waits_since, NOW)


def test_a_team_that_deploys_often_gets_the_cut_with_its_next_deployment():
    answer = timing(deployed(2, 9))

    assert answer.reason == "waits_for_deployment"
    assert timing(deployed(0.2, 9)) == Go()


@pytest.mark.parametrize("record", [(), deployed(2), deployed(2, 15)])
def test_a_team_that_seldom_deploys_is_not_waited_for(record):
    assert timing(record) == Go()


def test_after_a_week_it_waits_no_longer():
    assert timing(deployed(2, 9), waits_days=6).reason == "waits_for_deployment"
    assert timing(deployed(2, 9), waits_days=7) == Go()


@pytest.mark.parametrize("shrink", [Shrink.WINDOW, Shrink.NOW])
def test_the_policy_may_wait_for_no_deployment(shrink):
    assert timing(deployed(2, 9), replace(APPLY, shrink=shrink)) == Go()


def test_our_own_deployments_and_the_creation_are_nobody_elses():
    ours = a_change(times={State.DEPLOYING: NOW - timedelta(days=9, seconds=20)})

    assert timing(deployed(2, 9), past=[ours]) == Go()
    assert timing(deployed(2, 9), created_days=9) == Go()
