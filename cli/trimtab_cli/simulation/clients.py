"""Real SDK clients, built once a process and moved from seed to seed, under the production wiring."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final
from unittest.mock import patch

import boto3
import botocore.session

from trimtab import wiring
from trimtab.adapters.dynamodb_steering import DynamoDbSteering
from trimtab.model.change import Scalar
from trimtab.ports import World
from trimtab_cli.simulation.lean_clients import of_its_own, sending_nothing
from trimtab_lab import in_process
from trimtab_lab.lab import Lab

CHANGES, CONTROL = "changes", "control"
REGION: Final = "eu-west-1"
_NOTHING: Final = Lab()
"""Where clients lead between seeds: else they would keep the last seed's world from being swept."""
SHARE_PERCENT: Final = 25


class Notebook:
    """The port ``Telemetry``: keeps every line and metric of one seed, for the checkers."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, Scalar]]] = []
        self.metrics: dict[str, float] = {}

    def note(self, message: str, **fields: Scalar) -> None:
        """Keep a line."""
        self.lines.append((message, fields))

    def count(self, metric: str, value: float = 1) -> None:
        """Add to a metric."""
        self.metrics[metric] = self.metrics.get(metric, 0) + value


class _OneSession(boto3.Session):
    """Builds each client once a process, which takes longer than a seed does."""

    def __init__(self) -> None:
        super().__init__(botocore_session=_line(), region_name=REGION)
        self._made: dict[tuple[str, str], Any] = {}

    def client(self, service_name: str, *_: Any, config: Any = None, **__: Any) -> Any:
        """Return the process's client of a service with these settings."""
        key = (
            service_name,
            str(config and config._user_provided_options),
        )  # that of prices is a new one each time
        if key not in self._made:
            made = super().client(service_name, config=config)  # type: ignore[call-overload]
            self._made[key] = sending_nothing(made)
        return of_its_own(self._made[key]) if service_name == "ecs" else self._made[key]


@cache
def _line() -> botocore.session.Session:
    return botocore.session.get_session()


@cache
def _session() -> _OneSession:
    return _OneSession()


@contextmanager
def connected(
    line: Any, key_arn: str, topic_arn: str, cluster: str, share_percent: int = SHARE_PERCENT
) -> Iterator[None]:
    """Let every client of this process speak to ``line``, in a function's environment."""
    in_process.connect(line, _line())
    environment = {
        "AWS_REGION": REGION,
        "TRIMTAB_CHANGES_TABLE": CHANGES,
        "TRIMTAB_CONTROL_TABLE": CONTROL,
        "TRIMTAB_TOPIC_ARN": topic_arn,
        "TRIMTAB_KEY_ARN": key_arn,
        "TRIMTAB_DEFAULT_MODE": "observe",
        "TRIMTAB_CLUSTERS": cluster,
        "TRIMTAB_STACK": "trimtab",
        "TRIMTAB_APPLIER_ROLE": "trimtab/apply_change",
        "TRIMTAB_CAPACITY_PROVIDERS": "FARGATE,FARGATE_SPOT",
        "TRIMTAB_MAX_TASK_CPU_UNITS": "16384",
        "TRIMTAB_MAX_TASK_MEMORY_MIB": "122880",
        "TRIMTAB_API_SHARE_PERCENT": str(share_percent),
    }
    with patch.object(boto3, "DEFAULT_SESSION", _session()), patch.dict(os.environ, environment):
        try:
            yield
        finally:
            in_process.connect(_NOTHING, _line())


def new_world(notebook: Notebook) -> World:
    """Return the world of a fresh execution environment: shared clients, caches of its own."""
    with patch.object(wiring, "PowertoolsTelemetry", lambda *_: notebook):
        return wiring.aws.__wrapped__()


def steering() -> DynamoDbSteering:
    """Return the operator's hand on switch and policy."""
    return DynamoDbSteering(boto3.client("dynamodb", config=wiring.READS), CONTROL)
