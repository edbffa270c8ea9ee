"""What follows from a cause, given who owns the task: one table for people to read."""

from dataclasses import dataclass

from trimtab.decisions.stopped_task.finding import Finding
from trimtab.model.verdict import Action, Cause, Owner


@dataclass(frozen=True, slots=True)
class Answer:
    """An action, the stable code of its reason, and the reason as a sentence."""

    action: Action
    reason: str
    sentence: str


_RESTART = "Nobody else starts this run again, so Trimtab does, as it was launched."
_NOT_AGAIN = "Trimtab does not start it again."
_PERSON = "Starting it again cannot help: this needs a person."

# Tasks that nobody but Trimtab starts again: standalone, scheduled, and Trimtab's own restarts.
_OURS: dict[Cause, Answer] = {
    Cause.RUNNING: Answer(Action.RECORD, "remember_launch", "Trimtab remembers how it was launched."),
    Cause.STARTING: Answer(Action.IGNORE, "not_running_yet", "There is nothing to do until it runs."),
    Cause.STOPPING: Answer(Action.IGNORE, "not_stopped_yet", "Trimtab decides when it has stopped."),
    Cause.USER: Answer(
        Action.IGNORE, "somebody_wanted_it", "That was meant, so Trimtab does not start it again."
    ),
    Cause.SUCCESS: Answer(Action.IGNORE, "work_done", _NOT_AGAIN),
    Cause.KILLED: Answer(
        Action.IGNORE, "somebody_wanted_it", f"Something stopped it on purpose. {_NOT_AGAIN}"
    ),
    Cause.MEMORY: Answer(
        Action.RAISE_MEMORY, "two_signs_of_memory", "Trimtab starts it again with more memory and records it."
    ),
    Cause.MEMORY_UNCONFIRMED: Answer(
        Action.RESTART, "one_sign_of_memory", f"{_RESTART} Its memory stays as it is."
    ),
    Cause.APPLICATION: Answer(Action.RESTART, "nobody_else_restarts_it", _RESTART),
    Cause.SPOT: Answer(Action.RESTART, "capacity_was_taken", _RESTART),
    Cause.HOST: Answer(Action.RESTART, "host_was_lost", _RESTART),
    Cause.RETIREMENT: Answer(Action.RESTART, "host_was_retired", _RESTART),
    Cause.INFRASTRUCTURE: Answer(Action.RESTART, "infrastructure_failed", _RESTART),
    Cause.NETWORK: Answer(Action.RESTART, "may_pass", f"This may pass. {_RESTART}"),
    Cause.CAPACITY: Answer(Action.RESTART, "capacity_may_return", f"{_RESTART} It waits for capacity."),
    Cause.CONFIGURATION: Answer(Action.ALERT, "needs_a_person", _PERSON),
    Cause.SCALING: Answer(
        Action.ALERT,
        "cause_does_not_fit_owner",
        "The text speaks of a service, the task has none. Look at it.",
    ),
    Cause.HEALTH: Answer(
        Action.ALERT,
        "cause_does_not_fit_owner",
        "The text speaks of a service, the task has none. Look at it.",
    ),
}
_UNEXPLAINED = Answer(Action.ALERT, "cause_unknown", "Trimtab changes nothing on a cause it does not know.")
_DOUBTFUL = Answer(
    Action.ALERT,
    "may_have_finished",
    "It may have finished its work, so Trimtab does not start it again unasked.",
)
_STARTS = (Action.RESTART, Action.RAISE_MEMORY)
_PREPARE = Answer(
    Action.PREPARE,
    "notice_before_stop",
    "Trimtab prepares the restart and starts nothing until it has stopped.",
)

# A message that does not say whose task it is: remember and prepare, which harms nobody; never start.
_OWNER_NOT_SAID: dict[Cause, Answer] = {
    cause: _OURS[cause]
    for cause in (
        Cause.RUNNING,
        Cause.STARTING,
        Cause.STOPPING,
        Cause.USER,
        Cause.SUCCESS,
        Cause.KILLED,
        Cause.CONFIGURATION,
    )
}
_WHOSE = Answer(
    Action.ALERT,
    "owner_unknown",
    "The event does not say who owns the task, so Trimtab does not start it again.",
)

_FOREIGN: dict[Owner, str] = {
    Owner.BATCH: "AWS Batch runs this task and has its own retries",
    Owner.STEPFUNCTIONS: "Step Functions started this task and has its own retries",
    Owner.OTHER_ORCHESTRATOR: "Another orchestrator started this task and has its own retries",
}

_SERVICE: dict[Cause, Answer] = {
    Cause.RUNNING: Answer(Action.IGNORE, "service_task", "It belongs to a service: ECS looks after it."),
    Cause.STARTING: Answer(Action.IGNORE, "service_task", "It belongs to a service: ECS looks after it."),
    Cause.MEMORY: Answer(
        Action.RAISE_MEMORY,
        "two_signs_of_memory",
        "ECS replaces it with the same limit, so Trimtab proposes a revision with more memory.",
    ),
    Cause.SPOT: Answer(
        Action.LEAVE_TO_SERVICE,
        "service_scheduler_replaces_it",
        "ECS replaces it; Trimtab counts the loss as a sign that Spot capacity runs short.",
    ),
    Cause.SCALING: Answer(
        Action.LEAVE_TO_SERVICE, "service_scheduler_stopped_it", "That is the service scheduler's business."
    ),
    Cause.CONFIGURATION: Answer(
        Action.LEAVE_TO_SERVICE,
        "service_scheduler_replaces_it",
        "ECS tries again and will fail again: this needs a person.",
    ),
}
_SCHEDULER_REPLACES = Answer(
    Action.LEAVE_TO_SERVICE, "service_scheduler_replaces_it", "It belongs to a service: ECS replaces it."
)


def answer_for(finding: Finding, owner: Owner) -> Answer:
    """Return what Trimtab does about a finding; every cause and owner has an answer."""
    if owner in _FOREIGN:
        return Answer(Action.IGNORE, f"retried_by_{owner}", f"{_FOREIGN[owner]}, so Trimtab leaves it alone.")
    if owner is Owner.SERVICE:
        return _SERVICE.get(finding.cause, _SCHEDULER_REPLACES)
    if finding.rule == "spot_notice":
        return _PREPARE
    if owner is Owner.UNKNOWN:
        return _OWNER_NOT_SAID.get(finding.cause, _WHOSE)
    answer = _OURS.get(finding.cause, _UNEXPLAINED)
    return _DOUBTFUL if finding.doubtful_end and answer.action in _STARTS else answer
