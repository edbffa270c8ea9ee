"""I9: what is written to is there, and is Trimtab's to deploy."""

from collections.abc import Callable
from typing import Any

from trimtab_cli.simulation.record import Call
from trimtab_cli.simulation.trial import Trial

PUTS_IN_FORCE = ("RegisterTaskDefinition", "UpdateService")


def nothing_is_written_for_what_is_gone(trial: Trial) -> list[str]:
    """Nothing is registered for a service, or sent to it, that the invocation has seen being deleted."""
    return _written(trial, lambda seen: f"is {seen['status']}" if seen["status"] != "ACTIVE" else "")


def nothing_is_written_for_what_others_deploy(trial: Trial) -> list[str]:
    """Nothing is registered for a service, or sent to it, that was seen under another controller."""
    return _written(trial, lambda seen: "" if _controller(seen) == "ECS" else f"is {_controller(seen)}'s")


def _controller(seen: dict[str, Any]) -> str:
    return str(seen.get("deploymentController", {}).get("type", "ECS"))


def _written(trial: Trial, wrong: Callable[[dict[str, Any]], str]) -> list[str]:
    """Say what is wrong with the services of our calls, also of those that ECS refused."""
    broken = []
    for call in trial.record.calls:
        if not call.ours or call.operation not in PUTS_IN_FORCE:
            continue
        seen = _last_seen(trial, call)
        if seen is not None and (what := wrong(seen)):
            broken.append(f"{call.operation} for {seen['serviceName']}, which {what}")
    return broken


def _last_seen(trial: Trial, write: Call) -> dict[str, Any] | None:
    """Return the service as the invocation behind a call saw it last."""
    name = str(write.request.get("service") or write.request.get("family")).rpartition("/")[2]
    for call in reversed(trial.record.of_invocation(write)):
        if call.operation == "DescribeServices" and call.answer:
            for seen in call.answer["services"]:
                if seen["serviceName"] == name:
                    return dict(seen)
    return None
