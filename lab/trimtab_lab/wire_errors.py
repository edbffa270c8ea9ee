"""Error answers as botocore shows them after parsing."""

from typing import Any

from trimtab_lab.api_error import ApiError

# SQS and CloudWatch once spoke the query protocol; clients still see its codes in Error.Code and
# the modelled exception's name in Error.QueryErrorCode (botocore 1.44.5, parsers.py and handlers.py).
QUERY_CODES = {
    ("sqs", "BatchEntryIdsNotDistinct"): "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
    ("sqs", "EmptyBatchRequest"): "AWS.SimpleQueueService.EmptyBatchRequest",
    ("sqs", "MessageNotInflight"): "AWS.SimpleQueueService.MessageNotInflight",
    ("sqs", "QueueDoesNotExist"): "AWS.SimpleQueueService.NonExistentQueue",
    ("sqs", "QueueNameExists"): "QueueAlreadyExists",
    ("sqs", "TooManyEntriesInBatchRequest"): "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
    ("cloudwatch", "InvalidNextToken"): "InvalidNextToken",
    ("cloudwatch", "InvalidParameterCombinationException"): "InvalidParameterCombination",
    ("cloudwatch", "InvalidParameterValueException"): "InvalidParameterValue",
    ("cloudwatch", "MissingRequiredParameterException"): "MissingParameter",
}


def error_members(service: str, fault: ApiError) -> dict[str, Any]:
    """Return what botocore would parse out of this error, without ResponseMetadata."""
    error: dict[str, Any] = {"Message": fault.message, "Code": fault.code}
    legacy = QUERY_CODES.get((service, fault.code))
    if legacy is not None:
        error |= {"Code": legacy, "QueryErrorCode": fault.code, "Type": "Sender"}
    return {"Error": error, "message": fault.message, **fault.details}
