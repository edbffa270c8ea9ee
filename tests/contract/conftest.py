"""One suite, two implementations: what holds on the laboratory holds on moto, or says why not."""

import re
from collections import defaultdict
from collections.abc import Iterator

import boto3
import botocore.session
import pytest
from moto import mock_aws

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


_WHERE = re.compile(r"contract/test_(\w+)\.py::(\w+)\[(.*)\]")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what ran on which implementation, and every skip with its reason."""
    ran: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    skips: list[str] = []
    for outcome in ("passed", "failed", "skipped"):
        for report in terminalreporter.stats.get(outcome, ()):
            where = _WHERE.search(getattr(report, "nodeid", ""))
            if where is None:
                continue
            area, test, parameters = where.groups()
            name = "moto" if "moto" in parameters.split("-") else "lab"
            if outcome == "skipped":
                skips.append(f"  not on {name}: {area}: {test}: {_reason(report)}")
            else:
                ran[area][name] += 1
    if not ran:
        return
    terminalreporter.section("contract suite: laboratory and moto")
    for area, counts in sorted(ran.items()):
        terminalreporter.line(f"  {area:24} lab {counts['lab']:3}   moto {counts['moto']:3}")
    for skip in sorted(skips):
        terminalreporter.line(skip)


def _reason(report: pytest.TestReport) -> str:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
    return str(reason).removeprefix("Skipped: ")
