"""The operator of Trimtab and what befalls the tables: switch, policy, items of another schema."""

from collections import Counter
from random import Random
from typing import Any, Final

from trimtab import wiring
from trimtab.model.change import Change, State, Turn, plan_hash
from trimtab.model.decision import Refuse
from trimtab.model.errors import ConflictError
from trimtab.model.switch import Position, Switch
from trimtab.workflows import by_hand
from trimtab_cli.simulation import clients
from trimtab_cli.simulation.baton import Baton
from trimtab_cli.simulation.faults import Dice
from trimtab_cli.simulation.jobs import STORM, STORM_LIMITS, Job
from trimtab_cli.simulation.ledger import stamp
from trimtab_cli.simulation.scene import CLUSTER, Scene

OF_A_SERVICE: Final = {"cluster": CLUSTER, "family": "web-*"}
"""A family that services use, declared by mistake, or because jobs run it too."""

STRICT: Final = ("failures_that_pause", "reversals_that_quarantine", "resets_that_stop", "canary_changes")
"""Limits that three small services never reach, unless one is enough."""

DECLARED_SHARE, STRICT_SHARE, WINDOW_SHARE, FREEZE_SHARE = 0.3, 0.3, 0.1, 0.1
BOUNDED_SHARE, TIGHTENED_SHARE, WARY_SHARE = 0.2, 0.15, 0.08
AS_IT_IS: Final = {"cpu_units": "2048", "memory_mib": "8192"}
"""The size that each service has at first: as a bound, nothing above it, or nothing below it."""

TIGHTENED_SECONDS: Final = (60.0, 420.0)
WINDOW: Final = {"from": "22:00", "to": "03:00", "timezone": "UTC"}
FREEZE_SECONDS: Final = 3600.0
POISON: Final = "CHANGE#poison"
STOPPED_SECONDS: Final = (60.0, 900.0)
LOOK_SECONDS: Final = 600.0
APPROVE_SHARE, OUTDATED_SHARE, UNDO_SHARE, NOBODY_LOOKS_SHARE = 0.5, 0.2, 0.04, 0.5


class Operators:
    """Arms the installation, and books what goes wrong with its steering."""

    def __init__(self, scene: Scene, baton: Baton, dice: Dice, chance: Random) -> None:
        self._scene, self._baton, self._dice, self._chance = scene, baton, dice, chance
        self.did: Counter[str] = Counter()
        self._job = (scene.job or Job("ordinary", CLUSTER)).policy()
        self.policy: dict[str, Any] = {"standalone": [self._job]}
        if scene.job is not None and scene.job.kind == STORM:
            self.policy["limits"] = dict(STORM_LIMITS)
        self._version = 1
        if dice.faults.any:
            self._draw_policy()

    def _draw_policy(self) -> None:
        """Draw what this seed's policy says beyond the least."""
        chance, now = self._chance, self._scene.lab.clock.now
        if chance.random() < DECLARED_SHARE:
            self.policy["standalone"] = [self._job, OF_A_SERVICE]
        limits = {name: "1" for name in STRICT if chance.random() < STRICT_SHARE}
        limits |= {"mass_anomaly_services_min": "2"} if chance.random() < WARY_SHARE else {}
        limits |= {"failures_that_pause": "1"} if self._dice.faults.size_crashes else {}
        if limits:
            self.policy["limits"] = self.policy.get("limits", {}) | limits
        rule: dict[str, Any] = {"windows": [WINDOW]} if chance.random() < WINDOW_SHARE else {}
        rule |= {"largest": AS_IT_IS} if chance.random() < BOUNDED_SHARE else {}
        if rule:
            self.policy["services"] = [rule]
        if chance.random() < FREEZE_SHARE:
            until = stamp(now + FREEZE_SECONDS)
            self.policy["freezes"] = [{"from": stamp(now - 60), "until": until, "reason": "a holiday"}]

    def arm(self) -> None:
        """Store the policy and set the switch to run, as an operator does."""
        clients.steering().put_policy(self.policy)
        self.set_switch(Position.RUN)

    def _tighten(self) -> None:
        """Store a policy under which nothing gets smaller than it was, perhaps while a size is on its way."""
        rules = [{**rule, "smallest": AS_IT_IS} for rule in self.policy.get("services", [{}])]
        self._version = clients.steering().put_policy({**self.policy, "services": rules})
        self.did["operator tightens the policy"] += 1

    def set_switch(self, position: Position) -> None:
        """Set the switch."""
        now = self._scene.lab.clock.today()
        clients.steering().set_switch(Switch(position, "simulation", "operator", now))

    def book(self, seconds: float) -> None:
        """Draw what goes wrong, and when."""
        if self._dice.on("switch_flips"):
            for _ in range(3):
                position = self._chance.choice((Position.STOP, Position.ROLLBACK_ONLY))
                self._while(seconds, lambda p=position: self.set_switch(p), self._run)
        if self._dice.on("switch_malformed"):
            self._while(seconds, self._spoil_switch, self._run)
        if self._dice.on("policy_malformed"):
            self._while(seconds, self._spoil_policy, self._restore_policy)
        if self._chance.random() < TIGHTENED_SHARE:
            self._baton.spawn_in(self._chance.uniform(*TIGHTENED_SECONDS), self._tighten)
        if self._dice.on("item_poisoned"):
            self._baton.spawn_in(self._chance.uniform(0, 60), self._poison)

    def attend(self, seconds: float) -> None:
        """Let a person look at what waits, every ten minutes for a while."""
        if self._chance.random() < NOBODY_LOOKS_SHARE:
            return
        for number in range(1, int(seconds // LOOK_SECONDS)):
            self._baton.spawn_in(number * LOOK_SECONDS, self._decide)

    def _decide(self) -> None:
        """Approve what waits for a person, or undo what was done, as `trimtab approve` and `undo` do."""
        with_tables = wiring.operator(clients.CONTROL, clients.CHANGES)
        for team in self._scene.teams:
            arn = self._scene.lab.arn("ecs", f"service/{CLUSTER}/{team.name}")
            for change in with_tables.changes.of(arn):
                try:
                    self._decide_on(change, with_tables)
                except ConflictError:
                    self.did["operator meets another"] += 1

    def _decide_on(self, change: Change, tables: wiring.Operator) -> None:
        if change.state is State.PROPOSED and change.turn is Turn.PERSON:
            self._approve(change, tables)
        elif change.state in (State.WATCHING, State.SUCCEEDED) and self._chance.random() < UNDO_SHARE:
            self._undo(change, tables)

    def _approve(self, change: Change, tables: wiring.Operator) -> None:
        if self._chance.random() > APPROVE_SHARE:
            return
        outdated = self._chance.random() < OUTDATED_SHARE
        plan = "0" * 12 if outdated else plan_hash(change)
        answer = by_hand.approve(change, plan, "operator", tables.changes, tables.clock.now())
        refused = "refused" if isinstance(answer, Refuse) else "taken"
        self.did[f"operator approves {'an outdated plan' if outdated else 'a plan'}: {refused}"] += 1

    def _undo(self, change: Change, tables: wiring.Operator) -> None:
        service = tables.services.describe(change.workload)
        answer = by_hand.undo(change, service, "operator", tables.changes, tables.clock.now())
        self.did[f"operator undoes: {'refused' if isinstance(answer, Refuse) else 'taken'}"] += 1

    def heal(self) -> None:
        """Leave switch and policy as an operator would; an item of another schema stays."""
        self._baton.spawn(self._run)
        self._baton.spawn(self._restore_policy)

    def _while(self, seconds: float, begin: Any, end: Any) -> None:
        at = self._chance.choice((self._chance.uniform(0, seconds), self._chance.uniform(60, 240)))
        self._baton.spawn_in(at, begin)
        self._baton.spawn_in(at + self._chance.uniform(30, 2400), end)

    def _run(self) -> None:
        self.set_switch(Position.RUN)

    def stop_for_a_while(self) -> None:
        """Stop Trimtab in this moment: an operator sees it write and wants to look first."""
        self._baton.spawn(lambda: self.set_switch(Position.STOP))
        self._baton.spawn_in(self._chance.uniform(*STOPPED_SECONDS), self._run)
        self.did["operator stops Trimtab when a way back is due"] += 1

    def _spoil_switch(self) -> None:
        self._put(
            clients.CONTROL, {"key": {"S": "switch"}, "part": {"S": "-"}, "position": {"S": "sideways"}}
        )

    def _spoil_policy(self) -> None:
        stored = self._policy()
        self._put(clients.CONTROL, {**stored, "document": {"S": '{"standalone": [{"famly": "*"}'}})

    def _restore_policy(self) -> None:
        newest = self._scene.lab.dynamodb.tables[clients.CONTROL].get(("policy", f"{self._version:06d}"))
        self._put(clients.CONTROL, {**(newest or {}), "part": {"S": "current"}})

    def _policy(self) -> dict[str, Any]:
        return dict(self._scene.lab.dynamodb.tables[clients.CONTROL].get(("policy", "current")) or {})

    def _poison(self) -> None:
        """Put an item of another schema among the Changes, due at once for ever."""
        arn = self._scene.lab.arn("ecs", f"service/{CLUSTER}/{self._scene.teams[0].name}")
        due_at = stamp(self._scene.lab.clock.now - 60)
        turn = self._chance.choice(("settle", "apply"))
        texts = {"workload": arn, "item": POISON, "turn": turn, "open_turn": turn, "due_at": due_at,
                 "state": "pondering", "kind": "teleport", "id": "poison", "schema": "99"}  # fmt: skip
        self._put(clients.CHANGES, {key: {"S": text} for key, text in texts.items()})

    def _put(self, table: str, item: dict[str, Any]) -> None:
        through = self._scene.through
        if through is not None:
            through("operator", "dynamodb", "PutItem", {"TableName": table, "Item": item})
