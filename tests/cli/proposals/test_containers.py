"""A service whose containers are measured one by one, from the laboratory's metrics to what a person sees."""

import json

import pytest

from tests.cli.proposals.fleet import DAY, Fleet, at_hand

APP = {"memory": 6656, "cpu": 1024}
PROXY = "ecs-service-connect-x7"


def lived(level):
    """Return a service with a sidecar that holds much and uses little, after nine days."""
    fleet = Fleet()
    fleet.measure("prod", level)
    fleet.lab.usage.insights.split("prod", "orders", {"app": 0.8, "envoy": 0.15, PROXY: 0.05})
    envoy = {"name": "envoy", "image": "envoy:1", "essential": False, "memory": 1536}
    fleet.serve("orders", 2048, 8192, 2, (300, 1450), container=APP, beside=[envoy])
    fleet.lab.clock.run_for(9 * DAY)
    return fleet


@pytest.fixture(scope="module", params=["enabled", "enhanced"])
def level(request):
    fleet = lived(request.param)
    with at_hand(fleet):
        yield request.param


def test_a_split_decides_on_the_size_and_is_told_with_enhanced_observability_only(run, level):
    answer = json.loads(run("why", "orders", "--json").stdout)

    told, forbids = answer["evidence"].get("containers_used", ""), " ".join(answer["forbids"])
    if level == "enhanced":
        # four fifths of some 1550 MiB, and the 1536 that envoy holds though it needs less
        assert answer["proposed_memory_mib"] == 3072
        assert told.startswith("app 12") and "of 6656 MiB" in told and "envoy 2" in told
        assert "ecs-service-connect, which AWS put in, 7" in told
        assert "enhanced observability tells them apart" not in forbids
    else:
        # all 1550 MiB count as the application's
        assert answer["proposed_memory_mib"] == 4096
        assert told == "" and "enhanced observability tells them apart" in forbids
