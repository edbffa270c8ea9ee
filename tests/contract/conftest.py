"""One suite, two implementations: what holds on the laboratory holds on moto, or says why not."""

from collections.abc import Iterator

import boto3
import botocore.session
import pytest
from moto import mock_aws

from tests.contract.summary import pytest_terminal_summary  # noqa: F401 - pytest finds it by its name
from trimtab_lab.account import make_lab
from trimtab_lab.in_process import connect


class Implementation:
    """Where a test runs: real boto3 clients, answered by ``name``."""

    def __init__(self, name: str) -> None:
        self.name, self.core = name, botocore.session.Session()
        self._session = boto3.Session(botocore_session=self.core, region_name="eu-west-1")
        self._clients: dict[str, object] = {}

    def client(self, service: str):
        if service not in self._clients:
            self._clients[service] = self._session.client(service)
        return self._clients[service]

    def skip_on(self, name: str, reason: str) -> None:
        if self.name == name:
            pytest.skip(reason)


@pytest.fixture(scope="session")
def implementations() -> dict[str, Implementation]:
    """Clients are made once: it takes longer than the tests."""
    laboratory = Implementation("lab")
    connect(make_lab("contract"), laboratory.core)
    return {"lab": laboratory, "moto": Implementation("moto")}


@pytest.fixture(params=["lab", "moto"])
def aws(
    request: pytest.FixtureRequest, implementations: dict[str, Implementation]
) -> Iterator[Implementation]:
    """A fresh account."""
    implementation = implementations[request.param]
    if request.param == "lab":
        connect(make_lab("contract"), implementation.core)
        yield implementation
        return
    with mock_aws():
        yield implementation


@pytest.fixture
def dynamodb(aws: Implementation):
    """A table like Trimtab's, with a sparse index and a stream."""
    client = aws.client("dynamodb")
    client.create_table(
        TableName="changes",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "workload", "KeyType": "HASH"},
            {"AttributeName": "item", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"}
            for name in ("workload", "item", "open_turn", "due_at")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "open",
                "KeySchema": [
                    {"AttributeName": "open_turn", "KeyType": "HASH"},
                    {"AttributeName": "due_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return client
