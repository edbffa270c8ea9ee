import pytest

from tests.lab.ecs.scene import HOUR, MINUTE, ON_DEMAND, SPOT
from trimtab_lab.ecs import Plan

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


def breaking(scene) -> None:
    """Register a revision whose container exits soon after it runs."""
    scene.ecs.behave_image("*:broken", Plan(run_seconds=5, exit_code=1, start_seconds=5))
    scene.register(image="registry.example/web:broken")


def watch_counts(scene) -> list[tuple[int, int]]:
    """Note (running, wanted) tasks of the service after each task event."""
    counts = []
    service = scene.ecs.world.clusters["prod"].services["web"]

    def note(event):
        if event["detail-type"] == "ECS Task State Change":
            running = sum(task.running for task in service.tasks.values())
            counts.append((running, len(service.wanted_tasks())))

    scene.lab.bus.listen(note)
    return counts


@pytest.mark.parametrize(
    ("count", "least", "most", "floor", "ceiling"),
    [
        (4, 100, 200, 4, 8),
        (4, 100, 150, 4, 6),
        (4, 50, 100, 2, 4),
        (3, 50, 100, 2, 3),
        (5, 100, 130, 5, 6),
        (1, 0, 100, 0, 1),
    ],
)
def test_a_rolling_deployment_stays_within_its_percentages(scene, count, least, most, floor, ceiling):
    percents = {"minimumHealthyPercent": least, "maximumPercent": most}
    scene.create(count=count, deploymentConfiguration=percents, availabilityZoneRebalancing="DISABLED")
    scene.run_for(5 * MINUTE)
    counts = watch_counts(scene)
    scene.update(forceNewDeployment=True)
    scene.run_for(30 * MINUTE)

    assert scene.service()["deployments"][0]["rolloutState"] == "COMPLETED"
    assert min(running for running, _ in counts) == floor
    assert max(wanted for _, wanted in counts) == ceiling


def test_a_deployment_without_room_cannot_move_and_says_so(scene):
    percents = {"minimumHealthyPercent": 100, "maximumPercent": 100}
    scene.create(deploymentConfiguration=percents, availabilityZoneRebalancing="DISABLED")
    scene.run_for(5 * MINUTE)
    scene.update(forceNewDeployment=True)
    scene.run_for(HOUR)

    assert scene.service()["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    assert "unable to stop or start tasks during a deployment" in scene.messages()[0]


def test_a_deployment_is_told_from_begin_to_end(scene):
    service = scene.create()
    scene.run_for(5 * MINUTE)

    told = [event["detail"] for event in scene.told("ECS Deployment State Change")]
    assert [one["eventName"] for one in told] == [
        "SERVICE_DEPLOYMENT_IN_PROGRESS",
        "SERVICE_DEPLOYMENT_COMPLETED",
    ]
    identity = service["deployments"][0]["id"]
    assert told[1]["reason"] == f"ECS deployment {identity} completed."
    assert told[1]["deploymentId"] == identity


def test_a_service_deployment_knows_where_it_came_from_and_where_it_goes(scene):
    scene.create()
    scene.run_for(5 * MINUTE)
    scene.register()
    scene.update(taskDefinition="web:2")
    going = scene.deployments()[0]
    current = scene.service()["currentServiceDeployment"]
    scene.run_for(5 * MINUTE)
    done, first = scene.deployments()

    assert going["status"] == "IN_PROGRESS"
    assert current == going["serviceDeploymentArn"]
    assert done["status"] == first["status"] == "SUCCESSFUL"
    assert done["sourceServiceRevisions"][0]["arn"] == first["targetServiceRevision"]["arn"]
    arns = [done["sourceServiceRevisions"][0]["arn"], done["targetServiceRevision"]["arn"]]
    revisions = scene.call("DescribeServiceRevisions", serviceRevisionArns=arns)["serviceRevisions"]
    assert [revision["taskDefinition"].rpartition("/")[2] for revision in revisions] == ["web:1", "web:2"]
    assert scene.service()["currentServiceRevisions"][0]["arn"] == arns[1]


def test_a_revision_remembers_the_strategy(scene):
    scene.create(capacityProviderStrategy=SPOT)
    scene.run_for(5 * MINUTE)
    scene.update(capacityProviderStrategy=ON_DEMAND, forceNewDeployment=True)

    deployment = scene.deployments()[0]
    arns = [deployment["sourceServiceRevisions"][0]["arn"], deployment["targetServiceRevision"]["arn"]]
    revisions = scene.call("DescribeServiceRevisions", serviceRevisionArns=arns)["serviceRevisions"]
    providers = [revision["capacityProviderStrategy"][0]["capacityProvider"] for revision in revisions]
    assert providers == ["FARGATE_SPOT", "FARGATE"]


def test_a_newer_deployment_supersedes_the_one_that_runs(scene):
    scene.create()
    scene.run_for(5 * MINUTE)
    scene.update(forceNewDeployment=True)
    scene.run_for(20)
    scene.update(forceNewDeployment=True)
    both = scene.deployments()[:2]
    old_side = [d["status"] for d in scene.service()["deployments"]]
    scene.run_for(10 * MINUTE)

    assert [one["status"] for one in both] == ["IN_PROGRESS", "STOPPED"]
    assert old_side[0] == "PRIMARY"
    assert set(old_side[1:]) == {"ACTIVE"}
    assert [d["rolloutState"] for d in scene.service()["deployments"]] == ["COMPLETED"]


def test_a_bad_deploy_trips_the_circuit_breaker_and_is_rolled_back(scene):
    scene.create(count=4, deploymentConfiguration=BREAKER)
    scene.run_for(5 * MINUTE)
    good = scene.service()["deployments"][0]
    breaking(scene)
    scene.update(taskDefinition="web:2")
    scene.run_for(30 * MINUTE)

    service, record = scene.service(), scene.deployments()[0]
    assert service["taskDefinition"].endswith("web:1")
    assert [d["id"] for d in service["deployments"]] == [good["id"]]
    assert service["runningCount"] == 4
    assert record["status"] == "ROLLBACK_SUCCESSFUL"
    assert record["rollback"]["serviceRevisionArn"] == record["sourceServiceRevisions"][0]["arn"]
    assert record["deploymentCircuitBreaker"]["threshold"] == 3
    told = [event["detail"] for event in scene.told("ECS Deployment State Change")][2:]
    assert [(one["eventName"], one["reason"]) for one in told[1:3]] == [
        ("SERVICE_DEPLOYMENT_FAILED", "ECS deployment circuit breaker: tasks failed to start."),
        (
            "SERVICE_DEPLOYMENT_IN_PROGRESS",
            f"ECS deployment circuit breaker: rolling back to deploymentId {good['id']}.",
        ),
    ]


def test_without_rollback_a_tripped_breaker_leaves_the_old_tasks_alone(scene):
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
    scene.create(count=2, deploymentConfiguration=breaker)
    scene.run_for(5 * MINUTE)
    breaking(scene)
    scene.update(taskDefinition="web:2")
    scene.run_for(HOUR)

    service = scene.service()
    assert [(d["status"], d["rolloutState"]) for d in service["deployments"]] == [
        ("PRIMARY", "FAILED"),
        ("ACTIVE", "COMPLETED"),
    ]
    assert service["deployments"][0]["failedTasks"] >= 3
    assert service["runningCount"] == 2
    assert scene.deployments()[0]["status"] == "STOPPED"


def test_without_breaker_a_bad_deploy_never_ends(scene):
    scene.create(count=2)
    scene.run_for(5 * MINUTE)
    breaking(scene)
    scene.update(taskDefinition="web:2")
    scene.run_for(HOUR)

    newest = scene.service()["deployments"][0]
    assert newest["rolloutState"] == "IN_PROGRESS"
    assert newest["failedTasks"] > 20


def test_a_missing_image_trips_the_breaker_too(scene):
    scene.ecs.behave_image("*:missing", Plan(start_failure="CannotPullContainerError: not found"))
    scene.create(count=1, deploymentConfiguration=BREAKER)
    scene.run_for(5 * MINUTE)
    scene.register(image="registry.example/web:missing")
    scene.update(taskDefinition="web:2")
    scene.run_for(30 * MINUTE)

    assert scene.deployments()[0]["status"] == "ROLLBACK_SUCCESSFUL"


def test_a_first_deployment_that_fails_has_nothing_to_go_back_to(scene):
    breaking(scene)
    scene.create(count=1, taskDefinition="web:2", deploymentConfiguration=BREAKER)
    scene.run_for(30 * MINUTE)

    assert scene.service()["deployments"][0]["rolloutState"] == "FAILED"
    assert scene.service()["runningCount"] == 0


@pytest.mark.parametrize(
    ("count", "threshold", "asked"),
    [
        (1, 3, None),
        (7, 4, None),
        (1000, 200, None),
        (10, 5, {"type": "COUNT", "value": 5}),
        (1, 1, {"type": "UNBOUNDED_PERCENT", "value": 50}),
    ],
)
def test_the_threshold_is_half_the_tasks_between_3_and_200(scene, count, threshold, asked):
    breaker = {"enable": True, "rollback": True} | ({"thresholdConfiguration": asked} if asked else {})
    scene.create(count=0, deploymentConfiguration={"deploymentCircuitBreaker": breaker})
    scene.update(desiredCount=count)

    assert scene.deployments()[0]["deploymentCircuitBreaker"]["threshold"] == threshold


def test_a_lack_of_capacity_does_not_trip_the_breaker(scene):
    scene.create(capacityProviderStrategy=SPOT, deploymentConfiguration=BREAKER)
    scene.run_for(5 * MINUTE)
    scene.ecs.pools.set_supply("FARGATE_SPOT", 2)
    scene.update(forceNewDeployment=True)
    scene.run_for(6 * HOUR)

    service = scene.service()
    assert service["runningCount"] == 2
    assert service["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    assert service["deployments"][0]["failedTasks"] == 0


def test_a_running_deployment_is_rolled_back_on_request(scene):
    scene.create(capacityProviderStrategy=SPOT)
    scene.run_for(5 * MINUTE)
    scene.register()
    scene.update(taskDefinition="web:2", capacityProviderStrategy=ON_DEMAND, forceNewDeployment=True)
    scene.run_for(10)
    arn = scene.deployments()[0]["serviceDeploymentArn"]
    scene.call("StopServiceDeployment", serviceDeploymentArn=arn, stopType="ROLLBACK")
    asked = scene.deployments()[0]["status"]
    scene.run_for(10 * MINUTE)

    service, record = scene.service(), scene.deployments()[0]
    assert asked == "ROLLBACK_REQUESTED"
    assert record["status"] == "ROLLBACK_SUCCESSFUL"
    assert service["taskDefinition"].endswith("web:1")
    assert service["capacityProviderStrategy"][0]["capacityProvider"] == "FARGATE_SPOT"
    assert {task["capacityProviderName"] for task in scene.tasks()} == {"FARGATE_SPOT"}


def test_an_aborted_deployment_stays_where_it_is(scene):
    scene.create(count=2)
    scene.run_for(5 * MINUTE)
    scene.update(forceNewDeployment=True)
    arn = scene.deployments()[0]["serviceDeploymentArn"]
    scene.call("StopServiceDeployment", serviceDeploymentArn=arn, stopType="ABORT")
    scene.run_for(HOUR)

    assert scene.deployments()[0]["status"] == "STOPPED"
    assert scene.service()["runningCount"] == 2


def test_only_a_running_deployment_can_be_stopped(scene):
    scene.create()
    scene.run_for(5 * MINUTE)
    arn = scene.deployments()[0]["serviceDeploymentArn"]

    assert scene.refused("StopServiceDeployment", serviceDeploymentArn=arn).code == "ConflictException"
    ghost = scene.refused("StopServiceDeployment", serviceDeploymentArn=arn + "x")
    assert ghost.code == "ServiceDeploymentNotFoundException"


def test_service_deployments_are_listed_by_status_newest_first(scene):
    scene.create(count=1)
    for _ in range(3):
        scene.run_for(5 * MINUTE)
        scene.update(forceNewDeployment=True)

    rows = scene.call("ListServiceDeployments", cluster="prod", service="web", status=["IN_PROGRESS"])
    everything = scene.call("ListServiceDeployments", cluster="prod", service="web", maxResults=3)
    assert [row["status"] for row in rows["serviceDeployments"]] == ["IN_PROGRESS"]
    assert len(everything["serviceDeployments"]) == 3
    assert "nextToken" in everything
    times = [row["createdAt"] for row in everything["serviceDeployments"]]
    assert times == sorted(times, reverse=True)
