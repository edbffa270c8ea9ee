"""Each event's verdict is the one written by hand, and changes only where a golden file changes."""

import json
import re

import pytest

from tests.golden.events import EVENTS, GOLDEN, JUDGED, OTHERS, load
from trimtab.messages.envelope import parse_envelope
from trimtab.model.errors import MessageError
from trimtab_cli.event_verdict import judge_event


def verdict_on(situation):
    warnings = []
    verdict = judge_event(load(situation), None, warnings.append)
    assert warnings == []
    return {
        "rule": verdict.rule,
        "action": verdict.action.value,
        "cause": verdict.cause.value,
        "owner": verdict.owner.value,
        "reason": verdict.reason,
        "sentence": verdict.sentence,
        "evidence": dict(verdict.evidence),
    }


def test_the_readme_lists_every_event_and_no_other():
    files = {str(path.relative_to(EVENTS).with_suffix("")) for path in EVENTS.glob("*/*.json")}

    assert files == JUDGED.keys() | OTHERS.keys()


@pytest.mark.parametrize("situation", JUDGED)
def test_an_event_gets_the_verdict_that_was_written_by_hand(situation):
    verdict = verdict_on(situation)

    assert {name: verdict[name] for name in ("action", "cause", "owner")} == JUDGED[situation]


@pytest.mark.parametrize("situation", JUDGED)
def test_an_event_gets_the_same_verdict_as_before(situation, request):
    golden = GOLDEN / f"{situation}.json"
    verdict = verdict_on(situation)

    if request.config.getoption("--write-golden"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(json.dumps(verdict, indent=2) + "\n")
    assert json.loads(golden.read_text()) == verdict


def test_every_golden_verdict_has_its_event():
    features = {situation.partition("/")[0] for situation in JUDGED}
    golden = {f"{path.parent.name}/{path.stem}" for path in GOLDEN.glob("*/*.json")}

    assert {name for name in golden if name.partition("/")[0] in features} == set(JUDGED)


@pytest.mark.parametrize("situation", OTHERS)
def test_an_input_that_is_no_event_is_not_mistaken_for_one(situation):
    with pytest.raises(MessageError):
        parse_envelope(load(situation))


@pytest.mark.parametrize("situation", JUDGED)
def test_an_event_is_made_up_for_the_example_account(situation):
    accounts = set(
        re.findall(r"arn:aws:[a-z]+:[a-z0-9-]*:(\d*):", (EVENTS / f"{situation}.json").read_text())
    )

    assert load(situation)["account"] == "111122223333"
    assert accounts <= {"111122223333", ""}
