"""A laboratory with one cluster, and short words for what the tests do in it.

Every request and every answer is checked against botocore's own shapes on the way.
"""

from functools import cache

import botocore.session
import pytest
from botocore.validate import ParamValidator

from trimtab_lab import Lab
from trimtab_lab.api_error import ApiError
from trimtab_lab.ecs import Ecs

NETWORK = {
    "awsvpcConfiguration": {
        "subnets": ["subnet-aaa", "subnet-bbb", "subnet-ccc"],
        "securityGroups": ["sg-web"],
        "assignPublicIp": "ENABLED",
    }
}
SPOT = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
ON_DEMAND = [{"capacityProvider": "FARGATE", "weight": 1}]
ASG = {
    "autoScalingGroupArn": "arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:1:"
    "autoScalingGroupName/a"
}
MINUTE, HOUR, DAY = 60, 3600, 86_400


@cache
def model(api: str):
    return botocore.session.get_session().get_service_model(api)


def check(shape, value, what: str) -> None:
    """Compare a value with a botocore shape: unknown members and wrong types are reported."""
    if shape is None:
        return
    report = ParamValidator().validate(value, shape)
    assert not report.has_errors(), f"{what}: {report.generate_report()}"


class Scene:
    def __init__(self, seed: int = 1) -> None:
        self.lab = Lab(seed)
        self.ecs = Ecs(self.lab)
        self.events: list[dict] = []
        self.lab.bus.listen(self.events.append)
        self.call("CreateCluster", clusterName="prod", capacityProviders=["FARGATE", "FARGATE_SPOT"])

    def call(self, operation: str, /, **request):
        return self.call_of("ecs", operation, **request)

    def call_of(self, api: str, operation: str, /, **request):
        shapes = model(api).operation_model(operation)
        check(shapes.input_shape, request, f"request of {operation}")
        answer = self.lab.call(api, operation, request)
        check(shapes.output_shape, answer, f"answer of {operation}")
        return answer

    def refused(self, operation: str, /, **request) -> ApiError:
        with pytest.raises(ApiError) as caught:
            self.call(operation, **request)
        return caught.value

    def run_for(self, seconds: float) -> None:
        self.lab.clock.run_for(seconds)

    def register(self, family: str = "web", image: str = "registry.example/web:1", **others) -> str:
        content = {
            "networkMode": "awsvpc",
            "cpu": "256",
            "memory": "512",
            "requiresCompatibilities": ["FARGATE"],
            "containerDefinitions": [{"name": "app", "image": image}],
        } | others
        content = {key: value for key, value in content.items() if value is not None}
        answer = self.call("RegisterTaskDefinition", family=family, **content)
        return answer["taskDefinition"]["taskDefinitionArn"]

    def register_for_ec2(self, family: str = "web", cpu: int = 512, memory: int = 1024, **others) -> str:
        container = {"name": "app", "image": "registry.example/web:1", "cpu": cpu, "memory": memory}
        return self.register(
            family, networkMode="bridge", cpu=None, memory=None, requiresCompatibilities=["EC2"],
            containerDefinitions=[container], **others,
        )  # fmt: skip

    def create(self, name: str = "web", count: int = 2, **others) -> dict:
        request = {"taskDefinition": "web", "desiredCount": count, "networkConfiguration": NETWORK} | others
        if "capacityProviderStrategy" not in request and "launchType" not in request:
            request["capacityProviderStrategy"] = ON_DEMAND
        request = {key: value for key, value in request.items() if value is not None}
        return self.call("CreateService", cluster="prod", serviceName=name, **request)["service"]

    def update(self, name: str = "web", **members) -> dict:
        return self.call("UpdateService", cluster="prod", service=name, **members)["service"]

    def service(self, name: str = "web") -> dict:
        return self.call("DescribeServices", cluster="prod", services=[name], include=["TAGS"])["services"][0]

    def tasks(self, name: str = "web", status: str = "RUNNING") -> list[dict]:
        arns = self.call("ListTasks", cluster="prod", serviceName=name, desiredStatus=status)["taskArns"]
        if not arns:
            return []
        return self.call("DescribeTasks", cluster="prod", tasks=arns, include=["TAGS"])["tasks"]

    def run(self, **members) -> dict:
        request = {
            "taskDefinition": "web",
            "launchType": "FARGATE",
            "networkConfiguration": NETWORK,
        } | members
        request = {key: value for key, value in request.items() if value is not None}
        return self.call("RunTask", cluster="prod", **request)

    def task(self, arn: str) -> dict:
        return self.call("DescribeTasks", cluster="prod", tasks=[arn], include=["TAGS"])["tasks"][0]

    def deployments(self, name: str = "web") -> list[dict]:
        """Return a service's service deployments, newest first."""
        rows = self.call("ListServiceDeployments", cluster="prod", service=name)["serviceDeployments"]
        arns = [row["serviceDeploymentArn"] for row in rows]
        return self.call("DescribeServiceDeployments", serviceDeploymentArns=arns)["serviceDeployments"]

    def told(self, detail_type: str, **detail) -> list[dict]:
        return [
            event
            for event in self.events
            if event["detail-type"] == detail_type
            and all(event["detail"].get(key) == value for key, value in detail.items())
        ]

    def actions(self, name: str) -> list[dict]:
        return self.told("ECS Service Action", eventName=name)

    def messages(self, name: str = "web") -> list[str]:
        return [event["message"] for event in self.service(name)["events"]]
