"""Runs the handlers as the Lambda service would: once loaded, JSON in, JSON out, environment set."""

import importlib.util
import json
import os
import sys
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

from trimtab_cli.dispatcher.output import Output
from trimtab_cli.dispatcher.principal import calling_as
from trimtab_cli.dispatcher.refusal import Refusal
from trimtab_lab import Lab
from trimtab_lab.api_error import NotModelled

Handler = Callable[[Any, "Context"], Any]


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """One function of the template.

    ``feature`` is its folder's name, ``variables`` are those of the template,
    ``runtime_variables`` those that Lambda itself sets.
    """

    feature: str
    name: str
    arn: str
    handler: str
    timeout_s: int
    memory_mib: int
    variables: Mapping[str, str]
    runtime_variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of a handler, for the timeline and the tests.

    ``at`` is simulated (epoch seconds), ``duration_ms`` real. ``trigger`` is ``feature/event name``
    or the logical id of the rule. ``error`` is None unless ``outcome`` is ``failed``; then it holds
    ``errorType``, ``errorMessage`` and ``stackTrace`` as Lambda answers them.
    """

    at: float
    function: str
    trigger: str
    event_id: str
    request_id: str
    outcome: str
    duration_ms: float
    log: tuple[str, ...]
    answer: Any
    error: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Context:
    """What a handler gets beside its event; simulated time stands still while it runs."""

    aws_request_id: str
    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    log_stream_name: str
    remaining_ms: int
    function_version: str = "$LATEST"
    identity: None = None
    client_context: None = None

    @property
    def log_group_name(self) -> str:
        """Name of the function's log group."""
        return f"/aws/lambda/{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Return the whole timeout: an invocation costs no simulated time."""
        return self.remaining_ms


Around = Callable[[FunctionSettings], AbstractContextManager[object]]


def nothing_around(settings: FunctionSettings) -> AbstractContextManager[object]:
    """Leave calls as they are."""
    return nullcontext()


@dataclass(slots=True)
class Functions:
    """The functions of the stack, each loaded at its first invocation.

    Args:
        lab: Its clock tells when, its ``principal`` is set to the feature's name during a call.
        folder: Where ``<feature>/app.py`` are.
        settings: By feature.
        around: Entered around each call, for the composition.
    """

    lab: Lab
    folder: Path
    settings: dict[str, FunctionSettings]
    around: Around = nothing_around
    invocations: list[Invocation] = field(default_factory=list)
    _handlers: dict[str, Handler] = field(default_factory=dict)
    _output: Output = field(default_factory=Output)
    _random: Random = field(init=False)
    _running: str | None = None

    def __post_init__(self) -> None:
        self._random = self.lab.random("request ids")

    def request_id(self) -> str:
        """Draw the id of a request; the retries of an asynchronous one share it."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def invoke(
        self, feature: str, event: object, trigger: str, event_id: str, request_id: str | None = None
    ) -> Invocation:
        """Run the handler of ``feature`` once and record what came of it.

        Raises:
            NotModelled: The handler asked the laboratory for something it does not simulate. This
                is a gap of the laboratory and no fault of the function, so it is not retried.
        """
        if self._running:
            raise RuntimeError(f"{feature} was invoked while {self._running} still runs")
        settings = self.settings[feature]
        request_id = request_id or self.request_id()
        answer, error, begin = None, None, perf_counter()
        lines = self._output.begin()
        try:
            with self._as_function(settings), self.around(settings), _warnings_into(lines):
                handler = self._handlers.get(feature) or self._load(settings)
                begin = perf_counter()
                answer = _round_trip(handler(_round_trip(event), _context(settings, request_id)))
        except NotModelled:
            raise
        except Exception as fault:
            error = _describe(fault)
        finally:
            duration_ms = (perf_counter() - begin) * 1000
            log = self._output.end(lines)
        invocation = Invocation(
            at=self.lab.clock.now,
            function=feature,
            trigger=trigger,
            event_id=event_id,
            request_id=request_id,
            outcome="failed" if error else "succeeded",
            duration_ms=duration_ms,
            log=log,
            answer=answer,
            error=error,
        )
        self.invocations.append(invocation)
        return invocation

    @contextmanager
    def _as_function(self, settings: FunctionSettings) -> Iterator[None]:
        """Be the function to the laboratory and to the process environment."""
        variables = {**settings.runtime_variables, **settings.variables}
        before = {name: os.environ.get(name) for name in variables}
        self._running = settings.feature
        os.environ.update(variables)
        try:
            with calling_as(self.lab, settings.feature):
                yield
        finally:
            self._running = None
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value

    def _load(self, settings: FunctionSettings) -> Handler:
        file_name, _, attribute = settings.handler.rpartition(".")
        path = self.folder / settings.feature / f"{file_name}.py"
        spec = importlib.util.spec_from_file_location(
            f"trimtab_dispatched.{settings.feature}.{file_name}", path
        )
        if spec is None or spec.loader is None or not path.is_file():
            raise Refusal(settings.feature, f"{path.name} is not in its folder")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # dataclasses look their module up by name
        spec.loader.exec_module(module)
        self._output.adopt_loggers()
        handler: Handler = getattr(module, attribute)
        self._handlers[settings.feature] = handler
        return handler


@contextmanager
def _warnings_into(lines: list[str]) -> Iterator[None]:
    """Put warnings into the log, where Lambda's standard error would take them."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        try:
            yield
        finally:
            lines += [f"{one.category.__name__}: {one.message}\n" for one in caught]


def _round_trip(value: object) -> Any:
    """Return what is left of a value after the wire; what JSON cannot hold raises, as in Lambda."""
    return json.loads(json.dumps(value))


def _context(settings: FunctionSettings, request_id: str) -> Context:
    return Context(
        aws_request_id=request_id,
        function_name=settings.name,
        invoked_function_arn=settings.arn,
        memory_limit_in_mb=settings.memory_mib,
        log_stream_name=f"[$LATEST]{settings.feature}",
        remaining_ms=settings.timeout_s * 1000,
    )


def _describe(fault: Exception) -> dict[str, Any]:
    trace = []
    step = fault.__traceback__
    while step:
        code = step.tb_frame.f_code
        trace.append(f"{Path(code.co_filename).name}:{step.tb_lineno} {code.co_name}")
        step = step.tb_next
    return {"errorType": type(fault).__name__, "errorMessage": str(fault), "stackTrace": trace}
