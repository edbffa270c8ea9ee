"""I9 and I17: how a service's users fare, by the alarms it is linked to and by its target group."""

from typing import Any, Final, NamedTuple

from trimtab_cli.simulation.checkers.readings import FRESH_SECONDS, service_name
from trimtab_cli.simulation.ledger import Step, epoch
from trimtab_cli.simulation.record import Call, Write
from trimtab_cli.simulation.scene import BALANCER, CLUSTER
from trimtab_cli.simulation.team import Team
from trimtab_cli.simulation.trial import Trial

FORWARD: Final = ("resize", "raise_memory", "shift", "return")
CAREFUL: Final = ("resize", "return")
"""What can wait does, also for an alarm that cannot tell, or that fired before."""

FIRING, QUIET = "ALARM", "OK"
SKEW_SECONDS: Final = 11.0
DAY: Final = 86_400
REQUESTS_MIN, ERRORS_MIN, TIMES, MORE = 400, 60, 3.0, 0.01
"""Twice what docs/safety.md says in each respect, as its windows and ours begin some minutes apart."""


def nothing_begins_while_an_alarm_fires(trial: Trial) -> list[str]:
    """I9: the last look at the linked alarms, right before a forward change, saw none fire."""
    broken = []
    for write in trial.writes_of("UpdateService"):
        kind, name = (write.change or {}).get("kind"), service_name(write)
        alarms = _linked(trial, name)
        if kind not in FORWARD or not alarms:
            continue
        call = _look_at_alarms(trial, write)
        if call is None or write.at - call.at > FRESH_SECONDS:
            broken.append(f"{kind} of {name} began without a look at its alarms")
            continue
        told = {row["AlarmName"]: row["StateValue"] for row in (call.answer or {})["MetricAlarms"]}
        seen = {told.get(alarm, "") for alarm in alarms}
        if FIRING in seen or (kind in CAREFUL and seen != {QUIET}):
            broken.append(f"{kind} of {name} began though its alarms said {sorted(seen)}")
    return broken


def no_success_while_an_alarm_fires(trial: Trial) -> list[str]:
    """I17: what ends well does so while no alarm fires that came to fire since; a resize while none does."""
    broken = []
    for end in successes(trial):
        firing = [
            at
            for alarm in _linked(trial, end.change["name"])
            if (at := _fires_since(trial, alarm, end.looked_at, end.at)) is not None
        ]
        ours = [at for at in firing if end.change["kind"] in CAREFUL or at >= end.began_at + SKEW_SECONDS]
        if ours:
            broken.append(f"{end.change['kind']} {end.change['id']} succeeded while an alarm fired")
    return broken


def no_success_while_users_suffer(trial: Trial) -> list[str]:
    """I17: nothing ends well under which far more requests fail than in the same hours before."""
    broken = []
    teams = {team.name: team for team in trial.scene.teams if team.target_group}
    for end in successes(trial):
        team = teams.get(end.change["name"])
        if team is None or end.step.invocation in trial.distortions.broken_metrics:
            continue
        days = int((end.looked_at - end.began_at) // DAY + 1) * DAY
        old = _failed(trial, team, end.began_at - days, end.looked_at - days)
        new = _failed(trial, team, end.began_at, end.looked_at)
        enough = min(old.requests, new.requests) >= REQUESTS_MIN and new.errors >= ERRORS_MIN
        if enough and new.ratio >= max(old.ratio * TIMES, old.ratio + MORE):
            told = f"{new.ratio:.1%} of the requests failed, {old.ratio:.1%} before"
            broken.append(f"{end.change['kind']} {end.change['id']} succeeded while {told}")
    return broken


class Success(NamedTuple):
    """A Change that ended well: the step that says so, when it began and was looked at for the last time."""

    change: dict[str, Any]
    step: Step
    began_at: float
    looked_at: float

    @property
    def at(self) -> float:
        """When it was called a success."""
        return self.step.at


def successes(trial: Trial) -> list[Success]:
    """Return what ended well of all that put something new in force."""
    found = []
    for change in trial.changes:
        if change["state"] != "succeeded" or change["kind"] not in FORWARD:
            continue
        item = f"CHANGE#{change['id']}"
        step = next((one for one in trial.ledger.steps if one.item == item and one.leaves("watching")), None)
        if step is not None and "deploying" in change["times"]:
            calls = (call.at for call in trial.record.calls if call.invocation == step.invocation)
            began_at = max([epoch(change["times"]["deploying"]), *_written_at(trial, change["id"])])
            found.append(Success(change, step, began_at, min(calls, default=step.at)))
    return found


def _written_at(trial: Trial, change_id: str) -> list[float]:
    return [write.at for write in trial.writes if write.subject and write.subject[1] == change_id]


def _linked(trial: Trial, name: str) -> list[str]:
    service = trial.lab.ecs.world.clusters[CLUSTER].services[name]
    alarms = service.configuration.get("alarms") or {}
    return list(alarms["alarmNames"]) if alarms.get("enable") else []


def _look_at_alarms(trial: Trial, write: Write) -> Call | None:
    calls = reversed(trial.record.of_invocation(write.call))
    return next((one for one in calls if one.operation == "DescribeAlarms" and one.answer), None)


def _fires_since(trial: Trial, alarm: str, start: float, end: float) -> float | None:
    """Return since when an alarm fires that did so all the time from ``start`` to ``end``; None when not."""
    turns = [(at, state) for at, name, state in trial.lab.cloudwatch.alarms.history if name == alarm]
    before = [one for one in turns if one[0] <= start]
    steady = not any(start < at <= end for at, _ in turns)
    return before[-1][0] if steady and before and before[-1][1] == FIRING else None


class _Answers(NamedTuple):
    requests: float
    errors: float

    @property
    def ratio(self) -> float:
        return self.errors / self.requests if self.requests else 0.0


def _failed(trial: Trial, team: Team, start: float, end: float) -> _Answers:
    """Return what the target group counted, by the world's own numbers."""
    where = (("LoadBalancer", BALANCER), ("TargetGroup", team.target_group.rpartition(":")[2]))
    return _Answers(*(
        sum(one.total for _, one in series.between(int(start), int(end), 60)) if series else 0.0
        for name in ("RequestCount", "HTTPCode_Target_5XX_Count")
        for series in (trial.lab.cloudwatch.metrics.find(("AWS/ApplicationELB", name, where)),)
    ))  # fmt: skip
