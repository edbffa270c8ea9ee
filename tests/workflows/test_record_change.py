"""What is decided again: recorded once while it stands, told once while it says the same."""

from dataclasses import replace

import pytest

from tests.samples import ON_DEMAND, ORDERS, SPOT_FIRST, a_definition, a_service, a_spot_service
from trimtab.model.change import Kind, State, Turn
from trimtab.model.decision import Keep, Resize, Setting, Shift
from trimtab.model.tags import Mode
from trimtab.model.task_size import TaskSize
from trimtab.workflows.announce_change import announce_change
from trimtab.workflows.record_change import record_for_service, setting_under

CURRENT, SMALL, SMALLER = TaskSize(1024, 4096), TaskSize(512, 2048), TaskSize(512, 1024)


@pytest.fixture
def orders(scene):
    scene.ecs.has(a_service(), a_definition())
    return scene


def decide(scene, size=SMALL, mode=Mode.OBSERVE, kind=Kind.RESIZE):
    """Decide on a size as a day's plan does."""
    decision = Resize(size, "maximum_and_percentile", "too_large", "It is too large.", {})
    epoch = f"{scene.clock.now():%Y-%m-%d}"
    service = scene.ecs.fleet[ORDERS]
    return record_for_service(
        kind, service, CURRENT, decision, Setting(mode), "rightsize_fleet/run", epoch, scene.world
    )


def tell(scene):
    """Tell of every Change where it stands, as the stream does; return those of which was told."""
    before = {State.PROPOSED: None, State.PLANNED: None}
    told = []
    for change in scene.found():
        if announce_change(before.get(change.state, State.PROPOSED), change.state, change, scene.world):
            told.append((change.target.size, change.state))
    return told


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.APPROVE])
def test_the_same_proposal_of_the_same_day_is_recorded_once(orders, mode):
    first, new = decide(orders, mode=mode)
    again, new_again = decide(orders, mode=mode)

    assert (new, new_again) == (True, False)
    assert again.id == first.id
    assert len(orders.found()) == 1


def test_the_same_proposal_of_the_next_days_takes_the_place_of_the_old_one_and_is_not_told(orders):
    decide(orders)
    assert tell(orders) == [(SMALL, State.PROPOSED)]

    for _ in range(5):
        orders.clock.forward(days=1)
        decide(orders)
        orders.minutes(1)
        assert tell(orders) == []

    assert len(orders.found(state=State.PROPOSED)) == 1
    closed = orders.found(state=State.SUPERSEDED)
    assert [c.outcome for c in closed] == ["decided_again"] * 5


def test_a_proposal_that_comes_again_a_week_later_is_not_told_again_nor_is_its_end(orders):
    decide(orders)
    orders.clock.forward(days=7)
    orders.minutes(1)
    assert tell(orders) == [(SMALL, State.EXPIRED)]

    decide(orders)
    assert len(orders.found(state=State.PROPOSED)) == 1
    assert (SMALL, State.PROPOSED) not in tell(orders)

    orders.clock.forward(days=2)
    orders.minutes(1)
    assert tell(orders) == [(SMALL, State.EXPIRED)]  # of the first; that of the repeat is silent


def test_another_size_or_base_or_mode_is_told(orders):
    decide(orders)
    orders.clock.forward(days=1)
    decide(orders, SMALLER)
    assert (SMALLER, State.PROPOSED) in tell(orders)

    orders.clock.forward(days=1)
    decide(orders, SMALL)
    assert (SMALL, State.PROPOSED) in tell(orders)

    orders.ecs.change(ORDERS, task_definition="orders:2")
    orders.clock.forward(days=1)
    decide(orders, SMALL)
    assert tell(orders) == [(SMALL, State.PROPOSED)]

    orders.clock.forward(days=1)
    decide(orders, SMALL, Mode.APPROVE)
    assert tell(orders) == [(SMALL, State.PROPOSED)]


def test_only_one_proposal_of_a_kind_is_open(orders):
    for size in (SMALL, SMALLER, SMALL, CURRENT):
        decide(orders, size)
        orders.clock.forward(hours=25)

    assert len(orders.found(state=State.PROPOSED)) == 1


@pytest.mark.parametrize(
    ("before", "after", "state", "turn"),
    [
        (Mode.OBSERVE, Mode.APPLY, State.PLANNED, Turn.APPLY),
        (Mode.APPROVE, Mode.APPLY, State.PLANNED, Turn.APPLY),
        (Mode.OBSERVE, Mode.APPROVE, State.PROPOSED, Turn.PERSON),
    ],
)
def test_a_raised_mode_does_not_wait_for_the_proposal_of_the_lower_one(orders, before, after, state, turn):
    proposal, _ = decide(orders, mode=before)

    change, new = decide(orders, mode=after)

    assert (new, change.state, change.turn) == (True, state, turn)
    assert orders.now(proposal).state is State.SUPERSEDED


def test_a_raised_mode_does_not_wait_in_an_episode_of_missing_capacity_either(scene):
    scene.ecs.has(a_spot_service())
    shift = Shift(ON_DEMAND, "pool_exhausted", "fargate_spot_exhausted", "It ran dry.", {})
    changes = [
        record_for_service(
            Kind.SHIFT, scene.ecs.fleet[ORDERS], None, shift, Setting(mode), "e", "episode", scene.world
        )[0]
        for mode in (Mode.OBSERVE, Mode.APPLY)
    ]

    assert [scene.now(c).state for c in changes] == [State.SUPERSEDED, State.PLANNED]
    assert changes[0].base.capacity_provider_strategy == SPOT_FIRST


def test_what_is_on_its_way_is_not_proposed_beside_it(orders):
    planned, _ = decide(orders, mode=Mode.APPLY)

    standing, new = decide(orders, mode=Mode.OBSERVE)

    assert (standing.id, new) == (planned.id, False)


def test_a_size_that_was_handed_over_and_stands_is_not_handed_over_again(orders):
    orders.ecs.change(ORDERS, tags={"trimtab:mode": "handover"})
    first, _ = decide(orders, mode=Mode.HANDOVER)
    orders.deliver()
    assert orders.now(first).state is State.SUCCEEDED

    for _ in range(3):
        orders.clock.forward(days=1)
        standing, new = decide(orders, mode=Mode.HANDOVER)
        assert (standing.id, new) == (first.id, False)

    assert len(orders.found()) == 1


def test_a_size_that_was_handed_over_and_not_taken_up_is_handed_over_again_when_it_has_expired(orders):
    orders.ecs.change(ORDERS, tags={"trimtab:mode": "handover"})
    first, _ = decide(orders, mode=Mode.HANDOVER)
    orders.deliver()
    before = orders.kept.parameters["/trimtab/shop/orders/size"]

    orders.clock.forward(days=30)
    again, new = decide(orders, mode=Mode.HANDOVER)
    orders.deliver()

    assert new and again.id != first.id
    assert orders.kept.parameters["/trimtab/shop/orders/size"] != before


def test_another_size_is_handed_over_and_then_the_first_one_again(orders):
    orders.ecs.change(ORDERS, tags={"trimtab:mode": "handover"})
    for size in (SMALL, SMALLER, SMALL):
        _, new = decide(orders, size, Mode.HANDOVER)
        assert new
        orders.deliver()
        orders.clock.forward(days=1)

    assert orders.kept.parameters["/trimtab/shop/orders/memory"] == "2048"


def test_a_hand_over_that_expired_is_made_again(orders):
    orders.ecs.change(ORDERS, tags={"trimtab:mode": "handover"})
    first, _ = decide(orders, mode=Mode.HANDOVER)
    orders.clock.forward(days=2)
    orders.deliver()
    assert orders.now(first).state is State.EXPIRED

    _, new = decide(orders, mode=Mode.HANDOVER)

    assert new


def test_a_proposal_that_moves_while_it_is_replaced_is_left_to_its_mover(orders):
    proposal, _ = decide(orders)
    of = orders.changes.of
    orders.changes.of = lambda workload: [replace(c, fence=c.fence + 1) for c in of(workload)]

    change, new = decide(orders, mode=Mode.APPLY)

    assert (new, orders.now(proposal).state) == (True, State.PROPOSED)
    assert ("proposal moved meanwhile", {"change_id": proposal.id}) in orders.kept.lines
    assert change.state is State.PLANNED


def test_no_setting_allows_more_than_the_stack_does(scene):
    world = replace(scene.world, largest=TaskSize(2048, 999_999))

    setting = setting_under(None, a_service(), world)

    assert not isinstance(setting, Keep)
    assert setting.largest == TaskSize(2048, 122880)
