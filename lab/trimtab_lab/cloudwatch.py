"""Simulated CloudWatch: metric data with its limits, pages and retention; alarms."""

import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from trimtab_lab.alarms import Alarms
from trimtab_lab.api_error import NotModelled
from trimtab_lab.lab import Answer, Lab, Operation, Request
from trimtab_lab.metrics import (
    DAY,
    MetricKey,
    Metrics,
    Point,
    check_period,
    check_statistic,
    dimensions_of,
    epoch,
    instant,
    invalid,
    points,
)
from trimtab_lab.plain import names, only
from trimtab_lab.series import Summary
from trimtab_lab.usage import Usage

# API reference, GetMetricData, GetMetricStatistics, PutMetricData, ListMetrics (read 2026-11-22)
QUERIES_MAX = 500
DATAPOINTS_MAX = 100_800
STATISTICS_POINTS_MAX = 1_440
DATUMS_MAX = 1_000
LIST_PAGE = 500
OLDEST_PUT_SECONDS = 14 * DAY
NEWEST_PUT_SECONDS = 2 * 3600
_GET_DATA = names("MetricDataQueries StartTime EndTime NextToken ScanBy MaxDatapoints LabelOptions")
_QUERY = names("Id MetricStat Label ReturnData Period")
_GET_STATISTICS = names(
    "Namespace MetricName Dimensions StartTime EndTime Period Statistics ExtendedStatistics Unit"
)
_DATUM = names("MetricName Dimensions Timestamp Value StatisticValues Values Counts Unit StorageResolution")
_IDENTITY = re.compile(r"[a-z][A-Za-z0-9_]*\Z")


class _Query(NamedTuple):
    """One metric that GetMetricData asks for."""

    identity: str
    label: str
    key: MetricKey
    period: int
    statistic: str
    unit: str | None


class CloudWatch:
    """The metrics and alarms of the account. Metric math and SEARCH are not simulated."""

    def __init__(self, lab: Lab, usage: Usage | None) -> None:
        self._lab, self.metrics = lab, Metrics(usage)
        self.alarms = Alarms(lab, self.metrics)
        self.operations: Mapping[str, Operation] = {
            "GetMetricData": self._get_metric_data,
            "GetMetricStatistics": self._get_metric_statistics,
            "ListMetrics": self._list_metrics,
            "PutMetricData": self._put_metric_data,
            **self.alarms.operations,
        }
        lab.serve("cloudwatch", self)

    def _get_metric_data(self, request: Request) -> Answer:
        only("GetMetricData", request, _GET_DATA)
        queries = _queries(request["MetricDataQueries"])
        span = _span(request)
        room = min(request.get("MaxDatapoints", DATAPOINTS_MAX), DATAPOINTS_MAX)
        newest_first = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        first, skip = _read_token(request.get("NextToken"), len(queries))
        results = []
        token = None
        for number, query in enumerate(queries[first:], first):
            found = self._points(query, span)
            found = (found[::-1] if newest_first else found)[skip:]
            skip_next = room < len(found)
            results.append(_result(query, found[:room], complete=not skip_next))
            if skip_next:
                token = f"{number}:{skip + room}"
                break
            room, skip = room - len(found), 0
        answer: Answer = {"MetricDataResults": results, "Messages": []}
        if token is not None:
            answer["NextToken"] = token
        return answer

    def _points(self, query: _Query, span: tuple[float, float]) -> list[Point]:
        series = self.metrics.find(query.key)
        if series is None or query.unit not in (None, series.unit):
            return []
        return points(series, query.statistic, span, query.period, self._lab.clock.now)

    def _get_metric_statistics(self, request: Request) -> Answer:
        only("GetMetricStatistics", request, _GET_STATISTICS)
        span, period = _span(request), request["Period"]
        check_period(period)
        plain, extended = request.get("Statistics", []), request.get("ExtendedStatistics", [])
        if bool(plain) == bool(extended):
            raise invalid(
                "InvalidParameterCombinationException" if plain else "MissingRequiredParameterException",
                "Exactly one of the parameters Statistics and ExtendedStatistics must be specified.",
            )
        asked = int(-(-(span[1] - span[0]) // period))
        if asked > STATISTICS_POINTS_MAX:
            raise invalid(
                "InvalidParameterCombinationException",
                f"You have requested up to {asked} datapoints, which exceeds the limit of "
                f"{STATISTICS_POINTS_MAX}. You may reduce the datapoints requested by increasing Period, or "
                "decreasing the time range.",
            )
        key = (request["Namespace"], request["MetricName"], dimensions_of(request))
        by_time: dict[int, dict[str, Any]] = {}
        series = self.metrics.find(key)
        for statistic in (*plain, *extended):
            check_statistic(statistic)
            query = _Query("", "", key, period, statistic, request.get("Unit"))
            for at, value in self._points(query, span):
                point = by_time.setdefault(
                    at, {"Timestamp": instant(at), "Unit": series.unit if series else "None"}
                )
                if statistic in extended:
                    point.setdefault("ExtendedStatistics", {})[statistic] = value
                else:
                    point[statistic] = value
        unordered = sorted(by_time.items(), key=lambda entry: zlib.crc32(str(entry[0]).encode()))
        return {"Label": request["MetricName"], "Datapoints": [point for _, point in unordered]}

    def _list_metrics(self, request: Request) -> Answer:
        only("ListMetrics", request, names("Namespace MetricName Dimensions NextToken RecentlyActive"))
        found = [key for key in self.metrics.known() if _is_listed(key, request)]
        start = int(request.get("NextToken", 0))
        answer: Answer = {
            "Metrics": [
                {
                    "Namespace": namespace,
                    "MetricName": name,
                    "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions],
                }
                for namespace, name, dimensions in found[start : start + LIST_PAGE]
            ]
        }
        if start + LIST_PAGE < len(found):
            answer["NextToken"] = str(start + LIST_PAGE)
        return answer

    def _put_metric_data(self, request: Request) -> Answer:
        only("PutMetricData", request, names("Namespace MetricData"))
        namespace, datums = request["Namespace"], request.get("MetricData", ())
        if namespace.startswith("AWS/"):
            raise invalid(
                "InvalidParameterValueException",
                "The value AWS/ for parameter Namespace is invalid: it is reserved.",
            )
        if len(datums) > DATUMS_MAX:
            raise invalid("InvalidParameterValueException", "The collection MetricData must not exceed 1000.")
        for datum in datums:
            only("PutMetricData", datum, _DATUM)
            at = self._put_at(datum)
            key = (namespace, datum["MetricName"], dimensions_of(datum))
            self.metrics.to_put(key, datum.get("Unit", "None")).add(at, _summary(datum))
        return {}

    def _put_at(self, datum: Mapping[str, Any]) -> int:
        now = self._lab.clock.now
        at = epoch(datum["Timestamp"]) if "Timestamp" in datum else now
        if not now - OLDEST_PUT_SECONDS <= at <= now + NEWEST_PUT_SECONDS:
            raise invalid(
                "InvalidParameterValueException",
                "The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks "
                "and no more than two hours in the future.",
            )
        return int(at)


def _queries(entries: list[dict[str, Any]]) -> list[_Query]:
    if len(entries) > QUERIES_MAX:
        raise invalid(
            "ValidationException",
            f"The collection MetricDataQueries must not have a size greater than {QUERIES_MAX}.",
        )
    if len({entry["Id"] for entry in entries}) != len(entries):
        raise invalid(
            "ValidationException", "The values of the parameter Id in MetricDataQueries are not unique."
        )
    return [query for entry in entries if (query := _query(entry)) is not None]


def _query(entry: dict[str, Any]) -> _Query | None:
    if "Expression" in entry or "MetricStat" not in entry:
        raise NotModelled("the laboratory does not simulate metric math, SEARCH and Metrics Insights")
    only("GetMetricData", entry, _QUERY)
    if not _IDENTITY.match(entry["Id"]):
        raise invalid(
            "ValidationException", f"The value {entry['Id']} for parameter Id must match [a-z][a-zA-Z0-9_]*."
        )
    stat = entry["MetricStat"]
    check_period(stat["Period"])
    check_statistic(stat["Stat"])
    metric = stat["Metric"]
    if not entry.get("ReturnData", True):
        return None
    key = (metric["Namespace"], metric["MetricName"], dimensions_of(metric))
    label = entry.get("Label", metric["MetricName"])
    return _Query(entry["Id"], label, key, stat["Period"], stat["Stat"], stat.get("Unit"))


def _span(request: Request) -> tuple[float, float]:
    start, end = epoch(request["StartTime"]), epoch(request["EndTime"])
    if start >= end:
        raise invalid(
            "ValidationException", "The parameter StartTime must be less than the parameter EndTime."
        )
    return start, end


def _read_token(token: str | None, queries: int) -> tuple[int, int]:
    if token is None:
        return 0, 0
    number, _, skip = token.partition(":")
    if not (number.isdigit() and skip.isdigit() and int(number) < queries):
        raise invalid("InvalidNextToken", "The next token specified is invalid.")
    return int(number), int(skip)


def _result(query: _Query, found: list[Point], complete: bool) -> dict[str, Any]:
    return {
        "Id": query.identity,
        "Label": query.label,
        "Timestamps": [instant(at) for at, _ in found],
        "Values": [value for _, value in found],
        "StatusCode": "Complete" if complete else "PartialData",
    }


def _is_listed(key: MetricKey, request: Request) -> bool:
    namespace, name, dimensions = key
    wanted = [(entry["Name"], entry.get("Value")) for entry in request.get("Dimensions", ())]
    return (
        namespace == request.get("Namespace", namespace)
        and name == request.get("MetricName", name)
        and all(any(n == known and v in (None, value) for known, value in dimensions) for n, v in wanted)
    )


def _summary(datum: Mapping[str, Any]) -> Summary:
    if "StatisticValues" in datum:
        given = datum["StatisticValues"]
        low, high, samples = given["Minimum"], given["Maximum"], given["SampleCount"]
        whole = ((float(low), float(samples)),) if low == high or samples == 1 else ()
        return Summary(samples, given["Sum"], low, high, whole)
    values = datum.get("Values", [datum["Value"]] if "Value" in datum else [])
    weights = datum.get("Counts", [1.0] * len(values))
    if not values or len(values) != len(weights):
        raise invalid(
            "InvalidParameterValueException", "MetricData needs a Value, or Values and Counts alike."
        )
    pairs = tuple(_pairs(values, weights))
    total = sum(value * weight for value, weight in pairs)
    return Summary(sum(weights), total, min(values), max(values), pairs)


def _pairs(values: list[float], weights: list[float]) -> Iterator[tuple[float, float]]:
    return zip(map(float, values), map(float, weights), strict=True)
