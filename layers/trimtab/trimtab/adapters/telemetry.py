"""Logs and metrics through Powertools: one structured line a decision, fleet-level metrics only."""

from __future__ import annotations

import logging
import warnings

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from trimtab.model.change import Scalar

SERVICE = "trimtab"
NAMESPACE = "Trimtab"

OWN_FIELDS = frozenset(logging.makeLogRecord({}).__dict__) | {
    "message", "asctime", "level", "location", "timestamp", "service", "correlation_id", "cold_start",
    "function_name", "function_arn", "function_memory_size", "function_request_id", "xray_trace_id",
}  # fmt: skip
"""Fields that logging and Powertools set. Source: Powertools for AWS Lambda, Logger, "Standard structured
keys" (read 2026-11-22)."""


class PowertoolsTelemetry:
    """The port ``Telemetry`` on Powertools; the handlers' decorators flush the metrics.

    Every metric has the dimension ``stack``, or two stacks of one account would hide each other's silence.
    """

    def __init__(self, stack: str) -> None:
        self._logger = Logger(service=SERVICE)
        self._metrics = Metrics(service=SERVICE, namespace=NAMESPACE)
        if self._metrics.default_dimensions.get("stack") != stack:
            self._metrics.set_default_dimensions(stack=stack)  # of every Metrics in this process; warns twice
        # An invocation that has nothing to count is no fault, and would say so in the log each time.
        warnings.filterwarnings("ignore", "No application metrics to publish")

    def note(self, message: str, **fields: Scalar) -> None:
        """Write one structured log line.

        ``ecs_service``, never ``service``, names an ECS service: a field that has the name of one of the
        log's own would overwrite it without a word, or raise. Such a field gets a ``_`` behind its name.
        """
        told = {f"{name}_" if name in OWN_FIELDS else name: value for name, value in fields.items()}
        self._logger.info(message, extra=told)

    def count(self, metric: str, value: float = 1) -> None:
        """Add to a fleet-level metric. No dimension per service: each would cost as a metric of its own."""
        self._metrics.add_metric(name=metric, unit=MetricUnit.Count, value=value)
