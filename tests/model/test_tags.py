from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.model.errors import TagError
from trimtab.model.tags import PROFILES, Mode, read_service_tags

TODAY = date(2026, 3, 2)


def test_the_modes_are_in_order():
    assert Mode.OFF < Mode.OBSERVE < Mode.HANDOVER < Mode.APPROVE < Mode.APPLY


@pytest.mark.parametrize("mode", list(Mode))
def test_a_mode_is_read_by_its_name(mode):
    assert read_service_tags({"trimtab:mode": mode.name.lower()}).mode is mode


def test_a_service_without_our_tags_asks_for_nothing():
    tags = read_service_tags({"team": "orders", "Trimtab": "yes"})

    assert (tags.mode, tags.profile, tags.held_on(TODAY)) == (None, None, False)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_is_read_by_its_name(profile):
    assert read_service_tags({"trimtab:profile": profile}).profile == profile


@pytest.mark.parametrize(
    "tags",
    [
        {"trimtab:mode": ""},
        {"trimtab:mode": "Apply"},
        {"trimtab:mode": "apply "},
        {"trimtab:mode": "aply"},
        {"trimtab:mode": "4"},
        {"trimtab:mode": "true"},
        {"trimtab:mode": "o\N{LATIN SMALL LIGATURE FF}"},
        {"trimtab:profile": "spot"},
        {"trimtab:profile": ""},
        {"trimtab:hold": "yes"},
        {"trimtab:hold": ""},
        {"trimtab:hold": "2026-02-30"},
        {"trimtab:hold": "next week"},
        {"trimtab:moed": "apply"},
        {"trimtab:": "apply"},
        {"trimtab:mode": "apply", "trimtab:hodl": "true"},
    ],
)
def test_a_tag_of_ours_that_cannot_be_read_is_refused_and_named(tags):
    with pytest.raises(TagError) as caught:
        read_service_tags(tags)

    assert "trimtab:" in str(caught.value)
    assert "left alone" in str(caught.value)


@given(st.text(max_size=300))
def test_any_mode_is_read_or_refused_and_never_grows_beyond_apply_unasked(text):
    try:
        mode = Mode.read(text)
    except TagError as fault:
        assert len(str(fault)) < 300
    else:
        assert mode is not Mode.APPLY or text == "apply"


def test_a_hold_lasts_to_the_end_of_its_day():
    held = read_service_tags({"trimtab:hold": "2026-03-02"})

    assert held.held_on(TODAY)
    assert not held.held_on(TODAY + timedelta(days=1))


@pytest.mark.parametrize(("text", "held"), [("true", True), ("false", False)])
def test_a_hold_without_a_date_has_no_end(text, held):
    assert read_service_tags({"trimtab:hold": text}).held_on(TODAY + timedelta(days=9999)) is held
