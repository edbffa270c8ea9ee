"""The worst moments: who comes just when Trimtab writes, or just when a Change takes a step.

People deploy just before an update of ours takes effect, just after it, or just after a registration, and
register a release of their own while "latest" is about to be put right; they delete a service when something
urgent is to happen to it; while a Change waits a task is killed, or somebody does by hand what it is to do; a
service is scaled out just when a size of it is taken, and gets a release that crashes when it has it; and an
operator stops Trimtab when a way back is due.
"""

from functools import partial
from random import Random
from typing import Any, Final, NamedTuple, Self

from trimtab.adapters.dynamodb_items import from_dynamodb
from trimtab.model.change import SIZE_KINDS
from trimtab.workflows.record_tag import MARKS
from trimtab_cli.simulation.actors import Actors, Deed
from trimtab_cli.simulation.calls import Calls
from trimtab_cli.simulation.clients import CHANGES
from trimtab_cli.simulation.faults import Dice
from trimtab_cli.simulation.operators import Operators
from trimtab_cli.simulation.record import Call
from trimtab_cli.simulation.scene import Scene
from trimtab_cli.simulation.team import Team
from trimtab_lab.api_error import ApiError

STRIKES_MAX, STRIKES_OF_THE_STUBBORN = 2, 6
"""A person who deploys in the second of our update, and again in the second of its repair: not for ever."""

STUBBORN_SHARE: Final = 0.15
"""Of the seeds, in how many people go on for longer than a repair may be repaired."""

URGENT: Final = ("raise_memory", "rollback", "shift")
WAYS: Final = ("rollback", "shift", "return")
"""Kinds that put in force what has been there before: a person can do the same."""

STRUCK_SECONDS: Final = (0.0, 0.3)
OVERTAKEN_SECONDS: Final = (0.0, 0.5)
JUST_THEN_SECONDS: Final = (0.0, 1.0)
KILL_SOON_SECONDS: Final = (0.0, 50.0)
BY_HAND_SECONDS: Final = (1.0, 50.0)
CREEP_SOON_SECONDS: Final = (60.0, 3600.0)
CRASHED_OVER_SECONDS: Final = (1.0, 240.0)
FIRES_SHARE, FIRES_SECONDS = 0.5, (20.0, 900.0)
"""From when until when, after the fix of what crashed over a size, an alarm fires."""


class Step(NamedTuple):
    """A step of a Change, as the table's stream tells it; before its first step a Change has no state."""

    change: dict[str, Any]
    kind: str | None
    before: str | None
    after: str | None

    @classmethod
    def of(cls, record: dict[str, Any]) -> Self:
        """Read a record of the stream."""
        new, old = (record["dynamodb"].get(image, {}) for image in ("NewImage", "OldImage"))
        kind, before, after = new.get("kind", {}), old.get("state", {}), new.get("state", {})
        return cls(new, kind.get("S"), before.get("S"), after.get("S"))

    def begins(self, *kinds: str) -> bool:
        """Tell whether a Change of one of these kinds has just been recorded."""
        return self.kind in kinds and self.before is None

    def goes(self, before: str, after: str, *kinds: str) -> bool:
        """Tell whether a Change of one of these kinds went from one state to the other."""
        return self.kind in kinds and (self.before, self.after) == (before, after)

    def is_put_off(self, *kinds: str) -> bool:
        """Tell whether a Change of one of these kinds has to wait after all."""
        return self.goes("applying", "planned", *kinds)

    def is_to_copy(self) -> bool:
        """Tell whether "latest" is about to be put right."""
        return self.begins("tag") and self.change["rule"] != {"S": MARKS}


class WorstMoments:
    """Hears of our writes and of each step of a Change; the dice say who comes just then."""

    def __init__(
        self, scene: Scene, actors: Actors, operators: Operators, dice: Dice, chance: Random
    ) -> None:
        self._scene, self._actors, self._operators = scene, actors, operators
        self._people, self._weather = actors.people, actors.weather
        self._dice, self._chance = dice, chance
        stubborn = scene.lab.random("stubborn").random() < STUBBORN_SHARE
        self._strikes_max = STRIKES_OF_THE_STUBBORN if stubborn else STRIKES_MAX

    def listen(self, calls: Calls) -> None:
        """Hear from now on."""
        calls.before_write, calls.after_write = self._before_write, self._after_write
        self._scene.lab.dynamodb.tables[CHANGES].listen(lambda record: self._on_step(Step.of(record)))

    def _before_write(self, call: Call) -> None:
        team = self._team_of(call)
        if call.operation != "UpdateService" or team is None or team.strikes >= self._strikes_max:
            return
        if self._dice.throw("struck"):
            self._strike(team)

    def _after_write(self, call: Call) -> None:
        team, throw = self._team_of(call), self._dice.throw
        if call.operation == "RegisterTaskDefinition" and team and throw("struck"):
            self._soon(team, STRUCK_SECONDS, "human strikes after a registration", self._people.deploy)
        if call.operation == "RegisterTaskDefinition" and team and throw("size_crashes"):
            team.fragile = True
        if call.operation == "UpdateService" and team and throw("overtaken"):
            # Before anybody can look at what our update replaced.
            self._soon(team, OVERTAKEN_SECONDS, "human overtakes our update", self._people.deploy)

    def _on_step(self, step: Step) -> None:
        throw, soon, people, weather = self._dice.throw, self._soon, self._people, self._weather
        if step.is_to_copy() and throw("released_ahead"):
            soon(self._team(step), JUST_THEN_SECONDS, "pipeline runs ahead", people.release_ahead)
        if step.goes("planned", "applying", "resize", "return") and throw("scaled_out"):
            self._scale_out(self._team(step))
        if step.is_put_off("rollback", "resize") and throw("struck"):
            name = "memory kill while a Change waits"
            soon(self._team(step), KILL_SOON_SECONDS, name, weather.kill_for_memory)
        if step.begins(*URGENT) and throw("deleted_just_then"):
            self._recreate_once(self._team(step))
        if step.goes("deploying", "watching", "resize") and throw("memory_creeps"):
            soon(self._team(step), CREEP_SOON_SECONDS, "memory creeps up", weather.creep)
        begun, watched = ("applying", "deploying"), ("deploying", "watching")
        if any(step.goes(*one, *SIZE_KINDS) for one in (begun, watched)) and throw("crashed_over"):
            name = "human deploys what crashes over a size"
            soon(self._team(step), CRASHED_OVER_SECONDS, name, self._crash_over)
        if step.begins("rollback") and throw("stopped_just_then"):
            self._operators.stop_for_a_while()
        if step.is_put_off(*WAYS) and throw("done_by_hand"):
            self._do_by_hand(self._team(step), from_dynamodb(step.change)["target"])

    def _soon(self, team: Team, seconds: tuple[float, float], name: str, deed: Deed) -> None:
        self._actors.at(self._chance.uniform(*seconds), name, deed, team)

    def _strike(self, team: Team) -> None:
        """A person deploys in the very moment in which Trimtab writes: the worst there is."""
        team.strikes += 1
        try:
            self._people.deploy_at_once(team)
            self._actors.did["human strikes just before our update"] += 1
        except ApiError as fault:
            self._actors.did[f"human strikes: {fault.code}"] += 1

    def _scale_out(self, team: Team) -> None:
        if self._weather.scale_out(team):
            self._actors.did["scaled out just then"] += 1

    def _recreate_once(self, team: Team) -> None:
        if not team.recreated:
            self._soon(team, JUST_THEN_SECONDS, "service deleted just then", self._people.recreate)

    def _do_by_hand(self, team: Team, target: dict[str, Any]) -> None:
        """Somebody does what a Change of ours, which has just been put off, is to do."""

        def act(team: Team) -> None:
            if revision := target["task_definition"]:
                self._people.put_in_force("human", team, revision)
            else:
                self._people.move(team, [
                    {"capacityProvider": one["provider"], "weight": one["weight"], "base": one["base"]}
                    for one in target["strategy"]
                ])  # fmt: skip

        self._soon(team, BY_HAND_SECONDS, "human does it by hand", act)

    def _crash_over(self, team: Team) -> None:
        """A release that crashes; while the fix is rolled out, its alarm may fire for another reason."""
        self._people.deploy_broken(team)
        if team.alarm and self._chance.random() < FIRES_SHARE:
            begin, end = FIRES_SECONDS
            self._actors.at(begin, "alarm fires", partial(self._weather.set_alarm, "ALARM"), team)
            self._actors.at(end, "alarm is over", partial(self._weather.set_alarm, "OK"), team)

    def _team_of(self, call: Call) -> Team | None:
        name = str(call.request.get("service", "")).rpartition("/")[2] or call.request.get("family")
        return next((team for team in self._scene.teams if team.name == name), None)

    def _team(self, step: Step) -> Team:
        return next(team for team in self._scene.teams if team.name == step.change["name"]["S"])
