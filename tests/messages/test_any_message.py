"""Whatever arrives, it is read or refused with a MessageError: nothing else leaves the readers."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.golden.events import JUDGED, load
from trimtab.model.errors import MessageError
from trimtab.model.verdict import Verdict
from trimtab_cli.event_verdict import judge_event

EVENTS = [load(situation) for situation in JUDGED]
moments = st.sampled_from(
    [
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "Thu, 99 Foo 2026 25:61:61 GMT",
        "-1",
        "2026-W01",
    ]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | moments,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(value, path=()):
    """Yield the path to each value inside a JSON value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


@st.composite
def damaged(draw):
    event = json.loads(json.dumps(draw(st.sampled_from(EVENTS))))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(sorted(places(event), key=repr)))
        if not path:
            continue
        holder = event
        for step in path[:-1]:
            holder = holder[step]
        if draw(st.booleans()) and isinstance(holder, dict):
            del holder[path[-1]]
        else:
            holder[path[-1]] = draw(values)
    return event


@settings(deadline=None, derandomize=True, max_examples=400)
@given(damaged() | values)
def test_a_damaged_event_is_judged_or_refused(event):
    try:
        verdict = judge_event(event, None, lambda _warning: None)
    except MessageError as error:
        assert "Nothing was started or changed" in str(error)
    else:
        assert isinstance(verdict, Verdict)
        json.dumps(dict(verdict.evidence), allow_nan=False)
