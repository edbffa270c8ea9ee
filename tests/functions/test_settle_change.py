import pytest

from functions.settle_change.app import handler
from tests.samples import NOW, a_change, a_definition, a_service, minutes
from trimtab.model.change import State

FEATURE = "settle_change"


@pytest.mark.parametrize("situation", ["deployment_completed", "steady_state"])
def test_an_event_settles_the_change_of_its_service(scene, event, context, situation):
    told = event(FEATURE, situation)
    arn = next(name for name in told["resources"] if ":service/" in name)
    scene.ecs.has(a_service(arn=arn), a_definition())
    change = scene.record(a_change(workload=arn))
    scene.deliver()
    scene.ecs.finish(arn)

    assert handler(told, context) == {"settled": 1}

    assert scene.now(change).state is State.WATCHING


def test_the_tick_settles_and_rings_and_beats_the_heart(scene, event, context):
    scene.record(a_change(due_at=NOW - minutes(1)))

    assert handler(event(FEATURE, "tick"), context) == {"settled": 0, "rung": 1}

    assert scene.kept.counts["Heartbeat"] == 1


def test_the_heart_does_not_beat_for_other_events(scene, event, context):
    handler(event(FEATURE, "steady_state"), context)

    assert "Heartbeat" not in scene.kept.counts


def test_the_heart_does_not_beat_for_a_tick_that_could_not_do_its_work(scene, event, context, monkeypatch):
    def due(*_):
        raise RuntimeError("the table cannot be asked")

    monkeypatch.setattr(scene.changes, "due", due)

    with pytest.raises(RuntimeError):
        handler(event(FEATURE, "tick"), context)

    assert "Heartbeat" not in scene.kept.counts


def test_a_tick_that_failed_somewhere_says_so_and_has_rung_the_bell(scene, event, context):
    scene.ecs.has(a_service(), a_definition())
    scene.record(a_change())
    scene.deliver()
    waiting = scene.record(a_change(id="waiting", workload="w", due_at=NOW))
    scene.clock.forward(minutes=6)
    scene.ecs.fleet[a_service().arn] = None.__class__

    with pytest.raises(ExceptionGroup):
        handler(event(FEATURE, "tick"), context)

    assert scene.now(waiting).wakes == 1
    assert scene.kept.counts["Heartbeat"] == 1


def test_the_heart_does_not_beat_for_a_tick_in_which_nothing_could_be_done(scene, event, context):
    scene.ecs.has(a_service(), a_definition())
    scene.record(a_change())
    scene.deliver()
    scene.clock.forward(minutes=6)
    scene.ecs.fleet[a_service().arn] = None.__class__

    with pytest.raises(ExceptionGroup):
        handler(event(FEATURE, "tick"), context)

    assert "Heartbeat" not in scene.kept.counts
