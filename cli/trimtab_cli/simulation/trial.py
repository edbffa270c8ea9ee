"""One seed: a small world lives through a few hours of faults, heals, and is looked at."""

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from trimtab.adapters import clock
from trimtab.adapters.dynamodb_control import DynamoDbControl
from trimtab.adapters.kms import KmsSeal
from trimtab.model.switch import Position, Switch
from trimtab_cli.simulation import clients
from trimtab_cli.simulation.actors import Actors
from trimtab_cli.simulation.baton import Baton
from trimtab_cli.simulation.calls import WRITES, Calls
from trimtab_cli.simulation.clients import Notebook
from trimtab_cli.simulation.faults import Dice, Faults
from trimtab_cli.simulation.lambdas import Lambdas
from trimtab_cli.simulation.scene import CLUSTER, Scene, build
from trimtab_cli.simulation.witness import Write, changes, control, observe
from trimtab_lab.account import Account

TROUBLE_SECONDS = 2 * 3600.0
HEALING_SECONDS = 27 * 3600.0
STRIKE_SHARE = 0.5


@dataclass(slots=True)
class Trial:
    """What a seed left behind, for the checkers."""

    seed: int
    scene: Scene
    faults: Faults
    dice: Dice
    actors: Actors
    lambdas: Lambdas
    notebook: Notebook
    writes: list[Write] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    control: list[dict[str, Any]] = field(default_factory=list)
    reached: Counter[str] = field(default_factory=Counter)

    @property
    def lab(self) -> Account:
        """The world."""
        return self.scene.lab


class _Watched(Calls):
    """Calls that keep a record of each write of Trimtab's, and let a person strike in its very moment."""

    def __init__(self, trial: Trial, baton: Baton) -> None:
        super().__init__(trial.scene.lab, baton, trial.dice)
        self._trial = trial
        self._strikes = trial.lab.random("strikes")

    def _effect(
        self, principal: str, service: str, operation: str, request: dict[str, Any]
    ) -> dict[str, Any]:
        ours = principal.startswith("trimtab/") and service == "ecs" and operation in WRITES
        if not ours:
            return super()._effect(principal, service, operation, request)
        seen = observe(self.lab, request)
        answer = super()._effect(principal, service, operation, request)
        function = principal.removeprefix("trimtab/")
        self._trial.writes.append(
            Write(self.lab.clock.now, function, operation, request, applying=None, answer=answer, **seen)
        )
        if operation == "RegisterTaskDefinition" and not self._trial.dice.healed:
            for team in self._trial.scene.teams:
                if team.name == request["family"] and self._strikes.random() < STRIKE_SHARE:
                    self._trial.actors.strike(team)
        return answer


def run(seed: int) -> Trial:
    """Live one seed to its end."""
    scene = build(seed)
    lab = scene.lab
    chance = Random(f"{seed}/trial")
    faults = Faults.drawn(chance)
    dice, baton = Dice(faults, lab.random("dice")), Baton(lab.clock, lab.random("baton"))
    actors = Actors(scene, baton, lab.random("actors"))
    notebook = Notebook()
    trial = Trial(seed, scene, faults, dice, actors, None, notebook)  # type: ignore[arg-type]
    calls = _Watched(trial, baton)
    clients.connect(calls)
    clock.use(lab.clock.today)
    trial.lambdas = Lambdas(
        calls, baton, dice, lambda: clients.new_world(lab, scene.key_arn, scene.topic_arn, notebook, CLUSTER)
    )
    lab.bus.listen(trial.lambdas.on_event)
    lab.dynamodb.tables[clients.CHANGES].listen(trial.lambdas.on_record)
    try:
        _arm(calls, scene)
        _schedule(trial, baton)
        actors.book(TROUBLE_SECONDS)
        start = lab.clock.now
        baton.run_until(start + TROUBLE_SECONDS)
        dice.healed = True
        baton.run_until(start + TROUBLE_SECONDS + HEALING_SECONDS)
    finally:
        baton.drop()
        clock.use(None)
    trial.changes = [item for item in changes(lab) if item["item"].startswith("CHANGE#")]
    trial.control = control(lab)
    return trial


def _arm(calls: Calls, scene: Scene) -> None:
    """Store the policy and set the switch to run, as an operator does."""
    calls.principal = "operator"
    steering = DynamoDbControl(
        clients.client("dynamodb"), clients.CONTROL, KmsSeal(clients.client("kms"), "unused")
    )
    steering.put_policy(
        {"standalone": [{"cluster": CLUSTER, "family": "nightly", "attempts": "3", "window": "1h"}]}
    )
    steering.set_switch(Switch(Position.RUN, "simulation", "operator", scene.lab.clock.today()))


def _schedule(trial: Trial, baton: Baton) -> None:
    """Book ticks, inventories and plans; an idle tick is passed over, as a test of the demo allows."""
    lab, lambdas = trial.lab, trial.lambdas
    end = lab.clock.now + TROUBLE_SECONDS + HEALING_SECONDS

    def every(seconds: float, wake: Any) -> None:
        def fire() -> None:
            wake()
            if lab.clock.now + seconds < end:
                lab.clock.after(seconds, fire)

        lab.clock.after(seconds, fire)

    def tick() -> None:
        if _something_due(trial):
            lambdas.tick()

    def look() -> None:
        if not trial.dice.healed:
            lambdas.inventory()

    every(60, tick)
    every(300, look)
    every(1800, lambdas.inventory)
    every(3600, lambdas.hourly)
    for number, at in enumerate((5.0, 7.0, 86400.0)):
        run = "first" if number < 2 else "second"
        lab.clock.after(at, lambda run=run: lambdas.plan(run))  # type: ignore[misc]


def _something_due(trial: Trial) -> bool:
    now = f"{trial.lab.clock.today():%Y-%m-%dT%H:%M:%SZ}"
    return any("open_turn" in item and item["due_at"] <= now for item in changes(trial.lab))
