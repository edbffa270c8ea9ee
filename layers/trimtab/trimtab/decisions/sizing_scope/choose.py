"""A size within its scope: one that may be carried out, else one that is worth a proposal."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import ceil

from trimtab.decisions.sizing_scope.instances import as_density
from trimtab.decisions.sizing_scope.scaling import told_for
from trimtab.decisions.sizing_scope.scope import Scope
from trimtab.decisions.sizing_scope.split import ROOM_BESIDE
from trimtab.model.container_sizes import told_moves
from trimtab.model.decision import Keep, Resize, Setting
from trimtab.model.digest import DayDigest
from trimtab.model.scaling import Scaling
from trimtab.model.tags import Mode
from trimtab.model.task_definition import TaskDefinition
from trimtab.model.task_size import TaskSize

Ask = Callable[[tuple[TaskSize, ...]], Keep | Resize]
"""Chooses the best of some sizes."""


def choose_within(
    scope: Scope,
    definition: TaskDefinition,
    scaling: Scaling | None,
    digests: Sequence[DayDigest],
    ask: Ask,
) -> Keep | Resize:
    """Choose among the sizes that may be carried out; where none is better, among those to propose.

    Args:
        scope: What may be chosen.
        definition: The revision that the service runs.
        scaling: How its desired count is moved.
        digests: What is known of its usage.
        ask: Chooses.
    """
    decision = ask(scope.sizes)
    if isinstance(decision, Keep) and scope.proposed:
        offered = ask(scope.proposed)
        if isinstance(offered, Resize) and scope.on_instances:
            offered = as_density(offered, scope.current, definition, digests)
        if isinstance(offered, Resize):
            decision = _as_proposal(offered, scope, scaling)
        elif not scope.sizes:
            decision = offered
    return _told(decision, scope, definition)


def _as_proposal(decision: Resize, scope: Scope, scaling: Scaling | None) -> Resize:
    """Return a size that is only proposed, with why, and what it means for the service's scaling."""
    implied = told_for(scaling, scope.current.cpu_units, decision.size.cpu_units)
    sentence = " ".join(text for text in (decision.sentence, scope.why, implied) if text)
    evidence = {**decision.evidence, "size_is": decision.reason}
    return replace(decision, reason=scope.reason, sentence=sentence, evidence=evidence)


def _told(decision: Keep | Resize, scope: Scope, definition: TaskDefinition) -> Keep | Resize:
    """Add what a person should know: heaps, scaling, and the containers whose limits go along."""
    notes = list(scope.notes)
    if isinstance(decision, Resize) and not scope.on_instances:
        after = definition.resized(decision.size)["containerDefinitions"]
        if moves := told_moves(definition.containers, after):
            notes.append(f"Of its containers: {moves}.")
            decision = replace(decision, evidence={**decision.evidence, "containers": moves})
    return replace(decision, sentence=" ".join((decision.sentence, *notes)))


def travels(decision: Resize, scope: Scope, setting: Setting) -> Setting:
    """Return how far a decision may travel: what is only proposed is to be seen, and goes no further.

    Where only Trimtab may not register the revision, the team's own pipeline still may.
    """
    if not scope.reason or decision.reason != scope.reason:
        return setting
    if scope.reason == "unknown_fields" and setting.mode is Mode.HANDOVER:
        return setting
    return replace(setting, mode=min(setting.mode, Mode.OBSERVE))


def memory_beside_mib(scope: Scope, digests: Sequence[DayDigest], needed: int | None = None) -> int:
    """Return the MiB that a task needs for what was used and what its sidecars hold; 0 without any.

    Args:
        scope: What its application cannot have.
        digests: What is known of whole tasks.
        needed: What its containers need by themselves (``needed_mib``), None where nobody measures them.
    """
    peaks = [day.memory_peak_mib for day in digests if day.memory_peak_mib is not None]
    if not scope.memory_aside_mib or not peaks:
        return 0
    if needed is None:
        needed = ceil(max(peaks) * ROOM_BESIDE) + scope.memory_aside_mib
    return min(needed, scope.current.memory_mib)
