"""docs/workloads.md: one service of each kind lives through a week under the deployed line."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenarios.account import MACHINES, SmallAccount, small_account
from trimtab_lab.demand import Pattern

DAY = 86400.0
APPLY = {"trimtab:mode": "apply"}
HEALTH = {"command": ["CMD-SHELL", "true"]}
SCALED = (
    "by-cpu", "by-memory", "by-both", "by-backlog", "by-requests",
    "by-steps", "by-forecast", "forecast-shown", "by-schedule",
)  # fmt: skip
CPU, MEMORY = "ECSServiceAverageCPUUtilization", "ECSServiceAverageMemoryUtilization"


def a_container(name: str = "app", **said: Any) -> dict[str, Any]:
    return {
        "name": name,
        "image": f"registry.example/{name}:v1",
        "essential": True,
        "healthCheck": HEALTH,
        **said,
    }


def serve(
    account: SmallAccount, name: str, *containers: dict[str, Any], cpu_units=150.0, **more: Any
) -> None:
    """Create a service of two tasks of 2 vCPU and 8 GB that need a tenth of it each."""
    size = {"cpu": "2048", "memory": "8192"} | {k: more.pop(k) for k in ("cpu", "memory") if k in more}
    definition = {k: more.pop(k) for k in ("runtimePlatform", "requiresCompatibilities") if k in more}
    account.register(name, containerDefinitions=list(containers) or [a_container()], **size, **definition)
    where = {"launchType": "FARGATE"} | more
    account.serve(name, APPLY, **{key: value for key, value in where.items() if value is not None})
    demand = Pattern(0, cpu_units=cpu_units, memory_mib=700, shared=False)
    account.lab.usage.set("prod", name, demand)


def scale(account: SmallAccount, name: str) -> None:
    account.lab.autoscaling.register_target("prod", name, 2, 8)


def put_policy(account: SmallAccount, name: str, kind: str, **configuration: Any) -> None:
    account.lab.autoscaling.put_scaling_policy(
        {
            "ResourceId": f"service/prod/{name}",
            "PolicyName": name,
            "PolicyType": kind,
            f"{kind}PolicyConfiguration": configuration,
        }
    )


def managed(account: SmallAccount) -> None:
    """Let a service run on Managed Instances."""
    role = "arn:aws:iam::111122223333:role/ecs/infrastructure"
    provider = {"infrastructureRoleArn": role, "instanceLaunchTemplate": {}}
    account.call("CreateCapacityProvider", name="managed", cluster="prod", managedInstancesProvider=provider)
    account.lab.ecs.add_container_instance("prod", 8192, 30720, capacity_provider="managed")
    strategy = [{"capacityProvider": "managed", "weight": 1}]
    serve(
        account, "managed", requiresCompatibilities=["MANAGED_INSTANCES"],
        launchType=None, capacityProviderStrategy=strategy,
    )  # fmt: skip


@pytest.fixture(scope="module")
def lived() -> Iterator[SmallAccount]:
    """A week of an account with a service of each kind."""
    with small_account() as account:
        serve(account, "by-cpu")
        serve(account, "by-memory")
        serve(account, "by-both")
        serve(account, "by-backlog")
        serve(account, "by-requests")
        for name in ("by-steps", "by-forecast", "forecast-shown", "by-schedule"):
            serve(account, name)
        for name in SCALED:
            scale(account, name)
        account.lab.autoscaling.put_scheduled_action(
            {
                "ResourceId": "service/prod/by-schedule",
                "ScheduledActionName": "mornings",
                "Schedule": "cron(0 6 * * ? *)",
                "ScalableTargetAction": {"MinCapacity": 2, "MaxCapacity": 8},
            }
        )
        scaling = account.lab.autoscaling
        for name, metric in (("by-cpu", CPU), ("by-both", CPU), ("by-both", MEMORY), ("by-memory", MEMORY)):
            scaling.track("prod", name, metric, 60.0)
        scaling.track("prod", "by-requests", "ALBRequestCountPerTarget", 1000.0)
        backlog = {"MetricName": "BacklogPerTask", "Namespace": "Shop"}
        tracking = {"TargetValue": 100.0, "CustomizedMetricSpecification": backlog}
        put_policy(account, "by-backlog", "TargetTrackingScaling", **tracking)
        put_policy(account, "by-steps", "StepScaling", AdjustmentType="ChangeInCapacity")
        pair = {"PredefinedMetricPairSpecification": {"PredefinedMetricType": "ECSServiceCPUUtilization"}}
        for name, mode in (("by-forecast", "ForecastAndScale"), ("forecast-shown", "ForecastOnly")):
            metrics = [{"TargetValue": 60.0, **pair}]
            put_policy(account, name, "PredictiveScaling", MetricSpecifications=metrics, Mode=mode)
        serve(
            account, "sidecar", a_container(memory=7680, cpu=1792), a_container("envoy", memory=512, cpu=256)
        )
        heap = [{"name": "JAVA_TOOL_OPTIONS", "value": "-Xmx3g -Dpassword=canary-7f3a"}]
        serve(account, "java", a_container(environment=heap))
        serve(account, "windows", runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"})
        serve(account, "nights")
        serve(account, "arm", runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"})
        managed(account)
        for _ in range(3):
            account.lab.ecs.add_container_instance("prod", 8192, 30720, capacity_provider=MACHINES)
        on_machines = {
            "launchType": "EC2", "requiresCompatibilities": ["EC2"], "cpu": "1000",
        }  # fmt: skip
        serve(account, "machines", **on_machines)
        for day in range(7):
            account.lab.clock.at(account.lab.clock.now + day * DAY + DAY / 2, _night(account))
        account.run(7.2 * DAY)
        yield account


def _night(account: SmallAccount):
    """Scale ``nights`` to zero for six hours."""

    def fall_asleep() -> None:
        account.lab.ecs.scale("prod", "nights", 0)
        account.lab.clock.at(
            account.lab.clock.now + DAY / 4, lambda: account.lab.ecs.scale("prod", "nights", 2)
        )

    return fall_asleep


def last(account: SmallAccount, name: str) -> dict[str, Any]:
    """Return the newest size that was decided for a service, without any an empty one."""
    return next((c for c in reversed(account.changes()) if c["name"] == name), {})


def sizes(account: SmallAccount, name: str) -> tuple[int, int]:
    """Return the CPU units and MiB that a service runs with."""
    service = account.call("DescribeServices", cluster="prod", services=[name])["services"][0]
    found = account.call("DescribeTaskDefinition", taskDefinition=service["taskDefinition"])["taskDefinition"]
    return int(found["cpu"]), int(found["memory"])


def test_under_a_cpu_target_only_memory_is_made_smaller(lived):
    cpu, memory = sizes(lived, "by-cpu")

    assert (cpu, memory < 8192) == (2048, True)


def test_under_a_memory_target_only_cpu_is_made_smaller(lived):
    cpu, memory = sizes(lived, "by-memory")

    assert (cpu < 2048, memory) == (True, 8192)


def test_under_both_targets_nothing_moves(lived):
    assert sizes(lived, "by-both") == (2048, 8192)
    assert last(lived, "by-both") == {}


@pytest.mark.parametrize(
    ("name", "reason"), [("by-requests", "scaled_by_requests"), ("by-backlog", "scaled_by_custom_metric")]
)
def test_where_work_is_counted_memory_moves_and_other_cpu_is_proposed_with_its_target(lived, name, reason):
    cpu, memory = sizes(lived, name)
    proposal = last(lived, name)

    assert (cpu, memory < 8192) == (2048, True)
    assert (proposal["reason"], proposal["state"]) == (reason, "proposed")
    assert "would become" in proposal["sentence"]


def test_the_application_takes_the_cut_and_its_sidecar_keeps_what_it_has(lived):
    service = lived.call("DescribeServices", cluster="prod", services=["sidecar"])["services"][0]
    found = lived.call("DescribeTaskDefinition", taskDefinition=service["taskDefinition"])["taskDefinition"]
    app, envoy = found["containerDefinitions"]

    assert int(found["memory"]) < 8192
    assert (envoy["memory"], envoy["cpu"]) == (512, 256)
    assert app["memory"] + envoy["memory"] == int(found["memory"])


def test_a_fixed_heap_keeps_its_memory_and_shows_nothing_but_its_number(lived):
    _, memory = sizes(lived, "java")
    change = last(lived, "java")

    assert 3840 <= memory < 8192
    assert "a heap of 3072 MiB" in change["sentence"]
    assert "canary-7f3a" not in repr(lived.changes()) + repr(lived.lab.sns.published)


@pytest.mark.parametrize(
    ("name", "reason", "size"),
    [
        ("by-steps", "scaled_by_steps", (2048, 8192)),
        ("by-forecast", "scaled_by_forecast", (2048, 8192)),
        ("windows", "windows", (2048, 8192)),
        ("machines", "ec2", (1000, 8192)),
        ("managed", "managed_instances", (2048, 8192)),
    ],
)
def test_what_a_size_alone_would_not_mend_is_proposed_and_nothing_is_put_in_force(lived, name, reason, size):
    proposal = last(lived, name)

    assert sizes(lived, name) == size
    assert (proposal["reason"], proposal["state"]) == (reason, "proposed")


@pytest.mark.parametrize("name", ["machines", "managed"])
def test_on_instances_a_size_is_told_as_how_many_tasks_fit_and_not_in_dollars(lived, name):
    proposal = last(lived, name)

    assert proposal["monthly_usd"] is None
    assert "Where 10 such tasks fit" in proposal["sentence"]


@pytest.mark.parametrize("name", ["forecast-shown", "by-schedule", "arm"])
def test_what_nothing_follows_is_made_smaller_in_both(lived, name):
    cpu, memory = sizes(lived, name)

    assert cpu < 2048 and memory < 8192


def test_on_arm_a_size_costs_a_fifth_less(lived):
    arm, x86 = (
        next(c for c in lived.changes() if c["name"] == name and c["kind"] == "resize")
        for name in ("arm", "forecast-shown")
    )

    assert arm["monthly_usd"]["before"] == pytest.approx(0.8 * x86["monthly_usd"]["before"], rel=0.02)


def test_a_service_that_sleeps_is_sized_by_the_hours_in_which_it_runs(lived):
    cpu, memory = sizes(lived, "nights")

    assert cpu < 2048
    assert memory >= 1024
