"""What the template lets wake its functions and state machine, read into plain settings.

Each reader knows the properties that it models and refuses the others by name, so that a template
cannot ask for something that silently does not happen here.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trimtab_cli.dispatcher.operators import FILTER_OPERATORS, RULE_OPERATORS, PatternError
from trimtab_cli.dispatcher.patterns import Pattern, compile_pattern
from trimtab_cli.dispatcher.refusal import Refusal, only
from trimtab_cli.dispatcher.schedules import Next, parse_schedule
from trimtab_cli.dispatcher.template import Properties, Template

MAX_FILTERS = 10  # of one mapping, after a raise of the quota; five without


@dataclass(frozen=True, slots=True)
class Target:
    """Where a rule or schedule delivers: an ARN, and what happens when that does not accept."""

    arn: str
    input: str | None
    dead_letter_arn: str | None
    retry_attempts: int
    event_age_s: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern on the default bus and its targets."""

    trigger: str
    pattern: Pattern
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """When to wake one target. ``repeats_at_once``: a rate fires when it is created."""

    trigger: str
    name: str
    next: Next
    fires_at_once: bool
    window_s: float
    target: Target


@dataclass(frozen=True, slots=True)
class EventSource:
    """A queue or stream that a function reads; ``kind`` is ``SQS`` or ``DynamoDB``."""

    kind: str
    feature: str
    trigger: str
    source_arn: str
    properties: Properties
    filters: tuple[Pattern, ...]


Source = Rule | Schedule | EventSource


def feature_of_function(properties: Properties) -> str:
    """Return the function's folder name, which is the feature's name in every room."""
    return Path(properties["CodeUri"]).name


def read_sources(template: Template, names: Mapping[str, str]) -> list[Source]:
    """Read every event of functions and state machines, every rule and every schedule.

    Args:
        template: The template.
        names: Logical ids of functions and state machines to the names that triggers start with.

    Raises:
        Refusal: Something is not modelled; it names the logical id.
    """
    sources: list[Source] = []
    for logical_id, name in names.items():
        arn = template.identity.arn(logical_id)
        for event_name, event in template.properties(logical_id).get("Events", {}).items():
            where, trigger = f"{logical_id}/{event_name}", f"{name}/{event_name}"
            reader = _EVENT_READERS.get(event["Type"])
            if reader is None:
                raise Refusal(where, f"the event type {event['Type']!r} is not modelled")
            sources += reader(where, trigger, arn, event.get("Properties", {}))
    for logical_id, properties in template.of_type("AWS::Events::Rule"):
        sources += _read_rule_resource(logical_id, properties)
    for logical_id, properties in template.of_type("AWS::Scheduler::Schedule"):
        only(logical_id, properties, _SCHEDULE | {"Target"})
        only(logical_id, properties["Target"], {"Arn", "RoleArn"} | _TARGET)
        sources += _schedule(logical_id, logical_id, properties, properties["Target"])
    for logical_id, resource in template.resources.items():
        if resource["Type"] in _UNREAD_TYPES:
            raise Refusal(logical_id, f"resources of type {resource['Type']} are not modelled")
    for logical_id, properties in template.of_type("AWS::SNS::Subscription"):
        if properties["Protocol"] not in ("email", "email-json"):
            raise Refusal(logical_id, f"subscriptions by {properties['Protocol']} are not modelled")
    return sources


_TARGET = {"Input", "DeadLetterConfig", "RetryPolicy"}
_SCHEDULE = {
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "FlexibleTimeWindow",
    "State",
    "Name",
    "Description",
    "GroupName",
    "KmsKeyArn",
}
_UNREAD_TYPES = {
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Function",
    "AWS::StepFunctions::StateMachine",
    "AWS::Pipes::Pipe",
    "AWS::Events::EventBus",
    "AWS::Serverless::Connector",
    "AWS::Serverless::SimpleTable",
}


def _target(where: str, arn: str, properties: Properties) -> Target:
    dead_letter = properties.get("DeadLetterConfig") or {}
    only(where, dead_letter, {"Arn"})
    retry = properties.get("RetryPolicy") or {}
    only(where, retry, {"MaximumRetryAttempts", "MaximumEventAgeInSeconds"})
    given = properties.get("Input")
    if given is not None:
        try:
            json.loads(given)
        except (TypeError, ValueError):
            raise Refusal(where, "the Input is no JSON text") from None
    return Target(
        arn,
        given,
        dead_letter.get("Arn"),
        int(retry.get("MaximumRetryAttempts", 185)),
        float(retry.get("MaximumEventAgeInSeconds", 86_400)),
    )


def _pattern(where: str, pattern: Any, operators: frozenset[str] = RULE_OPERATORS) -> Pattern:
    try:
        return compile_pattern(pattern, operators)
    except PatternError as fault:
        raise Refusal(where, str(fault)) from None


def _enabled(where: str, properties: Properties) -> bool:
    state = str(properties.get("State", "ENABLED"))
    if state not in ("ENABLED", "DISABLED"):
        raise Refusal(where, f"the state {state!r} is not modelled")
    return state == "ENABLED"


def _read_rule_event(where: str, trigger: str, arn: str, properties: Properties) -> Iterator[Source]:
    only(where, properties, {"Pattern", "RuleName", "State", "Target", "EventBusName"} | _TARGET)
    if properties.get("EventBusName", "default") != "default":
        raise Refusal(where, "only the default event bus is modelled")
    rule = Rule(trigger, _pattern(where, properties["Pattern"]), (_target(where, arn, properties),))
    if _enabled(where, properties):
        yield rule


def _read_rule_resource(where: str, properties: Properties) -> Iterator[Source]:
    only(where, properties, {"EventPattern", "Name", "Description", "State", "Targets", "EventBusName"})
    if properties.get("EventBusName", "default") != "default":
        raise Refusal(where, "only the default event bus is modelled")
    targets = []
    for one in properties.get("Targets", ()):
        only(where, one, {"Arn", "Id", "RoleArn"} | _TARGET)
        targets.append(_target(where, one["Arn"], one))
    rule = Rule(where, _pattern(where, properties["EventPattern"]), tuple(targets))
    if _enabled(where, properties):
        yield rule


def _read_schedule_event(where: str, trigger: str, arn: str, properties: Properties) -> Iterator[Source]:
    only(where, properties, _SCHEDULE | _TARGET | {"RoleArn", "PermissionsBoundary", "OmitName"})
    yield from _schedule(where, trigger, properties, {**properties, "Arn": arn})


def _schedule(where: str, trigger: str, properties: Properties, target: Properties) -> Iterator[Source]:
    expression = properties["ScheduleExpression"]
    window = properties.get("FlexibleTimeWindow", {"Mode": "OFF"})
    window_s = 0.0 if window["Mode"] == "OFF" else float(window["MaximumWindowInMinutes"]) * 60
    if "<aws.scheduler." in str(target.get("Input")):
        raise Refusal(where, "context attributes in a schedule's Input are not modelled")
    schedule = Schedule(
        trigger=trigger,
        name=properties.get("Name", trigger.replace("/", "-")),
        next=parse_schedule(where, expression, properties.get("ScheduleExpressionTimezone", "UTC")),
        fires_at_once=expression.startswith("rate("),
        window_s=window_s,
        target=_target(where, target["Arn"], target),
    )
    if _enabled(where, properties):
        yield schedule


_MAPPING = {"BatchSize", "MaximumBatchingWindowInSeconds", "Enabled", "FunctionResponseTypes"}
_EVENT_SOURCES = {
    "SQS": _MAPPING | {"Queue", "ScalingConfig"},
    "DynamoDB": _MAPPING
    | {"Stream", "StartingPosition", "FilterCriteria", "ParallelizationFactor", "DestinationConfig"}
    | {"MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError"},
}


def _read_event_source(kind: str) -> Callable[[str, str, str, Properties], Iterator[Source]]:
    def read(where: str, trigger: str, arn: str, properties: Properties) -> Iterator[Source]:
        only(where, properties, _EVENT_SOURCES[kind])
        if set(properties.get("FunctionResponseTypes", ())) - {"ReportBatchItemFailures"}:
            raise Refusal(where, "only the response type ReportBatchItemFailures is modelled")
        filters = properties.get("FilterCriteria", {}).get("Filters", [])
        if len(filters) > MAX_FILTERS:
            raise Refusal(where, f"{len(filters)} filters are more than {MAX_FILTERS}")
        source = EventSource(
            kind,
            trigger.split("/", maxsplit=1)[0],
            trigger,
            properties["Queue" if kind == "SQS" else "Stream"],
            properties,
            tuple(_filter(where, one["Pattern"]) for one in filters),
        )
        if properties.get("Enabled", True):
            yield source

    return read


def _filter(where: str, text: Any) -> Pattern:
    try:
        pattern = json.loads(text)
    except (TypeError, ValueError):
        raise Refusal(where, "a filter's Pattern must be JSON text") from None
    return _pattern(where, pattern, FILTER_OPERATORS)


_EVENT_READERS: dict[str, Callable[[str, str, str, Properties], Iterator[Source]]] = {
    "EventBridgeRule": _read_rule_event,
    "CloudWatchEvent": _read_rule_event,
    "ScheduleV2": _read_schedule_event,
    "SQS": _read_event_source("SQS"),
    "DynamoDB": _read_event_source("DynamoDB"),
}
