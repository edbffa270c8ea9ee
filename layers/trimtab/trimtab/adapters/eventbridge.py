"""Amazon EventBridge: what rules and EventBridge Scheduler run on ECS."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from trimtab.messages.launch_request import launch_request_of
from trimtab.model.errors import MessageError
from trimtab.model.launch import ScheduledRun

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

RUN_TASK: Final = "arn:aws:scheduler:::aws-sdk:ecs:runTask"
"""Universal target: the parameters of the call are its input.

Source: EventBridge Scheduler user guide, managing-targets-universal (read 2026-11-22).
"""

GONE: Final = "ResourceNotFoundException"


class EventBridgeSchedules:
    """The port ``Schedules`` on EventBridge; the SDK's types for Scheduler are no dependency of ours."""

    def __init__(self, events: EventBridgeClient, scheduler: Any) -> None:
        self._events, self._scheduler = events, scheduler
        self._known: dict[tuple[str, Any], ScheduledRun | None] = {}

    def of_rule(self, name: str, cluster_arn: str) -> list[ScheduledRun]:
        """Return what a rule of the default bus runs.

        ``startedBy`` has room for fewer letters than the name of a rule: where no rule has the name, those
        that begin with it and run something in the cluster (none: no cluster is known) are looked at.
        """
        targets = self._targets(name)
        if targets is None and cluster_arn:
            pages = self._events.get_paginator("list_rule_names_by_target").paginate(TargetArn=cluster_arn)
            names = [rule for page in pages for rule in page["RuleNames"] if rule.startswith(name)]
            found = [(rule, target) for rule in names for target in self._targets(rule) or ()]
        else:
            found = [(name, target) for target in targets or ()]
        runs = (_run(f"events-rule/{rule}", target) for rule, target in found)
        return [run for run in runs if run is not None]

    def of_scheduler(self, group: str | None = None) -> list[ScheduledRun]:
        """Return what the schedules of a group run, or those of all groups.

        Each is read again only when it has been changed since.
        """
        runs = (self._read(summary) for summary in self._summaries(group))
        return [run for run in runs if run is not None]

    def _targets(self, rule: str) -> list[Any] | None:
        try:
            pages = self._events.get_paginator("list_targets_by_rule").paginate(Rule=rule)
            return [target for page in pages for target in page["Targets"]]
        except ClientError as fault:
            if fault.response["Error"]["Code"] == GONE:
                return None
            raise

    def _summaries(self, group: str | None) -> Iterator[Any]:
        named = {"GroupName": group} if group else {}
        for page in self._scheduler.get_paginator("list_schedules").paginate(**named):
            for summary in page["Schedules"]:
                arn = summary.get("Target", {}).get("Arn", "")
                if ":ecs:" in arn:
                    yield summary

    def _read(self, summary: Mapping[str, Any]) -> ScheduledRun | None:
        key = (summary["Arn"], summary.get("LastModificationDate"))
        if key not in self._known:
            self._known[key] = self._get(summary)
        return self._known[key]

    def _get(self, summary: Mapping[str, Any]) -> ScheduledRun | None:
        try:
            found = self._scheduler.get_schedule(GroupName=summary["GroupName"], Name=summary["Name"])
        except ClientError as fault:
            if fault.response["Error"]["Code"] == GONE:
                return None
            raise
        return _run(found["Arn"], found["Target"])


def _run(schedule: str, target: Mapping[str, Any]) -> ScheduledRun | None:
    """Return what a target runs; None for one that runs no task, or cannot be read."""
    try:
        if target["Arn"] == RUN_TASK:
            said = json.loads(target["Input"])
            return _run_of(schedule, str(said["Cluster"]), str(said["TaskDefinition"]), said)
        if "EcsParameters" in target:
            said = target["EcsParameters"]
            return _run_of(schedule, target["Arn"], said["TaskDefinitionArn"], said)
    except (KeyError, TypeError, ValueError, MessageError):
        pass  # people write a universal target's input by hand
    return None


def _run_of(schedule: str, cluster: str, task_definition: str, said: Mapping[str, Any]) -> ScheduledRun:
    return ScheduledRun(schedule, cluster, task_definition, launch_request_of(said, schedule))
