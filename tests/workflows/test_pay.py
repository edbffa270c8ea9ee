"""Limits hold back what would be too much, and nothing is lost by it."""

from dataclasses import replace

import pytest

from tests.doubles.meanwhile import Faulty, Meanwhile
from tests.samples import a_change, a_definition, a_service, revision
from trimtab.decisions.budgets import RUNNING
from trimtab.model.budget import Charge, Limits
from trimtab.model.change import Base, State, Target
from trimtab.model.errors import RejectedError, ThrottledError, UnreadableError
from trimtab.model.policy import Policy
from trimtab.model.task_size import TaskSize
from trimtab.workflows.pay import BEGUN_UNDER

ERA = "0.1.0/1"


def resizes(scene, count):
    """A resize each for services of their own."""
    found = []
    for number in range(count):
        name = f"web{number}"
        scene.ecs.has(a_service(name), a_definition(family=name))
        arn = a_service(name).arn
        base = Base(revision(1, name), size=TaskSize(1024, 4096))
        found.append(scene.record(a_change(workload=arn, id=f"resize-{name}", name=name, base=base)))
    return found


def states(scene, changes):
    return [scene.now(one).state for one in changes]


def test_resizes_roll_out_one_after_the_other(scene):
    changes = resizes(scene, 3)
    scene.deliver()

    assert states(scene, changes) == [State.DEPLOYING, State.PLANNED, State.PLANNED]
    assert scene.now(changes[1]).outcome == "budget_spent"
    assert len(scene.ecs.registered) == 1

    scene.ecs.finish(changes[0].workload)
    scene.minutes(12)

    assert states(scene, changes)[1] is State.DEPLOYING


def test_after_a_success_two_roll_out_together(scene):
    scene.budgets.note_end(True, scene.clock.now(), ERA, "resize0")
    changes = resizes(scene, 3)
    scene.deliver()

    assert states(scene, changes).count(State.DEPLOYING) == 2


def test_a_service_is_resized_no_more_often_than_its_limit_says(scene):
    scene.control.policy = Policy(1, limits=Limits(size_changes_per_service_per_day=1))
    scene.ecs.has(a_service(), a_definition())
    first = scene.record(a_change(watch_seconds=60))
    scene.deliver()
    scene.ecs.finish(first.workload)
    scene.minutes(8)
    second = scene.record(
        a_change(id="resize2", base=Base(revision(2)), target=Target(size=TaskSize(256, 512)))
    )

    scene.deliver()

    assert (scene.now(second).state, scene.now(second).outcome) == (State.PLANNED, "budget_spent")


def test_a_change_that_is_put_off_and_comes_again_pays_once(scene):
    scene.control.policy = Policy(1, limits=Limits(changes_per_account_per_hour=1))
    scene.ecs.has(a_service(running_count=1), a_definition())
    change = scene.record(a_change())
    scene.deliver()
    scene.ecs.change(change.workload, running_count=4)

    scene.minutes(7)

    assert scene.now(change).state is State.DEPLOYING


def test_a_place_whose_holder_is_gone_is_given_back(scene):
    gone = "arn:aws:ecs:eu-west-1:111122223333:service/shop/gone nothing"
    scene.budgets.charge([Charge(RUNNING, RUNNING, 1, scene.clock.now())], gone)
    (change,) = resizes(scene, 1)

    scene.deliver()
    scene.minutes(7)

    assert scene.now(change).state is State.DEPLOYING


def test_a_change_that_has_to_wait_after_all_keeps_no_place(scene):
    first, second = resizes(scene, 2)

    def begins_to_scale():
        scene.ecs.change(first.workload, running_count=1)

    struck = Meanwhile(scene.world.deployer, "register_resized", begins_to_scale)
    scene.apply(first, replace(scene.world, deployer=struck))
    scene.apply(second, scene.world)

    assert states(scene, (first, second)) == [State.PLANNED, State.DEPLOYING]


def test_failures_of_our_own_hold_the_next_resize_but_not_a_rollback(scene):
    changes = resizes(scene, 5)
    for number in range(3):
        scene.budgets.note_end(False, scene.clock.now(), ERA, f"resize{number}")

    scene.deliver()

    assert {scene.now(one).outcome for one in changes} == {"breaker_open"}


@pytest.mark.parametrize("good", [True, False])
def test_how_a_resize_ended_is_added_to_the_record(scene, good):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change(watch_seconds=60))
    scene.deliver()
    if good:
        scene.ecs.finish(change.workload)
        scene.minutes(8)
    else:
        scene.ecs.finish(change.workload, "FAILED", "tasks failed to start")
        scene.minutes(7)
        scene.ecs.finish(change.workload)
        scene.minutes(7)

    assert scene.budgets.record(ERA).successes == int(good)
    assert len(scene.budgets.record(ERA).failures) == int(not good)


def test_a_new_release_begins_a_few_resizes_until_one_has_ended_well(scene):
    few = Limits(canary_changes=2, running_changes=99)
    scene.control.policy = Policy(1, limits=few)
    scene.budgets.note_end(
        True, scene.clock.now(), "0.0.9/1", "resize0"
    )  # what the release before had proved
    changes = resizes(scene, 4)
    for change in changes:
        scene.deliver()
        scene.ecs.finish(change.workload)
        scene.minutes(7)

    begun = [scene.now(one) for one in changes if scene.now(one).state is State.WATCHING]
    waiting = [scene.now(one) for one in changes if scene.now(one).state is State.PLANNED]
    assert (len(begun), {one.outcome for one in waiting}) == (2, {"canary"})
    assert {one.applied[BEGUN_UNDER] for one in begun} == {ERA}

    scene.budgets.note_end(True, scene.clock.now(), ERA, "resize0")
    scene.minutes(61)

    assert states(scene, changes).count(State.PLANNED) < 2


def test_a_canary_that_says_nothing_gives_its_place_to_another(scene):
    scene.control.policy = Policy(1, limits=Limits(canary_changes=1))
    first, second = resizes(scene, 2)
    scene.deliver()
    scene.ecs.finish(first.workload)
    scene.ecs.person_deploys(first.workload, revision(9, "web0"))
    scene.ecs.finish(first.workload)
    scene.minutes(130)

    assert scene.now(first).state is State.SUPERSEDED
    assert scene.now(second).state is State.DEPLOYING


def test_a_canary_that_went_wrong_keeps_its_place(scene):
    scene.control.policy = Policy(1, limits=Limits(canary_changes=1))
    first, second = resizes(scene, 2)
    scene.deliver()
    scene.ecs.finish(first.workload, "FAILED", "tasks failed to start")
    scene.minutes(7)
    scene.ecs.finish(first.workload)
    scene.minutes(20)

    assert scene.now(first).state is State.ROLLED_BACK
    assert scene.now(second).outcome == "canary"


def test_another_version_of_the_policy_begins_with_canaries_and_one_at_a_time(scene):
    for number in range(5):
        scene.budgets.note_end(True, scene.clock.now(), ERA, f"resize{number}")
    scene.control.policy = Policy(2)
    changes = resizes(scene, 3)

    scene.deliver()

    assert states(scene, changes).count(State.DEPLOYING) == 1


def test_a_resize_that_ends_after_the_policy_changed_proves_nothing_of_the_new_one(scene):
    scene.control.policy = Policy(1)
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change(watch_seconds=60))
    scene.deliver()
    scene.control.policy = Policy(2)
    scene.ecs.finish(change.workload)
    scene.minutes(8)

    assert scene.now(change).state is State.SUCCEEDED
    assert not scene.budgets.record("0.1.0/2").proved
    assert scene.budgets.record("0.1.0/1").proved


def test_a_place_whose_holder_cannot_be_read_is_given_back_and_told(scene):
    strange = "arn:aws:ecs:eu-west-1:111122223333:service/shop/strange old1"
    scene.budgets.charge([Charge(RUNNING, RUNNING, 1, scene.clock.now())], strange)
    (change,) = resizes(scene, 1)

    class OfAnotherVersion:
        def __getattr__(self, name):
            return getattr(scene.changes, name)

        def get(self, workload, change_id):
            if change_id == "old1":
                raise UnreadableError("written by another version")
            return scene.changes.get(workload, change_id)

    scene.world = replace(scene.world, changes=OfAnotherVersion())
    scene.deliver(scene.world)
    scene.minutes(7)

    assert scene.now(change).state is State.DEPLOYING
    assert scene.kept.counts["UnreadableChanges"] == 1


def test_a_policy_that_turns_unreadable_on_the_way_is_not_replaced_by_wider_limits(scene):
    (change,) = resizes(scene, 1)
    scene.control.policy = Policy(1, limits=Limits(changes_per_account_per_hour=0))

    class TurnsUnreadable:
        def __init__(self):
            self.answers = [scene.control.switch_and_policy()]

        def __getattr__(self, name):
            return getattr(scene.control, name)

        def switch_and_policy(self):
            return self.answers.pop() if self.answers else (scene.control.switch, None)

    scene.apply(change, replace(scene.world, control=TurnsUnreadable()))

    assert (scene.now(change).state, scene.now(change).outcome) == (State.PLANNED, "policy_unreadable")
    assert scene.ecs.registered == []


def test_a_limit_that_others_are_counted_against_at_this_instant_is_asked_again_in_a_minute(scene):
    (change,) = resizes(scene, 1)

    scene.apply(change, replace(scene.world, budgets=Faulty(scene.budgets, "charge", ThrottledError("busy"))))

    assert (scene.now(change).state, scene.now(change).outcome) == (State.PLANNED, "throttled")
    assert scene.changes.head(change.workload) is None


def test_what_aws_refused_to_carry_out_opens_no_breaker_and_burns_no_canary(scene):
    scene.control.policy = Policy(1, limits=Limits(canary_changes=1, failures_that_pause=1))
    first, second = resizes(scene, 2)
    refuses = Faulty(scene.world.deployer, "register_resized", RejectedError("iam:PassRole"))

    scene.apply(first, replace(scene.world, deployer=refuses))
    assert scene.now(first).outcome == "aws_refused"
    scene.deliver()
    scene.clock.forward(hours=1)
    scene.minutes(1)

    assert scene.budgets.record(ERA).failures == ()
    assert scene.now(second).state is State.DEPLOYING
