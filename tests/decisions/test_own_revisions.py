"""Which revisions are ours, and whether the ledger explains them."""

import pytest

from tests.samples import a_change, a_definition, revision
from trimtab.decisions.own_revisions import Standing, is_made_by, judge_revision
from trimtab.model.change import Kind, State
from trimtab.model.tags import CHANGE_TAG, ORPHAN_TAG

ROLE = "stack-ApplyChangeRole-1X"
SESSION = f"arn:aws:sts::111122223333:assumed-role/{ROLE}/stack-apply_change"
MARK = {CHANGE_TAG: "resize1"}
DEPLOYED = {"task_definition": revision(2), "deployment": "ecs-svc/1"}


def ours(number=2, **said):
    return a_definition(number, tags=MARK, registeredBy=SESSION, **said)


def closed(applied, state=State.FAILED, **said):
    return a_change(state=state, applied=applied, **said)


def test_a_revision_that_was_put_in_force_is_explained_whatever_came_of_it():
    for state in (State.SUCCEEDED, State.SUPERSEDED, State.ROLLED_BACK, State.NEEDS_HUMAN):
        assert judge_revision(ours(), closed(DEPLOYED, state), ours(), ROLE) is Standing.EXPLAINED


def test_a_revision_whose_change_ended_before_its_update_is_an_orphan():
    change = closed({"task_definition": revision(2)}, State.REFUSED)

    assert judge_revision(ours(), change, ours(), ROLE) is Standing.ORPHAN


def test_a_revision_whose_answer_was_lost_is_an_orphan_beside_the_one_in_force():
    change = closed({"task_definition": revision(3), "deployment": "ecs-svc/1"}, State.SUCCEEDED)

    assert judge_revision(ours(2), change, ours(3), ROLE) is Standing.ORPHAN
    assert judge_revision(ours(2), closed({}), None, ROLE) is Standing.ORPHAN


def test_nothing_is_an_orphan_while_its_change_is_under_way():
    for state in (State.PLANNED, State.APPLYING, State.DEPLOYING, State.WATCHING, State.ROLLING_BACK):
        assert judge_revision(ours(), closed({}, state), None, ROLE) is Standing.EXPLAINED


def test_a_copy_that_is_the_newest_is_explained():
    change = closed({"task_definition": revision(2)}, State.SUCCEEDED, kind=Kind.TAG)

    assert judge_revision(ours(), change, ours(), ROLE) is Standing.EXPLAINED


def test_an_orphan_is_marked_once():
    marked = a_definition(2, tags={**MARK, ORPHAN_TAG: "tag1"}, registeredBy=SESSION)

    assert judge_revision(marked, closed({}), None, ROLE) is Standing.EXPLAINED


def test_a_pipeline_that_takes_our_tag_over_to_another_image_is_not_ours():
    theirs = a_definition(5, tags=MARK, containerDefinitions=[{"name": "app", "image": "orders:2"}])
    change = closed(DEPLOYED, State.SUCCEEDED)

    assert judge_revision(theirs, change, ours(2), ROLE) is Standing.NOT_OURS
    assert not is_made_by(theirs, change, ours(2), ROLE)
    assert not is_made_by(theirs, change, ours(2), "")


def test_what_a_pipeline_registers_with_our_tag_is_not_ours_although_the_answer_of_ours_was_lost():
    theirs = a_definition(5, tags=MARK, registeredBy="arn:aws:iam::111122223333:role/pipeline")

    assert judge_revision(theirs, closed({}), None, ROLE) is Standing.NOT_OURS
    assert not is_made_by(theirs, closed({}), None, ROLE)
    assert is_made_by(ours(5), closed({}), None, ROLE)


def test_a_revision_of_another_services_change_is_not_ours_to_judge():
    assert judge_revision(ours(), None, None, ROLE) is Standing.NOT_OURS


@pytest.mark.parametrize("principal", [SESSION, f"arn:aws:iam::111122223333:role/path/{ROLE}"])
def test_a_revision_registered_under_our_role_without_our_mark_is_unexplained(principal):
    unmarked = a_definition(9, registeredBy=principal)

    assert judge_revision(unmarked, None, None, ROLE) is Standing.UNEXPLAINED


@pytest.mark.parametrize("role", ["", "ApplyChangeRole", ROLE[:-1]])
def test_a_principal_that_only_looks_like_ours_is_somebody_else(role):
    assert judge_revision(a_definition(9, registeredBy=SESSION), None, None, role) is Standing.NOT_OURS
