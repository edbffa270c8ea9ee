"""SDK clients without what only a network needs, and without doing again what comes out the same."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any, cast

from botocore.client import ClientMeta
from botocore.hooks import HierarchicalEmitter
from botocore.validate import ParamValidator


class _Unsent:
    """In the place of botocore's serializer: what is not sent need not be put into bytes."""

    def serialize_to_request(self, _parameters: object, _operation_model: object) -> dict[str, Any]:
        """Return a request without content."""
        return {"url_path": "/", "query_string": "", "method": "POST", "headers": {}, "body": b""}


class _Validator(ParamValidator):
    """botocore's, which works out at each value how its shape is checked: kept, that is a third less."""

    def __init__(self) -> None:
        self._check_of = cache(self._find_check)

    def _find_check(self, shape: Any) -> Any:
        special = self._check_special_validation_cases(shape)  # type: ignore[attr-defined]
        return special or getattr(self, f"_validate_{shape.type_name}")

    def _validate(self, params: Any, shape: Any, errors: Any, name: str) -> None:
        self._check_of(shape)(params, shape, errors, name)


def sending_nothing(client: Any) -> Any:
    """Leave out what only a network needs; parameters are still checked against the API's model.

    Resolving endpoints and writing bytes take a tenth of a seed's time, and the laboratory sees neither.
    A paginator is a class that botocore makes anew at each request for one: kept, it saves a thirtieth.
    """
    client._ruleset_resolver = None
    client._serializer._serializer = _Unsent()
    client._serializer._param_validator = _Validator()
    client.get_paginator = cache(client.get_paginator)
    return client


class _Ears:
    """The event handlers of one execution environment, before those that every client of a service has.

    Copying botocore's handlers for each environment took a twentieth of a seed's time.
    """

    def __init__(self, shared: Any) -> None:
        self._own, self._shared = HierarchicalEmitter(), shared

    def register(self, event_name: str, handler: Callable[..., None]) -> None:
        """Let a handler hear of this client's calls only."""
        self._own.register(event_name, handler)

    def emit(self, event_name: str, **about: Any) -> Any:
        """Tell every handler of an event."""
        return [*self._own.emit(event_name, **about), *self._shared.emit(event_name, **about)]

    def emit_until_response(self, event_name: str, **about: Any) -> Any:
        """Tell the own handlers, who have no answers, then the others until one answers."""
        self._own.emit(event_name, **about)
        return self._shared.emit_until_response(event_name, **about)


def of_its_own(client: Any) -> Any:
    """Return a client with event handlers of its own: each execution environment guards its calls."""
    copied, meta = object.__new__(type(client)), client.meta
    vars(copied).update(vars(client))
    copied.meta = ClientMeta(
        cast(Any, _Ears(meta.events)), meta.config, meta.endpoint_url, meta.service_model,
        meta.method_to_api_mapping, meta.partition,
    )  # fmt: skip
    copied.get_paginator = cache(partial(type(client).get_paginator, copied))
    return copied
