"""Tell a workload's owner, once, of what no single stop shows and Trimtab cannot mend."""

from datetime import datetime, timedelta
from typing import Final

from trimtab.decisions.alerts import (
    CAUSES,
    LOOKED_BACK,
    STOPS_LOOKED_AT,
    WORTH_A_LOOK,
    Alert,
    causes_of,
    is_news,
    is_worth_asking,
    judge_stops,
    last_stops,
    told_of,
)
from trimtab.decisions.deployment_event import judge_deployment_event
from trimtab.decisions.service_action import judge_service_action
from trimtab.decisions.storm import is_open
from trimtab.model.change import ALERTS_TOPIC, Base, Change, Kind, State, Target, Turn, change_id
from trimtab.model.decision import Setting
from trimtab.model.deployment_event import DeploymentEvent
from trimtab.model.policy import BUILT_IN
from trimtab.model.restart_policy import CLASS_OF
from trimtab.model.service import Service
from trimtab.model.service_action import ServiceAction
from trimtab.model.stop import Stop
from trimtab.model.storm import Brake
from trimtab.model.tags import Mode
from trimtab.model.verdict import Action, Cause, Evidence, Owner, Verdict
from trimtab.ports import World
from trimtab.workflows.record_change import describe, setting_of

Place = tuple[str, str, str, str | None]
"""ARN of a workload, its cluster, its name and the ARN of its revision."""

TOLD_AGAIN_AFTER: Final = timedelta(days=1)
STORM_TOLD_AGAIN_AFTER: Final = timedelta(minutes=30)
NOT_RETRIED: Final = frozenset({Owner.SERVICE, Owner.STANDALONE, Owner.SCHEDULE, Owner.TRIMTAB})
"""Whose crash loops nobody else tells of: orchestrators have their own retries, and their own alerts."""


def alert_on_stop(stop: Stop, world: World) -> None:
    """Look whether one more stop completes a pattern, and record an alert when it does."""
    if stop.cause not in WORTH_A_LOOK or stop.owner not in NOT_RETRIED:
        return
    now = world.clock.now()
    stops = world.stops.newest(stop.cluster, stop.service, stop.family, now - LOOKED_BACK, STOPS_LOOKED_AT)
    possible = judge_stops(stops, 1, False, now)
    if not possible:
        return  # the usual case, at the price of one Query
    if stop.service is None and _is_in_storm(stop, world):
        return  # one alert tells of all of them
    if stop.service is None:
        alert_family(stop.cluster, stop.family, stop.task_definition, possible[0], "stops", world)
        return
    if not is_worth_asking(stop, stops, possible):
        return
    arn = _service_arn(stop)
    place = (arn, stop.cluster, stop.service, stop.task_definition)
    told = _told(_alerts(arn, world), place, now - TOLD_AGAIN_AFTER)
    if not any(is_news(one, told) for one in possible):
        return  # a crash loop may go on for days: ECS is not asked for each of its tasks
    service = world.services.describe(arn)
    if service is not None:
        found = judge_stops(stops, service.desired_count, service.deploying, now)
        _alert_service(service, next(iter(found), None), "stops", world)


def hear_of_service(action: ServiceAction, cause: str, world: World) -> Verdict:
    """Record an alert for trouble of a service that its scheduler reports."""
    verdict = judge_service_action(action, ())
    if verdict.action is Action.ALERT:
        _alert_on_event(action.service_arn, verdict, cause, world)
    return verdict


def hear_of_deployment(event: DeploymentEvent, cause: str, world: World) -> Verdict:
    """Record an alert for a failed deployment, unless it is ours: the settler answers that."""
    verdict = judge_deployment_event(event)
    ours = (c.applied.get("deployment") == event.deployment_id for c in world.changes.of(event.service_arn))
    if verdict.action is Action.ALERT and not any(ours):
        _alert_on_event(event.service_arn, verdict, cause, world)
    return verdict


def _alert_on_event(service_arn: str, verdict: Verdict, cause: str, world: World) -> None:
    service = world.services.describe(service_arn)
    if service is None:
        return
    since = world.clock.now() - LOOKED_BACK
    stops = world.stops.newest(service.cluster, service.name, "", since, STOPS_LOOKED_AT)
    evidence = {**verdict.evidence, "stops": len(stops), "last_stops": last_stops(stops)}
    evidence[CAUSES] = causes_of(stops)
    _alert_service(
        service, Alert(verdict.rule, f"{verdict.sentence} {told_of(stops)}", evidence), cause, world
    )


def _alert_service(service: Service, found: Alert | None, cause: str, world: World) -> None:
    setting = setting_of(service, world)
    if found is None or not isinstance(setting, Setting):
        return
    _, policy = world.control.switch_and_policy()
    rule = (policy or BUILT_IN).service_rule(service.cluster, service.name, service.tags)
    place = (service.arn, service.cluster, service.name, service.task_definition)
    record_alert(place, found, setting.mode, rule.alerts_topic, cause, world)


def alert_family(
    cluster: str, family: str, task_definition: str, found: Alert, cause: str, world: World
) -> None:
    """Record an alert of a family outside services; ``task_definition`` is an ARN, its revision may lack."""
    mode, topic = family_setting(cluster, family, world)
    if mode is Mode.OFF:
        return
    head, _, last = task_definition.rpartition("/")
    place = (f"{head}/{last.partition(':')[0]}", cluster, family, task_definition)
    record_alert(place, found, mode, topic, cause, world)


def family_setting(cluster: str, family: str, world: World) -> tuple[Mode, str]:
    """Return how far Trimtab goes with a family outside services, and the topic of its owner."""
    _, policy = world.control.switch_and_policy()
    rule = (policy or BUILT_IN).standalone_rule(cluster, family)
    if rule is None:
        return min(world.default_mode, Mode.OBSERVE), ""
    return rule.mode, rule.alerts_topic


def _alerts(workload: str, world: World) -> list[Change]:
    return [one for one in world.changes.of(workload) if one.kind is Kind.ALERT]


def _told(alerts: list[Change], place: Place, since: datetime) -> list[tuple[str, Evidence]]:
    """Return code and evidence of the alerts that were recorded since then of the very revision."""
    _, _, name, revision = place
    same = (Base(task_definition=revision), name)
    return [(c.reason, c.evidence) for c in alerts if (c.base, c.name) == same and c.created_at > since]


def record_alert(
    place: Place,
    found: Alert,
    mode: Mode,
    topic: str,
    cause: str,
    world: World,
    again_after: timedelta = TOLD_AGAIN_AFTER,
) -> None:
    """Record an alert unless it is no news: within a day, or ``again_after``, of the same revision."""
    now = world.clock.now()
    workload, cluster, name, revision = place
    base, alerts = Base(task_definition=revision), _alerts(workload, world)
    if not is_news(found, _told(alerts, place, now - again_after)):
        return
    before = sum(c.reason == found.code for c in alerts)
    change = Change(
        workload=workload,
        id=change_id(workload, Kind.ALERT, base, Target(), found.code, f"{before}"),
        kind=Kind.ALERT,
        state=State.NEEDS_HUMAN,
        turn=Turn.NONE,
        due_at=now,
        cluster=cluster,
        name=name,
        mode=mode.name.lower(),
        base=base,
        target=Target(),
        rule=found.code,
        reason=found.code,
        sentence=found.sentence,
        cause=cause,
        decide_by=now,
        created_at=now,
        evidence={**found.evidence, **({ALERTS_TOPIC: topic} if topic else {})},
        outcome=found.code,
        outcome_sentence="Trimtab changed nothing: a person has to look.",
        times={State.NEEDS_HUMAN.value: now},
    )
    if world.changes.record(change):
        world.telemetry.note("alert raised", **describe(change))
        world.telemetry.count("AlertsRaised")


def _is_in_storm(stop: Stop, world: World) -> bool:
    """Tell whether stops of the same class come together in the cluster of one that completes a pattern."""
    cause_class = CLASS_OF.get(Cause(stop.cause))
    if cause_class is None:
        return False
    now = world.clock.now()
    return any(is_open(brake, now) for brake in world.storms.brakes(stop.cluster, cause_class))


def alert_on_storm(brake: Brake, cluster_arn: str, world: World) -> None:
    """Record one alert for tasks of a cluster that stop together; its workload is the cluster."""
    of = f" of {brake.tracked} that are declared safe to run again" if brake.tracked else ""
    found = Alert(
        "storm",
        f"{brake.lineages} standalone tasks{of} in {brake.cluster} stopped within moments "
        f"({brake.cause_class}), and more may follow. They share {brake.key}. Their restarts wait until one "
        "that goes first has lived for two minutes.",
        {
            "cause_class": brake.cause_class.value,
            "shared": brake.key,
            "lineages": brake.lineages,
            **({"tracked": brake.tracked} if brake.tracked is not None else {}),
        },
    )
    place = (cluster_arn, brake.cluster, brake.cause_class.value, None)
    record_alert(place, found, Mode.APPLY, "", "stops", world, STORM_TOLD_AGAIN_AFTER)


def _service_arn(stop: Stop) -> str:
    cluster_arn = stop.task_arn.replace(":task/", ":service/").rpartition("/")[0]
    return f"{cluster_arn}/{stop.service}"
