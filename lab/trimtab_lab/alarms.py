"""CloudWatch alarms: stored and set by whoever plays; the laboratory does not evaluate them."""

from collections.abc import Mapping
from typing import Any

from trimtab_lab.api_error import ApiError, NotModelled
from trimtab_lab.lab import Answer, Lab, Operation, Request
from trimtab_lab.plain import copy_value, names, only

RECORDS_MAX = 100  # API reference, DescribeAlarms (read 2026-11-22)
_DESCRIBE = names("AlarmNames AlarmNamePrefix AlarmTypes StateValue MaxRecords NextToken")
STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")


class Alarms:
    """Metric alarms by name."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._alarms: dict[str, dict[str, Any]] = {}
        self.operations: Mapping[str, Operation] = {
            "DeleteAlarms": self._delete_alarms,
            "DescribeAlarms": self._describe_alarms,
            "PutMetricAlarm": self._put_metric_alarm,
            "SetAlarmState": self._set_alarm_state,
        }

    def set_state(self, name: str, state: str, reason: str = "set by hand") -> None:
        """Let an alarm, made on the spot if need be, be in ``state``, and tell the event bus."""
        if name not in self._alarms:
            self._put_metric_alarm({"AlarmName": name})
        self._set_alarm_state({"AlarmName": name, "StateValue": state, "StateReason": reason})

    def _put_metric_alarm(self, request: Request) -> Answer:
        now = self._lab.clock.today()
        before = self._alarms.get(request["AlarmName"], {})
        self._alarms[request["AlarmName"]] = {
            "ActionsEnabled": True,
            "AlarmArn": self._lab.arn("cloudwatch", f"alarm:{request['AlarmName']}"),
            "AlarmConfigurationUpdatedTimestamp": now,
            "StateValue": before.get("StateValue", "INSUFFICIENT_DATA"),
            "StateReason": before.get("StateReason", "Unchecked: Initial alarm creation"),
            "StateUpdatedTimestamp": before.get("StateUpdatedTimestamp", now),
            "StateTransitionedTimestamp": before.get("StateTransitionedTimestamp", now),
            **{key: value for key, value in request.items() if key != "Tags"},
        }
        return {}

    def _set_alarm_state(self, request: Request) -> Answer:
        alarm = self._alarms.get(request["AlarmName"])
        if alarm is None:
            raise ApiError("ResourceNotFound", f"Alarm {request['AlarmName']} does not exist", 404)
        if request["StateValue"] not in STATES:
            raise ApiError("ValidationException", f"'{request['StateValue']}' is not a valid StateValue")
        before = alarm["StateValue"]
        alarm["StateValue"], alarm["StateReason"] = request["StateValue"], request["StateReason"]
        alarm["StateUpdatedTimestamp"] = self._lab.clock.today()
        if before != alarm["StateValue"]:
            alarm["StateTransitionedTimestamp"] = alarm["StateUpdatedTimestamp"]
            self._tell(alarm, before)
        return {}

    def _tell(self, alarm: dict[str, Any], before: str) -> None:
        at = self._lab.clock.today().strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        detail = {
            "alarmName": alarm["AlarmName"],
            "state": {"value": alarm["StateValue"], "reason": alarm["StateReason"], "timestamp": at},
            "previousState": {"value": before},
            "configuration": {},
        }
        self._lab.bus.put("aws.cloudwatch", "CloudWatch Alarm State Change", [alarm["AlarmArn"]], detail)

    def _describe_alarms(self, request: Request) -> Answer:
        only("DescribeAlarms", request, _DESCRIBE)
        if "MetricAlarm" not in request.get("AlarmTypes", ["MetricAlarm"]):
            raise NotModelled("the laboratory simulates metric alarms alone")
        found = [
            alarm
            for name, alarm in sorted(self._alarms.items())
            if name in request.get("AlarmNames", [name])
            and name.startswith(request.get("AlarmNamePrefix", ""))
            and alarm["StateValue"] == request.get("StateValue", alarm["StateValue"])
        ]
        start = int(request.get("NextToken", 0))
        end = start + min(request.get("MaxRecords", 50), RECORDS_MAX)
        answer: Answer = {"MetricAlarms": copy_value(found[start:end]), "CompositeAlarms": []}
        if end < len(found):
            answer["NextToken"] = str(end)
        return answer

    def _delete_alarms(self, request: Request) -> Answer:
        missing = [name for name in request["AlarmNames"] if name not in self._alarms]
        if missing:
            raise ApiError("ResourceNotFound", f"Alarms not found: {missing}", 404)
        for name in request["AlarmNames"]:
            del self._alarms[name]
        return {}
