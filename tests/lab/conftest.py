"""An account whose every answer is compared with botocore's own shapes."""

import botocore.session
import pytest
from botocore.validate import ParamValidator

from trimtab_lab.account import Account, make_lab
from trimtab_lab.in_process import connect


def check_answer(parsed: dict, http_response, model, **_: object) -> None:
    """Report members that the service's model does not know, and wrong types."""
    if http_response.status_code < 300 and model.output_shape is not None:
        answer = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
        report = ParamValidator().validate(answer, model.output_shape)
        assert not report.has_errors(), f"answer of {model.name}: {report.generate_report()}"


@pytest.fixture(scope="session")
def core() -> botocore.session.Session:
    """Service models are read once: that takes longer than the tests."""
    session = botocore.session.Session()
    connect(make_lab(), session)
    session.get_component("event_emitter").register("after-call", check_answer)
    return session


@pytest.fixture(scope="session")
def clients(core) -> dict:
    return {}


@pytest.fixture
def account(core) -> Account:
    lab = make_lab("tests")
    connect(lab, core)
    return lab


@pytest.fixture
def client(core, clients, account):
    """Makes clients of the account: ``client("sqs")``."""

    def make(service: str):
        if service not in clients:
            clients[service] = core.create_client(service, region_name="eu-west-1")
        return clients[service]

    return make
