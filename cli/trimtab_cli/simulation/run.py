"""One seed: a small world lives through a few hours of faults, heals, and is looked at."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final

from trimtab.adapters import clock
from trimtab.adapters.dynamodb_items import from_dynamodb
from trimtab_cli.simulation import clients
from trimtab_cli.simulation.actors import Actors
from trimtab_cli.simulation.baton import Baton
from trimtab_cli.simulation.beginning import build
from trimtab_cli.simulation.calls import Calls
from trimtab_cli.simulation.clients import Notebook
from trimtab_cli.simulation.deliveries import Deliveries
from trimtab_cli.simulation.distortions import Distortions, stale_seconds
from trimtab_cli.simulation.faults import Dice, Faults
from trimtab_cli.simulation.lambdas import Lambdas
from trimtab_cli.simulation.ledger import Ledger
from trimtab_cli.simulation.operators import POISON, Operators
from trimtab_cli.simulation.record import Record
from trimtab_cli.simulation.scene import CLUSTER
from trimtab_cli.simulation.schedules import (
    FIRST_PLANS,
    HEALING_LOOKS,
    TROUBLE_SECONDS,
    book_schedules,
    ends_at,
    later_plans,
    something_open,
)
from trimtab_cli.simulation.trial import Trial
from trimtab_cli.simulation.worst_moments import WorstMoments
from trimtab_lab.account import Account

JOB_SECONDS: Final = 60.0
UNSEEN_SHARE: Final = 0.5
"""Of the seeds with a job and an outage, in how many it lasts for longer than ECS remembers a stop."""

OUTAGE_SECONDS: Final = (120.0, 2400.0)
KILL_STORM: Final = (1200.0, 1640.0)
"""When many tasks are started to be killed, and when all that was told of it is heard at once."""


def run(seed: int, forced: Mapping[str, float] = MappingProxyType({})) -> Trial:
    """Live one seed to its end; with ``forced``, under exactly these faults at these rates."""
    scene = build(seed)
    lab = scene.lab
    faults = Faults(**forced) if forced else Faults.drawn(seed)
    dice, baton = Dice(faults, lab.random("dice")), Baton(lab.clock, lab.random("baton"))
    record = Record(lab, CLUSTER, Ledger(lab))
    distortions = Distortions(record, dice, lab.random("distortions"), stale_seconds=stale_seconds(seed))
    calls = Calls(record, baton, dice, distortions)
    scene.through = calls.others
    chance, notebook = lab.random("actors"), Notebook()
    actors = Actors(scene, baton, chance)
    lambdas = Lambdas(record, baton, dice, lambda: clients.new_world(notebook))
    deliveries = Deliveries(record, dice, lambdas)
    operators = Operators(scene, baton, dice, lab.random("operators"))
    trial = Trial(
        seed, scene, faults, dice, record, distortions, actors, lambdas, deliveries, notebook, lab.clock.now
    )
    trial.policy = operators.policy
    WorstMoments(scene, actors, operators, dice, chance).listen(calls)
    deliveries.listen()
    with _connected(trial, calls, baton):
        _live(trial, baton, operators)
    trial.changes = [change for change in record.ledger.changes() if change["item"] != POISON]
    trial.control = _control(lab)
    return trial


@contextmanager
def _connected(trial: Trial, calls: Calls, baton: Baton) -> Iterator[None]:
    """Lead Trimtab's clients and its clock to the world of a seed."""
    scene, lambdas = trial.scene, trial.lambdas
    clock.use(lambdas.now, lambdas.sleep)
    try:
        with clients.connected(calls, scene.key_arn, scene.topic_arn, CLUSTER, trial.share_percent):
            yield
    finally:
        baton.drop()
        clock.use(None)


def _live(trial: Trial, baton: Baton, operators: Operators) -> None:
    operators.arm()
    book_schedules(trial)
    trial.actors.start_job(JOB_SECONDS)
    if trial.faults.any:
        _book_trouble(trial, operators)
    baton.run_until(trial.started_at + TROUBLE_SECONDS)
    trial.dice.healed, trial.healed_at = True, trial.lab.clock.now
    trial.actors.did += operators.did
    operators.heal()
    _live_until_nothing_is_open(trial, baton)


def _live_until_nothing_is_open(trial: Trial, baton: Baton) -> None:
    planned = [trial.started_at + at + 600 for at in later_plans(trial)]
    least = max([trial.healed_at + HEALING_LOOKS[2] + 60, *planned])

    def enough() -> bool:
        return trial.lab.clock.now > least and baton.at_rest and not something_open(trial)

    baton.run_until(ends_at(trial), enough)


def _book_trouble(trial: Trial, operators: Operators) -> None:
    if trial.faults.outage:
        _book_outage(trial)
    if not trial.dice.on("quiet"):
        trial.actors.book(TROUBLE_SECONDS, trial.dice.on("service_recreated"))
    trial.actors.book_alarms()
    if trial.dice.on("spot_gone"):
        trial.actors.lose_spot((FIRST_PLANS[0], *later_plans(trial)))
    operators.book(TROUBLE_SECONDS)
    if trial.dice.on("kill_storm"):
        trial.actors.kill_many(KILL_STORM[0])
        begin, end = (trial.started_at + seconds for seconds in KILL_STORM)
        trial.deliveries.backlog = (begin, end)
    operators.attend(TROUBLE_SECONDS)


def _book_outage(trial: Trial) -> None:
    trial.dice.outage = _drawn_outage(trial)
    if trial.scene.job and trial.lab.random("unseen").random() < UNSEEN_SHARE:
        trial.dice.outage = trial.deliveries.deaf = _long_outage(trial)


def _drawn_outage(trial: Trial) -> tuple[float, float]:
    chance = trial.lab.random("outage")
    begin = trial.started_at + chance.choice((chance.uniform(60, 420), chance.uniform(0, TROUBLE_SECONDS)))
    return begin, begin + chance.uniform(*OUTAGE_SECONDS)


def _long_outage(trial: Trial) -> tuple[float, float]:
    """Draw an outage in which ECS forgets the job, once its task has been seen running."""
    begin = trial.started_at + JOB_SECONDS + trial.lab.random("unseen at").uniform(60, 500)
    return begin, trial.started_at + TROUBLE_SECONDS


def _control(lab: Account) -> list[dict[str, Any]]:
    partitions = lab.dynamodb.tables[clients.CONTROL].rows.partitions.values()
    return [from_dynamodb(row.item) for partition in partitions for row in partition.rows.values()]
