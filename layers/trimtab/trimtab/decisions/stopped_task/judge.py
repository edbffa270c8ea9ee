"""One task in, one verdict out."""

import math
import re

from trimtab.decisions.stopped_task.answer import answer_for
from trimtab.decisions.stopped_task.facts import StopFacts, gather_facts
from trimtab.decisions.stopped_task.rules import find_cause
from trimtab.model.task import Task
from trimtab.model.verdict import Owner, Verdict

# Texts of the runtime quote the container's command, which may hold secrets: only their name is kept.
_QUOTES_A_COMMAND = re.compile(
    r"(Cannot(?:Start|Create)Container\w*|\w*Runtime\w*Error|\w*State\w*Error).*", re.DOTALL
)
_REASON_LENGTH_MAX = 300


def judge_task(
    task: Task,
    owner: Owner,
    essential_containers: frozenset[str] | None,
    memory_ratio_max: float | None = None,
) -> Verdict:
    """Say what became of a task, whose business it is and what Trimtab would do. Total: it never raises.

    The verdict takes the workload as opted in, its family as safe to run again and the event as fresh;
    whoever acts on it asks the policy, the budgets and the clock.

    Args:
        task: The task as the event or DescribeTasks shows it.
        owner: Who starts it again, from ``decisions.owner.owner_of``.
        essential_containers: Names from the task definition; None when it could not be read, then every
            container counts but those that AWS injects.
        memory_ratio_max: The highest memory measured shortly before the end, over the limit in force
            (1.0 is full); None when nobody measured. NaN counts as None.

    Returns:
        A verdict that never raises memory on less than two signs, and never restarts what exited 0 by
        itself, what somebody stopped, or what somebody else starts again.
    """
    facts = gather_facts(task, essential_containers, memory_ratio_max)
    finding = find_cause(facts)
    answer = answer_for(finding, owner)
    sentence = " ".join(filter(None, (f"{finding.happened}.", answer.sentence, finding.advice)))
    return Verdict(
        rule=finding.rule,
        cause=finding.cause,
        action=answer.action,
        owner=owner,
        reason=answer.reason,
        sentence=sentence,
        evidence={**_evidence(facts), **finding.evidence},
    )


def _evidence(facts: StopFacts) -> dict[str, str | int | float]:
    """Return the fields to redo the verdict by hand; no environment, no command."""
    task = facts.task
    said: dict[str, str | int | float | None] = {
        "task_arn": task.task_arn,
        "task_definition_arn": task.task_definition_arn,
        "group": task.group,
        "started_by": task.started_by,
        "last_status": task.last_status,
        "stop_code": task.stop_code,
        "stopped_reason": _without_command(task.stopped_reason),
        "launch_type": task.launch_type,
        "capacity_provider_name": task.capacity_provider_name,
        "availability_zone": task.availability_zone,
        "memory_mib": task.memory_mib,
        "memory_ratio_max": _finite(facts.memory_ratio_max),
        "exit_codes": ", ".join(f"{c.name}={c.exit_code}" for c in facts.counted if c.exit_code is not None),
        "execution_stopped_minus_stopping_s": _seconds_between(facts),
        "run_s": _run_seconds(facts),
        "version": task.version,
    }
    if task.last_status == "STOPPED":
        said["own_death"] = "yes" if facts.own_death else "no"
    return {name: value for name, value in said.items() if value not in (None, "")}


def _seconds_between(facts: StopFacts) -> float | None:
    """Negative when the container died first, positive when it was stopped."""
    ended, stopping = facts.task.execution_stopped_at, facts.task.stopping_at
    return None if ended is None or stopping is None else round((ended - stopping).total_seconds(), 3)


def _run_seconds(facts: StopFacts) -> float | None:
    """How long it ran. ECS sometimes writes startedAt after the end: then it ran for 0 s."""
    started, ended = facts.task.started_at, facts.task.execution_stopped_at
    return None if started is None or ended is None else max(0.0, round((ended - started).total_seconds(), 3))


def _finite(ratio: float | None) -> float | None:
    return ratio if ratio is not None and math.isfinite(ratio) else None


def _without_command(text: str | None) -> str | None:
    if text is None:
        return None
    # Cut first: over a text of 200,000 characters the pattern takes minutes.
    kept = _QUOTES_A_COMMAND.sub(r"\1", text[:_REASON_LENGTH_MAX])
    return kept if len(text) <= _REASON_LENGTH_MAX or kept != text[:_REASON_LENGTH_MAX] else kept + "..."
