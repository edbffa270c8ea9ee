import pytest

from trimtab_lab.api_error import ApiError


def throttled(scene, operation: str, calls: int, **request) -> int:
    """Return how many of so many calls at one instant are throttled."""
    refused = 0
    for _ in range(calls):
        try:
            scene.call(operation, **request)
        except ApiError as error:
            assert (error.code, error.message) == ("ThrottlingException", "Rate exceeded")
            refused += 1
    return refused


def test_calls_beyond_the_burst_are_throttled_until_tokens_return(scene):
    first = throttled(scene, "ListServices", 105, cluster="prod")
    scene.run_for(1)
    second = throttled(scene, "ListServices", 25, cluster="prod")

    assert (first, second) == (5, 5)


def test_operations_of_one_group_share_a_bucket(scene):
    throttled(scene, "ListServices", 100, cluster="prod")

    assert throttled(scene, "DescribeServices", 1, cluster="prod", services=["x"]) == 1
    assert throttled(scene, "ListTasks", 1, cluster="prod") == 0


def test_a_throttled_call_changes_nothing(scene):
    with scene.ecs.rate_limits.off():
        for _ in range(40):
            scene.register()
    for _ in range(19):
        scene.register()
    with pytest.raises(ApiError):
        scene.register()

    with scene.ecs.rate_limits.off():
        assert scene.register().endswith(":61")


def test_limits_can_be_switched_off_for_good(scene):
    scene.ecs.rate_limits.enabled = False

    assert throttled(scene, "ListServices", 500, cluster="prod") == 0
