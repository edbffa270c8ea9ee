"""What happened in a seed, told shortly: who called what when, and what changed."""

from typing import Any, Final

from trimtab_cli.simulation.ledger import Step
from trimtab_cli.simulation.record import OURS, Call
from trimtab_cli.simulation.trial import Trial

CHANGES_SOMETHING: Final = frozenset({
    "RegisterTaskDefinition", "UpdateService", "RunTask", "StopTask", "TagResource", "CreateService",
    "DeleteService", "StopServiceDeployment",
})  # fmt: skip
LINES_MAX: Final = 80


def trace(trial: Trial, lines_max: int = LINES_MAX) -> list[str]:
    """Return the steps of Changes and the calls that changed ECS, in order; the middle is left out."""
    told: list[tuple[float, str]] = []
    for call in trial.record.calls:
        if call.service == "ecs" and call.operation in CHANGES_SOMETHING:
            told.append((call.at, _call(call)))
    for step in trial.ledger.steps:
        if line := _step(step):
            told.append((step.at, line))
    told += [
        (one.at, f"{OURS + one.function:28} failed: {one.why[:110]}")
        for one in trial.lambdas.errors
        if not one.why.startswith("MessageError")
    ]
    told.sort(key=lambda one: one[0])
    lines = [f"{at - trial.started_at:10.2f} s  {line}" for at, line in told]
    if len(lines) <= lines_max:
        return lines
    half = lines_max // 2
    return [*lines[:half], f"           ... {len(lines) - 2 * half} lines left out ...", *lines[-half:]]


def _call(call: Call) -> str:
    named = ("service", "family", "taskDefinition")
    subject = next((call.request[key] for key in named if key in call.request), "")
    said: dict[str, Any] = {
        key: str(call.request[key]).rpartition("/")[2]
        for key in ("taskDefinition", "memory", "cpu", "capacityProviderStrategy")
        if key in call.request
    }
    made = call.error or ""
    if call.answer and "taskDefinition" in call.answer:
        made = "-> " + str(call.answer["taskDefinition"]["taskDefinitionArn"]).rpartition("/")[2]
    who = f"{call.who}#{call.invocation}" if call.invocation else call.who
    which = str(subject).rpartition("/")[2]
    return f"{who:28} {call.operation} {which} {_short(said)} {made}"


def _step(step: Step) -> str | None:
    before, after = step.before or {}, step.after or {}
    name = str(after.get("id") or before.get("id") or "")
    if not step.item.startswith("CHANGE#") or before.get("state") == after.get("state"):
        return None
    way = f"{before.get('state', 'new')} -> {after.get('state', 'gone')}"
    return f"{step.who:28} {after.get('kind', '')} {name[:6]} {way} {after.get('outcome', '')}"


def _short(said: dict[str, Any]) -> str:
    return " ".join(f"{key}={value}" for key, value in said.items())
