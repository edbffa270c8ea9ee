"""Real SDK clients, built once a process and moved from seed to seed, under the production wiring."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from functools import cache
from typing import Any, Final
from unittest.mock import patch

import boto3
import botocore.session
from botocore.client import ClientMeta

from trimtab import wiring
from trimtab.adapters.dynamodb_steering import DynamoDbSteering
from trimtab.model.change import Scalar
from trimtab.ports import World
from trimtab_lab import in_process

CHANGES, CONTROL = "changes", "control"
REGION: Final = "eu-west-1"


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
        self._made: dict[tuple[str, int], Any] = {}

    def client(self, service_name: str, *_: Any, config: Any = None, **__: Any) -> Any:
        """Return the process's client of a service with these settings."""
        key = (service_name, id(config))
        if key not in self._made:
            made = super().client(service_name, config=config)  # type: ignore[call-overload]
            self._made[key] = _sending_nothing(made)
        return _of_its_own(self._made[key]) if service_name == "ecs" else self._made[key]


def _of_its_own(client: Any) -> Any:
    """Return a client with event handlers of its own: each execution environment guards its calls."""
    copied, meta = object.__new__(type(client)), client.meta
    vars(copied).update(vars(client))
    copied.meta = ClientMeta(
        copy(meta.events), meta.config, meta.endpoint_url, meta.service_model,
        meta.method_to_api_mapping, meta.partition,
    )  # fmt: skip
    return copied


class _Unsent:
    """In the place of botocore's serializer: what is not sent need not be put into bytes."""

    def serialize_to_request(self, _parameters: object, _operation_model: object) -> dict[str, Any]:
        """Return a request without content."""
        return {"url_path": "/", "query_string": "", "method": "POST", "headers": {}, "body": b""}


def _sending_nothing(client: Any) -> Any:
    """Leave out what only a network needs; parameters are still checked against the API's model.

    Resolving endpoints and writing bytes take a tenth of a seed's time, and the laboratory sees neither.
    """
    client._ruleset_resolver = None
    client._serializer._serializer = _Unsent()
    return client


@cache
def _line() -> botocore.session.Session:
    return botocore.session.get_session()


@cache
def _session() -> _OneSession:
    return _OneSession()


@contextmanager
def connected(line: Any, key_arn: str, topic_arn: str, cluster: str) -> Iterator[None]:
    """Let every client of this process speak to ``line``, in a function's environment."""
    in_process.connect(line, _line())
    environment = {
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
        "TRIMTAB_API_SHARE_PERCENT": "25",
    }
    with patch.object(boto3, "DEFAULT_SESSION", _session()), patch.dict(os.environ, environment):
        yield


def new_world(notebook: Notebook) -> World:
    """Return the world of a fresh execution environment: shared clients, caches of its own."""
    with patch.object(wiring, "PowertoolsTelemetry", lambda *_: notebook):
        return wiring.aws.__wrapped__()


def steering() -> DynamoDbSteering:
    """Return the operator's hand on switch and policy."""
    return DynamoDbSteering(boto3.client("dynamodb", config=wiring.READS), CONTROL)
