import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def network(aws) -> dict:
    """A network that a task can run in."""
    subnet, group = "subnet-aaa", "sg-web"
    if aws.name == "moto":
        ec2 = aws.client("ec2")
        subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    return {
        "awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group], "assignPublicIp": "ENABLED"}
    }


@pytest.fixture
def ecs(aws):
    client = aws.client("ecs")
    client.create_cluster(clusterName="prod", capacityProviders=["FARGATE", "FARGATE_SPOT"])
    return client


def register(ecs, family: str = "web", **others) -> dict:
    content = {
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [
            {
                "name": "app", "image": "registry.example/app:1", "memory": 512, "essential": True,
                "environment": [{"name": "A", "value": "1"}],
            }
        ],
    } | others  # fmt: skip
    return ecs.register_task_definition(family=family, **content)["taskDefinition"]


def test_revisions_of_a_family_count_up(ecs):
    first, second = register(ecs), register(ecs, cpu="512", memory="1024")

    assert (first["revision"], second["revision"]) == (1, 2)
    assert second["taskDefinitionArn"].endswith(":task-definition/web:2")
    assert (second["cpu"], second["memory"], second["status"]) == ("512", "1024", "ACTIVE")


def test_a_family_without_revision_means_its_newest_active_one(aws, ecs):
    aws.skip_on("moto", "moto answers with the newest revision, active or not")
    register(ecs)
    register(ecs)
    ecs.deregister_task_definition(taskDefinition="web:2")

    found = ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]

    assert found["revision"] == 1


def test_a_task_definition_is_described_as_it_was_registered(ecs):
    register(ecs, tags=[{"key": "team", "value": "shop"}])

    answer = ecs.describe_task_definition(taskDefinition="web:1", include=["TAGS"])

    (container,) = answer["taskDefinition"]["containerDefinitions"]
    assert container["environment"] == [{"name": "A", "value": "1"}]
    assert answer["tags"] == [{"key": "team", "value": "shop"}]


def test_a_task_definition_that_does_not_exist_is_a_client_error(ecs):
    with pytest.raises(ecs.exceptions.ClientException):
        ecs.describe_task_definition(taskDefinition="nowhere:1")


def test_revisions_are_listed_by_family(ecs):
    register(ecs, "web")
    register(ecs, "web")
    register(ecs, "worker")

    listed = ecs.list_task_definitions(familyPrefix="web")["taskDefinitionArns"]

    assert [arn.rsplit("/")[-1] for arn in listed] == ["web:1", "web:2"]


def test_a_fargate_size_that_is_not_sold_is_refused(aws, ecs):
    aws.skip_on("moto", "moto registers a Fargate task of any size")

    with pytest.raises(ClientError):
        register(ecs, cpu="300", memory="512")


def test_tags_are_set_read_and_removed(ecs):
    arn = register(ecs)["taskDefinitionArn"]
    ecs.tag_resource(
        resourceArn=arn, tags=[{"key": "trimtab:mode", "value": "apply"}, {"key": "b", "value": "2"}]
    )
    ecs.untag_resource(resourceArn=arn, tagKeys=["b"])

    tags = ecs.list_tags_for_resource(resourceArn=arn)["tags"]

    assert tags == [{"key": "trimtab:mode", "value": "apply"}]


def test_clusters_are_described_by_name_and_the_missing_named(ecs):
    answer = ecs.describe_clusters(clusters=["prod", "nowhere"])

    (cluster,) = answer["clusters"]
    assert (cluster["clusterName"], cluster["status"]) == ("prod", "ACTIVE")
    assert [failure["reason"] for failure in answer["failures"]] == ["MISSING"]


def test_a_service_is_created_described_and_listed(ecs, network):
    register(ecs)
    created = ecs.create_service(
        cluster="prod", serviceName="orders", taskDefinition="web", desiredCount=2, launchType="FARGATE",
        networkConfiguration=network, tags=[{"key": "trimtab:mode", "value": "observe"}],
    )["service"]  # fmt: skip

    answer = ecs.describe_services(cluster="prod", services=["orders"], include=["TAGS"])

    (service,) = answer["services"]
    assert (service["serviceName"], service["desiredCount"], service["status"]) == ("orders", 2, "ACTIVE")
    assert service["taskDefinition"].endswith(":task-definition/web:1")
    assert service["tags"] == [{"key": "trimtab:mode", "value": "observe"}]
    assert ecs.list_services(cluster="prod")["serviceArns"] == [created["serviceArn"]]


def test_a_service_that_does_not_exist_is_a_failure_not_an_error(ecs):
    answer = ecs.describe_services(cluster="prod", services=["nowhere"])

    assert answer["services"] == []
    assert [failure["reason"] for failure in answer["failures"]] == ["MISSING"]


def test_an_updated_service_points_at_the_new_revision(aws, ecs, network):
    aws.skip_on("moto", "moto keeps the name as it was given instead of the revision's ARN")
    register(ecs)
    register(ecs, cpu="512", memory="1024")
    ecs.create_service(
        cluster="prod", serviceName="orders", taskDefinition="web:1", desiredCount=1, launchType="FARGATE",
        networkConfiguration=network,
    )  # fmt: skip

    ecs.update_service(cluster="prod", service="orders", taskDefinition="web:2")

    (service,) = ecs.describe_services(cluster="prod", services=["orders"])["services"]
    assert service["taskDefinition"].endswith(":task-definition/web:2")


def test_a_task_is_run_described_listed_and_stopped(ecs, network):
    register(ecs)
    answer = ecs.run_task(
        cluster="prod", taskDefinition="web", launchType="FARGATE", networkConfiguration=network,
        startedBy="contract",
    )  # fmt: skip
    (task,) = answer["tasks"]

    (described,) = ecs.describe_tasks(cluster="prod", tasks=[task["taskArn"]])["tasks"]
    listed = ecs.list_tasks(cluster="prod", startedBy="contract")["taskArns"]
    stopped = ecs.stop_task(cluster="prod", task=task["taskArn"], reason="enough")["task"]

    assert described["taskDefinitionArn"].endswith(":task-definition/web:1")
    assert (described["launchType"], described["startedBy"]) == ("FARGATE", "contract")
    assert listed == [task["taskArn"]]
    assert stopped["desiredStatus"] == "STOPPED"
    assert stopped["stoppedReason"] == "enough"


def test_a_repeated_client_token_starts_one_task(aws, ecs, network):
    aws.skip_on("moto", "moto ignores clientToken and starts two tasks")
    register(ecs)
    request = {
        "cluster": "prod", "taskDefinition": "web", "launchType": "FARGATE", "networkConfiguration": network,
        "clientToken": "lineage-1",
    }  # fmt: skip

    first, second = (ecs.run_task(**request)["tasks"][0]["taskArn"] for _ in range(2))

    assert first == second


def test_eleven_services_in_one_describe_are_refused(aws, ecs):
    aws.skip_on("moto", "moto describes any number of services")

    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.describe_services(cluster="prod", services=[f"s{number}" for number in range(11)])
