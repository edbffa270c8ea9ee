"""Simulated schedules that run ECS tasks: targets of EventBridge rules, and EventBridge Scheduler."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from trimtab_lab.api_error import ApiError
from trimtab_lab.lab import Answer, Lab, Operation, Request
from trimtab_lab.plain import copy_value, names, only


class Schedules:
    """Holds what the scene's author puts in; it runs nothing itself, the author calls RunTask in its name.

    Attributes:
        rules: Rule name to its targets, as ListTargetsByRule shows them.
        schedules: (group, name) to the target of a schedule, as GetSchedule shows it.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.rules: dict[str, list[dict[str, Any]]] = {}
        self.schedules: dict[tuple[str, str], dict[str, Any]] = {}
        self.of_events: Mapping[str, Operation] = {
            "ListTargetsByRule": self._list_targets_by_rule,
            "ListRuleNamesByTarget": self._list_rule_names_by_target,
        }
        self.operations: Mapping[str, Operation] = {
            "ListSchedules": self._list_schedules,
            "GetSchedule": self._get_schedule,
        }
        lab.serve("scheduler", self)

    def _list_targets_by_rule(self, request: Request) -> Answer:
        only("ListTargetsByRule", request, names("Rule"))
        if request["Rule"] not in self.rules:
            raise ApiError("ResourceNotFoundException", f"Rule {request['Rule']} does not exist.")
        return {"Targets": copy_value(self.rules[request["Rule"]])}

    def _list_rule_names_by_target(self, request: Request) -> Answer:
        only("ListRuleNamesByTarget", request, names("TargetArn"))
        arn = request["TargetArn"]
        return {"RuleNames": [name for name, to in self.rules.items() if any(t["Arn"] == arn for t in to)]}

    def _list_schedules(self, request: Request) -> Answer:
        only("ListSchedules", request, names("GroupName"))
        group = request.get("GroupName")
        return {
            "Schedules": [
                {**self._body(*key), "Target": {"Arn": target["Arn"]}}
                for key, target in self.schedules.items()
                if group in (None, key[0])
            ]
        }

    def _get_schedule(self, request: Request) -> Answer:
        only("GetSchedule", request, names("GroupName Name"))
        key = (request.get("GroupName", "default"), request["Name"])
        if key not in self.schedules:
            raise ApiError("ResourceNotFoundException", f"Schedule {key[1]} does not exist.")
        return {**self._body(*key), "Target": copy_value(self.schedules[key])}

    def _body(self, group: str, name: str) -> dict[str, Any]:
        since = datetime.fromtimestamp(0, UTC)
        arn = self._lab.arn("scheduler", f"schedule/{group}/{name}")
        return {
            "Arn": arn,
            "GroupName": group,
            "Name": name,
            "State": "ENABLED",
            "LastModificationDate": since,
        }
