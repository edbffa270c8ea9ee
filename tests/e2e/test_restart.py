"""One job of the product through everything that is deployed: a task crashes and is started again, once."""

import pytest

from tests.e2e.conftest import ACCOUNT, REGION, wait_until
from trimtab.adapters.dynamodb_steering import DynamoDbSteering
from trimtab.model.switch import Position, Switch
from trimtab_lab.ecs.behaviour import Plan

pytestmark = pytest.mark.e2e

POLICY = {
    "standalone": [
        {
            "cluster": "prod",
            "family": "nightly-report",
            "classes": {"application": {"attempts": "3", "window": "2h"}},
        }
    ]
}
LAUNCH = {
    "cluster": "prod",
    "taskDefinition": "nightly-report",
    "launchType": "FARGATE",
    "networkConfiguration": {
        "awsvpcConfiguration": {
            "subnets": ["subnet-0a11"],
            "securityGroups": ["sg-0c33"],
            "assignPublicIp": "DISABLED",
        }
    },
    "overrides": {
        "containerOverrides": [{"name": "app", "environment": [{"name": "DAY", "value": "2026-11-22"}]}]
    },
    "tags": [{"key": "team", "value": "data"}],
}


def test_a_standalone_task_that_crashed_is_started_again_as_it_was_launched(deployed):
    lab = deployed.lab
    lab.ecs.behave(
        "nightly-report", lambda task: Plan(run_seconds=None if task.started_by else 20, exit_code=1)
    )
    _let_it_run(deployed)
    lab.keep_calls = True
    person = deployed.person()
    person.create_cluster(clusterName="prod")
    container = {"name": "app", "image": "registry.example/report:v1", "essential": True}
    person.register_task_definition(
        family="nightly-report",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[container],
    )
    (first,) = person.run_task(**LAUNCH)["tasks"]

    wait_until(lambda: len(_launches(lab)) > 1, 240, "Trimtab started the task again")
    (_, again) = _launches(lab)
    (second,) = person.list_tasks(cluster="prod", desiredStatus="RUNNING")["taskArns"]

    assert second != first["taskArn"]
    assert again["networkConfiguration"] == LAUNCH["networkConfiguration"]
    assert again["overrides"] == LAUNCH["overrides"]
    assert again["taskDefinition"] == f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/nightly-report:1"
    assert {"key": "team", "value": "data"} in again["tags"]


def _let_it_run(deployed):
    """What an operator does once: store the policy, arm the installation."""
    steering = DynamoDbSteering(deployed.client("dynamodb"), deployed.names["ControlTable"])
    steering.put_policy(POLICY)
    steering.set_switch(Switch(Position.RUN, "end to end", "operator", deployed.lab.clock.today()))


def _launches(lab):
    return [call.request for call in list(lab.calls) if call.operation == "RunTask"]
