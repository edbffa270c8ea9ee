import pytest

from tests.tidy import delivery
from tests.tidy.stack import translated

CHECKS = [
    delivery.loose_patterns,
    delivery.lost_deliveries,
    delivery.lost_records,
    delivery.short_visibility,
    delivery.lost_invocations,
    delivery.unnamed_senders,
    delivery.silent_failures,
    delivery.queues_in_clear,
    delivery.colliding_names,
]


def _remove(*path):
    def breaks(resources):
        holder = resources
        for step in path[:-1]:
            holder = holder[step]
        del holder[path[-1]]

    return breaks


def _properties(name, *path):
    return _remove(name, "Properties", *path)


def _another_rule(resources):
    resources["AnotherRule"] = resources["TaskStoppedRule"]


def _a_stranger(resources):
    policy = resources["StoppedTasksQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"][0]
    policy["Condition"]["ArnEquals"]["aws:SourceArn"].append(
        "arn:aws:events:eu-west-1:999999999999:rule/theirs"
    )


def _a_foreign_source(resources):
    resources["TaskStoppedRule"]["Properties"]["EventPattern"]["source"].append("com.example")


def _a_slow_function(resources):
    resources["RestartStoppedTaskFunction"]["Properties"]["Timeout"] = 61


def _a_condition_that_eventbridge_does_not_meet(resources):
    statement = resources["Key"]["Properties"]["KeyPolicy"]["Statement"][2]
    statement["Condition"]["StringEquals"] = {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def _a_name(resources):
    resources["SettleChangeFunctionTick"]["Properties"]["Name"] = "tick"


def _no_key_for(role):
    def breaks(resources):
        document = resources[role]["Properties"]["Policies"][0]["PolicyDocument"]
        document["Statement"] = [s for s in document["Statement"] if s["Sid"] != "UseTheQueuesKey"]

    return breaks


BROKEN = [
    (delivery.loose_patterns, _properties("TaskStoppedRule", "EventPattern", "account"), 2),
    (delivery.loose_patterns, _properties("TaskStoppedRule", "EventPattern", "detail-type"), 1),
    (delivery.loose_patterns, _properties("SettleChangeFunctionSteadyState", "EventPattern", "detail"), 2),
    (delivery.loose_patterns, _a_foreign_source, 1),
    (delivery.lost_deliveries, _properties("TaskStoppedRule", "Targets", 0, "DeadLetterConfig"), 1),
    (delivery.lost_deliveries, _properties("TaskStoppedRule", "Targets", 0, "RetryPolicy"), 1),
    (delivery.lost_deliveries, _properties("SettleChangeFunctionTick", "Target", "DeadLetterConfig"), 1),
    (delivery.lost_records, _properties("ApplyChangeFunctionBell", "DestinationConfig"), 1),
    (delivery.lost_records, _properties("AnnounceChangeFunctionBell", "MaximumRecordAgeInSeconds"), 1),
    (delivery.lost_records, _properties("StoppedTasksQueue", "RedrivePolicy"), 1),
    (
        delivery.lost_records,
        _properties("RestartStoppedTaskFunctionStoppedTasks", "FunctionResponseTypes"),
        1,
    ),
    (delivery.short_visibility, _a_slow_function, 1),
    (delivery.lost_invocations, _remove("SettleChangeFunctionEventInvokeConfig"), 1),
    (delivery.unnamed_senders, _another_rule, 2),
    (delivery.unnamed_senders, _a_stranger, 1),
    (delivery.unnamed_senders, _remove("UndeliveredEventsQueuePolicy"), 1),
    (delivery.queues_in_clear, _properties("FailedInvocationsQueue", "KmsMasterKeyId"), 1),
    (delivery.queues_in_clear, _remove("Key", "Properties", "KeyPolicy", "Statement", 2), 1),
    (delivery.queues_in_clear, _a_condition_that_eventbridge_does_not_meet, 1),
    (delivery.queues_in_clear, _no_key_for("SettleChangeRole"), 2),
    (delivery.queues_in_clear, _no_key_for("RestartStoppedTaskRole"), 1),
    (delivery.queues_in_clear, _no_key_for("SchedulerRole"), 2),
    (delivery.colliding_names, _a_name, 1),
    (delivery.silent_failures, _remove("PolicyUnreadableAlarm"), 1),
    (delivery.silent_failures, _remove("ChangesUnreadableAlarm"), 1),
    (delivery.silent_failures, _properties("HeartbeatMissingAlarm", "Dimensions", 1), 1),
    (delivery.silent_failures, _remove("ApplyChangeIteratorAgeAlarm"), 1),
    (delivery.silent_failures, _remove("HeartbeatMissingAlarm"), 1),
    (delivery.silent_failures, _remove("FailedInvocationsAlarm"), 1),
    (delivery.silent_failures, _properties("UndeliveredEventsAlarm", "AlarmActions"), 1),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_nothing_that_wakes_a_function_can_get_lost_unseen(check):
    assert list(check(translated())) == []


@pytest.mark.parametrize(("check", "breaks", "complaints"), BROKEN)
def test_a_template_that_loses_something_is_found(check, breaks, complaints):
    resources = translated()
    breaks(resources)

    found = list(check(resources))

    assert len(found) == complaints, found
