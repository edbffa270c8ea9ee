"""What Trimtab makes of one event: what happened, whose business it is, and what it would do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Evidence = Mapping[str, str | int | float]


class Action(StrEnum):
    """What Trimtab would do; each is described in docs/explain.md."""

    RESTART = "restart"
    RAISE_MEMORY = "raise_memory"
    SHIFT_CAPACITY = "shift_capacity"
    LEAVE_TO_SERVICE = "leave_to_service"
    PREPARE = "prepare"
    RECORD = "record"
    ALERT = "alert"
    IGNORE = "ignore"


class Cause(StrEnum):
    """What happened; each is described in docs/explain.md."""

    APPLICATION = "application"
    MEMORY = "memory"
    MEMORY_UNCONFIRMED = "memory_unconfirmed"
    SPOT = "spot"
    HOST = "host"
    RETIREMENT = "retirement"
    INFRASTRUCTURE = "infrastructure"
    NETWORK = "network"
    CONFIGURATION = "configuration"
    CAPACITY = "capacity"
    SUCCESS = "success"
    USER = "user"
    SCALING = "scaling"
    HEALTH = "health"
    KILLED = "killed"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STATE = "state"
    STALE = "stale"
    UNKNOWN = "unknown"


class Owner(StrEnum):
    """Who would start a task again, Trimtab aside; each is described in docs/explain.md."""

    SERVICE = "service"
    STANDALONE = "standalone"
    SCHEDULE = "schedule"
    BATCH = "batch"
    STEPFUNCTIONS = "stepfunctions"
    OTHER_ORCHESTRATOR = "other_orchestrator"
    TRIMTAB = "trimtab"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judgement.

    ``rule`` names the rule that matched, ``reason`` is the stable code for why this action follows,
    ``sentence`` is for people, ``evidence`` is flat and never holds environment values or commands.
    """

    rule: str
    cause: Cause
    action: Action
    owner: Owner
    reason: str
    sentence: str
    evidence: Evidence = field(default_factory=dict, hash=False)
