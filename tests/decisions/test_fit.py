import pytest

from tests.samples import ON_DEMAND, SPOT_FIRST, a_definition, a_service
from trimtab.decisions.fit import judge_fit
from trimtab.model.service import StrategyItem

WINDOWS = {"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}
OWN_POOL = (StrategyItem("my-asg", weight=1),)


@pytest.mark.parametrize(
    ("service", "definition", "reason"),
    [
        ({}, a_definition(), None),
        ({"launch_type": None, "capacity_provider_strategy": SPOT_FIRST + ON_DEMAND}, a_definition(), None),
        ({}, None, "no_task_size"),
        ({}, a_definition(cpu=None), "no_task_size"),
        ({}, a_definition(**WINDOWS), "windows"),
        ({"launch_type": "EC2"}, a_definition(), "not_fargate"),
        ({"launch_type": "EXTERNAL"}, a_definition(), "not_fargate"),
        ({"launch_type": None}, a_definition(), "not_fargate"),
        ({"launch_type": None, "capacity_provider_strategy": OWN_POOL}, a_definition(), "not_fargate"),
        (
            {"launch_type": None, "capacity_provider_strategy": OWN_POOL + ON_DEMAND},
            a_definition(),
            "not_fargate",
        ),
    ],
)
def test_only_services_that_run_on_fargate_with_a_size_of_their_own_are_sized(service, definition, reason):
    kept = judge_fit(a_service(**service), definition)

    assert (kept.reason if kept else None) == reason
