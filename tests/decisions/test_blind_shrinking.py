"""A service that shows nothing of its users' health is not made smaller by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import APPLY, a_definition, a_service
from trimtab.decisions.blind_shrinking import leave_to_person, shows_health
from trimtab.model.decision import Resize, Setting
from trimtab.model.tags import Mode
from trimtab.model.task_size import TaskSize

SIZE = TaskSize(1024, 4096)
BLIND = a_definition(containerDefinitions=[{"name": "app", "image": "orders:1"}])
SMALLER = TaskSize(512, 1024)


def ask(to=SMALLER, service=None, definition=BLIND, setting=APPLY):
    decision = Resize(to, "rule", "too_large", "It is larger than it needs.", {})
    return leave_to_person(decision, SIZE, service or a_service(), definition, setting)


def test_a_blind_cut_is_proposed_to_a_person_with_its_reason():
    decision, setting = ask()

    assert (decision.reason, setting.mode) == ("no_health_signal", Mode.APPROVE)
    assert decision.size == SMALLER
    assert decision.sentence.startswith("It is larger than it needs. Nothing shows how its users fare")


@pytest.mark.parametrize("said", [{"load_balanced": True}, {"alarms": ("errors",)}])
def test_whatever_shows_the_health_of_users_lets_a_cut_go_on(said):
    decision, setting = ask(service=a_service(**said))

    assert (decision.reason, setting) == ("too_large", APPLY)
    assert shows_health(a_service(), a_definition())


def test_the_policy_may_let_a_blind_service_be_shrunk():
    allowed = Setting(Mode.APPLY, shrink_without_signals=True)

    assert ask(setting=allowed)[1] == allowed


@pytest.mark.parametrize("to", [TaskSize(512, 8192), TaskSize(2048, 2048)])
def test_less_of_one_of_both_is_a_cut(to):
    assert ask(to)[1].mode is Mode.APPROVE


def test_growing_needs_no_signal():
    assert ask(TaskSize(1024, 8192))[1] is APPLY


@given(st.sampled_from(list(Mode)))
def test_no_service_is_allowed_more_than_it_asked_for(mode):
    _, setting = ask(setting=Setting(mode))

    assert setting.mode <= mode
    assert setting.mode is mode or mode is Mode.APPLY
