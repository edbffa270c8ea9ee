"""The rare states: which a seed reached. Each has to be reached once in some thousand seeds."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from trimtab_cli.simulation.trial import Trial


def _outcome(*names: str) -> Callable[[Trial], int]:
    return lambda trial: sum(change["outcome"] in names for change in trial.changes)


def _told(name: str) -> Callable[[Trial], int]:
    """Count the steps that told of an outcome which a later one may have replaced."""
    return lambda trial: sum(step.tells(name) for step in trial.ledger.steps)


def _ended(kind: str, *states: str) -> Callable[[Trial], int]:
    def count(trial: Trial) -> int:
        return sum(_is(change, kind) and change["state"] in states for change in trial.changes)

    return count


def _is(change: dict[str, Any], kind: str) -> bool:
    return kind in ("any", change["kind"])


def _metric(name: str) -> Callable[[Trial], int]:
    return lambda trial: int(trial.notebook.metrics.get(name, 0))


def _approvals_expired(trial: Trial) -> int:
    return sum(change["state"] == "expired" and change["mode"] == "approve" for change in trial.changes)


def _started_ahead(trial: Trial) -> int:
    return sum("announced_by" in c["evidence"] and "task" in c["applied"] for c in trial.changes)


def _followed(trial: Trial) -> int:
    restarts = (c for c in trial.changes if c["kind"] == "restart" and "task" in c["applied"])
    return sum(c["target"]["task_definition"] not in (None, c["base"]["task_definition"]) for c in restarts)


def _memory_of_a_job(trial: Trial) -> int:
    restarts = (c for c in trial.changes if c["kind"] == "restart" and "task" in c["applied"])
    return sum(c["evidence"].get("cause_class") == "memory" for c in restarts)


RARE: Final[dict[str, Callable[[Trial], int]]] = {
    "answer lost": lambda trial: trial.dice.fired["answer_lost"],
    "table's answer lost": lambda trial: trial.dice.fired["table_answer_lost"],
    "takeover": _metric("Takeovers"),
    "killed": lambda trial: trial.dice.fired["killed"],
    "struck just before our update": lambda trial: trial.actors.did["human strikes just before our update"],
    "covered deploy found": _outcome("covered_a_deployment"),
    "clobber repaired": _metric("DeploymentsRestored"),
    "latest restored": _ended("tag", "succeeded"),
    "orphan marked": _outcome("marked"),
    "rolled back": _ended("any", "rolled_back"),
    "rollback succeeded": _ended("rollback", "succeeded"),
    "circuit breaker went back": _outcome("circuit_breaker"),
    "near the memory limit": _told("near_memory_limit"),
    "alarm fired since": _told("alarm_fired"),
    "errors rose": _told("errors_rose"),
    "waits for an alarm": _told("alarm_firing"),
    "alarm cannot tell": _told("alarm_unclear"),
    "memory raised": _ended("raise_memory", "succeeded"),
    "shifted": _ended("shift", "succeeded"),
    "returned": _ended("return", "succeeded"),
    "restarted": _ended("restart", "succeeded"),
    "started ahead of a stop": _started_ahead,
    "next run started": _outcome("next_run_started"),
    "newest revision followed": _followed,
    "memory of a job raised": _memory_of_a_job,
    "notice withdrawn": _outcome("notice_withdrawn"),
    "attempts used up": _outcome("attempts_used_up"),
    "handed over": _ended("hand_over", "succeeded"),
    "needs a person": _ended("any", "needs_human"),
    "superseded": _ended("any", "superseded"),
    "approval expired": _approvals_expired,
    "plan approved": lambda trial: trial.actors.did["operator approves a plan: taken"],
    "outdated plan refused": lambda trial: trial.actors.did["operator approves an outdated plan: refused"],
    "undone by a person": _outcome("undone_by_person"),
    "fight stopped": _told("fought"),
    "breaker open": _told("breaker_open"),
    "quarantined": _told("quarantined"),
    "waits for a canary": _told("canary"),
    "outside its window": _told("outside_window"),
    "frozen": _told("frozen"),
    "over budget": _told("budget_spent"),
    "switched off": _told("switched_off"),
    "policy unreadable": _told("policy_unreadable"),
    "dead letter": lambda trial: len(trial.lambdas.dead_letters),
    "malformed message": lambda trial: len(trial.deliveries.malformed),
}
"""Name to how often a seed reached it; the report says which were reached never."""


def reached(trial: Trial) -> Counter[str]:
    """Return how often a seed reached each rare state."""
    return Counter({name: count for name, look in RARE.items() if (count := look(trial))})


def endings(trial: Trial) -> Counter[str]:
    """Return in which states the Changes of each kind ended, and why."""
    ends = Counter(f"{change['kind']} {change['state']}" for change in trial.changes)
    return ends + Counter(f"outcome {change['outcome']}" for change in trial.changes if change["outcome"])
