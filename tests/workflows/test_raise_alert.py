from dataclasses import replace

import pytest

from tests.samples import ORDERS, a_change, a_crash, a_service, revision
from trimtab.model.change import Kind, State, Turn
from trimtab.model.deployment_event import DeploymentEvent
from trimtab.model.policy import Policy, ServiceRule, StandaloneRule
from trimtab.model.service_action import ServiceAction
from trimtab.model.tags import Mode
from trimtab.workflows.raise_alert import hear_of_deployment, hear_of_service
from trimtab.workflows.restart_stopped_task import restart_stopped_task

TOPIC = "arn:aws:sns:eu-west-1:111122223333:team-orders"


@pytest.fixture
def orders(scene):
    scene.ecs.has(a_service(tags={"trimtab:mode": "observe"}))


def crash(scene, name, **said):
    """Let one more task stop now and hear of it."""
    now = scene.clock.now()
    of_orders = {"group": "service:orders", "task_definition_arn": revision(1), "stopped_at": now}
    restart_stopped_task(a_crash(name, **{**of_orders, **said}), name, scene.world)
    scene.clock.forward(minutes=1)


def alerts(scene):
    return scene.found(kind=Kind.ALERT)


def test_a_crash_loop_of_a_service_is_told_once(scene, orders):
    for name in "ab":
        crash(scene, name)
    assert alerts(scene) == []

    for name in "cdef":
        crash(scene, name)

    (alert,) = alerts(scene)
    assert (alert.workload, alert.state, alert.turn) == (ORDERS, State.NEEDS_HUMAN, Turn.NONE)
    assert (alert.reason, alert.evidence["stops"]) == ("crash_loop", 3)
    assert "Trimtab changed nothing" in alert.outcome_sentence
    assert scene.kept.counts["AlertsRaised"] == 1


def test_ecs_is_not_asked_for_each_task_of_a_crash_loop_that_was_told(scene, orders):
    asked = []

    class Counted:
        def describe(self, arn):
            asked.append(arn)
            return scene.ecs.services.describe(arn)

    scene.world = replace(scene.world, services=Counted())
    for name in "abc":
        crash(scene, name)
    told = len(asked)
    for name in "defghi":
        crash(scene, name)

    assert (len(alerts(scene)), told, len(asked)) == (1, 1, 1)


def test_the_same_stop_told_again_and_again_is_no_crash_loop(scene, orders):
    at = scene.clock.now()
    for _ in range(5):
        crash(scene, "same", stopped_at=at)

    assert alerts(scene) == []


def test_what_goes_on_is_told_again_a_day_later_and_a_new_revision_at_once(scene, orders):
    for name in "abc":
        crash(scene, name)
    scene.clock.forward(hours=25)
    for name in "def":
        crash(scene, name)
    assert len(alerts(scene)) == 2

    for name in "ghi":
        crash(scene, name, task_definition_arn=revision(2))
    scene.ecs.change(ORDERS, task_definition=revision(2))
    crash(scene, "j", task_definition_arn=revision(2))

    assert len(alerts(scene)) == 3


@pytest.mark.parametrize(
    "tags", [{"trimtab:mode": "off"}, {}, {"trimtab:mode": "observe", "trimtab:hold": "true"}]
)
def test_a_service_that_did_not_ask_for_it_is_not_spoken_of(scene, tags):
    scene.ecs.has(a_service(tags=tags))

    for name in "abc":
        crash(scene, name)

    assert alerts(scene) == []


def test_a_large_service_is_not_in_a_crash_loop_for_three_of_its_tasks(scene, orders):
    scene.ecs.change(ORDERS, desired_count=40)

    for name in "abc":
        crash(scene, name)

    assert alerts(scene) == []


def test_its_owners_topic_is_that_of_the_policy(scene, orders):
    scene.control.policy = Policy(1, (ServiceRule(service="orders", alerts_topic=TOPIC),))

    for name in "abc":
        crash(scene, name)

    assert alerts(scene)[0].evidence["alerts_topic"] == TOPIC


def test_a_family_of_standalone_tasks_has_its_crash_loop_told(scene):
    scene.control.policy = Policy(
        1, (), (StandaloneRule(family="nightly", mode=Mode.OBSERVE, alerts_topic=TOPIC),)
    )

    for name in "abc":
        crash(scene, name, group="family:nightly", task_definition_arn=revision(3, "nightly"))

    (alert,) = alerts(scene)
    assert alert.workload == revision(3, "nightly").rpartition(":")[0]
    assert (alert.name, alert.mode, alert.evidence["alerts_topic"]) == ("nightly", "observe", TOPIC)


def test_a_family_that_nobody_declared_follows_the_stacks_default(scene):
    scene.control.policy = Policy(1)
    for name in "abc":
        crash(scene, name, group="family:nightly", task_definition_arn=revision(3, "nightly"))
    assert alerts(scene) == []

    scene.world = replace(scene.world, default_mode=Mode.OBSERVE)
    crash(scene, "d", group="family:nightly", task_definition_arn=revision(3, "nightly"))

    assert [alert.mode for alert in alerts(scene)] == ["observe"]


def test_what_another_orchestrator_retries_is_its_own_business(scene):
    scene.world = replace(scene.world, default_mode=Mode.OBSERVE)

    for name in "abcde":
        crash(scene, name, group="family:etl", started_by="AWS Step Functions")

    assert alerts(scene) == []


IMPAIRED = ServiceAction(ORDERS, "SERVICE_TASK_START_IMPAIRED", "WARN")
FAILED = DeploymentEvent(ORDERS, "SERVICE_DEPLOYMENT_FAILED", "ecs-svc/77", "ERROR", "tasks failed to start.")


def test_trouble_that_ecs_reports_is_told_once_with_the_last_stops(scene, orders):
    crash(scene, "a")

    for event in "xyz":
        hear_of_service(IMPAIRED, event, scene.world)

    (alert,) = alerts(scene)
    assert (alert.reason, alert.cause) == ("unexplained_failure", "x")
    assert "Its last stops: 04:05:06Z application job=1." in alert.sentence


def test_a_service_without_recent_stops_has_that_said(scene, orders):
    hear_of_service(IMPAIRED, "x", scene.world)

    assert "No task of it stopped in the last hour." in alerts(scene)[0].sentence


def test_a_steady_service_is_no_trouble(scene, orders):
    hear_of_service(replace(IMPAIRED, event_name="SERVICE_STEADY_STATE", event_type="INFO"), "x", scene.world)

    assert alerts(scene) == []


def test_a_failed_deployment_of_somebody_else_is_told(scene, orders):
    hear_of_deployment(FAILED, "x", scene.world)

    assert [alert.reason for alert in alerts(scene)] == ["deployment_failed"]


def test_a_failed_deployment_is_not_told_again_as_a_crash_loop_for_the_same_cause(scene, orders):
    crash(scene, "a")
    hear_of_deployment(FAILED, "x", scene.world)
    for name in "bcd":
        crash(scene, name)

    (alert,) = alerts(scene)
    assert alert.reason == "deployment_failed"
    assert "Container job exited by itself with code 1." in alert.sentence


def test_a_crash_loop_for_another_cause_than_the_one_told_is_news(scene, orders):
    hear_of_deployment(FAILED, "x", scene.world)
    for name in "abc":
        crash(scene, name)

    assert sorted(alert.reason for alert in alerts(scene)) == ["crash_loop", "deployment_failed"]


def test_a_deployment_that_fails_for_want_of_tasks_that_live_is_news_after_a_crash_loop(scene, orders):
    for name in "abc":
        crash(scene, name)
    hear_of_service(IMPAIRED, "x", scene.world)
    hear_of_deployment(FAILED, "y", scene.world)

    assert sorted(alert.reason for alert in alerts(scene)) == ["crash_loop", "deployment_failed"]


def test_a_failed_deployment_of_ours_is_the_settlers(scene, orders):
    scene.record(a_change(applied={"deployment": FAILED.deployment_id}))

    hear_of_deployment(FAILED, "x", scene.world)

    assert alerts(scene) == []


def test_trouble_of_a_service_that_is_gone_is_no_news(scene):
    hear_of_service(IMPAIRED, "x", scene.world)
    hear_of_deployment(FAILED, "x", scene.world)

    assert alerts(scene) == []
