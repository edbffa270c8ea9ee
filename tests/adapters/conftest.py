import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws


@pytest.fixture
def aws():
    """moto's AWS; a function that makes its clients."""
    with mock_aws():
        yield lambda name: boto3.client(name, region_name="eu-west-1")


@pytest.fixture
def stubbed():
    """A client that answers what the test says, in that order, and checks each request against its model."""
    stubbers = []

    def make(name):
        client = boto3.client(name, region_name="eu-west-1")
        stubber = Stubber(client)
        stubber.activate()
        stubbers.append(stubber)
        return client, stubber

    yield make
    for stubber in stubbers:
        stubber.assert_no_pending_responses()
