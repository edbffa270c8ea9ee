"""Answers that are not what they should be: late, partial, from the future, or made of broken metrics."""

from copy import deepcopy
from dataclasses import dataclass, field
from math import nan
from random import Random
from typing import Any, Final

from trimtab_cli.simulation.faults import Dice
from trimtab_cli.simulation.record import Record

STALE_SECONDS: Final = 5.0
"""How long ECS may go on showing a service as it was before a write."""

UNKNOWN: Final = "memberOfTomorrow"
CHANGES_A_SERVICE: Final = frozenset({"UpdateService", "TagResource", "DeleteService", "CreateService"})
BROKEN_METRICS: Final = ("gaps", "nan", "zeros", "absurd", "negative")


@dataclass(slots=True)
class Distortions:
    """Distorts what functions are told, and remembers who was told what wrongly."""

    record: Record
    dice: Dice
    chance: Random
    broken_metrics: dict[int, str] = field(default_factory=dict)
    """Invocation to how the metrics that it was told were broken."""
    unknown_fields: set[tuple[int, str]] = field(default_factory=set)
    """Invocation and revision that it was told with a member that the SDK does not know."""
    missing: set[int] = field(default_factory=set)
    _plain: set[tuple[int, str]] = field(default_factory=set)
    _before: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict)

    def remember(self, operation: str, request: dict[str, Any]) -> None:
        """Keep how a service looks before somebody changes it."""
        if operation not in CHANGES_A_SERVICE or not self.dice.faults.stale_read or self.dice.healed:
            return
        where = request.get("service") or request.get("serviceName") or request.get("resourceArn", "")
        name = str(where).rpartition("/")[2]
        lab = self.record.lab
        if self.record.standing(name) is None:
            return
        asked = {"cluster": self.record.cluster, "services": [name], "include": ["TAGS"]}
        with lab.ecs.rate_limits.off():
            keep, lab.keep_calls = lab.keep_calls, False
            seen = lab.call("ecs", "DescribeServices", asked)["services"][0]
            lab.keep_calls = keep
        self._before[name] = (lab.clock.now + STALE_SECONDS, seen)

    def distort(self, invocation: int, operation: str, answer: dict[str, Any]) -> None:
        """Change an answer in place, where chance says so."""
        if operation == "DescribeServices":
            self._stale(answer)
            if answer["services"] and self.dice.throw("missing_service"):
                gone = answer["services"].pop()
                answer["failures"].append({"arn": gone["serviceArn"], "reason": "MISSING"})
                self.missing.add(invocation)
        elif operation == "DescribeTaskDefinition":
            self._add_unknown(invocation, answer["taskDefinition"])
        elif operation == "GetMetricData" and self.dice.throw("bad_metrics"):
            self._break_metrics(invocation, answer)

    def _add_unknown(self, invocation: int, definition: dict[str, Any]) -> None:
        """Let a revision have a member more; what an invocation has read without it keeps to that."""
        read = (invocation, definition["taskDefinitionArn"])
        if read not in self._plain and self.dice.throw("unknown_field"):
            definition[UNKNOWN] = {"enabled": True}
            self.unknown_fields.add(read)
        elif read not in self.unknown_fields:
            self._plain.add(read)

    def _stale(self, answer: dict[str, Any]) -> None:
        now = self.record.lab.clock.now
        for number, service in enumerate(answer["services"]):
            until, before = self._before.get(service["serviceName"], (0.0, {}))
            if now < until and self.dice.throw("stale_read"):
                answer["services"][number] = deepcopy(before)

    def _break_metrics(self, invocation: int, answer: dict[str, Any]) -> None:
        how = self.chance.choice(BROKEN_METRICS)
        self.broken_metrics[invocation] = how
        for result in answer["MetricDataResults"]:
            values, times = result["Values"], result["Timestamps"]
            if how == "gaps":
                kept = [n for n in range(len(values)) if self.chance.random() < 0.5]
                result["Values"], result["Timestamps"] = [values[n] for n in kept], [times[n] for n in kept]
            elif how == "zeros":
                result["Values"] = [0.0 for _ in values]
            elif values:
                wrong = {"nan": nan, "absurd": 1e9, "negative": -5.0}[how]
                values[self.chance.randrange(len(values))] = wrong
