from datetime import timedelta

import pytest

from tests.lab.measured import NETWORK, Flat, Measured


@pytest.fixture
def measured(account, client) -> Measured:
    return Measured(account, client)


def test_tasks_share_the_load_of_their_service(measured):
    measured.start(Flat(cpu_units=256), tasks=2, cpu=256, memory=512)
    measured.account.clock.run_for(3600)

    assert set(measured.values("CPUUtilization", "Average")) == {50.0}


def test_load_that_is_not_shared_is_each_tasks_own(measured):
    measured.start(Flat(cpu_units=64, shared=False), tasks=4, cpu=256, memory=512)
    measured.account.clock.run_for(3600)

    assert set(measured.values("CPUUtilization", "Average")) == {25.0}


def test_cpu_is_capped_by_the_size(measured):
    measured.start(Flat(cpu_units=4000), cpu=256, memory=512)
    measured.account.clock.run_for(3600)

    assert set(measured.values("CPUUtilization", "Maximum")) == {100.0}


def test_memory_is_measured_against_the_size(measured):
    measured.start(Flat(memory_mib=256), cpu=256, memory=1024)
    measured.account.clock.run_for(3600)

    assert set(measured.values("MemoryUtilization", "Average")) == {25.0}


def test_the_maximum_shows_the_burst_that_the_average_hides(measured):
    measured.start(Flat(cpu_units=128, memory_mib=128, burst=1.5), cpu=256, memory=512)
    measured.account.clock.run_for(3600)

    assert set(measured.values("CPUUtilization", "Maximum")) == {75.0}
    assert set(measured.values("CPUUtilization", "Average")) == {50.0}
    assert all(value < 50 for value in measured.values("CPUUtilization", "Minimum"))


def test_samples_count_tasks_and_minutes(measured):
    measured.start(Flat(), tasks=3)
    measured.account.clock.run_for(3600)

    assert set(measured.values("CPUUtilization", "SampleCount")) == {15.0}


def test_a_task_that_needs_more_memory_than_it_has_is_killed(measured):
    measured.start(Flat(memory_mib=600), cpu=256, memory=512)

    assert measured.stopped_for_memory()


def test_a_task_that_fits_is_left_alone(measured):
    measured.start(Flat(memory_mib=500), cpu=256, memory=512)
    measured.account.clock.run_for(86_400)

    assert measured.stopped_for_memory() == set()


def test_a_leak_fills_memory_until_the_kill(measured):
    measured.start(Flat(memory_mib=100, leak_mib_per_hour=100), cpu=256, memory=512)

    measured.account.clock.run_for(3 * 3600)
    early, seen = measured.stopped_for_memory(), measured.values("MemoryUtilization", "Average")
    measured.account.clock.run_for(2.5 * 3600)

    assert early == set()
    assert seen == sorted(seen)
    assert seen[0] < seen[-1]
    assert len(measured.stopped_for_memory()) == 1


def test_more_memory_ends_the_kills(measured):
    measured.start(Flat(memory_mib=600), cpu=256, memory=512)
    measured.ecs.update_service(
        cluster="prod", service="orders", taskDefinition=measured.register(cpu=256, memory=1024)
    )
    measured.account.clock.run_for(2 * 3600)

    running = measured.ecs.describe_services(cluster="prod", services=["orders"])["services"][0]
    assert running["runningCount"] == 1
    assert round(measured.values("MemoryUtilization", "Average")[-1], 3) == round(600 / 10.24, 3)


def test_demand_that_changes_is_felt_by_running_tasks(measured):
    measured.start(Flat(memory_mib=100), cpu=256, memory=512)

    measured.account.usage.set("prod", "orders", Flat(memory_mib=2000))
    measured.account.clock.run_for(900)

    assert measured.stopped_for_memory()


def test_an_image_can_have_a_demand_of_its_own(measured):
    measured.account.usage.of_image("*:leaky", Flat(memory_mib=2000))
    measured.start(Flat(memory_mib=100), cpu=256, memory=512, image="registry.example/app:leaky")

    assert measured.stopped_for_memory()


def test_where_nothing_ran_there_is_no_data(measured):
    measured.start(Flat())
    measured.ecs.update_service(cluster="prod", service="orders", desiredCount=0)
    measured.account.clock.run_for(2 * 3600)

    assert measured.values("CPUUtilization", "Average") == []


def test_a_task_without_a_service_has_no_metrics_but_can_be_killed(measured):
    measured.account.usage.set("prod", "orders", Flat(memory_mib=2000))
    measured.register()
    measured.ecs.run_task(
        cluster="prod", taskDefinition="orders", launchType="FARGATE",
        networkConfiguration=NETWORK,
    )  # fmt: skip
    measured.account.clock.run_for(900)

    assert measured.stopped_for_memory()
    assert measured.account.usage.service_names() == []


def test_a_past_can_be_filled_in(measured):
    measured.start(Flat(cpu_units=128), cpu=256, memory=512)
    run = measured.account.ecs.running_intervals("prod", "orders")[0]
    run = type(run)(**{name: getattr(run, name) for name in run.__slots__} | {"service": "older"})
    measured.account.usage.set("prod", "older", Flat(cpu_units=64))

    measured.account.usage.backfill(run, tasks=1, since=measured.account.clock.now - 14 * 86_400)

    now = measured.account.clock.today()
    answer = measured.cloudwatch.get_metric_data(
        MetricDataQueries=[measured.query("CPUUtilization", "Average", service="older")],
        StartTime=now - timedelta(days=14), EndTime=now,
    )  # fmt: skip
    values = answer["MetricDataResults"][0]["Values"]
    assert len(values) == 14 * 288
    assert set(values) == {25.0}


def test_no_two_tasks_leak_alike(measured):
    measured.start(Flat(memory_mib=100, leak_mib_per_hour=100), tasks=3)
    measured.account.clock.run_for(8 * 3600)

    ends = [run.stopped_at for run in measured.account.ecs.running_intervals("prod", "orders")[:3]]

    assert None not in ends
    assert len(set(ends)) == 3
