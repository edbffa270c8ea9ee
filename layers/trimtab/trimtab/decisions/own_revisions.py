"""Which revisions of a family are ours, and whether a Change explains them."""

from enum import StrEnum

from trimtab.model.change import Change, Kind
from trimtab.model.tags import CHANGE_TAG, ORPHAN_TAG
from trimtab.model.task_definition import TaskDefinition


class Standing(StrEnum):
    """What the ledger says of a revision."""

    NOT_OURS = "not_ours"
    EXPLAINED = "explained"
    ORPHAN = "orphan"
    UNEXPLAINED = "unexplained"


def judge_revision(
    revision: TaskDefinition, change: Change | None, registered: TaskDefinition | None, applier_role: str
) -> Standing:
    """Compare one revision with the ledger of the service that uses its family.

    Args:
        revision: With its tags.
        change: The service's Change that its tag names, if there is one.
        registered: What that Change noted that it registered, if it did.
        applier_role: Name of the role that our writes are made under, empty when it is not known.

    Returns:
        ``ORPHAN`` for a revision of ours that its Change registered and never put in force: the answer of
        RegisterTaskDefinition was lost and it was registered twice, or the Change ended before its update.
        Whether somebody else put it in force is ECS's to say.
        ``UNEXPLAINED`` for one that was registered under our role without our mark: our code always sets it.
    """
    if change is None:
        unmarked = CHANGE_TAG not in revision.tags and _registered_by(revision, applier_role)
        return Standing.UNEXPLAINED if unmarked else Standing.NOT_OURS
    if not is_made_by(revision, change, registered, applier_role):
        return Standing.NOT_OURS
    noted = change.applied.get("task_definition") == revision.arn
    in_use = noted and (change.kind is Kind.TAG or "deployment" in change.applied)
    if change.is_open or in_use or ORPHAN_TAG in revision.tags:
        return Standing.EXPLAINED
    return Standing.ORPHAN


def is_made_by(
    revision: TaskDefinition, change: Change, registered: TaskDefinition | None, applier_role: str
) -> bool:
    """Tell whether a Change made a revision that bears its id.

    A pipeline that starts from a revision of ours takes our tag over to what it registers itself. That was
    registered under another role, and says something else than what the Change registered, which is not
    known where the answer of RegisterTaskDefinition was lost.
    """
    if revision.tags.get(CHANGE_TAG) != change.id or not is_ours(revision, applier_role):
        return False
    if registered is None or registered.arn == revision.arn:
        return True
    return revision.registration() == registered.registration()


def is_ours(revision: TaskDefinition, applier_role: str) -> bool:
    """Tell whether we registered a revision, as far as it can be told without our ledger.

    A pipeline that starts from a revision of ours takes our tag over, and registers under its own role.
    """
    if CHANGE_TAG not in revision.tags:
        return False
    return not applier_role or not revision.registered_by or _registered_by(revision, applier_role)


def _registered_by(revision: TaskDefinition, role: str) -> bool:
    """Tell whether ``registeredBy`` names a role, be it as the role itself or as a session of it."""
    return bool(role) and f"/{role}/" in f"/{revision.registered_by}/"
