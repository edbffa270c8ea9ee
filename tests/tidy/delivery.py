"""What must hold of everything that wakes a function. Each check yields a sentence for each fault."""

import json
from collections.abc import Iterator
from typing import Any

from tests.tidy.stack import Resources, actions, functions, logical_name, of_type, statements

ENVELOPE = {"account", "source", "detail-type", "detail"}
GENUINE_SOURCES = {"aws.ecs", "aws.health"}  # PutEvents refuses sources that begin with aws.


def loose_patterns(translated: Resources) -> Iterator[str]:
    """Every rule matches on account, genuine source, detail-type and something of the detail."""
    for name, rule in of_type(translated, "AWS::Events::Rule").items():
        pattern = rule["EventPattern"]
        if missing := ENVELOPE - pattern.keys():
            yield f"{name} matches any {', '.join(sorted(missing))}"
        if pattern.get("account") != [{"Ref": "AWS::AccountId"}]:
            yield f"{name} does not match this account alone"
        if not set(pattern.get("source", ["?"])) <= GENUINE_SOURCES:
            yield f"{name} believes the sources {pattern.get('source')}"
        if not pattern.get("detail"):
            yield f"{name} matches every detail"


def lost_deliveries(translated: Resources) -> Iterator[str]:
    """Every rule and schedule gives up in time and keeps what it could not deliver."""
    for name, rule in of_type(translated, "AWS::Events::Rule").items():
        for target in rule["Targets"]:
            yield from _undeliverable(name, target)
    for name, schedule in of_type(translated, "AWS::Scheduler::Schedule").items():
        yield from _undeliverable(name, schedule["Target"])


def _undeliverable(name: str, target: dict[str, Any]) -> Iterator[str]:
    if logical_name(target.get("DeadLetterConfig", {}).get("Arn")) != "UndeliveredEventsQueue":
        yield f"{name} loses what it cannot deliver"
    if "MaximumEventAgeInSeconds" not in target.get("RetryPolicy", {}):
        yield f"{name} delivers events that are a day old"


def lost_records(translated: Resources) -> Iterator[str]:
    """Every stream mapping filters, gives up in time and says on what; every queue mapping has a way out."""
    queues = of_type(translated, "AWS::SQS::Queue")
    for name, mapping in of_type(translated, "AWS::Lambda::EventSourceMapping").items():
        source = logical_name(mapping["EventSourceArn"])
        if source in queues:
            if "RedrivePolicy" not in queues[source]:
                yield f"{name} receives a bad message for ever"
            if mapping.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
                yield f"{name} repeats good messages with a bad one"
            continue
        if "OnFailure" not in mapping.get("DestinationConfig", {}):
            yield f"{name} forgets records it gave up on"
        if not {"MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "FilterCriteria"} <= mapping.keys():
            yield f"{name} lets one record block its shard or wakes for every record"
        for entry in mapping.get("FilterCriteria", {}).get("Filters", []):
            json.loads(entry["Pattern"])


def short_visibility(translated: Resources) -> Iterator[str]:
    """A queue hides a message for six times its function's timeout.

    Source: Lambda Developer Guide, with-sqs (read 2026-11-22).
    """
    queues = of_type(translated, "AWS::SQS::Queue")
    for name, mapping in of_type(translated, "AWS::Lambda::EventSourceMapping").items():
        queue = queues.get(logical_name(mapping["EventSourceArn"]))
        timeout_s = functions(translated)[logical_name(mapping["FunctionName"])]["Timeout"]
        if queue is not None and queue["VisibilityTimeout"] < 6 * timeout_s:
            yield f"{name} may deliver a message while it is still being handled"


def lost_invocations(translated: Resources) -> Iterator[str]:
    """Every function that rules or schedules invoke hands what it failed on to a queue."""
    woken = {
        logical_name(target["Arn"])
        for rule in of_type(translated, "AWS::Events::Rule").values()
        for target in rule["Targets"]
    }
    woken |= {
        logical_name(schedule["Target"]["Arn"])
        for schedule in of_type(translated, "AWS::Scheduler::Schedule").values()
    }
    kept = {
        logical_name(config["FunctionName"])
        for config in of_type(translated, "AWS::Lambda::EventInvokeConfig").values()
        if "OnFailure" in config.get("DestinationConfig", {}) and "MaximumEventAgeInSeconds" in config
    }
    yield from (
        f"{name} loses events it failed on" for name in sorted(woken & functions(translated).keys() - kept)
    )


def unnamed_senders(translated: Resources) -> Iterator[str]:
    """The queues accept events from our rules, from each of them, and from nobody else."""
    rules = of_type(translated, "AWS::Events::Rule")
    expected = {
        "UndeliveredEventsQueue": set(rules),
        "StoppedTasksQueue": {
            name
            for name, rule in rules.items()
            if "StoppedTasksQueue" in [logical_name(target["Arn"]) for target in rule["Targets"]]
        },
    }
    for policy in of_type(translated, "AWS::SQS::QueuePolicy").values():
        (queue,) = (logical_name(queue) for queue in policy["Queues"])
        for statement in policy["PolicyDocument"]["Statement"]:
            arns = statement.get("Condition", {}).get("ArnEquals", {}).get("aws:SourceArn", ["anybody"])
            senders = {logical_name(arn) for arn in arns}
            yield from (f"{queue} accepts {sender}" for sender in sorted(senders - expected[queue]))
            yield from (f"{queue} refuses {rule}" for rule in sorted(expected.pop(queue) - senders))
    yield from (f"{queue} refuses every rule" for queue in sorted(expected))


USE_OF_A_QUEUE = {
    "sqs:SendMessage": {"kms:Decrypt", "kms:GenerateDataKey"},
    "sqs:ReceiveMessage": {"kms:Decrypt"},
}
"""What the key has to allow whoever sends to, or receives from, an encrypted queue.

Source: SQS Developer Guide, sqs-key-management (read 2026-11-22).
"""


def queues_in_clear(translated: Resources) -> Iterator[str]:
    """Each queue is encrypted with the stack's key, and whoever uses a queue may use the key through it."""
    for name, queue in of_type(translated, "AWS::SQS::Queue").items():
        if logical_name(queue.get("KmsMasterKeyId")) != "Key":
            yield f"{name} is not encrypted with the stack's key"
    by_role: dict[str, list[dict[str, Any]]] = {}
    for role, statement in statements(translated):
        by_role.setdefault(role, []).append(statement)
    for role, own in by_role.items():
        needed = {use for one in own for action in actions(one) for use in USE_OF_A_QUEUE.get(action, ())}
        granted = {action for one in own if _through_sqs(one) for action in actions(one)}
        yield from (f"{role} uses a queue and not its key: {use}" for use in sorted(needed - granted))
    for statement in translated["Key"]["Properties"]["KeyPolicy"]["Statement"]:
        if statement["Principal"] == {"Service": "events.amazonaws.com"}:
            needed = USE_OF_A_QUEUE["sqs:SendMessage"] - set(actions(statement))
            yield from (f"rules may not send: {use}" for use in sorted(needed))
            # EventBridge tells KMS neither rule nor account (SNS Developer Guide, sns-key-management).
            if list(statement["Condition"]) != ["ArnLike"]:
                yield "a condition that EventBridge does not meet"
            break
    else:
        yield "rules may not send to an encrypted queue"


def _through_sqs(statement: dict[str, Any]) -> bool:
    service = statement.get("Condition", {}).get("StringEquals", {}).get("kms:ViaService", {})
    return str(service).startswith("{'Fn::Sub': 'sqs.")


def colliding_names(translated: Resources) -> Iterator[str]:
    """No schedule has a name of its own: a second stack in the account could not be made."""
    yield from (
        f"{name} is named"
        for name, one in of_type(translated, "AWS::Scheduler::Schedule").items()
        if "Name" in one
    )


def silent_failures(translated: Resources) -> Iterator[str]:
    """Queues of failures, streams, the tick and the state machine have alarms that tell somebody."""
    watched = set()
    for name, alarm in of_type(translated, "AWS::CloudWatch::Alarm").items():
        if [logical_name(action) for action in alarm.get("AlarmActions", [])] != ["Topic"]:
            yield f"{name} tells nobody"
        watched |= {(alarm["MetricName"], logical_name(one["Value"])) for one in alarm["Dimensions"]}
    mappings = of_type(translated, "AWS::Lambda::EventSourceMapping").values()
    demanded = {
        (metric, "AWS::StackName") for metric in ("Heartbeat", "PolicyUnreadable", "UnreadableChanges")
    }
    demanded |= {("IteratorAge", logical_name(m["FunctionName"])) for m in mappings if "FilterCriteria" in m}
    demanded |= {
        ("ExecutionsFailed", name) for name in of_type(translated, "AWS::StepFunctions::StateMachine")
    }
    demanded |= {
        ("ApproximateNumberOfMessagesVisible", name)
        for name, queue in of_type(translated, "AWS::SQS::Queue").items()
        if "RedrivePolicy" not in queue
    }
    yield from (f"no alarm watches {metric} of {source}" for metric, source in sorted(demanded - watched))
