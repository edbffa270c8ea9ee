"""What a metric alarm says of its metric: its last periods against its threshold.

Source: CloudWatch User Guide, "evaluating an alarm" (read 2026-11-22).
"""

import operator
from typing import Any

from trimtab_lab.api_error import NotModelled
from trimtab_lab.metrics import Metrics, check_statistic, dimensions_of, points

_COMPARE = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def check_alarm(request: dict[str, Any]) -> None:
    """Let an alarm through that is judged here; one without a metric is set by hand.

    Raises:
        NotModelled: Metric math, anomaly bands, percentiles, gaps that keep the state.
    """
    if "Metrics" in request or request.get("TreatMissingData") == "ignore":
        raise NotModelled("alarms on metric math, and alarms that keep their state in a gap")
    if "MetricName" in request:
        check_statistic(request.get("Statistic", ""))
        if request["ComparisonOperator"] not in _COMPARE:
            raise NotModelled(f"alarms that compare by {request['ComparisonOperator']}")


def state_of(alarm: dict[str, Any], metrics: Metrics, now: float) -> str:
    """Return the state that the whole periods until ``now`` (epoch seconds) call for."""
    period, count = alarm["Period"], alarm["EvaluationPeriods"]
    end = now // period * period
    series = metrics.find((alarm["Namespace"], alarm["MetricName"], dimensions_of(alarm)))
    span = (end - count * period, end)
    values = [value for _, value in points(series, alarm["Statistic"], span, period, now)] if series else []
    gaps = alarm.get("TreatMissingData", "missing")
    if not values and gaps == "missing":
        return "INSUFFICIENT_DATA"
    compare = _COMPARE[alarm["ComparisonOperator"]]
    breaching = sum(compare(value, alarm["Threshold"]) for value in values)
    breaching += (count - len(values)) * (gaps == "breaching")
    return "ALARM" if breaching >= alarm.get("DatapointsToAlarm", count) else "OK"


def why(alarm: dict[str, Any], state: str) -> str:
    """Return the reason of a transition, for people."""
    return f"{alarm['Statistic']} of {alarm['MetricName']} against {alarm['Threshold']}: {state}"
