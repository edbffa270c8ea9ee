"""The demo tells its story from any seed, the same one twice, and never touches what it was not asked to."""

import json
from functools import cache

import pytest

from trimtab.model.handed_size import read_handed_size
from trimtab_cli.demo import run
from trimtab_cli.demo.fleet import SERVICES
from trimtab_cli.demo.idle import Nothing
from trimtab_cli.demo.run import Life
from trimtab_cli.demo.story import Line, refusals, timeline

NEVER_TOUCHED = ("reports-ui", "accounts", "notifier", "legacy-soap", "vault", "crm")


@cache
def life(seed: int, days: int, with_trimtab: bool) -> Life:
    return run.live(seed, days, with_trimtab, None, lambda _: None)


def lines(seed: int, days: int = 14) -> list[Line]:
    return timeline(life(seed, days, True).changes)


def outcomes(seed: int) -> set[tuple[str, str]]:
    return {(line.kind, line.state) for line in lines(seed)}


def test_every_job_travels_the_whole_line():
    found = outcomes(7)

    assert {
        ("restart", "succeeded"), ("resize", "succeeded"), ("raise_memory", "succeeded"),
        ("shift", "succeeded"), ("return", "succeeded"), ("hand_over", "succeeded"),
    } <= found  # fmt: skip


def test_what_goes_wrong_is_taken_back():
    found = outcomes(7)

    assert {("return", "rolled_back"), ("rollback", "succeeded")} <= found


def test_a_deploy_that_comes_out_during_a_roll_out_of_ours_wins():
    checkout = [line for line in lines(9) if line.workload == "checkout" and line.kind == "resize"]

    assert any(line.state == "superseded" for line in checkout)


def test_no_handler_fails():
    failed = [i for i in life(7, 14, True).invocations if i.outcome != "succeeded"]

    assert failed == []


@pytest.mark.parametrize("service", NEVER_TOUCHED)
def test_services_that_do_not_ask_for_it_are_never_updated(service):
    calls = life(7, 14, True).lab.calls
    touched = [c for c in calls if c.operation == "UpdateService" and c.principal == "apply_change"]

    assert not [c for c in touched if c.request["service"].endswith(f"/{service}")]


def test_only_the_applier_changes_ecs():
    writes = ("UpdateService", "RunTask", "RegisterTaskDefinition", "StopTask", "TagResource")
    writers = {c.principal for c in life(7, 14, True).lab.calls if c.operation in writes}

    assert writers - {"team", "job-runner", "alice", "bob", "carol", "pipeline"} == {"apply_change"}


def test_every_deploy_of_people_keeps_its_image():
    totals = life(7, 14, True).totals

    assert totals.deploys == totals.deploys_preserved > len(SERVICES)


def test_a_handed_over_size_lies_in_parameters_and_the_service_keeps_its_own():
    lab = life(7, 14, True).lab
    answer = lab.call("ssm", "GetParameter", {"Name": "/trimtab/prod/accounts/memory"})

    assert int(answer["Parameter"]["Value"]) < 4096
    whole = lab.call("ssm", "GetParameter", {"Name": "/trimtab/prod/accounts/size"})["Parameter"]["Value"]
    assert read_handed_size(json.loads(whole)).size.memory_mib == int(answer["Parameter"]["Value"])


def test_the_refusals_name_their_reasons():
    found = {(one.workload, one.reason) for one in refusals(life(7, 14, True).control)}

    assert {
        ("legacy-soap", "size: malformed_tag"),
        ("vault", "size: held"),
        ("etl-step", "stop: application, ignore"),
        ("migrate-once", "stop: application, not_declared"),
    } <= found


def test_a_full_cluster_and_a_missing_image_are_told_and_left_to_people():
    refused = {(line.workload, line.kind) for line in lines(7) if line.state == "refused"}

    assert {("ledger", "shift"), ("month-end", "restart")} <= refused


def test_without_trimtab_nothing_is_started_again():
    assert life(7, 14, False).totals.restarts == 0


def test_trimtab_makes_the_difference_it_is_for():
    off, on = life(7, 14, False).totals, life(7, 14, True).totals

    assert on.fargate_usd < off.fargate_usd
    assert on.memory_kills < off.memory_kills
    assert on.jobs_lost < off.jobs_lost
    assert on.task_minutes_missing < off.task_minutes_missing


def test_the_same_seed_is_the_same_life():
    again = run.live(7, 4, True, None, lambda _: None)

    assert timeline(again.changes) == timeline(life(7, 4, True).changes)
    assert again.totals == life(7, 4, True).totals
    assert refusals(again.control) == refusals(life(7, 4, True).control)


def test_skipping_schedules_that_have_nothing_to_do_changes_no_outcome(monkeypatch):
    skipping = life(3, 5, True)
    monkeypatch.setattr(Nothing, "predicates", lambda self: {})

    waking = run.live(3, 5, True, None, lambda _: None)

    assert len(waking.invocations) > 2 * len(skipping.invocations)
    assert timeline(waking.changes) == timeline(skipping.changes)
    assert waking.totals == skipping.totals


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20, 26))
def test_another_seed_still_tells_the_story(seed):
    found = outcomes(seed)
    totals = life(seed, 14, True).totals

    assert {
        ("restart", "succeeded"), ("resize", "succeeded"), ("resize", "superseded"),
        ("raise_memory", "succeeded"), ("shift", "succeeded"), ("return", "succeeded"),
        ("hand_over", "succeeded"), ("shift", "refused"),
    } <= found  # fmt: skip
    assert totals.deploys == totals.deploys_preserved
    assert not [i for i in life(seed, 14, True).invocations if i.outcome != "succeeded"]
