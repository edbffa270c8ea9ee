"""docs/events.md says what adapters/notices.py sends."""

import json
import re

from tests.cli.operator.test_status import proposal
from tests.docs.tables import ROOT, column, document
from tests.tidy.stack import template
from trimtab.adapters.notices import AwsNotices, chat_message, event_detail
from trimtab.model.change import State
from trimtab.workflows.announce_change import WORTH_TELLING

TEXT = document("events.md")
SOURCES = (
    *ROOT.glob("layers/trimtab/trimtab/workflows/*.py"),
    *ROOT.glob("functions/*/app.py"),
    ROOT / "layers/trimtab/trimtab/adapters/api_share.py",
    ROOT / "layers/trimtab/trimtab/wiring.py",
)


class Recorder:
    """Both clients; remembers what they were sent."""

    def __init__(self):
        self.sent = {}

    def publish(self, **request):
        self.sent["sns"] = request

    def put_events(self, **request):
        self.sent["events"] = request["Entries"][0]
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}


def test_the_keys_of_the_event_are_those_documented_in_that_order():
    assert column(TEXT, "key of `detail`") == list(event_detail(proposal()))


def test_the_keys_of_the_message_are_those_documented_in_that_order():
    message = chat_message(proposal(), "title")
    flat = []
    for key, value in message.items():
        flat += [f"{key}.{inner}" for inner in value] if isinstance(value, dict) else [key]

    assert column(TEXT, "key of the message") == flat


def test_the_documented_rule_would_match_what_is_sent():
    recorder = Recorder()
    AwsNotices(recorder, recorder, "arn").publish(proposal())
    rule = json.loads(re.search(r"^    (\{.+\})$", TEXT, re.MULTILINE)[1])

    sent = recorder.sent["events"]
    assert rule["source"] == [sent["Source"]]
    assert rule["detail-type"] == [sent["DetailType"]]
    assert rule["detail"].keys() <= json.loads(sent["Detail"]).keys()
    assert recorder.sent["sns"]["Subject"] == "resize prod/orders: proposed"


def test_the_states_that_are_not_told_are_those_documented():
    told = re.search(r"Told are all states but ([^.]+?), and", TEXT)[1]

    assert set(re.findall(r"`(\w+)`", told)) == {state.value for state in set(State) - WORTH_TELLING}


def test_the_retries_are_those_of_the_template():
    bell = template()["Resources"]["AnnounceChangeFunction"]["Properties"]["Events"]["Bell"]["Properties"]

    assert (bell["MaximumRetryAttempts"], bell["MaximumRecordAgeInSeconds"]) == (5, 3600)
    assert "five retries or an hour" in TEXT


def test_every_metric_is_documented_and_no_other():
    found = set()
    for path in SOURCES:
        text = path.read_text("utf-8")
        found |= set(re.findall(r'(?:telemetry\.count\(|self\._count\(|_counted\(telemetry, )"(\w+)"', text))
        found |= set(re.findall(r'\("\w+", "([A-Z]\w+)"\)', text))
    settled = {
        State.SUCCEEDED,
        State.ROLLED_BACK,
        State.SUPERSEDED,
        State.EXPIRED,
        State.FAILED,
        State.NEEDS_HUMAN,
    }
    found |= {f"Changes{state.value.title().replace('_', '')}" for state in settled}

    assert set(column(TEXT, "metric")) == found
