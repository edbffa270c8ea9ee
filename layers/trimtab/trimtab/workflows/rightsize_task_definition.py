"""Usage -> size -> proposal, for a shard of the fleet; then one gate over the whole plan."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final

from trimtab.decisions.mass_anomaly import judge_plan
from trimtab.decisions.rightsize.offer import NO_DATA
from trimtab.decisions.rightsize.watch_list import at_risk
from trimtab.decisions.shrink_timing import WAITS_FOR_DEPLOYMENT
from trimtab.model.change import Change, Kind, Scalar, State, Turn
from trimtab.model.decision import Go, Keep, Refuse
from trimtab.model.digest import SizingHistory
from trimtab.model.price_book import PriceBook
from trimtab.model.service import Service
from trimtab.model.tags import Mode
from trimtab.model.task_definition import family_of
from trimtab.model.verdict import Cause
from trimtab.ports import World
from trimtab.workflows.not_judged import NOT_JUDGED, judged, tell_if_not_judged
from trimtab.workflows.plan_families import plan_families
from trimtab.workflows.read_usage import Readers, read_usage
from trimtab.workflows.record_size import candidates, offer, record_size
from trimtab.workflows.size_of_service import Sizeable

RELEASABLE: Final = (Mode.APPLY, Mode.HANDOVER)
"""Modes in which the gate decides on a service: in the others its plan changes nothing."""

UNREADABLE: Final = Refuse(
    "policy_unreadable",
    "The stored policy cannot be read, and any other limits might be wider than the team's: nothing of this "
    "plan is released. The next plan asks again.",
)
Counts = dict[str, Scalar]
Row = Mapping[str, Scalar]


def plan_shard(run: str, shard: int, of: int, world: World) -> Counts:
    """Decide for every service of one shard, record each Change and one row a service; return counts."""
    services = world.services.all(world.clusters, lambda arn: _shard_of(arn, of) == shard)
    return plan(run, services, world, gated=True)


def plan_service(run: str, service_arn: str, world: World) -> Counts:
    """Decide for one service, on demand; its Change needs no gate."""
    service = world.services.describe(service_arn)
    return plan(run, [service] if service else [], world, gated=False)


def plan(run: str, services: Iterable[Service], world: World, gated: bool) -> Counts:
    """Decide for each service; rows are kept as they come, so that a plan that dies goes on where it was."""
    considered = changes = 0
    sizeable: dict[Service, Sizeable] = {}
    for service, answer in candidates(services, world):
        considered += 1
        if isinstance(answer, Keep):
            _save(run, service, _left(service, answer, world), world)
        else:
            sizeable[service] = answer
    now, prices = world.clock.now(), world.prices.renew(world.clock.now())
    known = {s: (one.size, world.control.sizing_history(s.arn)) for s, one in sizeable.items()}
    for service, read in read_usage(known, _readers(world), now):
        row: Row | Keep = (
            read
            if isinstance(read, Keep)
            else judged(
                partial(_plan_one, run, sizeable[service], known[service][1], read, prices, world, gated)
            )
        )
        if isinstance(row, Keep):
            row = _left(service, row, world)
        changes += "change_id" in row
        _save(run, service, row, world)
    return {"considered": considered, "changes": changes}


def _save(run: str, service: Service, row: Row, world: World) -> None:
    world.control.save_plan_row(run, service.arn, row, world.clock.now())


def _left(service: Service, why: Keep, world: World) -> Row:
    """Return the row of a service that was not sized."""
    tell_if_not_judged(service, why, world.telemetry)
    return _row(service, "keep", why.reason, why.sentence)


def _readers(world: World) -> Readers:
    return Readers(
        world.usage,
        world.deployment_history,
        world.task_definitions,
        lambda service, since: [
            stop.at for stop in world.stops.of_service(service.arn, since) if stop.cause == Cause.MEMORY
        ],
    )


def _plan_one(
    run: str,
    one: Sizeable,
    known: SizingHistory,
    read: SizingHistory,
    prices: PriceBook,
    world: World,
    gated: bool,
) -> Row:
    """Decide for one service on what is known of it now; keep that, and whether to look at it every hour."""
    arn, now = one.service.arn, world.clock.now()
    row, history = _decide(run, one, read, prices, world, gated)
    if history != known:
        world.control.save_sizing_history(arn, history, now)
    why = at_risk(history, one.size, now.date())
    if why and one.scope.sizes and one.setting.mode >= Mode.HANDOVER:
        world.control.note_at_risk(arn, why, now)
    return row


def _decide(
    run: str, one: Sizeable, history: SizingHistory, prices: PriceBook, world: World, gated: bool
) -> tuple[Row, SizingHistory]:
    """Decide for one service and record what comes of it; return its row, and its history as it is now."""
    service = one.service
    decision, history = offer(one, history, prices, world)
    releasable = one.setting.mode in RELEASABLE and bool(one.scope.sizes) and decision.reason not in NO_DATA
    if isinstance(decision, Keep):
        return _row(service, "keep", decision.reason, decision.sentence, releasable), history
    today, cause = f"{world.clock.now():%Y-%m-%d}", f"rightsize_fleet/{run}"
    told, change, setting = record_size(one, decision, cause, today, world, gated)
    action = "keep" if change is None else "resize"
    releasable = releasable and setting.mode in RELEASABLE
    return _row(service, action, told.reason, told.sentence, releasable, change), history


def open_gate(run: str, world: World) -> Counts:
    """Release the Changes of a whole plan, or none of them; asked again, it answers the same.

    What an interrupted gate has already moved counts as wanted, and the count to compare the next run
    with is kept last: half a gate never makes a plan look smaller than it was.
    """
    rows = {arn: row for arn, row in world.control.plan_rows(run).items() if "service" in row}
    planned = [
        change
        for arn, row in rows.items()
        if "change_id" in row and (change := world.changes.get(arn, str(row["change_id"])))
    ]
    waiting = [change for change in planned if change.state is State.APPROVED]
    # A hand-over that stands since an earlier run is named in this one's rows, and wants nothing.
    own = [c for c in planned if c.cause == f"rightsize_fleet/{run}" or c.state is State.APPROVED]
    wanted = sum(change.mode == "apply" or change.kind is Kind.HAND_OVER for change in own)
    # What waits for a deployment goes along with it ungated: it is asked for here, or never.
    wanted += sum(bool(row["judged"]) and row["reason"] == WAITS_FOR_DEPLOYMENT for row in rows.values())
    before = world.control.plan_rows("last").get("fleet", {}).get("considered")
    now = world.clock.now()
    judged = sum(bool(row["judged"]) for row in rows.values())
    _, policy = world.control.switch_and_policy()
    answer: Go | Refuse = UNREADABLE
    if policy is not None:
        seen_before = int(before) if before is not None else None
        failed = sum(row["reason"] == NOT_JUDGED for row in rows.values())
        answer = judge_plan(len(rows), judged, wanted, seen_before, policy.limits, failed)
    for change in waiting:
        if isinstance(answer, Refuse):
            world.changes.move(change, State.REFUSED, Turn.NONE, now, now, answer.reason, answer.sentence)
        else:
            world.changes.move(change, State.PLANNED, Turn.APPLY, now, now)
    held = isinstance(answer, Refuse)
    world.control.save_plan_row("last", "fleet", {"considered": len(rows), "held": held}, now)
    world.telemetry.count("PlansHeld", int(held))
    return {"released": 0 if held else len(waiting), "held": len(waiting) if held else 0}


def was_held(world: World) -> bool:
    """Tell whether the gate held the last plan: then nothing of it goes along with a deployment either."""
    return bool(world.control.plan_rows("last").get("fleet", {}).get("held"))


def report(run: str, world: World) -> Counts:
    """Plan the families of standalone tasks; count a plan by what was decided, and say it once."""
    plan_families(run, world)
    rows = world.control.plan_rows(run)
    services = sum("service" in row for row in rows.values())
    counts: Counts = {"services": services, "families": len(rows) - services}
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
) -> Row:
    told: dict[str, Scalar] = {
        "cluster": service.cluster,
        "service": service.name,
        "family": family_of(service.task_definition),
        "action": action,
        "reason": reason,
        "sentence": sentence,
        "judged": judged,
    }
    return {**told, "change_id": change.id} if change else told


def _shard_of(arn: str, of: int) -> int:
    return int(hashlib.sha256(arn.encode()).hexdigest()[:8], 16) % of
