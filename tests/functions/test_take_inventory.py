from functions.take_inventory.app import handler
from tests.samples import a_service, a_task

FEATURE = "take_inventory"


def test_the_scope_chooses_what_is_looked_at(scene, event, context):
    scene.ecs.has(a_service(), a_task())

    assert handler(event(FEATURE, "open"), context) == {"tasks": 1, "missed": 0, "forgotten": 0, "changes": 0}
    assert handler(event(FEATURE, "fleet"), context) == {
        "services": 1,
        "opted_in": 1,
        "malformed_tags": 0,
        "orphans": 0,
        "taken_up": 0,
        "failed_schedules": 0,
    }
