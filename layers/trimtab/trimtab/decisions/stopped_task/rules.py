"""The ordered rules on one task: the first that matches names the cause.

The order is the argument: what somebody wanted comes first, then what finished, then what the service
scheduler did, then memory, then everything that ECS puts into words, and only then a bare exit code.
"""

import math
import re
from collections.abc import Callable
from dataclasses import replace

from trimtab.decisions.stopped_task.facts import KNOWN_STOP_CODES, SIGTERM_EXIT_CODE, StopFacts
from trimtab.decisions.stopped_task.finding import Finding
from trimtab.decisions.stopped_task.named_resource import named_image, named_resource
from trimtab.decisions.stopped_task.reason_texts import REASON_TEXTS
from trimtab.model.verdict import Cause

Rule = Callable[[StopFacts], Finding | None]

# Share of the memory limit from which a kill is laid to memory: the last sample before a kill is up to a
# minute old, so it need not show 100 %.
MEMORY_RATIO_OF_A_KILL = 0.95

KILLED_WITHOUT_A_WORD = "killed_without_a_word"
"""The rule of one sign only: a measurement of memory may be the second."""

_SPOT_TEXT = "spot task was interrupted"
_NOT_SPOT = (("host ec2",), ("performing maintenance",))
_TARGET_GROUP = re.compile(r"target-group\s+(arn:[^\s)]+)")
_NO_TEXT = ("", "task failed to start")


def _not_stopped(facts: StopFacts) -> Finding | None:
    """A task that still lives: running, on its way up, warned, or on its way down."""
    task = facts.task
    if task.last_status == "STOPPED":
        return None
    if not task.stop_code and task.desired_status != "STOPPED":
        if task.last_status == "RUNNING":
            return Finding("task_runs", Cause.RUNNING, "The task reached RUNNING")
        return Finding("task_starts", Cause.STARTING, f"The task is {task.last_status}")
    if task.last_status == "RUNNING" and _is_spot(facts):
        return Finding(
            "spot_notice",
            Cause.SPOT,
            "AWS takes the Spot capacity back: the task has two minutes, or its stopTimeout if that is less",
        )
    return Finding("task_stops", Cause.STOPPING, "The task was told to stop and has not stopped yet")


def _user(facts: StopFacts) -> Finding | None:
    said = facts.text_with("task stopped by user")
    if facts.stop_code != "UserInitiated" and (facts.stop_code or said is None):
        return None
    return Finding("stopped_by_user", Cause.USER, "Somebody stopped the task with StopTask")


def _success(facts: StopFacts) -> Finding | None:
    """Also under TaskFailedToStart: the main container may be done before a sidecar has started."""
    by_itself = facts.ended_by_itself or facts.stop_code == "TaskFailedToStart"
    if not (by_itself and facts.all_exited_zero):
        return None
    return Finding("exited_zero", Cause.SUCCESS, "The task did its work and exited with code 0")


def _scaling(facts: StopFacts) -> Finding | None:
    if not facts.text_with("scaling activity initiated by"):
        return None
    return Finding(
        "scaled_or_deployed", Cause.SCALING, "The service was scaled in or deployed, so ECS stopped this task"
    )


def _health(facts: StopFacts) -> Finding | None:
    text = facts.text_with("failed", "health checks") or facts.text_with("failed", "health check")
    if text is None:
        return None
    evidence: dict[str, str | int | float] = {}
    target_group = _TARGET_GROUP.search(text)
    if target_group:
        evidence["target_group_arn"] = target_group[1]
    return Finding(
        "failed_health_checks",
        Cause.HEALTH,
        "The task failed its health checks",
        "If it goes on: look at the check's path, its grace period and the container's last log lines.",
        evidence,
    )


def _memory(facts: StopFacts) -> Finding | None:
    """Two signs out of: ECS says so, a non-zero exit; or 137 by itself, memory measured near its limit."""
    told = facts.out_of_memory_container
    if facts.ended_by_itself and told is not None and told.exit_code:
        return Finding(
            "out_of_memory_told",
            Cause.MEMORY,
            f"Container {told.name} was killed for memory: ECS says so, and it exited with {told.exit_code}",
            evidence={"container": told.name, "exit_code": told.exit_code},
        )
    killed, ratio = facts.killed_container(), facts.memory_ratio_max
    if not facts.own_death or killed is None or ratio is None or not math.isfinite(ratio):
        return None
    if ratio < MEMORY_RATIO_OF_A_KILL:
        return None
    return Finding(
        "out_of_memory_measured",
        Cause.MEMORY,
        f"Container {killed.name} was killed (137) with memory at {ratio:.0%} of its limit",
        evidence={"container": killed.name, "exit_code": 137},
    )


def _memory_unconfirmed(facts: StopFacts) -> Finding | None:
    """One sign only: memory stays as it is."""
    told, killed = facts.out_of_memory_container, facts.killed_container()
    advice = "Watch its memory; Trimtab raises it only on a second sign."
    if facts.ended_by_itself and told is not None:
        return Finding(
            "out_of_memory_without_exit_code",
            Cause.MEMORY_UNCONFIRMED,
            f"ECS says that container {told.name} ran out of memory, but no exit code confirms it",
            advice,
            {"container": told.name},
        )
    if not facts.own_death or killed is None:
        return None
    beside_zero = any(container.exit_code == 0 for container in facts.counted)
    return Finding(
        "killed_beside_exit_zero" if beside_zero else KILLED_WITHOUT_A_WORD,
        Cause.MEMORY_UNCONFIRMED,
        f"Container {killed.name} was killed (137) before ECS stopped the task, and nothing says why"
        + (", while another one exited with code 0" if beside_zero else ""),
        "Look which container ended first." if beside_zero else advice,
        {"container": killed.name, "exit_code": 137},
        doubtful_end=beside_zero or _untold(facts),
    )


def _spot(facts: StopFacts) -> Finding | None:
    if not _is_spot(facts):
        return None
    return Finding("spot_reclaimed", Cause.SPOT, "AWS took the Spot capacity back")


def _infrastructure_health(facts: StopFacts) -> Finding | None:
    if facts.stop_code != "InfrastructureHealth":
        return None
    return Finding(
        "infrastructure_health", Cause.INFRASTRUCTURE, "AWS found the host unhealthy and repaired it"
    )


def _reason_text(facts: StopFacts) -> Finding | None:
    """The table of texts, with the image or resource that the text names."""
    for line in REASON_TEXTS:
        text = line.match(facts)
        if text is None:
            continue
        evidence: dict[str, str | int | float] = {"matched_text": " + ".join(line.parts)}
        happened = line.happened
        image = named_image(text, facts.counted) if "CannotPull" in text else None
        resource = named_resource(text)
        if image:
            evidence["image"] = image
        if resource:
            evidence["resource"] = resource
        named = (image or resource) if line.cause is Cause.CONFIGURATION else None
        return Finding(
            line.rule, line.cause, f"{happened}: {named}" if named else happened, line.advice, evidence
        )
    return None


def _killed(facts: StopFacts) -> Finding | None:
    killed = facts.killed_container()
    if facts.own_death or killed is None:
        return None
    return Finding(
        "killed_after_stop",
        Cause.KILLED,
        f"Container {killed.name} did not answer the stop and was killed (137); that is no sign of memory",
        "Raise stopTimeout, or let the container answer SIGTERM.",
        {"container": killed.name, "exit_code": 137},
    )


def _start_without_text(facts: StopFacts) -> Finding | None:
    said = (facts.task.stopped_reason or "").strip().rstrip(".").lower()
    if facts.stop_code != "TaskFailedToStart" or said not in _NO_TEXT or facts.failed_container():
        return None
    if facts.task.stopped_reason is None:
        return None  # ECS always gives a text here: what is missing was lost on the way
    return Finding(
        "start_failed_without_text", Cause.NETWORK, "The task failed to start and ECS does not say why"
    )


def _unknown_stop_code(facts: StopFacts) -> Finding | None:
    if not facts.stop_code or facts.stop_code in KNOWN_STOP_CODES:
        return None
    return Finding(
        "unknown_stop_code",
        Cause.UNKNOWN,
        f"ECS gives the stop code {facts.stop_code}, which Trimtab does not know",
    )


def _application(facts: StopFacts) -> Finding | None:
    failed = facts.failed_container()
    by_itself = facts.ended_by_itself or facts.stop_code == "TaskFailedToStart"
    if not by_itself or failed is None or failed.exit_code is None:
        return None
    return Finding(
        "exited_non_zero",
        Cause.APPLICATION,
        f"Container {failed.name} exited by itself with code {failed.exit_code}",
        evidence={"container": failed.name, "exit_code": failed.exit_code},
        doubtful_end=failed.exit_code == SIGTERM_EXIT_CODE and _untold(facts),
    )


def _untold(facts: StopFacts) -> bool:
    """Whether a container's code is not told: the others may have got the signal that follows its end."""
    return any(container.exit_code is None for container in facts.counted)


RULES: tuple[Rule, ...] = (
    _not_stopped,
    _user,
    _success,
    _scaling,
    _health,
    _memory,
    _memory_unconfirmed,
    _spot,
    _infrastructure_health,
    _reason_text,
    _killed,
    _start_without_text,
    _unknown_stop_code,
    _application,
)


def find_cause(facts: StopFacts) -> Finding:
    """Return what the first matching rule finds; no match is a finding too."""
    for rule in RULES:
        finding = rule(facts)
        if finding is not None:
            return replace(finding, doubtful_end=finding.doubtful_end or facts.incomplete)
    return Finding("no_rule", Cause.UNKNOWN, "The task stopped and nothing in the event says why")


def _is_spot(facts: StopFacts) -> bool:
    """Newer events carry a stop code, older ones only the text (ECS developer guide of 2023).

    TerminationNotice alone is less: ECS gives it with "Host EC2 ... terminated" too (seen in the field).
    """
    if facts.stop_code == "SpotInterruption" or facts.text_with(_SPOT_TEXT):
        return True
    return facts.stop_code == "TerminationNotice" and not any(facts.text_with(*parts) for parts in _NOT_SPOT)
