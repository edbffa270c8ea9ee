"""The functions of a template, and what is read of each mapping of a queue or stream."""

from collections.abc import Iterator
from dataclasses import dataclass

from trimtab_cli.dispatcher.asynchronous import AsyncSettings
from trimtab_cli.dispatcher.invoke import FunctionSettings
from trimtab_cli.dispatcher.queues import QueueSettings
from trimtab_cli.dispatcher.refusal import Refusal, only
from trimtab_cli.dispatcher.sources import EventSource, feature_of_function
from trimtab_cli.dispatcher.streams import FOR_EVER, StreamSettings
from trimtab_cli.dispatcher.template import Properties, Template

DEFAULT_TIMEOUT_S, DEFAULT_MEMORY_MIB = 3, 128  # of a Lambda function that does not say


@dataclass(frozen=True, slots=True)
class DeployedFunction:
    """A function of the template: what it is, and what becomes of events it cannot handle."""

    logical_id: str
    settings: FunctionSettings
    asynchronous: AsyncSettings


def read_functions(template: Template) -> Iterator[DeployedFunction]:
    """Read every function of the template.

    Raises:
        Refusal: Something about its asynchronous invocation is not modelled.
    """
    for logical_id, properties in template.of_type("AWS::Serverless::Function"):
        name = template.identity.name(logical_id)
        memory_mib = int(properties.get("MemorySize", DEFAULT_MEMORY_MIB))
        given = properties.get("Environment", {}).get("Variables", {})
        settings = FunctionSettings(
            feature=feature_of_function(properties),
            name=name,
            arn=template.identity.arn(logical_id),
            handler=properties["Handler"],
            timeout_s=int(properties.get("Timeout", DEFAULT_TIMEOUT_S)),
            memory_mib=memory_mib,
            variables={key: str(value) for key, value in given.items()},
            runtime_variables={
                "AWS_REGION": template.identity.region,
                "AWS_DEFAULT_REGION": template.identity.region,
                "AWS_LAMBDA_FUNCTION_NAME": name,
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mib),
            },
        )
        yield DeployedFunction(logical_id, settings, _async_settings(logical_id, properties))


def _async_settings(where: str, properties: Properties) -> AsyncSettings:
    config = properties.get("EventInvokeConfig", {})
    only(where, config, {"MaximumEventAgeInSeconds", "MaximumRetryAttempts", "DestinationConfig"})
    dead_letter = properties.get("DeadLetterQueue", {})
    only(where, dead_letter, {"Type", "TargetArn"})
    defaults = AsyncSettings()
    return AsyncSettings(
        retry_attempts=int(config.get("MaximumRetryAttempts", defaults.retry_attempts)),
        event_age_s=float(config.get("MaximumEventAgeInSeconds", defaults.event_age_s)),
        on_failure_arn=_on_failure(where, config.get("DestinationConfig", {})),
        dead_letter_arn=dead_letter.get("TargetArn"),
    )


def stream_settings(source: EventSource) -> StreamSettings:
    """Read the mapping of a stream."""
    given = source.properties
    return StreamSettings(
        feature=source.feature,
        trigger=source.trigger,
        filters=source.filters,
        batch_size=int(given.get("BatchSize", 100)),
        window_s=float(given.get("MaximumBatchingWindowInSeconds", 0)),
        lanes=int(given.get("ParallelizationFactor", 1)),
        retry_attempts=int(given.get("MaximumRetryAttempts", FOR_EVER)),
        record_age_s=float(given.get("MaximumRecordAgeInSeconds", FOR_EVER)),
        partial_failures=bool(given.get("FunctionResponseTypes")),
        bisect=bool(given.get("BisectBatchOnFunctionError", False)),
        on_failure_arn=_on_failure(source.trigger, given.get("DestinationConfig", {})),
    )


def queue_settings(source: EventSource) -> QueueSettings:
    """Read the mapping of a queue."""
    given = source.properties
    return QueueSettings(
        feature=source.feature,
        trigger=source.trigger,
        queue_arn=source.source_arn,
        batch_size=int(given.get("BatchSize", 10)),
        window_s=float(given.get("MaximumBatchingWindowInSeconds", 0)),
        partial_failures=bool(given.get("FunctionResponseTypes")),
    )


def _on_failure(where: str, destinations: Properties) -> str | None:
    only(where, destinations, {"OnFailure"})
    destination = destinations.get("OnFailure", {})
    only(where, destination, {"Type", "Destination"})
    if destination.get("Type", "SQS") not in ("SQS", "SNS"):
        raise Refusal(where, f"destinations of type {destination['Type']} are not modelled")
    arn = destination.get("Destination")
    return None if arn is None else str(arn)
