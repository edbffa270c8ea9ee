"""CloudWatch alarms: those of a metric are judged as it goes, the others are set by whoever plays."""

from collections.abc import Callable, Mapping
from typing import Any

from trimtab_lab.api_error import ApiError, NotModelled
from trimtab_lab.lab import Answer, Lab, Operation, Request
from trimtab_lab.metric_alarm import check_alarm, state_of, why
from trimtab_lab.metrics import Metrics
from trimtab_lab.plain import copy_value, names, only

RECORDS_MAX = 100  # API reference, DescribeAlarms (read 2026-11-22)
_DESCRIBE = names("AlarmNames AlarmNamePrefix AlarmTypes StateValue MaxRecords NextToken")
STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
LATE_SECONDS = 30.0  # a metric's points come some time after their period
BY_HAND_SECONDS = 300.0  # how long one without a metric is taken to look back

Listener = Callable[[str, str], None]


class Alarms:
    """Metric alarms by name."""

    def __init__(self, lab: Lab, metrics: Metrics) -> None:
        self._lab, self._metrics = lab, metrics
        self._alarms: dict[str, dict[str, Any]] = {}
        self._listeners: list[Listener] = []
        self.history: list[tuple[float, str, str]] = []
        """Every transition: when, which alarm, into which state."""
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

    def listen(self, listener: Listener) -> None:
        """Tell ``listener`` of each transition: the alarm's name and its new state."""
        self._listeners.append(listener)

    def state(self, name: str) -> str:
        """Return an alarm's state, empty when there is none of that name."""
        return str(self._alarms.get(name, {}).get("StateValue", ""))

    def looks_back_seconds(self, name: str) -> float:
        """Return how long a stretch an alarm is judged by."""
        alarm = self._alarms.get(name, {})
        return float(alarm.get("Period", BY_HAND_SECONDS) * alarm.get("EvaluationPeriods", 1))

    def _put_metric_alarm(self, request: Request) -> Answer:
        check_alarm(request)
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
        if "MetricName" in request:
            self._book(self._alarms[request["AlarmName"]])
        return {}

    def _book(self, alarm: dict[str, Any]) -> None:
        """Judge an alarm soon after the next of its periods, and again, until it is put anew or deleted."""
        period = alarm["Period"]

        def judge() -> None:
            if self._alarms.get(alarm["AlarmName"]) is not alarm:
                return
            state = state_of(alarm, self._metrics, self._lab.clock.now)
            if state != alarm["StateValue"]:
                self.set_state(alarm["AlarmName"], state, why(alarm, state))
            self._book(alarm)

        self._lab.clock.at((self._lab.clock.now // period + 1) * period + LATE_SECONDS, judge)

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
            self.history.append((self._lab.clock.now, alarm["AlarmName"], alarm["StateValue"]))
            for listener in self._listeners:
                listener(alarm["AlarmName"], alarm["StateValue"])
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
