import pytest

from functions.announce_change.app import handler
from tests.samples import a_change
from trimtab.model.change import State

FEATURE = "announce_change"


@pytest.fixture
def told(scene, event):
    """A record of the stream, and the Change it speaks of."""
    record = event(FEATURE, "change_proposed")
    keys = record["Records"][0]["dynamodb"]["Keys"]
    change = a_change(
        workload=keys["workload"]["S"], id=keys["item"]["S"].removeprefix("CHANGE#"), state=State.PROPOSED
    )
    return record, scene.record(change)


def test_a_new_proposal_is_told(scene, told, context):
    record, change = told

    assert handler(record, context) == {"told": 1}

    assert [c.id for c in scene.kept.notices] == [change.id]


def test_a_write_that_moved_nothing_is_not_told(scene, told, context):
    record, _ = told
    image = record["Records"][0]["dynamodb"]
    image["OldImage"] = image["NewImage"]

    assert handler(record, context) == {"told": 0}


def test_a_change_that_is_no_longer_there_is_not_told(scene, told, context):
    scene.changes.items.clear()

    assert handler(told[0], context) == {"told": 0}


def test_a_failure_to_tell_is_raised_for_the_stream_to_repeat_and_touches_no_change(scene, told, context):
    record, change = told

    def refuse(_):
        raise RuntimeError("SNS does not answer")

    scene.kept.publish = refuse

    with pytest.raises(RuntimeError):
        handler(record, context)

    assert scene.now(change) == change


def test_every_record_of_a_batch_is_told(scene, told, context):
    record, _ = told

    assert handler({"Records": record["Records"] * 3}, context) == {"told": 3}
