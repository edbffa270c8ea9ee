"""I9, I10, I33: what the policy holds back is held back."""

from datetime import UTC, datetime
from typing import Any

from trimtab_cli.simulation.checkers.readings import entered, service_name
from trimtab_cli.simulation.ledger import epoch
from trimtab_cli.simulation.record import Write
from trimtab_cli.simulation.trial import Trial

PATIENT, FROZEN = ("resize", "return"), ("resize", "return", "raise_memory")
SILENT = ("superseded", "refused", "expired", "failed")
SKEW_SECONDS = 11.0
SAYS_NOTHING = ("covered_a_deployment", "covered_again", "rollout_deadline")
"""Why a Change was taken back without being bad itself."""


def windows_and_freezes_hold(trial: Trial) -> list[str]:
    """Outside a service's window nothing begins that can wait; in a freeze nothing that deploys."""
    broken = []
    windows = [one for rule in trial.policy.get("services", ()) for one in rule.get("windows", ())]
    for write in _forward(trial):
        kind = _kind(write)
        if write.call.invocation in trial.record.jumped:
            continue
        if windows and _can_wait(write) and not any(_within(write.at, one) for one in windows):
            broken.append(f"{kind} of {service_name(write)} outside its window")
        for freeze in trial.policy.get("freezes", ()):
            begin, end = epoch(freeze["from"]) + SKEW_SECONDS, epoch(freeze["until"]) - SKEW_SECONDS
            if kind in FROZEN and begin < write.at < end:
                broken.append(f"{kind} of {service_name(write)} during a freeze")
    return broken


def _can_wait(write: Write) -> bool:
    """Tell whether a window is waited for: a size that only grows is asked for by safety."""
    if _kind(write) != "resize" or write.change is None:
        return _kind(write) in PATIENT
    base, target = write.change["base"]["size"], write.change["target"]["size"]
    return any(new < old for new, old in zip(target, base, strict=True))


def what_was_reversed_is_left_alone(trial: Trial) -> list[str]:
    """After as many reversals as the policy bears, nothing of that service goes forward."""
    enough = int(trial.policy.get("limits", {}).get("reversals_that_quarantine", 2))
    broken = []
    for write in _forward(trial):
        before = [
            change
            for change in trial.changes
            if write.change
            and change["workload"] == write.change["workload"]
            and change["kind"] in FROZEN
            and change["state"] == "rolled_back"
            and change["outcome"] not in SAYS_NOTHING
            and entered(trial, change)["rolled_back"] < _taken_at(trial, write)
        ]
        if _kind(write) in FROZEN and len(before) >= enough:
            broken.append(f"{_kind(write)} of {service_name(write)} after {len(before)} reversals")
    return broken


def canaries_go_first(trial: Trial) -> list[str]:
    """No more resizes are under way than the policy's canaries until one has ended well.

    One that has ended without saying anything, as somebody else deployed, gives its place to another.
    """
    most = int(trial.policy.get("limits", {}).get("canary_changes", 5))
    begun: dict[str, dict[str, Any]] = {}
    resizes = {change["id"]: change for change in trial.changes if change["kind"] == "resize"}
    broken = []
    for write in _forward(trial):
        if _kind(write) != "resize" or write.change is None:
            continue
        own = str(write.change["id"])
        begun[own] = resizes[own]
        waits = [
            one for one in begun.values()
            if one["id"] == own
            or (_era(one) == _era(resizes[own]) and not _ended(trial, one, SILENT, write.at))
        ]  # fmt: skip
        proved = any(_ended(trial, one, ("succeeded",), write.at) for one in resizes.values())
        if not proved and len(waits) > most:
            broken.append(f"resize {own} began beside {len(waits) - 1} and none had ended well")
    return broken


def _era(change: dict[str, Any]) -> str:
    """Return which release under which policy a resize was begun by: another policy has canaries anew."""
    return str(change["applied"].get("begun_under", ""))


def _ended(trial: Trial, change: dict[str, Any], states: tuple[str, ...], at: float) -> bool:
    return change["state"] in states and entered(trial, change)[change["state"]] <= at + SKEW_SECONDS


def _forward(trial: Trial) -> list[Write]:
    return [one for one in trial.writes_of("UpdateService") if _kind(one) not in ("", "rollback", "tag")]


def _kind(write: Write) -> str:
    return str(write.change["kind"]) if write.change else ""


def _taken_at(trial: Trial, write: Write) -> float:
    """Return when the invocation behind a write began, give or take a clock: it asks the past once."""
    calls = trial.record.of_invocation(write.call)
    return (calls[0].at if calls else write.at) - SKEW_SECONDS


def _within(at: float, window: dict[str, str]) -> bool:
    """Tell whether an instant lies in a window of UTC, with a little grace for clocks that are off."""
    moments = (
        datetime.fromtimestamp(at + off, UTC).strftime("%H:%M") for off in (-SKEW_SECONDS, SKEW_SECONDS)
    )
    opens, closes = window["from"], window["to"]
    return any(one >= opens or one < closes if closes <= opens else opens <= one < closes for one in moments)
