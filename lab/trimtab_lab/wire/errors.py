"""Error answers as botocore shows them after parsing.

The laboratory names an error by its shape in the service's model. Services that speak or once
spoke the query protocol have a code of their own on the wire, which clients see in Error.Code
(botocore 1.44.5, ``parsers.py`` and ``handlers.py``).
"""

from typing import Any

from botocore.model import ServiceModel, Shape

from trimtab_lab.api_error import ApiError

# SQS's model lacks these codes (Developer Guide, "SQS API errors" before JSON, read 2026-11-22).
_SQS_CODES = {
    "BatchEntryIdsNotDistinct": "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
    "EmptyBatchRequest": "AWS.SimpleQueueService.EmptyBatchRequest",
    "MessageNotInflight": "AWS.SimpleQueueService.MessageNotInflight",
    "QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
    "QueueNameExists": "QueueAlreadyExists",
    "TooManyEntriesInBatchRequest": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
}


def error_shape(service: ServiceModel, name: str) -> Shape | None:
    """Return the shape of an error, None for errors that the model does not list."""
    return next((shape for shape in service.error_shapes if shape.name == name), None)


def wire_code(service: ServiceModel, name: str) -> str:
    """Return the code that a query protocol has for an error shape."""
    shape = error_shape(service, name)
    modelled = shape.metadata.get("error", {}).get("code") if shape else None
    return str(modelled or (_SQS_CODES.get(name, name) if service.service_name == "sqs" else name))


def error_members(service: ServiceModel, fault: ApiError) -> dict[str, Any]:
    """Return what botocore would parse out of this error, without ResponseMetadata."""
    error = {"Message": fault.message, "Code": fault.code}
    is_json = service.resolved_protocol == "json"
    if not is_json or service.is_query_compatible:
        error |= {"Code": wire_code(service, fault.code), "Type": "Sender"}
    if is_json and service.is_query_compatible:
        error["QueryErrorCode"] = fault.code
    return {"Error": error, "message": fault.message, **fault.details}
