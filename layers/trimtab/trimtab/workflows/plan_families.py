"""Families of standalone tasks -> the sizes they should have, as rows of the plan: nothing is registered."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from trimtab.decisions.declared_families import Declared, declared_families
from trimtab.decisions.sizing_scope import Home
from trimtab.model.change import Scalar
from trimtab.model.decision import Keep, Resize
from trimtab.model.digest import SizingHistory
from trimtab.model.price_book import PriceBook
from trimtab.model.task_definition import family_arn
from trimtab.model.usage import FamilyName
from trimtab.model.verdict import Cause
from trimtab.ports import World
from trimtab.workflows.not_judged import NOT_JUDGED, judged, tell_if_not_judged
from trimtab.workflows.size_of_family import as_service, read_families, size_of_family, sizeable_family
from trimtab.workflows.size_of_service import Sizeable

STOPS_KEPT: Final = timedelta(days=30)
STOPS_READ: Final = 100
"""The newest stops of a family that are asked for kills for memory."""


def plan_families(run: str, world: World) -> int:
    """Keep a row for each declared family, and for each entry of the policy that leads to none; count them.

    The rows of the run's services are there: what services run is measured together with them.
    """
    _, policy = world.control.switch_and_policy()
    if policy is None or not policy.standalone:
        return 0
    rows = [row for row in _rows(run, world) if "service" in row]
    of_services = {(str(row["cluster"]), str(row.get("family", ""))) for row in rows}
    measured = world.insights.families(world.clusters)
    known: dict[FamilyName, tuple[Sizeable, SizingHistory]] = {}
    declared = declared_families(policy, measured, of_services, world.clusters)
    for one in declared:
        ask = partial(_sizeable, one, world)
        answer: Keep | Sizeable = judged(ask) if one.answer is None else one.answer
        if isinstance(answer, Keep):
            _save(run, one.cluster, one.family, answer, world)
        else:
            history = world.control.sizing_history(answer.service.arn)
            known[one.cluster, one.family] = (answer, history)
    _decide(run, known, world)
    return len(declared)


def _rows(run: str, world: World) -> Iterable[Mapping[str, Scalar]]:
    return world.control.plan_rows(run).values()


def _sizeable(one: Declared, world: World) -> Keep | Sizeable:
    definition = world.task_definitions.latest(one.family)
    return sizeable_family(one.cluster, one.family, one.rule, definition, world.clock.now())


def _decide(run: str, known: Mapping[FamilyName, tuple[Sizeable, SizingHistory]], world: World) -> None:
    now, prices = world.clock.now(), world.prices.fargate()
    histories = {family: history for family, (_, history) in known.items()}

    def kills(family: FamilyName, since: datetime) -> list[datetime]:
        stops = world.stops.newest(family[0], None, family[1], max(since, now - STOPS_KEPT), STOPS_READ)
        return [stop.at for stop in stops if stop.cause == Cause.MEMORY]

    for family, read in read_families(histories, world.insights, kills, now):
        one, before = known[family]
        if not isinstance(read, Keep) and read != before:
            world.control.save_sizing_history(one.service.arn, read, now)
        answer = read if isinstance(read, Keep) else judged(partial(_size, one, read, prices, world))
        if answer.reason != NOT_JUDGED:  # what was proposed before is not wrong for that
            world.control.propose_memory(one.service.arn, _more_memory_mib(one, answer), now)
        _save(run, *family, answer, world, one)


def _size(one: Sizeable, history: SizingHistory, prices: PriceBook, world: World) -> Keep | Resize:
    now = world.clock.now()
    floor_mib = world.control.memory_floor_mib(family_arn(one.definition.arn), now)
    return size_of_family(one, history, floor_mib, prices, now)


def _more_memory_mib(one: Sizeable, answer: Keep | Resize) -> int:
    """Return the memory that restarts are to get, 0 for no more: the own limit of a container would stay."""
    grows = isinstance(answer, Resize) and answer.size.memory_mib > one.size.memory_mib
    limited = any(container.get("memory") for container in one.definition.containers)
    on_linux = one.scope.home is Home.FARGATE
    return answer.size.memory_mib if isinstance(answer, Resize) and grows and on_linux and not limited else 0


def _save(
    run: str, cluster: str, family: str, answer: Keep | Resize, world: World, one: Sizeable | None = None
) -> None:
    """Keep the row of a family; the gate does not judge it, as nothing of it is released."""
    row: dict[str, Scalar] = {
        "cluster": cluster,
        "family": family,
        "action": "propose" if isinstance(answer, Resize) else "keep",
        "reason": answer.reason,
        "sentence": answer.sentence,
        "judged": False,
    }
    if one is not None and isinstance(answer, Resize):
        row |= {"cpu_units": one.size.cpu_units, "memory_mib": one.size.memory_mib}
        row |= {"proposed_cpu_units": answer.size.cpu_units, "proposed_memory_mib": answer.size.memory_mib}
        world.telemetry.note("family size proposed", **row, **answer.evidence)
    service = one.service if one else as_service(cluster, family, None)
    if isinstance(answer, Keep):
        tell_if_not_judged(service, answer, world.telemetry)
    world.control.save_plan_row(run, service.arn, row, world.clock.now())
