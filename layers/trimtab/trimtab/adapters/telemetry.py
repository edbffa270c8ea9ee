"""Logs and metrics through Powertools: one structured line a decision, fleet-level metrics only."""

from __future__ import annotations

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from trimtab.model.change import Scalar

SERVICE = "trimtab"
NAMESPACE = "Trimtab"


class PowertoolsTelemetry:
    """The port ``Telemetry`` on Powertools; the handlers' decorators flush the metrics."""

    def __init__(self) -> None:
        self._logger = Logger(service=SERVICE)
        self._metrics = Metrics(service=SERVICE, namespace=NAMESPACE)

    def note(self, message: str, **fields: Scalar) -> None:
        """Write one structured log line; ``ecs_service``, never ``service``, names an ECS service."""
        self._logger.info(message, extra=fields)

    def count(self, metric: str, value: float = 1) -> None:
        """Add to a fleet-level metric. No dimension per service: each would cost as a metric of its own."""
        self._metrics.add_metric(name=metric, unit=MetricUnit.Count, value=value)
