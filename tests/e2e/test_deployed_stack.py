"""What only a deployment shows: that SAM's output deploys, imports, and is wired as the template says."""

import json

import pytest

from tests.e2e.conftest import ACCOUNT, REGION, STACK, wait_until
from tests.tidy.stack import features, translated

pytestmark = pytest.mark.e2e


def test_every_resource_of_the_template_is_deployed(deployed):
    resources = deployed.client("cloudformation").describe_stack_resources(StackName=STACK)["StackResources"]

    there = {None, "MayChangeEcs"}
    unconditional = {name for name, resource in translated().items() if resource.get("Condition") in there}
    layers_and_state = {
        one["LogicalResourceId"] for one in resources if one["ResourceStatus"] != "CREATE_COMPLETE"
    }
    assert layers_and_state == set()
    # SAM puts a hash of the code behind a layer's logical id.
    names = {"TrimtabLayer" if n.startswith("TrimtabLayer") else n for n in deployed.names}
    wanted = {"TrimtabLayer" if n.startswith("TrimtabLayer") else n for n in unconditional}
    assert names == wanted


@pytest.mark.parametrize("feature", features())
def test_a_function_finds_its_handler_and_the_layer(deployed, feature):
    answer = deployed.invoke(feature, {"nobody": "sends this"})

    assert "No module named" not in json.dumps(answer)
    assert "ImportModuleError" not in json.dumps(answer)


def test_the_tick_runs_against_the_deployed_tables(deployed):
    answer = deployed.invoke("settle_change", {"trimtab": "tick"})

    assert answer["error"] is None, answer


def test_a_stopped_task_travels_from_the_rule_through_the_queue_to_its_function(deployed):
    task = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/prod/0123456789abcdef0123456789abcdef"
    detail = {
        "taskArn": task,
        "clusterArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/prod",
        "taskDefinitionArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/web:7",
        "group": "service:web",
        "launchType": "FARGATE",
        "desiredStatus": "STOPPED",
        "lastStatus": "STOPPED",
        "stopCode": "ServiceSchedulerInitiated",
        "stoppedReason": "Scaling activity initiated by (deployment ecs-svc/1)",
        "containers": [],
        "overrides": {},
        "version": 4,
    }
    entry = {
        "Source": "aws.ecs",
        "DetailType": "ECS Task State Change",
        "Resources": [task],
        "Detail": json.dumps(detail),
    }
    bystander = {
        **entry,
        "Detail": json.dumps({**detail, "lastStatus": "RUNNING", "desiredStatus": "RUNNING"}),
    }

    deployed.client("events").put_events(Entries=[entry, bystander])

    log_group = f"/trimtab/{STACK}/restart_stopped_task"
    wait_until(
        lambda: task in _logged(deployed, log_group), 30, "the function logged the task it was told of"
    )
    wait_until(lambda: deployed.waiting("StoppedTasksQueue") == 0, 30, "the queue is empty")
    assert deployed.waiting("StoppedTasksDeadLetterQueue") == 0


def _logged(deployed, log_group):
    events = deployed.client("logs").filter_log_events(logGroupName=log_group)["events"]
    return "\n".join(event["message"] for event in events)
