"""Families of standalone tasks under Container Insights: what the plan of the day makes of their usage."""

from tests.lab.measured import Flat
from tests.scenarios.look import CLUSTER, End
from trimtab_lab.ecs.behaviour import Plan

HOUR, DAY = 3600.0, 86_400.0


def insights(account, value="enabled"):
    settings = [{"name": "containerInsights", "value": value}]
    account.call("UpdateClusterSettings", cluster=CLUSTER, settings=settings)


def nights(account, count):
    """Run a job of an hour each night, in a size that is far too large for it."""
    account.register("nightly", cpu="1024", memory="8192")
    account.lab.usage.set(CLUSTER, "nightly", Flat(cpu_units=150, memory_mib=700, burst=1.1))
    for _ in range(count):
        account.launch("nightly", Plan(run_seconds=HOUR))
        account.run(DAY)


def rows_of_families(account):
    """Return the rows of the last plan that are of families, by family."""
    plans = [row for row in account.control("plan") if "service" not in row and "family" in row]
    last = max(plans, key=lambda row: row["expires_at"])
    return {row["family"]: row for row in plans if row["key"] == last["key"]}


def test_a_nightly_job_is_proposed_the_size_that_its_runs_used_and_nothing_is_registered(account):
    insights(account)
    nights(account, 4)

    row = rows_of_families(account)["nightly"]
    assert (row["action"], row["reason"], row["memory_mib"]) == ("propose", "too_large", 8192)
    assert row["proposed_memory_mib"] < 8192 and row["proposed_cpu_units"] < 1024
    end = account.end()
    assert (end.wrote, end.changes) == ((), ())


def test_without_container_insights_each_declared_family_says_what_to_turn_on(account):
    nights(account, 2)

    rows = rows_of_families(account)
    assert {row["reason"] for row in rows.values()} == {"family_not_measured"}
    assert "containerInsights" in rows["nightly"]["sentence"]
    assert account.end().running == End().running
