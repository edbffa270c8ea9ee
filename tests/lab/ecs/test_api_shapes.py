"""Every operation answers in botocore's own shapes; ``Scene.call`` compares each answer."""

from tests.lab.ecs.scene import ASG, MINUTE, SPOT, Scene, model
from trimtab_lab.api_error import ApiError
from trimtab_lab.ecs import Ecs

TAG = [{"key": "team", "value": "orders"}]


def rich_scene() -> Scene:
    scene = Scene()
    scene.call("CreateCapacityProvider", name="asg-a", autoScalingGroupProvider=ASG, tags=TAG)
    scene.register(tags=TAG)
    scene.register_for_ec2("big")
    scene.ecs.add_container_instance("prod", capacity_provider="asg-a")
    scene.create(capacityProviderStrategy=SPOT, tags=TAG)
    scene.create("big", taskDefinition="big", launchType="EC2", networkConfiguration=None)
    scene.run_for(5 * MINUTE)
    return scene


def every_call(scene: Scene) -> set[str]:
    """Call each operation with all that it can include, and return the names."""
    called: set[str] = set()

    def call(operation, **request):
        called.add(operation)
        return scene.call(operation, **request)

    cluster_parts = ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS"]
    call("CreateCluster", clusterName="test", tags=TAG, capacityProviders=["FARGATE"])
    call("DescribeClusters", clusters=["prod", "ghost"], include=cluster_parts)
    call("ListClusters", maxResults=1)
    call("CreateCapacityProvider", name="asg-b", autoScalingGroupProvider=ASG)
    call("DescribeCapacityProviders", include=["TAGS"])
    call(
        "PutClusterCapacityProviders", cluster="test", capacityProviders=["FARGATE", "asg-b"],
        defaultCapacityProviderStrategy=[{"capacityProvider": "asg-b", "weight": 1}],
    )  # fmt: skip
    insights = {"name": "containerInsights", "value": "enhanced"}
    call("UpdateClusterSettings", cluster="test", settings=[insights])
    instances = call("ListContainerInstances", cluster="prod")["containerInstanceArns"]
    call("DescribeContainerInstances", cluster="prod", containerInstances=[*instances, "x"], include=["TAGS"])
    container = {"name": "app", "image": "registry.example/other:1", "memory": 128}
    call("RegisterTaskDefinition", family="other", containerDefinitions=[container], tags=TAG)
    call("DescribeTaskDefinition", taskDefinition="web", include=["TAGS"])
    call("DeregisterTaskDefinition", taskDefinition="other:1")
    call("ListTaskDefinitions", status="INACTIVE")
    call("ListTaskDefinitionFamilies", familyPrefix="w")
    arn = scene.create("third", count=1)["serviceArn"]
    called.add("CreateService")
    call("UpdateService", cluster="prod", service="web", forceNewDeployment=True)
    call("DescribeServices", cluster="prod", services=["web", "big", "ghost"], include=["TAGS"])
    call("ListServices", cluster="prod", launchType="EC2")
    going = call("ListServiceDeployments", cluster="prod", service="web")["serviceDeployments"][0]
    call("StopServiceDeployment", serviceDeploymentArn=going["serviceDeploymentArn"])
    scene.run_for(MINUTE)
    call("DescribeServiceDeployments", serviceDeploymentArns=[going["serviceDeploymentArn"], "x"])
    call("DescribeServiceRevisions", serviceRevisionArns=[going["targetServiceRevisionArn"], "x"])
    task = scene.run(tags=TAG)["tasks"][0]["taskArn"]
    called.add("RunTask")
    tasks = call("ListTasks", cluster="prod", serviceName="web")["taskArns"]
    call("UpdateTaskProtection", cluster="prod", tasks=[tasks[0], task], protectionEnabled=True)
    call("GetTaskProtection", cluster="prod", tasks=tasks)
    call("StopTask", cluster="prod", task=task, reason="done")
    scene.run_for(MINUTE)
    call("DescribeTasks", cluster="prod", tasks=[*tasks, task, "x"], include=["TAGS"])
    call("TagResource", resourceArn=arn, tags=TAG)
    call("ListTagsForResource", resourceArn=arn)
    call("UntagResource", resourceArn=arn, tagKeys=["team"])
    call("DeleteService", cluster="prod", service="third", force=True)
    return called


def test_every_operation_answers_in_botocores_shape():
    scene = rich_scene()

    assert every_call(scene) == set(scene.ecs.operations)


def test_every_operation_is_one_of_ecs():
    assert set(Ecs(Scene().lab).operations) <= set(model("ecs").operation_names)


def test_every_error_is_one_that_the_api_has(scene):
    shapes = model("ecs")
    known = {name for name in shapes.shape_names if shapes.shape_for(name).metadata.get("exception")}
    attempts = [
        ("DescribeServices", {"cluster": "ghost", "services": ["a"]}),
        ("UpdateService", {"cluster": "prod", "service": "ghost"}),
        ("RunTask", {"cluster": "prod", "taskDefinition": "ghost"}),
        ("StopTask", {"cluster": "prod", "task": "ghost"}),
        ("ListTagsForResource", {"resourceArn": "arn:aws:ecs:eu-west-1:111122223333:service/prod/ghost"}),
        ("StopServiceDeployment", {"serviceDeploymentArn": "ghost"}),
        ("ListTasks", {"cluster": "prod", "nextToken": "nonsense"}),
        ("DescribeTaskDefinition", {"taskDefinition": "a:b:c"}),
    ]

    for operation, request in attempts:
        try:
            scene.call(operation, **request)
        except ApiError as error:
            assert error.code in known, operation
        else:
            raise AssertionError(f"{operation} was not refused")


def test_two_laboratories_with_one_seed_live_the_same_life():
    first, second = rich_scene(), rich_scene()
    every_call(first)
    every_call(second)

    assert first.events == second.events
