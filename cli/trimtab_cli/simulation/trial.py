"""One seed: a small world lives through a few hours of faults, heals, and is looked at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from types import MappingProxyType
from typing import Any, Final

from trimtab.adapters import clock
from trimtab.adapters.dynamodb_control import EPISODES
from trimtab.adapters.dynamodb_items import from_dynamodb
from trimtab.model.keys import control_key
from trimtab_cli.simulation import clients
from trimtab_cli.simulation.actors import Actors
from trimtab_cli.simulation.baton import Baton
from trimtab_cli.simulation.beginning import build
from trimtab_cli.simulation.calls import Calls
from trimtab_cli.simulation.clients import Notebook
from trimtab_cli.simulation.distortions import Distortions, stale_seconds
from trimtab_cli.simulation.faults import Dice, Faults
from trimtab_cli.simulation.lambdas import Lambdas
from trimtab_cli.simulation.ledger import Ledger
from trimtab_cli.simulation.operators import POISON, Operators
from trimtab_cli.simulation.record import Record, Write
from trimtab_cli.simulation.scene import CLUSTER, Scene
from trimtab_cli.simulation.worst_moments import WorstMoments
from trimtab_lab.account import Account

TROUBLE_SECONDS: Final = 4800.0
HEALING_SECONDS: Final = 32 * 3600.0
FIRST_PLANS: Final = (5.0, 7.0)
SECOND_PLAN_SECONDS: Final = 86_400.0
LEAST_SHARE_PERCENT: Final = 10
KILL_STORM: Final = (1200.0, 1640.0)
"""When many tasks are started to be killed, and when all that was told of it is heard at once."""

JOB_SECONDS: Final = 60.0
UNSEEN_SHARE: Final = 0.5
"""Of the seeds with a job and an outage, in how many it lasts for longer than ECS remembers a stop."""

OUTAGE_SECONDS: Final = (120.0, 2400.0)
SECOND_PLAN_SHARE: Final = 0.2
DAY: Final = 86_400.0
LONG_PLANS: Final = (3.5 * DAY, 7 * DAY)
RESETS: Final = (0.2 * DAY, 3.7 * DAY)
"""Three days of usage lie between a reset and the next plan, which needs as many."""

LIVE: Final = control_key("live")
HEALING_LOOKS: Final = (60, 300, 600, 1800, 3600, 7200, 14_400, 28_800, 57_600, 86_400, 93_600, 111_600)
"""When the inventory looks once the faults are over, in seconds: each look is a full sweep."""


@dataclass(slots=True)
class Trial:
    """What a seed left behind, for the checkers."""

    seed: int
    scene: Scene
    faults: Faults
    dice: Dice
    record: Record
    distortions: Distortions
    actors: Actors
    lambdas: Lambdas
    notebook: Notebook
    started_at: float
    policy: dict[str, Any] = field(default_factory=dict)
    healed_at: float = 0.0
    changes: list[dict[str, Any]] = field(default_factory=list)
    control: list[dict[str, Any]] = field(default_factory=list)

    @property
    def lab(self) -> Account:
        """The world."""
        return self.scene.lab

    @property
    def ledger(self) -> Ledger:
        """Our table, step by step."""
        return self.record.ledger

    @property
    def writes(self) -> list[Write]:
        """Our writes to ECS that the server carried out."""
        return self.record.writes

    @property
    def plans_twice(self) -> bool:
        """Whether there is a second plan, a day after the first."""
        return Random(f"{self.seed}/plans").random() < SECOND_PLAN_SHARE

    @property
    def share_percent(self) -> int:
        """How much of the account's rates Trimtab may take; with much to do, as little as one may give it."""
        return LEAST_SHARE_PERCENT if self.faults.kill_storm else clients.SHARE_PERCENT

    def writes_of(self, operation: str) -> list[Write]:
        """Return our writes of one kind."""
        return [write for write in self.record.writes if write.operation == operation]


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
    operators = Operators(scene, baton, dice, lab.random("operators"))
    trial = Trial(seed, scene, faults, dice, record, distortions, actors, lambdas, notebook, lab.clock.now)
    trial.policy = operators.policy
    WorstMoments(scene, actors, operators, dice, chance).listen(calls)
    lab.bus.listen(lambdas.on_event)
    lab.dynamodb.tables[clients.CHANGES].listen(lambdas.on_record)
    clock.use(lambdas.now, lambdas.sleep)
    try:
        with clients.connected(calls, scene.key_arn, scene.topic_arn, CLUSTER, trial.share_percent):
            _live(trial, baton, operators)
    finally:
        baton.drop()
        clock.use(None)
    trial.changes = [change for change in record.ledger.changes() if change["item"] != POISON]
    trial.control = _control(lab)
    return trial


def _live(trial: Trial, baton: Baton, operators: Operators) -> None:
    lab = trial.lab
    operators.arm()
    _schedule(trial)
    trial.actors.start_job(JOB_SECONDS)
    if trial.faults.outage:
        trial.dice.outage = _drawn_outage(trial)
        if trial.scene.job and Random(f"{trial.seed}/unseen").random() < UNSEEN_SHARE:
            trial.dice.outage = trial.lambdas.deaf = _long_outage(trial)
    if trial.faults.any:
        if not trial.dice.on("quiet"):
            trial.actors.book(TROUBLE_SECONDS, trial.dice.on("service_recreated"))
        trial.actors.book_alarms()
        if trial.dice.on("spot_gone"):
            trial.actors.lose_spot((FIRST_PLANS[0], *_plans(trial)))
        operators.book(TROUBLE_SECONDS)
        if trial.dice.on("kill_storm"):
            trial.actors.kill_many(KILL_STORM[0])
            begin, end = (trial.started_at + seconds for seconds in KILL_STORM)
            trial.lambdas.backlog = (begin, end)
        operators.attend(TROUBLE_SECONDS)
    baton.run_until(trial.started_at + TROUBLE_SECONDS)
    trial.dice.healed, trial.healed_at = True, lab.clock.now
    trial.actors.did += operators.did
    operators.heal()
    planned = [trial.started_at + at + 600 for at in _plans(trial)]
    least = max([lab.clock.now + HEALING_LOOKS[2] + 60, *planned])

    def enough() -> bool:
        return lab.clock.now > least and baton.at_rest and not _something_open(trial)

    baton.run_until(_end(trial), enough)


def _drawn_outage(trial: Trial) -> tuple[float, float]:
    chance = Random(f"{trial.seed}/outage")
    begin = trial.started_at + chance.choice((chance.uniform(60, 420), chance.uniform(0, TROUBLE_SECONDS)))
    return begin, begin + chance.uniform(*OUTAGE_SECONDS)


def _long_outage(trial: Trial) -> tuple[float, float]:
    """Draw an outage in which ECS forgets the job, once its task has been seen running."""
    begin = trial.started_at + JOB_SECONDS + Random(f"{trial.seed}/unseen at").uniform(60, 500)
    return begin, trial.started_at + TROUBLE_SECONDS


def _schedule(trial: Trial) -> None:
    """Book ticks, inventories and plans; a schedule that provably has nothing to do is passed over.

    Provably: nothing is due; no Change is open and no task stands alone, or is believed to; ECS has no
    revision of ours.
    """
    lab, lambdas = trial.lab, trial.lambdas
    end = _end(trial)

    def every(seconds: float, until: float, wake: Callable[[], None]) -> None:
        def fire() -> None:
            wake()
            if lab.clock.now + seconds < until:
                lab.clock.after(seconds, fire)

        lab.clock.after(seconds, fire)

    def tick() -> None:
        if trial.ledger.something_due(POISON):
            lambdas.tick()

    def look() -> None:
        if trial.ledger.open_beside(POISON) or _standalone_tasks(lab) or _live_tasks(lab):
            lambdas.look_open()
        if _an_episode(trial):
            lambdas.look_for_returns()

    def hourly() -> None:
        lambdas.look_at_risk()
        if trial.record.writes or not trial.healed_at:
            lambdas.look_at_fleet()

    every(60, end, tick)
    every(300, trial.started_at + TROUBLE_SECONDS, look)
    every(3600, trial.started_at + TROUBLE_SECONDS, hourly)
    for seconds in HEALING_LOOKS:
        lab.clock.after(TROUBLE_SECONDS + seconds, look)
        lab.clock.after(TROUBLE_SECONDS + seconds + 1, hourly)
    for at in FIRST_PLANS:
        lab.clock.after(at, lambda: lambdas.plan("first"))
    for at in _plans(trial):
        lab.clock.after(at, partial(lambdas.plan, f"at {at:.0f}"))
    if trial.dice.on("long"):
        for at in RESETS:
            trial.actors.reset_all(at)
            lab.clock.after(at + 7200, hourly)


def _standalone_tasks(lab: Account) -> bool:
    return any(task.service is None for task in lab.ecs.world.clusters[CLUSTER].tasks.values())


def _live_tasks(lab: Account) -> bool:
    """Tell whether Trimtab remembers a task as running."""
    rows = lab.dynamodb.tables[clients.CONTROL].rows.partitions.get(LIVE)
    return bool(rows and rows.rows)


def _plans(trial: Trial) -> tuple[float, ...]:
    """Return when plans are made after the first, in seconds from the start."""
    return (
        *((SECOND_PLAN_SECONDS,) if trial.plans_twice else ()),
        *(LONG_PLANS if trial.faults.long else ()),
    )


def _end(trial: Trial) -> float:
    days = LONG_PLANS[-1] if trial.faults.long else 0.0
    return trial.started_at + TROUBLE_SECONDS + HEALING_SECONDS + days


def _something_open(trial: Trial) -> bool:
    return trial.ledger.open_beside(POISON) or _an_episode(trial) or _live_tasks(trial.lab)


def _an_episode(trial: Trial) -> bool:
    rows = trial.lab.dynamodb.tables[clients.CONTROL].rows.partitions.get(EPISODES)
    return bool(rows and rows.rows)


def _control(lab: Account) -> list[dict[str, Any]]:
    partitions = lab.dynamodb.tables[clients.CONTROL].rows.partitions.values()
    return [from_dynamodb(row.item) for partition in partitions for row in partition.rows.values()]
