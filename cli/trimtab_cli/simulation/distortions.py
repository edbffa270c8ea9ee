"""Answers that are not what they should be: late, partial, from the future, or made of broken metrics."""

from copy import deepcopy
from dataclasses import dataclass, field
from math import inf
from random import Random
from typing import Any, Final

from trimtab.model.keys import OPEN_INDEX
from trimtab_cli.simulation.clients import CHANGES
from trimtab_cli.simulation.faults import Dice
from trimtab_cli.simulation.record import Record
from trimtab_cli.simulation.spoiled_metrics import leave_out_the_last_day, spoil

STALE_SECONDS, LONG_STALE_SECONDS, LONG_STALE_SHARE = 5.0, 45.0, 0.3
"""How long ECS may go on showing a service as it was before a write, and in a few seeds for longer."""

RECORD_SECONDS: Final = 80.0
"""How long ECS's record of deployments may go on as if one had not begun."""

SOON_SECONDS: Final = (-200.0, 200.0)
LATE_SECONDS: Final = 600.0
UNKNOWN: Final = "memberOfTomorrow"
CHANGES_A_SERVICE: Final = frozenset({"UpdateService", "TagResource", "DeleteService", "CreateService"})
OF_TOMORROW: Final = "attributeOfTomorrow"
OPTIONAL: Final = ("parent", "monthly_usd")
"""What an item of a Change may lack: another version of the code leaves it out where it is empty."""

LISTS: Final = {"ListTasks": "taskArns", "ListServices": "serviceArns"}


def stale_seconds(seed: int) -> float:
    """Draw for how long ECS may go on showing a service as it was."""
    return LONG_STALE_SECONDS if Random(f"{seed}/stale").random() < LONG_STALE_SHARE else STALE_SECONDS


@dataclass(slots=True)
class Distortions:
    """Distorts what functions are told, and remembers who was told what wrongly."""

    record: Record
    dice: Dice
    chance: Random
    broken_metrics: dict[int, str] = field(default_factory=dict)
    """Invocation to how the metrics that it was told were broken."""
    broken_for: set[tuple[int, str]] = field(default_factory=set)
    """Invocations, each with a service whose metrics were broken: of another it may know enough."""
    unknown_fields: set[tuple[int, str]] = field(default_factory=set)
    """Invocation and family of which it was told a member that the SDK does not know."""
    _unknown_since: dict[str, float] = field(default_factory=dict)
    _plain: set[tuple[int, str]] = field(default_factory=set)
    missing: set[int] = field(default_factory=set)
    stale_seconds: float = STALE_SECONDS
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
        self._before[name] = (lab.clock.now + self.stale_seconds, seen)

    def distort(
        self, invocation: int, operation: str, request: dict[str, Any], answer: dict[str, Any]
    ) -> None:
        """Change an answer in place, where chance says so."""
        if operation == "DescribeServices":
            self._stale(answer)
            self._partial(invocation, answer)
        elif operation in LISTS:
            self._mislist(answer[LISTS[operation]])
            if operation == "ListTasks":
                self._forget_new(answer["taskArns"])
        elif operation == "ListServiceDeployments" and self.dice.throw("late_record"):
            self._forget_deployments(answer["serviceDeployments"])
        elif operation == "Query" and request.get("IndexName") == OPEN_INDEX:
            self._show_old_index(request["ExpressionAttributeValues"], answer)
        elif operation == "DescribeTaskDefinition" and not self.dice.healed:
            self._show_unknown(invocation, answer["taskDefinition"])
        elif operation == "GetMetricData" and self.dice.throw("bad_metrics"):
            self.broken_metrics[invocation] = spoil(answer["MetricDataResults"], self.chance)
            self.broken_for |= {(invocation, name) for name in _services_in(request)}
        elif operation == "GetMetricData" and self.dice.throw("late_metrics"):
            self.broken_metrics[invocation] = leave_out_the_last_day(answer["MetricDataResults"])
            self.broken_for |= {(invocation, name) for name in _services_in(request)}

    def write_as_another_version(self, operation: str, request: dict[str, Any]) -> None:
        """Let a new Change be written as another day's code does: with one attribute more, none empty."""
        if operation not in ("PutItem", "TransactWriteItems"):
            return
        puts = (
            [request] if operation == "PutItem" else [one.get("Put", {}) for one in request["TransactItems"]]
        )
        for put in puts:
            item = put.get("Item", {})
            if put.get("TableName") == CHANGES and "kind" in item and self.dice.throw("other_version"):
                item[OF_TOMORROW] = {"S": "kept"}
                for name in OPTIONAL:
                    if item.get(name) == {"NULL": True}:
                        del item[name]

    def _partial(self, invocation: int, answer: dict[str, Any]) -> None:
        if answer["services"] and self.dice.throw("missing_service"):
            gone = answer["services"].pop()
            answer["failures"].append({"arn": gone["serviceArn"], "reason": "MISSING"})
            self.missing.add(invocation)
        if answer["services"] and self.dice.throw("tags_missing"):
            answer["services"][-1].pop("tags", None)

    def _mislist(self, listed: list[str]) -> None:
        """Lose the second half of a list, as if its page had got lost, or tell the first half twice."""
        if listed and self.dice.throw("page_lost"):
            del listed[len(listed) // 2 :]
        if listed and self.dice.throw("page_twice"):
            listed.extend(listed[: (len(listed) + 1) // 2])

    def _forget_new(self, listed: list[str]) -> None:
        """Leave out tasks that began a while ago: no list is promised to be complete at once."""
        tasks = self.record.lab.ecs.world.clusters[self.record.cluster].tasks
        since = self.record.lab.clock.now - LATE_SECONDS
        new = [arn for arn in listed if arn in tasks and tasks[arn].created_at > since]
        if new and self.dice.throw("late_list"):
            listed[:] = [arn for arn in listed if arn not in new]

    def _forget_deployments(self, rows: list[dict[str, Any]]) -> None:
        """Tell of no deployment that began lately."""
        since = self.record.lab.clock.now - RECORD_SECONDS
        rows[:] = [row for row in rows if row["createdAt"].timestamp() < since]

    def _show_unknown(self, invocation: int, described: dict[str, Any]) -> None:
        """From some moment on, while faults last, all revisions of a family have a member more.

        Not within one invocation: what it read plainly, it goes on reading so.
        """
        family, now = described["family"], self.record.lab.clock.now
        if family not in self._unknown_since:
            on = self.dice.throw("unknown_field")
            self._unknown_since[family] = now + self.chance.uniform(*SOON_SECONDS) if on else inf
        told = (invocation, family)
        if now < self._unknown_since[family] or told in self._plain:
            self._plain.add(told)
            return
        described[UNKNOWN] = {"enabled": True}
        self.unknown_fields.add(told)

    def _show_old_index(self, asked: dict[str, Any], answer: dict[str, Any]) -> None:
        """Show what changed in the last seconds as the index had it before."""
        since = self.record.lab.clock.now - STALE_SECONDS
        for key, old in self.record.ledger.changed_since(since).items():
            if not self.dice.throw("stale_index"):
                continue
            answer["Items"] = [item for item in answer["Items"] if _key_of(item) != key]
            if old.get("open_turn") == asked[":t"] and old["due_at"]["S"] <= asked[":d"]["S"]:
                answer["Items"].append(deepcopy(old))

    def _stale(self, answer: dict[str, Any]) -> None:
        now = self.record.lab.clock.now
        for number, service in enumerate(answer["services"]):
            until, before = self._before.get(service["serviceName"], (0.0, {}))
            if now < until and self.dice.throw("stale_read"):
                answer["services"][number] = deepcopy(before)


def _services_in(request: dict[str, Any]) -> set[str]:
    """Return the names of the services whose metrics are asked for."""
    return {
        dimension["Value"]
        for query in request["MetricDataQueries"]
        for dimension in query.get("MetricStat", {}).get("Metric", {}).get("Dimensions", ())
        if dimension["Name"] == "ServiceName"
    }


def _key_of(item: dict[str, Any]) -> tuple[str, str]:
    return item["workload"]["S"], item["item"]["S"]
