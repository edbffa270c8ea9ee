from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.decisions.opt_in import service_setting
from trimtab.model.decision import Keep, Setting
from trimtab.model.policy import BUILT_IN, Policy, ServiceRule
from trimtab.model.tags import Mode
from trimtab.model.task_size import TaskSize

TODAY = date(2026, 3, 2)
modes = st.sampled_from(list(Mode))


def setting(tags, policy=BUILT_IN, default=Mode.OFF):
    return service_setting("shop", "orders", tags, policy, default, TODAY)


def under(**rule):
    return Policy(1, (ServiceRule(**rule),))


@pytest.mark.parametrize("tag", list(Mode))
@pytest.mark.parametrize("ceiling", list(Mode))
def test_the_stricter_of_tag_and_policy_holds(tag, ceiling):
    answer = setting({"trimtab:mode": tag.name.lower()}, under(mode=ceiling))

    strict = min(tag, ceiling)
    got = Mode.OFF if isinstance(answer, Keep) else answer.mode
    assert got is strict


@given(st.none() | modes, st.none() | modes, modes)
def test_nothing_that_writes_comes_without_the_teams_own_tag(tag, ceiling, default):
    tags = {} if tag is None else {"trimtab:mode": tag.name.lower()}

    answer = setting(tags, under(mode=ceiling), default)

    if tag is None:
        assert isinstance(answer, Keep) or answer.mode is Mode.OBSERVE
    elif isinstance(answer, Setting):
        assert answer.mode <= tag


def test_without_tag_and_default_nothing_is_done():
    assert setting({}).reason == "mode_off"
    assert setting({}, default=Mode.OBSERVE).mode is Mode.OBSERVE


@pytest.mark.parametrize(
    "tags",
    [
        {"trimtab:mode": "aply"},
        {"trimtab:mode": "apply", "trimtab:profile": "fast"},
        {"trimtab:mode": "apply", "trimtab:hold": "soon"},
        {"trimtab:mode": "apply", "trimtab:mod": "off"},
    ],
)
def test_a_tag_that_cannot_be_read_refuses_with_its_text(tags):
    answer = setting(tags, default=Mode.OBSERVE)

    assert answer.reason == "malformed_tag"
    assert "trimtab:" in answer.sentence


@given(st.dictionaries(st.sampled_from(["trimtab:mode", "trimtab:profile", "trimtab:hold"]), st.text()))
def test_whatever_the_tags_say_there_is_an_answer(tags):
    assert isinstance(setting(tags, default=Mode.OBSERVE), Keep | Setting)


def test_a_hold_stops_everything_until_its_day_is_over():
    assert setting({"trimtab:mode": "apply", "trimtab:hold": "2026-03-02"}).reason == "held"
    assert setting({"trimtab:mode": "apply", "trimtab:hold": "2026-03-01"}).mode is Mode.APPLY
    assert setting({"trimtab:mode": "apply", "trimtab:hold": "true"}).reason == "held"


def test_the_profile_of_the_tag_wins_over_that_of_the_policy():
    policy = under(profile="latency", smallest=TaskSize(512, 1024), largest=TaskSize(4096, 8192))

    tagged = setting({"trimtab:mode": "apply", "trimtab:profile": "batch"}, policy)
    silent = setting({"trimtab:mode": "apply"}, policy)

    assert (tagged.profile, silent.profile) == ("batch", "latency")
    assert (silent.smallest, silent.largest) == (TaskSize(512, 1024), TaskSize(4096, 8192))
    assert setting({"trimtab:mode": "apply"}).profile == "general"
