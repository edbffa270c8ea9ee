"""The last questions before ECS is changed: each refuses, and they are asked in their order."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.samples import (
    APPLY,
    NOW,
    ON_DEMAND,
    SPOT_FIRST,
    a_change,
    a_deployment,
    a_service,
    revision,
)
from trimtab.decisions.guards import service_allows, switch_allows
from trimtab.model.change import Base, Kind, Target
from trimtab.model.decision import Go, Keep, Refuse, Setting, Wait
from trimtab.model.switch import NEVER_SET, UNREADABLE, Position, Switch
from trimtab.model.tags import Mode

GOOD = a_service()
HELD = Keep("held", "On hold.")
FAULTY = [
    ("service_gone", {"status": "DRAINING"}),
    ("other_controller", {"deployment_controller": "CODE_DEPLOY"}),
    ("other_controller", {"scheduling_strategy": "DAEMON"}),
    ("base_changed", {"task_definition": revision(2)}),
    ("deployment_in_progress", {"deployments": (a_deployment(rollout_state="IN_PROGRESS"),)}),
    ("deployment_in_progress", {"deployments": (a_deployment(), a_deployment(id="2", status="ACTIVE"))}),
    ("not_steady", {"running_count": 3}),
    ("not_steady", {"pending_count": 1}),
    ("would_interrupt", {"desired_count": 1, "running_count": 1, "minimum_healthy_percent": 50}),
    ("would_interrupt", {"desired_count": 0, "running_count": 0, "minimum_healthy_percent": 0}),
]


def ask(change=None, service=GOOD, setting=APPLY):
    return service_allows(change or a_change(), service, setting, NOW)


def a_shift(kind=Kind.SHIFT, **said):
    return a_change(
        kind=kind,
        base=Base(revision(1), SPOT_FIRST),
        target=Target(capacity_provider_strategy=ON_DEMAND),
        **said,
    )


def a_rollback(**said):
    back = {"base": Base(revision(2)), "target": Target(task_definition=revision(1))}
    return a_change(kind=Kind.ROLLBACK, **{**back, **said})


def test_a_service_that_is_as_it_was_decided_on_lets_the_change_through():
    assert ask() == Go()


@pytest.mark.parametrize(("reason", "said"), FAULTY)
def test_every_guard_says_no(reason, said):
    answer = ask(service=a_service(**said))

    assert answer.reason == reason
    assert answer.sentence


def test_a_service_that_is_gone_is_refused():
    assert ask(service=None, setting=None).reason == "service_gone"


def test_a_service_that_is_held_is_refused_with_the_reason_of_its_tags():
    assert ask(setting=HELD) == Refuse("held", "On hold.")


@pytest.mark.parametrize("mode", [mode for mode in Mode if mode < Mode.APPLY])
def test_a_mode_that_was_lowered_meanwhile_refuses(mode):
    assert ask(setting=Setting(mode)).reason == "mode_too_low"


def test_the_guards_are_asked_in_their_order():
    everything = {
        "status": "DRAINING",
        "deployment_controller": "CODE_DEPLOY",
        "task_definition": revision(2),
        "deployments": (a_deployment(rollout_state="IN_PROGRESS"),),
        "desired_count": 1,
        "minimum_healthy_percent": 50,
    }
    mended = [
        ("status", "ACTIVE"),
        ("deployment_controller", "ECS"),
        (None, None),
        ("task_definition", revision(1)),
        ("deployments", (a_deployment(),)),
        ("running_count", 1),
    ]
    reasons, setting = [], HELD
    for field, value in [("name", "orders"), *mended]:
        if field:
            everything[field] = value
        else:
            setting = APPLY
        reasons.append(ask(service=a_service(**everything), setting=setting).reason)

    assert reasons == [
        "service_gone",
        "other_controller",
        "held",
        "base_changed",
        "deployment_in_progress",
        "not_steady",
        "would_interrupt",
    ]


def test_what_somebody_deployed_meanwhile_supersedes_and_what_may_pass_waits():
    assert ask(service=a_service(task_definition=revision(2))).superseded
    waiting = ask(service=a_service(running_count=3))
    assert isinstance(waiting, Wait)
    assert waiting.until == NOW + timedelta(minutes=5)


def test_more_memory_does_not_wait_for_a_service_that_is_not_steady():
    assert ask(a_change(kind=Kind.RAISE_MEMORY), a_service(running_count=1)) == Go()


def test_a_shift_is_asked_about_the_strategy_and_not_the_revision():
    there = a_service(capacity_provider_strategy=SPOT_FIRST, task_definition=revision(9), running_count=1)

    assert ask(a_shift(), there) == Go()
    assert ask(a_shift(), replace(there, capacity_provider_strategy=ON_DEMAND)).reason == "base_changed"


def test_a_return_waits_until_the_service_is_steady():
    there = a_service(capacity_provider_strategy=SPOT_FIRST, running_count=1)

    assert ask(a_shift(Kind.RETURN), there).reason == "not_steady"


def test_a_rollback_goes_through_in_the_middle_of_a_deployment():
    deploying = a_service(
        task_definition=revision(2), running_count=1, deployments=(a_deployment(rollout_state="FAILED"),) * 2
    )

    assert ask(a_rollback(), deploying) == Go()


def test_a_rollback_leaves_a_newer_deployment_of_somebody_else_alone():
    assert ask(a_rollback(), a_service(task_definition=revision(3))).superseded


def test_a_rollback_of_a_strategy_is_asked_about_the_strategy():
    back = a_rollback(
        base=Base(capacity_provider_strategy=SPOT_FIRST), target=Target(capacity_provider_strategy=ON_DEMAND)
    )

    assert ask(back, a_service(capacity_provider_strategy=SPOT_FIRST)) == Go()
    assert ask(back, a_service(capacity_provider_strategy=ON_DEMAND)).superseded


def test_handing_over_needs_no_more_than_that_mode_and_no_rest():
    busy = a_service(deployments=(a_deployment(rollout_state="IN_PROGRESS"),), task_definition=revision(7))
    hand_over = a_change(kind=Kind.HAND_OVER)

    assert ask(hand_over, busy, Setting(Mode.HANDOVER)) == Go()
    assert ask(hand_over, busy, Setting(Mode.OBSERVE)).reason == "mode_too_low"


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("position", list(Position))
def test_the_switch_lets_through_everything_rollbacks_or_nothing(position, kind):
    change = a_change(kind=kind)

    answer = switch_allows(change, Switch(position, "why", "operator"), NOW)

    through = position is Position.RUN or (position is Position.ROLLBACK_ONLY and kind is Kind.ROLLBACK)
    assert isinstance(answer, Go if through else Wait)


def test_a_switch_nobody_set_lets_rollbacks_through_and_one_that_cannot_be_read_nothing():
    assert switch_allows(a_rollback(), NEVER_SET, NOW) == Go()
    assert switch_allows(a_change(), NEVER_SET, NOW).reason == "switched_off"
    assert switch_allows(a_rollback(), UNREADABLE, NOW).reason == "switched_off"
