"""The last questions before ECS is changed: each refuses, and they are asked in their order."""

from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

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
from trimtab.decisions.guards import (
    FORWARD_KINDS,
    alarms_allow,
    alone,
    service_allows,
    size_allows,
    switch_allows,
)
from trimtab.model.change import APPROVED_PLAN, Base, Kind, State, Target, plan_hash
from trimtab.model.change_window import ChangeWindow, Freeze
from trimtab.model.decision import Go, Keep, Refuse, Setting, Wait
from trimtab.model.policy import Shrink, Unclear
from trimtab.model.signals import Alarm
from trimtab.model.switch import NEVER_SET, UNREADABLE, Position, Switch
from trimtab.model.tags import Mode
from trimtab.model.task_size import TaskSize

GOOD = a_service()
HELD = Keep("held", "On hold.")
FREEZE = Freeze(NOW - timedelta(days=1), NOW + timedelta(days=2), "the shop's big week")
SPOT = replace(APPLY, profile="spot-first")
FROZEN = replace(SPOT, freezes=(FREEZE,))
AT_NOON = ChangeWindow(frozenset(range(7)), time(12), time(13), ZoneInfo("Europe/Berlin"))
WINDOWED = replace(SPOT, windows=(AT_NOON,))
FAULTY = [
    ("service_gone", {"status": "DRAINING"}),
    ("other_controller", {"deployment_controller": "CODE_DEPLOY"}),
    ("other_controller", {"scheduling_strategy": "DAEMON"}),
    ("base_changed", {"task_definition": revision(2)}),
    ("deployment_in_progress", {"deployments": (a_deployment(rollout_state="IN_PROGRESS"),)}),
    ("deployment_in_progress", {"deployments": (a_deployment(), a_deployment(id="2", status="ACTIVE"))}),
    ("scaled_to_zero", {"desired_count": 0, "running_count": 0}),
    ("not_steady", {"running_count": 3}),
    ("not_steady", {"pending_count": 1}),
    ("would_interrupt", {"desired_count": 1, "running_count": 1, "minimum_healthy_percent": 50}),
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
    assert ask(service=replace(GOOD, status="INACTIVE")).reason == "service_gone"


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
        (None, None),
        (None, None),
        ("deployments", (a_deployment(),)),
        ("running_count", 1),
    ]
    reasons, setting = [], HELD
    settings = iter([replace(FROZEN, windows=(AT_NOON,)), WINDOWED, APPLY])
    for field, value in [("name", "orders"), *mended]:
        if field:
            everything[field] = value
        else:
            setting = next(settings)
        reasons.append(ask(service=a_service(**everything), setting=setting).reason)

    assert reasons == [
        "service_gone",
        "other_controller",
        "held",
        "base_changed",
        "frozen",
        "outside_window",
        "deployment_in_progress",
        "not_steady",
        "would_interrupt",
    ]


def test_what_somebody_deployed_meanwhile_supersedes_and_what_may_pass_waits():
    assert ask(service=a_service(task_definition=revision(2))).superseded
    waiting = ask(service=a_service(running_count=3))
    assert isinstance(waiting, Wait)
    assert waiting.until == NOW + timedelta(minutes=5)


def test_a_service_that_is_scaled_to_zero_is_asked_again_in_half_an_hour():
    assert ask(service=a_service(desired_count=0, running_count=0)).until == NOW + timedelta(minutes=30)


def test_more_memory_does_not_wait_for_a_service_that_is_not_steady():
    assert ask(a_change(kind=Kind.RAISE_MEMORY), a_service(running_count=1)) == Go()


def test_a_shift_is_asked_about_the_strategy_and_not_the_revision():
    there = a_service(capacity_provider_strategy=SPOT_FIRST, task_definition=revision(9), running_count=1)

    assert ask(a_shift(), there, SPOT) == Go()
    assert ask(a_shift(), replace(there, capacity_provider_strategy=ON_DEMAND), SPOT).reason == "base_changed"


@pytest.mark.parametrize("kind", [Kind.SHIFT, Kind.RETURN])
def test_a_profile_that_was_taken_away_keeps_a_service_where_it_is(kind):
    there = a_service(capacity_provider_strategy=SPOT_FIRST)

    assert ask(a_shift(kind), there, APPLY).reason == "not_spot_first"


@pytest.mark.parametrize(
    ("kind", "floor_mib", "reason"),
    [
        (Kind.RESIZE, 1024, None),
        (Kind.RESIZE, 1025, "below_memory_floor"),
        (Kind.HAND_OVER, 1025, "below_memory_floor"),
        (Kind.RAISE_MEMORY, 1025, None),
        (Kind.ROLLBACK, 1025, None),
    ],
)
def test_nothing_is_cut_below_what_a_kill_has_asked_for_since(kind, floor_mib, reason):
    answer = size_allows(a_change(kind=kind, target=Target(size=TaskSize(512, 1024))), APPLY, floor_mib)

    assert getattr(answer, "reason", None) == reason


@pytest.mark.parametrize(
    ("kind", "bounds", "reason"),
    [
        (Kind.RESIZE, {"smallest": TaskSize(512, 2048)}, "outside_bounds"),
        (Kind.RESIZE, {"largest": TaskSize(256, 2048)}, "outside_bounds"),
        (Kind.RAISE_MEMORY, {"smallest": TaskSize(512, 2048)}, None),
        (Kind.RAISE_MEMORY, {"largest": TaskSize(512, 512)}, "outside_bounds"),
        (Kind.HAND_OVER, {"largest": TaskSize(512, 512)}, "outside_bounds"),
        (Kind.ROLLBACK, {"largest": TaskSize(256, 512)}, None),
    ],
)
def test_bounds_that_were_drawn_since_hold_for_every_new_size(kind, bounds, reason):
    change = a_change(kind=kind, target=Target(size=TaskSize(512, 1024)))

    assert getattr(size_allows(change, replace(APPLY, **bounds), 0), "reason", None) == reason


def test_a_return_waits_until_the_service_is_steady():
    there = a_service(capacity_provider_strategy=SPOT_FIRST, running_count=1)

    assert ask(a_shift(Kind.RETURN), there, SPOT).reason == "not_steady"


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


def any_kind(kind):
    """A Change of a kind with a base that the service is still on."""
    if kind in (Kind.SHIFT, Kind.RETURN):
        return a_shift(kind)
    return a_rollback(base=Base(revision(1))) if kind is Kind.ROLLBACK else a_change(kind=kind)


def on_spot():
    return a_service(capacity_provider_strategy=SPOT_FIRST)


@pytest.mark.parametrize("kind", [k for k in Kind if k not in (Kind.RESTART, Kind.ALERT)])
def test_a_freeze_puts_off_all_that_deploys_but_a_shift_and_the_way_back(kind):
    answer = ask(any_kind(kind), on_spot(), FROZEN)

    if kind in (Kind.SHIFT, Kind.ROLLBACK, Kind.TAG):
        assert answer == Go()
    else:
        assert (answer.reason, answer.until) == ("frozen", FREEZE.ends)
        assert "the shop's big week" in answer.sentence
        assert "2026-03-04 04:05 UTC" in answer.sentence


def test_a_freeze_binds_although_a_person_approved():
    change = a_change(mode="approve")
    approved = replace(change, applied={APPROVED_PLAN: plan_hash(change)})

    assert ask(approved, setting=replace(FROZEN, mode=Mode.APPROVE)).reason == "frozen"


def test_a_freeze_that_is_over_or_has_not_begun_holds_nothing():
    past = replace(FREEZE, ends=NOW)
    to_come = replace(FREEZE, begins=NOW + timedelta(seconds=1))

    assert ask(setting=replace(APPLY, freezes=(past, to_come))) == Go()


def test_of_two_freezes_the_longer_one_says_when_to_look_again():
    longer = replace(FREEZE, ends=NOW + timedelta(days=9))

    assert ask(setting=replace(APPLY, freezes=(longer, FREEZE))).until == longer.ends


@pytest.mark.parametrize("kind", [k for k in Kind if k is not Kind.RESTART])
def test_outside_its_windows_what_can_wait_waits_for_the_next_opening(kind):
    answer = ask(any_kind(kind), on_spot(), WINDOWED)

    if kind in (Kind.RESIZE, Kind.RETURN):
        assert (answer.reason, answer.until) == ("outside_window", NOW.replace(hour=11, minute=0, second=0))
        assert "opens at 2026-03-02 11:00 UTC" in answer.sentence
    else:
        assert answer == Go()


def test_within_its_window_a_resize_goes_through():
    assert service_allows(a_change(), GOOD, WINDOWED, NOW.replace(hour=11, minute=30)) == Go()


def test_handing_over_needs_no_more_than_that_mode_and_no_rest():
    busy = a_service(deployments=(a_deployment(rollout_state="IN_PROGRESS"),), task_definition=revision(7))
    hand_over = a_change(kind=Kind.HAND_OVER)

    assert ask(hand_over, busy, Setting(Mode.HANDOVER)) == Go()
    assert ask(hand_over, busy, Setting(Mode.OBSERVE)).reason == "mode_too_low"


ALARM, NO_DATA, MISSING = Alarm("errors", "ALARM"), Alarm("errors", "INSUFFICIENT_DATA"), Alarm("errors", "")
FINE = Alarm("latency", "OK")


def alarmed(kind, *alarms, setting=APPLY):
    return alarms_allow(a_change(kind=kind), alarms, setting, NOW)


@pytest.mark.parametrize("kind", FORWARD_KINDS)
def test_nothing_is_begun_while_a_linked_alarm_fires(kind):
    answer = alarmed(kind, FINE, ALARM, setting=Setting(Mode.APPLY, unclear_signals=Unclear.IGNORE))

    assert (answer.reason, answer.until) == ("alarm_firing", NOW + timedelta(minutes=5))
    assert "The alarm errors of orders fires" in answer.sentence
    assert alarmed(kind, FINE, FINE) == Go()
    assert alarmed(kind) == Go()


@pytest.mark.parametrize("unclear", [NO_DATA, MISSING])
def test_an_alarm_that_cannot_tell_holds_up_what_can_wait_and_nothing_else(unclear):
    waits = {kind for kind in FORWARD_KINDS if alarmed(kind, FINE, unclear) != Go()}

    assert waits == {Kind.RESIZE, Kind.RETURN}
    assert alarmed(Kind.RESIZE, unclear).reason == "alarm_unclear"


def test_the_policy_says_whether_an_alarm_that_cannot_tell_holds_a_change_up():
    strict, easy = (Setting(Mode.APPLY, unclear_signals=one) for one in (Unclear.WAIT, Unclear.IGNORE))

    assert alarmed(Kind.SHIFT, NO_DATA, setting=strict).reason == "alarm_unclear"
    assert alarmed(Kind.RESIZE, NO_DATA, setting=easy) == Go()


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


def test_a_service_that_was_made_anew_on_the_same_revision_is_another_one():
    since = replace(GOOD, created_at=NOW + timedelta(minutes=5))
    before = replace(GOOD, created_at=NOW - timedelta(hours=1))

    assert ask(service=since).reason == ask(service=before).reason == "base_changed"
    assert ask(a_rollback(base=Base(revision(1))), since) == Go()


def test_a_deployment_since_the_decision_on_the_same_revision_changes_nothing():
    moved = replace(GOOD, deployments=(a_deployment(created_at=NOW + timedelta(minutes=5)),))

    assert ask(service=moved) == Go()


@pytest.mark.parametrize(
    ("size", "shrink", "waits"),
    [
        (TaskSize(2048, 8192), Shrink.PIGGYBACK, False),
        (TaskSize(1024, 8192), Shrink.WINDOW, False),
        (TaskSize(512, 8192), Shrink.PIGGYBACK, True),
        (TaskSize(512, 1024), Shrink.WINDOW, True),
        (TaskSize(512, 1024), Shrink.NOW, False),
    ],
)
def test_only_what_cuts_something_waits_for_a_window(size, shrink, waits):
    windowed = replace(WINDOWED, shrink=shrink)

    answer = ask(a_change(target=Target(size=size)), setting=windowed)

    assert getattr(answer, "reason", "") == ("outside_window" if waits else "")


def test_what_grows_keeps_to_a_freeze_all_the_same():
    grown = a_change(target=Target(size=TaskSize(2048, 8192)))

    assert ask(grown, setting=FROZEN).reason == "frozen"


def test_a_new_size_waits_while_the_service_is_being_shifted():
    moving = a_shift(id="s", state=State.WATCHING, applied={"deployment": "d"})
    over = replace(moving, state=State.SUCCEEDED)
    planned = a_shift(id="p")

    assert alone(a_change(), [moving], NOW).reason == "shift_in_progress"
    assert alone(a_change(), [over, planned, a_change()], NOW) == Go()
    assert alone(a_change(kind=Kind.RAISE_MEMORY), [moving], NOW) == Go()
