"""What a person at a laptop is shown: one service that cannot be judged hides no other."""

from types import SimpleNamespace

from tests.samples import a_definition, a_service
from trimtab.model.policy import Policy
from trimtab.workflows.propose_sizes import propose_sizes


def test_a_service_whose_definition_cannot_be_judged_is_told_beside_the_others(scene):
    services = [a_service("odd"), a_service()]
    scene.ecs.has(services[0], a_definition(1, "odd", cpu_units="four"))
    scene.ecs.has(services[1], a_definition())
    nobody = SimpleNamespace(opinions=lambda _: None)
    laptop = SimpleNamespace(
        **{
            name: getattr(scene.world, name)
            for name in (
                "clock",
                "prices",
                "autoscaling",
                "task_definitions",
                "deployment_history",
                "usage",
                "insights",
                "task_counts",
            )
        },
        second_opinions=nobody,
    )

    told = {one.service.name: one for one in propose_sizes(services, Policy(), laptop)}

    assert (told["odd"].answer.reason, told["odd"].size) == ("not_judged", None)
    assert told["orders"].size is not None
