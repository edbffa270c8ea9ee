from tests.lab.ecs.scene import HOUR, MINUTE, NETWORK, ON_DEMAND, SPOT
from trimtab_lab.ecs import Plan


def test_a_new_service_reaches_a_steady_state(scene):
    scene.create(count=3)
    scene.run_for(5 * MINUTE)

    service = scene.service()
    assert (service["runningCount"], service["pendingCount"]) == (3, 0)
    assert [(d["status"], d["rolloutState"]) for d in service["deployments"]] == [("PRIMARY", "COMPLETED")]
    assert scene.messages()[0] == "(service web) has reached a steady state."
    assert len(scene.actions("SERVICE_STEADY_STATE")) == 1


def test_a_services_tasks_say_whose_they_are(scene):
    service = scene.create()
    scene.run_for(5 * MINUTE)

    for task in scene.tasks():
        assert task["group"] == "service:web"
        assert task["startedBy"] == service["deployments"][0]["id"]
        assert task["capacityProviderName"] == "FARGATE"


def test_a_task_that_dies_is_replaced(scene):
    scene.create()
    scene.run_for(5 * MINUTE)
    before = {task["taskArn"] for task in scene.tasks()}
    scene.ecs.crash(min(before), exit_code=2)
    scene.run_for(5 * MINUTE)

    after = {task["taskArn"] for task in scene.tasks()}
    assert len(before & after) == 1
    assert scene.service()["runningCount"] == 2
    assert len(scene.actions("SERVICE_STEADY_STATE")) == 2


def test_scaling_moves_only_the_count(scene):
    scene.create(count=2)
    scene.run_for(5 * MINUTE)
    scene.update(desiredCount=5)
    scene.run_for(5 * MINUTE)
    up = scene.service()
    scene.update(desiredCount=1)
    scene.run_for(5 * MINUTE)
    down = scene.service()

    assert (up["runningCount"], down["runningCount"]) == (5, 1)
    assert up["deployments"][0]["id"] == down["deployments"][0]["id"]
    stop = scene.tasks(status="STOPPED")[0]
    assert stop["stopCode"] == "ServiceSchedulerInitiated"
    assert (
        stop["stoppedReason"] == f"Scaling activity initiated by (deployment {down['deployments'][0]['id']})"
    )


def test_only_scaling_that_no_caller_asked_for_is_told_as_an_action(scene):
    scene.create()
    scene.run_for(5 * MINUTE)
    scene.update(desiredCount=3)
    by_hand = scene.actions("SERVICE_DESIRED_COUNT_UPDATED")
    scene.ecs.scale("prod", "web", 4)

    assert by_hand == []
    assert scene.actions("SERVICE_DESIRED_COUNT_UPDATED")[0]["detail"]["desiredCount"] == 4


def test_a_steady_state_is_repeated_every_six_hours(scene):
    scene.create()
    scene.run_for(5 * MINUTE)
    scene.run_for(24 * HOUR)

    assert len(scene.actions("SERVICE_STEADY_STATE")) == 5


def test_a_service_at_rest_costs_nothing(scene):
    scene.create()
    scene.run_for(5 * MINUTE)
    booked = []
    end = scene.lab.clock.now + 24 * HOUR
    while (at := scene.lab.clock.next_at()) is not None and at < end:
        booked.append(at)
        scene.lab.clock.run_until(at)

    assert len(booked) <= 4


def test_tasks_that_never_run_are_retried_with_growing_delays(scene):
    scene.ecs.behave("web", Plan(start_failure="CannotPullContainerError: not found", start_seconds=1))
    scene.create(count=1)
    scene.run_for(6 * HOUR)

    starts = scene.told("ECS Task State Change", lastStatus="PROVISIONING")
    assert 10 < len(starts) < 30
    impaired = scene.actions("SERVICE_TASK_START_IMPAIRED")
    assert 1 <= len(impaired) <= 6
    assert impaired[0]["detail"]["eventType"] == "WARN"


def test_a_new_deployment_ends_the_waiting(scene):
    scene.ecs.behave_image("*:missing", Plan(start_failure="CannotPullContainerError: not found"))
    scene.register(image="registry.example/web:missing")
    scene.create(count=1)
    scene.run_for(6 * HOUR)
    scene.register(image="registry.example/web:2")
    scene.update(taskDefinition="web")
    scene.run_for(3 * MINUTE)

    assert scene.service()["runningCount"] == 1


def test_a_task_that_dies_after_it_ran_is_replaced_without_waiting(scene):
    scene.ecs.behave("web", Plan(run_seconds=30, exit_code=1, start_seconds=5))
    scene.create(count=1)
    scene.run_for(HOUR)

    starts = scene.told("ECS Task State Change", lastStatus="RUNNING", desiredStatus="RUNNING")
    assert len(starts) > 40
    assert scene.actions("SERVICE_TASK_START_IMPAIRED") == []


def test_base_and_weight_decide_who_gets_which_task(scene):
    strategy = [
        {"capacityProvider": "FARGATE", "base": 2, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": 3},
    ]
    scene.create(count=10, capacityProviderStrategy=strategy)
    scene.run_for(5 * MINUTE)

    providers = [task["capacityProviderName"] for task in scene.tasks()]
    assert (providers.count("FARGATE"), providers.count("FARGATE_SPOT")) == (4, 6)


def test_a_service_without_launch_type_takes_the_clusters_default_strategy(scene):
    scene.call(
        "PutClusterCapacityProviders",
        cluster="prod",
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy=SPOT,
    )
    scene.create(capacityProviderStrategy=[])

    service = scene.service()
    assert service["capacityProviderStrategy"] == [
        {"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}
    ]
    assert "launchType" not in service


def test_a_service_on_a_launch_type_has_no_strategy(scene):
    scene.create(launchType="FARGATE")
    scene.run_for(5 * MINUTE)

    service = scene.service()
    assert service["launchType"] == "FARGATE"
    assert "capacityProviderStrategy" not in service
    assert "capacityProviderName" not in scene.tasks()[0]


def test_a_name_is_used_once(scene):
    scene.create()
    error = scene.refused(
        "CreateService", cluster="prod", serviceName="web", taskDefinition="web", desiredCount=1,
        launchType="FARGATE", networkConfiguration=NETWORK,
    )  # fmt: skip

    assert error.message == "Creation of service was not idempotent."


def test_a_service_is_deleted_at_zero_or_by_force(scene):
    scene.create()
    scene.run_for(5 * MINUTE)
    refusal = scene.refused("DeleteService", cluster="prod", service="web")
    scene.call("DeleteService", cluster="prod", service="web", force=True)
    draining = scene.service()["status"]
    scene.run_for(5 * MINUTE)

    assert "scaled above 0" in refusal.message
    assert draining == "DRAINING"
    assert scene.service()["status"] == "INACTIVE"
    assert scene.call("ListServices", cluster="prod")["serviceArns"] == []
    assert scene.refused("UpdateService", cluster="prod", service="web").code == "ServiceNotActiveException"
    assert scene.create()["status"] == "ACTIVE"


def test_services_are_listed_ten_a_page_unless_asked_for_more(scene):
    for number in range(12):
        scene.create(f"web-{number}", count=0)

    short = scene.call("ListServices", cluster="prod")
    long = scene.call("ListServices", cluster="prod", maxResults=100)
    assert (len(short["serviceArns"]), len(long["serviceArns"])) == (10, 12)
    assert scene.refused("ListServices", cluster="prod", maxResults=101).code == "InvalidParameterException"


def test_ten_services_are_described_at_once(scene):
    error = scene.refused("DescribeServices", cluster="prod", services=["x"] * 11)

    assert error.code == "InvalidParameterException"


def test_what_is_not_there_is_a_failure_or_an_error(scene):
    missing = scene.call("DescribeServices", cluster="prod", services=["ghost"])
    assert missing["failures"] == [
        {"arn": "arn:aws:ecs:eu-west-1:111122223333:service/prod/ghost", "reason": "MISSING"}
    ]
    assert scene.refused("UpdateService", cluster="prod", service="ghost").code == "ServiceNotFoundException"
    assert (
        scene.refused("DescribeServices", cluster="nowhere", services=["a"]).code
        == "ClusterNotFoundException"
    )


def test_a_service_is_tagged_and_untagged(scene):
    arn = scene.create(tags=[{"key": "trimtab:mode", "value": "observe"}])["serviceArn"]
    scene.call("TagResource", resourceArn=arn, tags=[{"key": "team", "value": "orders"}])
    scene.call("UntagResource", resourceArn=arn, tagKeys=["trimtab:mode"])

    assert scene.call("ListTagsForResource", resourceArn=arn)["tags"] == [{"key": "team", "value": "orders"}]
    without = scene.call("DescribeServices", cluster="prod", services=["web"])["services"][0]
    assert "tags" not in without


def test_reserved_and_malformed_tags_are_refused(scene):
    arn = scene.create()["serviceArn"]
    for key, value in (("aws:team", "x"), ("team", "a;b"), ("k" * 129, "x")):
        error = scene.refused("TagResource", resourceArn=arn, tags=[{"key": key, "value": value}])
        assert error.code == "InvalidParameterException"


def test_propagated_and_managed_tags_reach_the_tasks(scene):
    scene.create(
        tags=[{"key": "team", "value": "orders"}], propagateTags="SERVICE", enableECSManagedTags=True
    )
    scene.run_for(5 * MINUTE)

    tags = {tag["key"]: tag["value"] for tag in scene.tasks()[0]["tags"]}
    assert tags == {"team": "orders", "aws:ecs:clusterName": "prod", "aws:ecs:serviceName": "web"}


def test_a_protected_task_outlives_scale_in_until_its_protection_ends(scene):
    scene.create(count=3)
    scene.run_for(5 * MINUTE)
    arns = [task["taskArn"] for task in scene.tasks()]
    scene.call(
        "UpdateTaskProtection", cluster="prod", tasks=arns, protectionEnabled=True, expiresInMinutes=60
    )
    scene.update(desiredCount=1)
    scene.run_for(30 * MINUTE)
    held = scene.service()["runningCount"]
    scene.run_for(40 * MINUTE)

    assert held == 3
    assert scene.service()["runningCount"] == 1


def test_only_tasks_of_services_can_be_protected(scene):
    arn = scene.run()["tasks"][0]["taskArn"]

    answer = scene.call("UpdateTaskProtection", cluster="prod", tasks=[arn], protectionEnabled=True)
    assert answer["failures"] == [{"arn": arn, "reason": "TASK_NOT_VALID"}]


def test_other_kinds_of_services_are_kept_as_data(scene):
    scene.register_for_ec2("agent")
    daemon = scene.create(
        "agent", taskDefinition="agent", schedulingStrategy="DAEMON", launchType="EC2",
        networkConfiguration=None,
    )  # fmt: skip
    external = scene.create(
        "outside",
        taskDefinition=None,
        deploymentController={"type": "EXTERNAL"},
        capacityProviderStrategy=ON_DEMAND,
    )
    scene.run_for(HOUR)

    assert daemon["schedulingStrategy"] == "DAEMON"
    assert external["deploymentController"] == {"type": "EXTERNAL"}
    assert scene.told("ECS Task State Change") == []
