from functions.rightsize_task_definition.app import handler
from tests.samples import ORDERS, a_definition, a_service
from trimtab.model.change import State

RUN = {"run": "weekly-1"}


def test_the_steps_of_the_state_machine_carry_a_plan_to_its_release(scene, context):
    scene.ecs.has(a_service(), a_definition())

    planned = [handler({"step": "plan", "shard": n, "of": 4, **RUN}, context) for n in range(4)]
    assert sum(counts["changes"] for counts in planned) == 1
    assert handler({"step": "gate", **RUN}, context) == {"released": 1, "held": 0}
    assert handler({"step": "report", **RUN}, context)["services"] == 1

    assert scene.the_change().state is State.PLANNED


def test_a_service_is_planned_on_demand_under_the_name_of_the_request(scene, context):
    scene.ecs.has(a_service(), a_definition())

    assert handler({"step": "service", "service": ORDERS}, context) == {"considered": 1, "changes": 1}

    assert scene.the_change().cause == f"rightsize_fleet/{context.aws_request_id}"


def test_the_hourly_look_says_how_many_it_watched(scene, event, context):
    answer = handler(event("rightsize_task_definition", "at_risk"), context)

    assert answer == {"watched": 0, "taken_back": 0, "at_risk": 0, "grown": 0, "carried_along": 0}
