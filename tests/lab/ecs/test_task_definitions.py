import pytest

CONTAINER = {"name": "app", "image": "registry.example/web:1"}


def test_each_registration_is_the_next_revision_of_its_family(scene):
    arn = scene.register()

    assert arn == "arn:aws:ecs:eu-west-1:111122223333:task-definition/web:2"


def test_everything_that_was_registered_comes_back(scene):
    container = CONTAINER | {
        "cpu": 10,
        "environment": [{"name": "MODE", "value": "fast"}],
        "healthCheck": {"command": ["CMD", "true"], "interval": 10},
        "ulimits": [{"name": "nofile", "softLimit": 1024, "hardLimit": 4096}],
        "dependsOn": [],
        "restartPolicy": {"enabled": True, "ignoredExitCodes": [0]},
    }
    scene.register(
        "rich",
        containerDefinitions=[container],
        volumes=[{"name": "scratch", "host": {}}],
        ephemeralStorage={"sizeInGiB": 42},
        runtimePlatform={"cpuArchitecture": "ARM64"},
        enableFaultInjection=False,
        tags=[{"key": "team", "value": "orders"}],
    )

    answer = scene.call("DescribeTaskDefinition", taskDefinition="rich", include=["TAGS"])

    definition = answer["taskDefinition"]
    assert container.items() <= definition["containerDefinitions"][0].items()
    assert definition["volumes"] == [{"name": "scratch", "host": {}}]
    assert definition["ephemeralStorage"] == {"sizeInGiB": 42}
    assert definition["runtimePlatform"] == {"cpuArchitecture": "ARM64"}
    assert definition["enableFaultInjection"] is False
    assert answer["tags"] == [{"key": "team", "value": "orders"}]
    assert definition["registeredBy"].endswith("person")


def test_tags_come_only_when_asked_for(scene):
    scene.register("tagged", tags=[{"key": "team", "value": "orders"}])

    assert "tags" not in scene.call("DescribeTaskDefinition", taskDefinition="tagged")


def test_sizes_in_words_become_numbers(scene):
    scene.register("wordy", cpu="0.5 vCPU", memory="3 GB")

    definition = scene.call("DescribeTaskDefinition", taskDefinition="wordy")["taskDefinition"]
    assert (definition["cpu"], definition["memory"]) == ("512", "3072")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"memory": "3000"}, "No Fargate configuration exists for given values: 256 CPU, 3000 memory."),
        ({"cpu": None}, "Fargate requires that 'cpu' be defined at the task level."),
        ({"networkMode": "bridge"}, "only supports network mode"),
        ({"ipcMode": "host"}, "ipcMode"),
        ({"containerDefinitions": [CONTAINER | {"privileged": True}]}, "privileged"),
        ({"containerDefinitions": [CONTAINER | {"memory": 513}]}, "memory"),
        ({"containerDefinitions": [CONTAINER | {"cpu": 257}]}, "cpu"),
        (
            {"containerDefinitions": [CONTAINER | {"memory": 64, "memoryReservation": 65}]},
            "memoryReservation",
        ),
        ({"containerDefinitions": [CONTAINER | {"essential": False}]}, "essential"),
        ({"containerDefinitions": [CONTAINER, CONTAINER]}, "unique"),
        (
            {"containerDefinitions": [CONTAINER | {"logConfiguration": {"logDriver": "awslogs"}}]},
            "execution role ARN to support log driver awslogs",
        ),
    ],
)
def test_what_fargate_cannot_run_is_refused_for_fargate(scene, change, text):
    content = {
        "networkMode": "awsvpc", "cpu": "256", "memory": "512", "requiresCompatibilities": ["FARGATE"],
        "containerDefinitions": [CONTAINER],
    } | change  # fmt: skip
    content = {key: value for key, value in content.items() if value is not None}

    error = scene.refused("RegisterTaskDefinition", family="web", **content)

    assert error.code == "ClientException"
    assert text in error.message


def test_a_bridge_definition_is_compatible_with_ec2_but_not_with_fargate(scene):
    scene.register_for_ec2("old")

    definition = scene.call("DescribeTaskDefinition", taskDefinition="old")["taskDefinition"]
    assert definition["compatibilities"] == ["EC2", "EXTERNAL"]


def test_an_awsvpc_definition_without_requirements_is_compatible_with_fargate_if_its_size_is_sold(scene):
    scene.register("either", requiresCompatibilities=None)
    scene.register("odd", requiresCompatibilities=None, memory="700")

    either = scene.call("DescribeTaskDefinition", taskDefinition="either")["taskDefinition"]
    odd = scene.call("DescribeTaskDefinition", taskDefinition="odd")["taskDefinition"]
    assert "FARGATE" in either["compatibilities"]
    assert "FARGATE" not in odd["compatibilities"]


def test_containers_without_any_memory_need_a_task_that_has_some(scene):
    error = scene.refused("RegisterTaskDefinition", family="bare", containerDefinitions=[CONTAINER])

    assert "At least one of 'memory' or 'memoryReservation' must be specified" in error.message


def test_a_bare_family_means_its_latest_active_revision(scene):
    scene.register()
    scene.call("DeregisterTaskDefinition", taskDefinition="web:2")

    found = scene.call("DescribeTaskDefinition", taskDefinition="web")["taskDefinition"]
    gone = scene.call("DescribeTaskDefinition", taskDefinition="web:2")["taskDefinition"]
    assert found["revision"] == 1
    assert gone["status"] == "INACTIVE"
    assert gone["deregisteredAt"] == scene.lab.clock.today()


def test_an_unknown_task_definition_cannot_be_described(scene):
    error = scene.refused("DescribeTaskDefinition", taskDefinition="nobody:3")

    assert (error.code, error.message) == ("ClientException", "Unable to describe task definition.")


def test_revisions_are_listed_in_order_and_in_pages(scene):
    for _ in range(3):
        scene.register()
    scene.register("api")

    first = scene.call("ListTaskDefinitions", familyPrefix="web", sort="DESC", maxResults=3)
    rest = scene.call(
        "ListTaskDefinitions", familyPrefix="web", sort="DESC", maxResults=3, nextToken=first["nextToken"]
    )

    arns = first["taskDefinitionArns"] + rest["taskDefinitionArns"]
    assert [arn.rpartition("/")[2] for arn in arns] == ["web:4", "web:3", "web:2", "web:1"]
    assert "nextToken" not in rest


def test_a_family_without_active_revisions_is_inactive(scene):
    scene.register("gone")
    scene.call("DeregisterTaskDefinition", taskDefinition="gone:1")

    active = scene.call("ListTaskDefinitionFamilies", status="ACTIVE")["families"]
    everything = scene.call("ListTaskDefinitionFamilies", status="ALL")["families"]
    assert active == ["web"]
    assert everything == ["gone", "web"]


def test_an_answer_can_be_changed_without_changing_the_world(scene):
    answer = scene.call("DescribeTaskDefinition", taskDefinition="web")["taskDefinition"]
    answer["containerDefinitions"][0]["image"] = "other"

    again = scene.call("DescribeTaskDefinition", taskDefinition="web")["taskDefinition"]
    assert again["containerDefinitions"][0]["image"] == "registry.example/web:1"
