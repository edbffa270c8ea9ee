"""Rows 9, 10, 16 and 17 for jobs: what died by itself, and what nobody can explain."""

from dataclasses import replace

from tests.scenarios.account import OVERRIDES
from tests.scenarios.ends import left_alone, refused, restarted
from tests.scenarios.look import End
from trimtab_lab.ecs.behaviour import Plan

CRASH = Plan(run_seconds=200, exit_code=1)
HALF_AN_HOUR, HOUR = 1800.0, 3600.0


def test_row_9_a_job_killed_for_memory_is_started_again_with_more(account):
    first = account.launch_running("nightly")
    account.lab.ecs.kill_for_memory(first)
    account.run(HALF_AN_HOUR)

    ((_, again),) = account.starts()
    assert int(again["overrides"]["memory"]) > 512
    assert again["overrides"]["containerOverrides"] == OVERRIDES["containerOverrides"]
    assert [task.memory_mib for task in account.tasks_of("nightly")] == [int(again["overrides"]["memory"])]
    assert account.end() == restarted("nightly", "out_of_memory_told")


def test_row_10_a_job_killed_without_a_word_keeps_its_memory(account):
    first = account.launch_running("nightly")
    account.lab.ecs.crash(first, 137)
    account.run(HALF_AN_HOUR)

    ((_, again),) = account.starts()
    assert again["overrides"] == OVERRIDES
    assert account.end() == restarted("nightly", "killed_without_a_word")


def test_row_16_a_stop_code_that_nobody_knows_is_told_and_nothing_is_started(account):
    first = account.launch_running("nightly")
    account.lab.ecs.stop(first, "SolarFlare", "Task stopped")
    account.run(HALF_AN_HOUR)

    assert account.end() == refused("nightly", "unknown_stop_code", "cause_unknown")


def test_row_17_a_crashed_job_is_started_again_as_it_was_launched(account):
    first = account.launch_running("nightly", CRASH)
    account.run(HALF_AN_HOUR)

    ((_, again),) = account.starts()
    assert again["startedBy"].startswith("trimtab/")
    assert again["overrides"] == OVERRIDES
    assert {"key": "team", "value": "data"} in again["tags"]
    assert [task.arn for task in account.tasks_of("nightly")] != [first]
    assert account.end() == restarted("nightly", "exited_non_zero")


def test_row_17_a_restart_that_does_its_work_is_the_end_of_it(account):
    account.launch_running("nightly", CRASH, Plan(run_seconds=100))
    account.run(HALF_AN_HOUR)

    end = restarted("nightly", "exited_non_zero", "finished", running=0)
    assert account.end() == replace(end, kept=(*end.kept, "nightly: exited_zero, ignore"))


def test_row_17_a_job_that_nobody_declared_is_left_alone(account):
    account.launch_running("undeclared", CRASH)
    account.run(HALF_AN_HOUR)

    assert account.end() == left_alone("undeclared", "exited_non_zero", "not_declared")


def test_row_17_an_exit_that_the_policy_names_is_not_tried_again(account):
    account.launch_running("picky", Plan(run_seconds=200, exit_code=78))
    account.run(HALF_AN_HOUR)

    assert account.end() == refused("picky", "exited_non_zero", "exit_stops")


def test_row_17_a_job_that_fails_alike_twice_right_after_its_start_is_given_up(account):
    account.launch("nightly", *[Plan(run_seconds=30, exit_code=3)] * 5)
    account.run(HOUR)

    assert account.end() == End(
        wrote=("RunTask nightly",),
        changes=("restart nightly: failed, stopped_again", "restart nightly: refused, same_failure_again"),
        kept=("nightly: exited_non_zero, planned", "nightly: exited_non_zero, same_failure_again"),
        told=(
            "restart nightly: planned",
            "restart nightly: deploying",
            "restart nightly: refused",
            "restart nightly: failed",
        ),
    )


def test_row_17_a_job_that_goes_on_crashing_is_given_up_when_its_attempts_are_used_up(account):
    account.launch("nightly", *[Plan(run_seconds=120, exit_code=number) for number in range(1, 9)])
    account.run(2 * HOUR)

    end = account.end()
    assert end.running == {}
    assert end.wrote == ("RunTask nightly",) * 3
    assert end.changes.count("alert nightly: needs_human, crash_loop") == 1
    assert end.changes[-1] == "restart nightly: refused, attempts_used_up"


def test_row_17_a_scheduled_job_is_started_again_before_its_next_run(account):
    account.launch_running("hourly", CRASH, startedBy="events-rule/hourly")
    account.run(HALF_AN_HOUR)

    assert account.end() == restarted("hourly", "exited_non_zero")


def test_row_17_a_scheduled_job_whose_next_run_has_started_is_not_started_again(account):
    account.launch_running("hourly", startedBy="events-rule/hourly")
    (first,) = account.tasks_of("hourly")
    account.launch_running("hourly", startedBy="events-rule/hourly")
    account.lab.ecs.crash(first.arn)
    account.run(HALF_AN_HOUR)

    assert account.end() == End(
        running={"hourly": 1},
        changes=("restart hourly: refused, next_run_started",),
        kept=("hourly: exited_non_zero, planned",),
        told=("restart hourly: planned", "restart hourly: refused"),
    )
