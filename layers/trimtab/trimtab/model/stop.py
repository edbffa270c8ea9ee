"""One stop of a task as it is kept: what was made of it, and what was decided."""

from dataclasses import dataclass, field
from datetime import datetime

from trimtab.model.task import Task
from trimtab.model.verdict import Evidence, Verdict


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop with its verdict; ECS itself forgets a stopped task after an hour.

    ``service`` is the name of the service that the task belonged to, None for all others. ``owner``,
    ``cause`` and ``action`` are the texts of the verdict; ``decided`` is the code of what followed from it
    under policy and history, ``decided_sentence`` the same for people.
    """

    at: datetime
    task_arn: str
    cluster: str
    service: str | None
    family: str
    task_definition: str
    owner: str
    rule: str
    cause: str
    action: str
    reason: str
    sentence: str
    decided: str
    decided_sentence: str
    evidence: Evidence = field(default_factory=dict, hash=False)


def stop_of(task: Task, verdict: Verdict, decided: str, sentence: str, now: datetime) -> Stop:
    """Return what is kept of a stop; one that does not say when it was counts as of now."""
    return Stop(
        at=task.stopped_at or now,
        task_arn=task.task_arn,
        cluster=task.cluster_name,
        service=task.service_name,
        family=task.family or "",
        task_definition=task.task_definition_arn or "",
        owner=verdict.owner.value,
        rule=verdict.rule,
        cause=verdict.cause.value,
        action=verdict.action.value,
        reason=verdict.reason,
        sentence=verdict.sentence,
        decided=decided,
        decided_sentence=sentence,
        evidence=verdict.evidence,
    )
