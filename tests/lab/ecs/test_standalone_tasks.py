import pytest

from tests.lab.ecs.scene import DAY, HOUR, MINUTE, NETWORK
from trimtab_lab.ecs import Plan


def started(scene, **members) -> str:
    return scene.run(**members)["tasks"][0]["taskArn"]


def statuses(scene, arn: str) -> list[str]:
    return [event["detail"]["lastStatus"] for event in scene.told("ECS Task State Change", taskArn=arn)]


def test_a_task_goes_through_all_statuses_and_tells_each(scene):
    scene.ecs.behave("web", Plan(run_seconds=90))
    arn = started(scene)
    scene.run_for(10 * MINUTE)

    up, down = ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"], ["DEACTIVATING", "STOPPING"]
    assert statuses(scene, arn) == [*up, *down, "DEPROVISIONING", "STOPPED"]
    versions = [event["detail"]["version"] for event in scene.told("ECS Task State Change", taskArn=arn)]
    assert versions == list(range(1, 9))


def test_a_container_that_ends_by_itself_ends_before_ecs_notices(scene):
    scene.ecs.behave("web", Plan(run_seconds=30, exit_code=3))
    arn = started(scene)
    scene.run_for(5 * MINUTE)

    task = scene.task(arn)
    assert task["stopCode"] == "EssentialContainerExited"
    assert task["stoppedReason"] == "Essential container in task exited"
    assert task["containers"][0]["exitCode"] == 3
    assert (task["executionStoppedAt"] - task["startedAt"]).total_seconds() == 30
    assert task["executionStoppedAt"] < task["stoppingAt"] < task["stoppedAt"]


def test_a_stopped_task_ends_after_it_was_told_to(scene):
    arn = started(scene)
    scene.run_for(2 * MINUTE)
    scene.call("StopTask", cluster="prod", task=arn, reason="no longer needed")
    scene.run_for(2 * MINUTE)

    task = scene.task(arn)
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "no longer needed")
    assert task["containers"][0]["exitCode"] == 143
    assert task["stoppingAt"] < task["executionStoppedAt"] < task["stoppedAt"]


def test_a_container_that_ignores_sigterm_is_killed_after_its_stop_timeout(scene):
    scene.ecs.behave("web", Plan(stop_seconds=300))
    arn = started(scene)
    scene.run_for(2 * MINUTE)
    scene.call("StopTask", cluster="prod", task=arn)
    scene.run_for(2 * MINUTE)

    task = scene.task(arn)
    assert task["containers"][0]["exitCode"] == 137
    assert "reason" not in task["containers"][0]
    assert 30 <= (task["executionStoppedAt"] - task["stoppingAt"]).total_seconds() < 35


def test_a_memory_kill_is_the_containers_own_death_with_its_reason(scene):
    arn = started(scene)
    scene.run_for(2 * MINUTE)
    scene.ecs.kill_for_memory(arn)
    scene.run_for(2 * MINUTE)

    task = scene.task(arn)
    assert task["stopCode"] == "EssentialContainerExited"
    assert task["containers"][0]["exitCode"] == 137
    assert task["containers"][0]["reason"] == "OutOfMemoryError: Container killed due to memory usage"
    assert task["executionStoppedAt"] < task["stoppingAt"]


def test_a_missing_image_fails_to_start_and_leaves_no_exit_code(scene):
    scene.ecs.behave_image("*:missing", Plan(start_failure="CannotPullContainerError: image not found"))
    scene.register("job", image="registry.example/job:missing")
    arn = started(scene, taskDefinition="job")
    scene.run_for(5 * MINUTE)

    task = scene.task(arn)
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"] == "CannotPullContainerError: image not found"
    assert task["containers"][0]["reason"] == task["stoppedReason"]
    assert "exitCode" not in task["containers"][0]
    assert "startedAt" not in task
    assert "RUNNING" not in statuses(scene, arn)


def test_a_behaviour_may_look_at_the_task(scene):
    def second_try_works(task):
        return Plan(run_seconds=10, exit_code=0 if task.started_by == "retry" else 1)

    scene.ecs.behave("web", second_try_works)
    first, second = started(scene), started(scene, startedBy="retry")
    scene.run_for(5 * MINUTE)

    assert scene.task(first)["containers"][0]["exitCode"] == 1
    assert scene.task(second)["containers"][0]["exitCode"] == 0


def test_the_other_containers_are_stopped_with_the_essential_one(scene):
    sidecar = {"name": "proxy", "image": "registry.example/proxy:1", "essential": False}
    main = {"name": "main", "image": "registry.example/main:1"}
    scene.register("pair", containerDefinitions=[sidecar, main])
    scene.ecs.behave("pair", Plan(run_seconds=20, exit_code=9))
    arn = started(scene, taskDefinition="pair")
    scene.run_for(5 * MINUTE)

    exits = {c["name"]: c["exitCode"] for c in scene.task(arn)["containers"]}
    assert exits == {"proxy": 143, "main": 9}


def test_the_death_of_a_container_that_is_not_essential_stops_nothing(scene):
    sidecar = {"name": "proxy", "image": "registry.example/proxy:1", "essential": False}
    main = {"name": "main", "image": "registry.example/main:1"}
    scene.register("pair", containerDefinitions=[sidecar, main])
    scene.ecs.behave("pair", Plan(run_seconds=20, exit_code=9, container="proxy"))
    arn = started(scene, taskDefinition="pair")
    scene.run_for(5 * MINUTE)

    task = scene.task(arn)
    assert task["lastStatus"] == "RUNNING"
    assert [c.get("exitCode") for c in task["containers"]] == [9, None]


def test_a_task_is_launched_as_asked(scene):
    overrides = {
        "cpu": "512",
        "memory": "2 GB",
        "containerOverrides": [{"name": "app", "environment": [{"name": "DAY", "value": "monday"}]}],
    }
    tags = [{"key": "job", "value": "nightly"}]
    arn = started(
        scene, overrides=overrides, tags=tags, group="batch", startedBy="cron", enableExecuteCommand=True
    )
    scene.run_for(2 * MINUTE)

    task = scene.task(arn)
    assert (task["cpu"], task["memory"]) == ("512", "2048")
    assert task["overrides"]["containerOverrides"] == overrides["containerOverrides"]
    assert (task["group"], task["startedBy"], task["launchType"]) == ("batch", "cron", "FARGATE")
    assert task["tags"] == tags
    assert task["enableExecuteCommand"] is True
    assert task["platformVersion"] == "1.4.0"
    assert "capacityProviderName" not in task


def test_the_default_group_is_the_family(scene):
    assert scene.task(started(scene))["group"] == "family:web"


def test_propagated_tags_of_the_definition_yield_to_the_tasks_own(scene):
    scene.register("tagged", tags=[{"key": "team", "value": "a"}, {"key": "tier", "value": "1"}])
    arn = started(
        scene, taskDefinition="tagged", propagateTags="TASK_DEFINITION", tags=[{"key": "team", "value": "b"}]
    )

    assert scene.task(arn)["tags"] == [{"key": "team", "value": "b"}, {"key": "tier", "value": "1"}]


def test_stop_task_deletes_the_tags(scene):
    arn = started(scene, tags=[{"key": "job", "value": "nightly"}])
    scene.call("StopTask", cluster="prod", task=arn)

    assert scene.task(arn)["tags"] == []


@pytest.mark.parametrize(
    ("members", "code", "text"),
    [
        ({"count": 11}, "InvalidParameterException", "Count must be between 1 and 10"),
        ({"taskDefinition": "web:9"}, "ClientException", "TaskDefinition not found."),
        (
            {"networkConfiguration": None},
            "InvalidParameterException",
            "Network Configuration must be provided",
        ),
        (
            {"overrides": {"containerOverrides": [{"name": "stranger"}]}},
            "InvalidParameterException",
            "Override for container named stranger is not a container in the TaskDefinition.",
        ),
        ({"overrides": {"cpu": "300"}}, "ClientException", "No Fargate configuration exists"),
        (
            {"capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}]},
            "InvalidParameterException",
            "both a launch type and capacity provider strategy",
        ),
        ({"launchType": "EC2"}, "InvalidParameterException", "does not support launch_type EC2"),
    ],
)
def test_run_task_refuses(scene, members, code, text):
    request = {"taskDefinition": "web", "launchType": "FARGATE", "networkConfiguration": NETWORK} | members
    request = {key: value for key, value in request.items() if value is not None}
    error = scene.refused("RunTask", cluster="prod", **request)

    assert error.code == code
    assert text in error.message


def test_an_inactive_definition_is_not_run(scene):
    scene.call("DeregisterTaskDefinition", taskDefinition="web:1")

    error = scene.refused(
        "RunTask", cluster="prod", taskDefinition="web:1", launchType="FARGATE", networkConfiguration=NETWORK
    )

    assert (error.code, error.message) == ("ClientException", "TaskDefinition is inactive")


def test_the_same_token_and_request_return_the_same_task(scene):
    first, second = started(scene, clientToken="t-1"), started(scene, clientToken="t-1")

    assert first == second


def test_the_same_token_with_another_request_is_a_conflict_that_names_the_task(scene):
    arn = started(scene, clientToken="t-1")

    error = scene.refused(
        "RunTask", cluster="prod", taskDefinition="web", launchType="FARGATE", networkConfiguration=NETWORK,
        clientToken="t-1", count=2,
    )  # fmt: skip
    assert error.code == "ConflictException"
    assert error.details == {"resourceIds": [arn]}


def test_the_token_of_a_short_task_dies_an_hour_after_it(scene):
    scene.ecs.behave("web", Plan(run_seconds=5))
    first = started(scene, clientToken="t-1")
    scene.run_for(50 * MINUTE)
    again = scene.run(clientToken="t-1")["tasks"]
    scene.run_for(30 * MINUTE)
    second = started(scene, clientToken="t-1")

    assert again == [
        {
            "taskArn": first,
            "clusterArn": again[0]["clusterArn"],
            "lastStatus": "STOPPED",
            "desiredStatus": "STOPPED",
        }
    ]
    assert second != first


def test_the_token_of_a_long_task_dies_after_a_day(scene):
    first = started(scene, clientToken="t-1")
    scene.run_for(DAY - MINUTE)
    same = started(scene, clientToken="t-1")
    scene.run_for(2 * MINUTE)
    other = started(scene, clientToken="t-1")

    assert first == same != other


def test_a_stopped_task_is_shown_for_an_hour(scene):
    arn = started(scene)
    scene.run_for(MINUTE)
    scene.call("StopTask", cluster="prod", task=arn)
    scene.run_for(HOUR)
    shown = scene.call("DescribeTasks", cluster="prod", tasks=[arn])
    scene.run_for(2 * MINUTE)
    gone = scene.call("DescribeTasks", cluster="prod", tasks=[arn])

    assert shown["tasks"][0]["lastStatus"] == "STOPPED"
    assert gone == {"tasks": [], "failures": [{"arn": arn, "reason": "MISSING"}]}


def test_tasks_are_listed_by_what_they_are(scene):
    scene.register("api")
    by_cron, api = started(scene, startedBy="cron"), started(scene, taskDefinition="api")
    gone = started(scene)
    scene.call("StopTask", cluster="prod", task=gone)

    def listed(**filters):
        return scene.call("ListTasks", cluster="prod", **filters)["taskArns"]

    assert listed() == [by_cron, api]
    assert listed(family="api") == [api]
    assert listed(startedBy="cron") == [by_cron]
    assert listed(desiredStatus="STOPPED") == [gone]


def test_lists_of_tasks_come_in_pages(scene):
    for _ in range(3):
        scene.run(count=10)

    first = scene.call("ListTasks", cluster="prod", maxResults=20)
    rest = scene.call("ListTasks", cluster="prod", maxResults=20, nextToken=first["nextToken"])
    assert (len(first["taskArns"]), len(rest["taskArns"])) == (20, 10)
    assert "nextToken" not in rest


def test_describe_tasks_takes_a_hundred_at_most(scene):
    error = scene.refused("DescribeTasks", cluster="prod", tasks=["x"] * 101)

    assert error.code == "InvalidParameterException"


def test_a_retired_standalone_task_is_just_stopped(scene):
    arn = started(scene)
    scene.run_for(2 * MINUTE)
    scene.ecs.retire(arn)
    scene.run_for(10 * MINUTE)

    assert "performing maintenance" in scene.task(arn)["stoppedReason"]
    assert scene.call("ListTasks", cluster="prod")["taskArns"] == []


def test_the_life_of_a_task_does_not_depend_on_what_others_do(scene):
    from tests.lab.ecs.scene import Scene

    other = Scene()
    other.register()
    other.register("api")
    other.run(taskDefinition="api", count=5)
    first, second = started(scene), started(other)
    scene.run_for(5 * MINUTE)
    other.run_for(5 * MINUTE)

    assert scene.task(first)["startedAt"] == other.task(second)["startedAt"]
