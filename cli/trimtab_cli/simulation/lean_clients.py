"""SDK clients without what only a network needs, and without doing again what comes out the same."""

from collections.abc import Callable
from copy import copy
from functools import cache
from typing import Any, Final, NamedTuple, cast

from botocore.client import ClientMeta
from botocore.exceptions import ParamValidationError

from trimtab_cli.simulation.quick_check import QuickValidator

Handler = Callable[..., Any]
_VALIDATOR: Final = QuickValidator()
_OF_A_NETWORK: Final = frozenset({
    "add_recursion_detection_header", "block_endpoint_discovery_required_operations",
    "generate_idempotent_uuid", "inject_api_version_header_if_needed", "release_retry_quota",
    "_handle_request_validation_mode_member",
})  # fmt: skip
"""botocore's handlers that prepare what is sent. Tokens come from the laboratory, which is asked first."""


class _Ears:
    """The event handlers of one client: its own, then those that every client of its service has.

    Copying botocore's handlers for each execution environment took a twentieth of a seed's time.
    """

    def __init__(self, shared: Callable[[str], list[Handler]]) -> None:
        self.shared = shared
        self._own: list[tuple[str, Handler]] = []
        self._heard: dict[str, list[Handler]] = {}

    def register(self, event_name: str, handler: Handler) -> None:
        """Let a handler hear of this client's calls only."""
        self._own.append((event_name, handler))
        self._heard.clear()

    def emit(self, event_name: str, **about: Any) -> None:
        """Tell every handler of an event."""
        for hear in self._all(event_name):
            hear(event_name=event_name, **about)

    def answer(self, event_name: str, **about: Any) -> Any:
        """Tell handlers of an event until one answers it."""
        for hear in self._all(event_name):
            answered = hear(event_name=event_name, **about)
            if answered is not None:
                return answered
        raise LookupError(f"nobody answers {event_name}")

    def _all(self, event_name: str) -> list[Handler]:
        heard = self._heard.get(event_name)
        if heard is None:
            own = [handler for name, handler in self._own if f"{event_name}.".startswith(f"{name}.")]
            heard = self._heard[event_name] = own + self.shared(event_name)
        return heard


@cache
def _way(service: Any, operation_name: str) -> tuple[Any, str, str, str]:
    """Return the model of an operation, and the names of the events on the way of a call."""
    where = f"{service.service_id.hyphenize()}.{operation_name}"
    events = (f"{event}.{where}" for event in ("before-parameter-build", "before-call", "after-call"))
    return (service.operation_model(operation_name), *events)


def _make_api_call(client: Any, operation_name: str, api_params: dict[str, Any]) -> Any:
    """Make a call as botocore's method of this name does, but for what is sent.

    Parameters are checked against the API's model and errors raised as the modelled exceptions. No endpoint
    is resolved and no user agent, checksum or body made, of which the laboratory sees nothing: a sixth of a
    seed's time.
    """
    events, context = client.meta.events, {}  # type: ignore[var-annotated]
    model, before_build, before_call, after_call = _way(client.meta.service_model, operation_name)
    events.emit(before_build, params=api_params, model=model, context=context)
    if model.input_shape is not None:
        wrong = _VALIDATOR.validate(api_params, model.input_shape)
        if wrong.has_errors():
            raise ParamValidationError(report=wrong.generate_report())
    http, parsed = events.answer(before_call, params={}, model=model, context=context)
    events.emit(after_call, http_response=http, parsed=parsed, model=model, context=context)
    if http.status_code >= 300:
        raise client.exceptions.from_code(parsed.get("Error", {}).get("Code"))(parsed, operation_name)
    return parsed


class _Member(NamedTuple):
    """The name of a member of a page, in the place of the JMESPath of that name.

    JMESPath looks with an interpreter that is made for each look and holds itself: a quarter of all that is
    swept after a seed.
    """

    expression: str

    def search(self, page: dict[str, Any]) -> Any:
        """Return what the page has under the name."""
        return page.get(self.expression)


def _looked_up_plainly(paginator: Any) -> Any:
    for name in ("_output_token", "_result_keys", "_non_aggregate_keys"):
        plain = [
            _Member(expression.expression) if expression.parsed["type"] == "field" else expression
            for expression in getattr(paginator, name)
        ]
        setattr(paginator, name, plain)
    return paginator


def _paginator(client: Any, operation_name: str) -> Any:
    """Return a paginator of botocore, kept: it makes a class of it at each request for one."""
    paginator = copy(client.paginators(operation_name))
    paginator._method = getattr(client, operation_name)
    return paginator


def sending_nothing(client: Any) -> Any:
    """Leave out what only a network needs; parameters are still checked against the API's model."""
    type(client)._make_api_call = _make_api_call  # a class of its own: botocore makes one for each client
    shared = client.meta.events

    @cache
    def handlers(event_name: str) -> list[Handler]:
        found = shared._emitter._handlers.prefix_search(event_name)
        return [handler for handler in found if getattr(handler, "__name__", "") not in _OF_A_NETWORK]

    client.meta = _meta_with(client.meta, _Ears(handlers))
    made = client.get_paginator
    client.paginators = cache(lambda operation_name: _looked_up_plainly(made(operation_name)))
    type(client).get_paginator = _paginator
    return client


def of_its_own(client: Any) -> Any:
    """Return a client with event handlers of its own: each execution environment guards its calls."""
    copied = object.__new__(type(client))
    vars(copied).update(vars(client))
    copied.meta = _meta_with(client.meta, _Ears(client.meta.events.shared))
    return copied


def _meta_with(meta: Any, ears: _Ears) -> ClientMeta:
    return ClientMeta(
        cast(Any, ears), meta.config, meta.endpoint_url, meta.service_model,
        meta.method_to_api_mapping, meta.partition,
    )  # fmt: skip
