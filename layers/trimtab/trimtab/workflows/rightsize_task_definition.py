"""Usage -> size -> proposal, for a shard of the fleet; then one gate over the whole plan."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from trimtab.decisions.blind_shrinking import leave_to_person
from trimtab.decisions.guards import hours_allow
from trimtab.decisions.mass_anomaly import judge_plan
from trimtab.decisions.rightsize.offer import NO_DATA
from trimtab.model.change import Change, Kind, Scalar, State, Turn
from trimtab.model.decision import Go, Keep, Refuse, Setting, Wait
from trimtab.model.digest import SizingHistory
from trimtab.model.errors import ConflictError
from trimtab.model.finding import Settlement
from trimtab.model.price_book import PriceBook
from trimtab.model.service import Service
from trimtab.model.tags import Mode
from trimtab.model.verdict import Cause
from trimtab.ports import World
from trimtab.workflows.ask_for_rollback import ask_for_rollback
from trimtab.workflows.ask_past import barred, with_advice
from trimtab.workflows.look_at_signals import bad_signal
from trimtab.workflows.read_usage import Readers, read_usage
from trimtab.workflows.record_change import DECIDE_WITHIN, describe, record_for_service, setting_under
from trimtab.workflows.size_of_service import Sizeable, size_of, sizeable, terms_for

LOOK_BACK: Final = timedelta(days=14)
RELEASABLE: Final = (Mode.APPLY, Mode.HANDOVER)
"""Modes in which the gate decides on a service: in the others its plan changes nothing."""

UNREADABLE: Final = Refuse(
    "policy_unreadable",
    "The stored policy cannot be read, and any other limits might be wider than the team's: nothing of this "
    "plan is released. The next plan asks again.",
)
CARRIED_OUT_AS: Final = {Mode.APPLY: Kind.RESIZE, Mode.HANDOVER: Kind.HAND_OVER}
"""What becomes of a size that no person has to release."""

Counts = dict[str, Scalar]


def plan_shard(run: str, shard: int, of: int, world: World) -> Counts:
    """Decide for every service of one shard, record each Change and one row a service; return counts."""
    services = world.services.all(world.clusters, lambda arn: _shard_of(arn, of) == shard)
    return _plan(run, services, world, gated=True)


def plan_service(run: str, service_arn: str, world: World) -> Counts:
    """Decide for one service, on demand; its Change needs no gate."""
    service = world.services.describe(service_arn)
    return _plan(run, [service] if service else [], world, gated=False)


def _plan(run: str, services: Iterable[Service], world: World, gated: bool) -> Counts:
    """Decide for each service; rows are kept as they come, so that a plan that dies goes on where it was."""
    considered = changes = 0
    found: dict[Service, Sizeable] = {}
    for service, answer in _candidates(services, world):
        considered += 1
        if isinstance(answer, Keep):
            _save(run, service, _row(service, "keep", answer.reason, answer.sentence), world)
        else:
            found[service] = answer
    known = {s: (one.size, world.control.sizing_history(s.arn)) for s, one in found.items()}
    prices = world.prices.renew(world.clock.now())
    for service, history in read_usage(known, _readers(world), world.clock.now()):
        if history != known[service][1]:
            world.control.save_sizing_history(service.arn, history, world.clock.now())
        row = _decide(run, found[service], history, prices, world, gated)
        changes += "change_id" in row
        _save(run, service, row, world)
    return {"considered": considered, "changes": changes}


def _save(run: str, service: Service, row: Mapping[str, Scalar], world: World) -> None:
    world.control.save_plan_row(run, service.arn, row, world.clock.now())


def _readers(world: World) -> Readers:
    return Readers(
        world.usage,
        world.deployment_history,
        world.task_definitions,
        lambda service, since: [
            stop.at for stop in world.stops.of_service(service.arn, since) if stop.cause == Cause.MEMORY
        ],
    )


def _candidates(services: Iterable[Service], world: World) -> Iterator[tuple[Service, Keep | Sizeable]]:
    """Yield each service with what its size is decided on, or with why it is not ours to size."""
    _, policy = world.control.switch_and_policy()
    scaled = world.autoscaling.scaled_services()
    for service in services:
        setting = setting_under(policy, service, world)
        if policy is None:
            yield service, Keep("policy_unreadable", "The stored policy cannot be read.")
        elif isinstance(setting, Keep):
            yield service, setting
        elif f"{service.cluster}/{service.name}" in scaled:
            yield (
                service,
                Keep("autoscaled", "Application Auto Scaling moves its desired count: not sized yet."),
            )
        else:
            definition = world.task_definitions.describe(service.task_definition)
            yield service, sizeable(service, definition, setting, world.largest)


def _decide(
    run: str, one: Sizeable, history: SizingHistory, prices: PriceBook, world: World, gated: bool
) -> Mapping[str, Scalar]:
    """Decide for one service and record what comes of it; return its row."""
    now, service = world.clock.now(), one.service
    floor_mib = world.control.memory_floor_mib(service.arn, now)
    decision = size_of(one, history, terms_for(one, history, floor_mib, prices), now)
    judged = one.setting.mode in RELEASABLE and decision.reason not in NO_DATA
    if isinstance(decision, Keep):
        return _row(service, "keep", decision.reason, decision.sentence, judged)
    decision, setting = leave_to_person(decision, one.size, service, one.definition, one.setting)
    judged = judged and setting.mode in RELEASABLE
    cause = f"rightsize_fleet/{run}"
    if no := _too_long(service, setting, now) or barred(Kind.RESIZE, service, setting, cause, world):
        return _row(service, "keep", no.reason, no.sentence, judged)
    decision = with_advice(decision, service, setting, world)
    change, new = record_for_service(
        Kind.RESIZE, service, one.size, decision, setting, cause, f"{now:%Y-%m-%d}", world, gated
    )
    if new:
        world.telemetry.note("task size decided", **describe(change))
    return _row(service, "resize", decision.reason, decision.sentence, judged, change)


def _too_long(service: Service, setting: Setting, now: datetime) -> Wait | None:
    """Return what a size would have to wait for, where it would expire before: it is decided anew."""
    kind = CARRIED_OUT_AS.get(setting.mode)
    wait = hours_allow(kind, service.name, setting, now) if kind else Go()
    return wait if kind and isinstance(wait, Wait) and wait.until > now + DECIDE_WITHIN[kind] else None


def look_at_risk(world: World) -> Counts:
    """Take back a size under which something goes wrong, before its watch is over.

    Looks only at sizes of ours that are being watched: that keeps the hourly reading small.
    """
    now = world.clock.now()
    watched: dict[Service, Change] = {}
    for change in world.changes.due(Turn.SETTLE, now + LOOK_BACK):
        if change.state is State.WATCHING and change.kind is Kind.RESIZE:
            service = world.services.describe(change.workload)
            if service and service.task_definition == change.applied.get("task_definition"):
                watched[service] = change
    starts = {service: change.times[State.WATCHING] for service, change in watched.items()}
    usage = world.usage.since(starts, now) if starts else {}
    taken_back = 0
    for service, change in watched.items():
        bad = bad_signal(change, service, usage[service.arn], world)
        if bad is not None:
            taken_back += _take_back(change, bad, world)
    return {"watched": len(watched), "taken_back": taken_back}


def _take_back(change: Change, bad: Settlement, world: World) -> bool:
    """Ask for the rollback; another Change under way may forbid it now, then the next look asks again."""
    try:
        ask_for_rollback(change, bad.reason, f"{bad.sentence} It is taken back.", world)
    except ConflictError:
        world.telemetry.note("not taken back now", **{**describe(change), "told": bad.sentence})
        return False
    return True


def open_gate(run: str, world: World) -> Counts:
    """Release the Changes of a whole plan, or none of them; asked again, it answers the same.

    What an interrupted gate has already moved counts as wanted, and the count to compare the next run
    with is kept last: half a gate never makes a plan look smaller than it was.
    """
    rows = world.control.plan_rows(run)
    planned = [
        change
        for arn, row in rows.items()
        if "change_id" in row and (change := world.changes.get(arn, str(row["change_id"])))
    ]
    waiting = [change for change in planned if change.state is State.APPROVED]
    # A hand-over that stands since an earlier run is named in this one's rows, and wants nothing.
    own = [c for c in planned if c.cause == f"rightsize_fleet/{run}" or c.state is State.APPROVED]
    wanted = sum(change.mode == "apply" or change.kind is Kind.HAND_OVER for change in own)
    before = world.control.plan_rows("last").get("fleet", {}).get("considered")
    now = world.clock.now()
    judged = sum(bool(row["judged"]) for row in rows.values())
    _, policy = world.control.switch_and_policy()
    answer: Go | Refuse = UNREADABLE
    if policy is not None:
        seen_before = int(before) if before is not None else None
        answer = judge_plan(len(rows), judged, wanted, seen_before, policy.limits)
    for change in waiting:
        if isinstance(answer, Refuse):
            world.changes.move(change, State.REFUSED, Turn.NONE, now, now, answer.reason, answer.sentence)
        else:
            world.changes.move(change, State.PLANNED, Turn.APPLY, now, now)
    world.control.save_plan_row("last", "fleet", {"considered": len(rows)}, now)
    held = isinstance(answer, Refuse)
    world.telemetry.count("PlansHeld", int(held))
    return {"released": 0 if held else len(waiting), "held": len(waiting) if held else 0}


def report(run: str, world: World) -> Counts:
    """Count a plan by what was decided, and say it once."""
    rows = world.control.plan_rows(run)
    counts: Counts = {"services": len(rows)}
    for row in rows.values():
        reason = f"reason_{row['reason']}"
        counts[reason] = int(counts.get(reason, 0)) + 1
    world.telemetry.note("fleet planned", run=run, **counts)
    return counts


def _row(
    service: Service,
    action: str,
    reason: str,
    sentence: str,
    judged: bool = False,
    change: Change | None = None,
) -> Mapping[str, Scalar]:
    told: dict[str, Scalar] = {
        "cluster": service.cluster,
        "service": service.name,
        "action": action,
        "reason": reason,
        "sentence": sentence,
        "judged": judged,
    }
    return {**told, "change_id": change.id} if change else told


def _shard_of(arn: str, of: int) -> int:
    return int(hashlib.sha256(arn.encode()).hexdigest()[:8], 16) % of
