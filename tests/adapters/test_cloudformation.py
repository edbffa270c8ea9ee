import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from trimtab.adapters.cloudformation import StackOutputs


@pytest.fixture
def cloudformation():
    client = boto3.client("cloudformation")
    with Stubber(client) as stubber:
        yield client, stubber


def test_outputs_are_read_by_name(cloudformation):
    client, stubber = cloudformation
    stack = {"StackName": "trimtab", "CreationTime": "2026-03-02T04:05:06Z", "StackStatus": "CREATE_COMPLETE"}
    outputs = [{"OutputKey": "ControlTableName", "OutputValue": "control"}]
    stubber.add_response(
        "describe_stacks", {"Stacks": [stack | {"Outputs": outputs}]}, {"StackName": "trimtab"}
    )

    assert StackOutputs(client).of("trimtab") == {"ControlTableName": "control"}


def test_a_stack_that_does_not_exist_has_no_outputs(cloudformation):
    client, stubber = cloudformation
    stubber.add_client_error("describe_stacks", "ValidationError", "Stack with id trimtab does not exist")

    assert StackOutputs(client).of("trimtab") == {}


def test_a_refusal_is_not_taken_for_a_missing_stack(cloudformation):
    client, stubber = cloudformation
    stubber.add_client_error("describe_stacks", "AccessDenied", "no")

    with pytest.raises(ClientError):
        StackOutputs(client).of("trimtab")
