from functions.shift_capacity_provider.app import handler
from tests.samples import ON_DEMAND, a_definition, a_spot_service
from trimtab.model.change import Kind

FEATURE = "shift_capacity_provider"


def test_a_dry_pool_moves_the_service_of_the_event(scene, event, context):
    told = event(FEATURE, "spot_capacity_missing")
    arn = next(name for name in told["resources"] if ":service/" in name)
    scene.ecs.has(a_spot_service(arn=arn), a_definition())

    assert handler(told, context) == {"action": "shift_capacity"}
    scene.deliver()

    assert scene.ecs.fleet[arn].capacity_provider_strategy == ON_DEMAND
    assert scene.the_change(kind=Kind.SHIFT).cause == told["id"]


def test_the_schedule_looks_at_the_episodes(scene, event, context):
    told = event(FEATURE, "spot_capacity_missing")
    arn = next(name for name in told["resources"] if ":service/" in name)
    scene.ecs.has(a_spot_service(arn=arn), a_definition())
    handler(told, context)

    assert handler(event(FEATURE, "return_check"), context) == {"waiting": 1, "returning": 0, "closed": 0}


def test_a_notice_of_a_service_task_is_left_to_the_service(scene, event, context):
    assert handler(event(FEATURE, "spot_notice_of_service_task"), context) == {"action": "leave_to_service"}
