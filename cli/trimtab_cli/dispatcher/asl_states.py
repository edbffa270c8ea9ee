"""The states of a definition, read once: fields checked, paths and templates compiled."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from trimtab_cli.dispatcher.asl_choice import Test, compile_rule
from trimtab_cli.dispatcher.asl_data import (
    StateFault,
    Value,
    compile_path,
    compile_template,
    write_path,
)
from trimtab_cli.dispatcher.refusal import Refusal, only

FeatureOf = Callable[[str], str | None]
_COMMON = {"Type", "Comment", "InputPath", "OutputPath"}
_FLOW = _COMMON | {"Next", "End"}
_RESULT = {"ResultPath", "ResultSelector", "Retry", "Catch"}
_FIELDS = {
    "Pass": _FLOW | {"Parameters", "Result", "ResultPath"},
    "Task": _FLOW | _RESULT | {"Resource", "Parameters", "TimeoutSeconds"},
    "Map": _FLOW | _RESULT | {"ItemsPath", "ItemSelector", "ItemProcessor", "MaxConcurrency"},
    "Choice": _COMMON | {"Choices", "Default"},
    "Succeed": _COMMON,
    "Fail": {"Type", "Comment", "Error", "Cause"},
}


def _as_is(data: Any, context: Any) -> Any:
    return data


@dataclass(frozen=True, slots=True)
class Retrier:
    """When and how often a failed state is tried again."""

    errors: tuple[str, ...]
    interval_s: float
    max_attempts: int
    backoff_rate: float
    max_delay_s: float
    jitter: bool

    def takes(self, fault: StateFault) -> bool:
        """Say whether this retrier is for ``fault``."""
        return _names(self.errors, fault)

    def delay_s(self, attempts: int, random: Random) -> float:
        """Return how long to wait before the next attempt, ``attempts`` retries being used."""
        delay = min(self.max_delay_s, self.interval_s * self.backoff_rate**attempts)
        return random.uniform(0, delay) if self.jitter else delay


@dataclass(frozen=True, slots=True)
class Catcher:
    """Where a failed state goes on."""

    errors: tuple[str, ...]
    next: str
    result_path: Callable[[Any, Any], Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What every state has."""

    input_path: Value = _as_is
    output_path: Value = _as_is
    next: str | None = None
    catchers: tuple[Catcher, ...] = ()

    def catch(self, fault: StateFault, data: Any) -> tuple[Any, str]:
        """Return data and name of the state after a fault, or raise it on."""
        for catcher in self.catchers:
            if _names(catcher.errors, fault):
                error = {"Error": fault.error, "Cause": fault.cause}
                kept = data if catcher.result_path is None else catcher.result_path(data, error)
                return kept, catcher.next
        raise fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Working(State):
    """What the states have that produce a result; ``result_path`` None drops it."""

    result_path: Callable[[Any, Any], Any] | None
    result_selector: Value = _as_is
    retriers: tuple[Retrier, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass(Working):
    """Reshapes its input."""

    parameters: Value = _as_is
    result: Value = _as_is


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Working):
    """Invokes a function; ``wraps`` when through ``lambda:invoke``."""

    feature: str
    wraps: bool
    parameters: Value = _as_is


@dataclass(frozen=True, slots=True, kw_only=True)
class Map(Working):
    """Runs states for each item."""

    items: Value
    item_selector: Value | None
    max_concurrency: int
    start_at: str
    states: dict[str, State]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(State):
    """Goes where the first true rule says."""

    rules: tuple[tuple[Test, str], ...]
    default: str | None

    def choose(self, data: Any, context: Any) -> str:
        """Return the name of the next state."""
        for test, target in self.rules:
            if test(data, context):
                return target
        if self.default is None:
            raise StateFault("States.NoChoiceMatched", "no rule is true and there is no Default")
        return self.default


@dataclass(frozen=True, slots=True, kw_only=True)
class Succeed(State):
    """Ends well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail(State):
    """Ends badly."""

    error: str = ""
    cause: str = ""


def read_states(where: str, machine: dict[str, Any], feature_of: FeatureOf) -> tuple[str, dict[str, State]]:
    """Return the first state's name and all states of a definition or of an item processor.

    Raises:
        Refusal: A state, field, path or resource that is not modelled, or a name that leads nowhere.
    """
    known = {"Comment", "StartAt", "States", "TimeoutSeconds", "QueryLanguage", "ProcessorConfig", "Version"}
    only(where, machine, known)
    if machine.get("QueryLanguage", "JSONPath") != "JSONPath":
        raise Refusal(where, "only the query language JSONPath is modelled")
    states = {
        name: _Reader(f"{where}/{name}", body, feature_of).read() for name, body in machine["States"].items()
    }
    for name, state in states.items():
        targets = {state.next, *(catcher.next for catcher in state.catchers)} - {None}
        if isinstance(state, Choice):
            targets |= {state.default, *(target for _, target in state.rules)} - {None}
        if missing := targets - states.keys():
            raise Refusal(f"{where}/{name}", f"no state is called {sorted(map(str, missing))[0]!r}")
    if machine["StartAt"] not in states:
        raise Refusal(where, f"no state is called {machine['StartAt']!r}")
    return machine["StartAt"], states


def _names(errors: tuple[str, ...], fault: StateFault) -> bool:
    wide = not fault.error.startswith("States.") or fault.error == "States.Timeout"
    return fault.error in errors or "States.ALL" in errors or (wide and "States.TaskFailed" in errors)


@dataclass(frozen=True, slots=True)
class _Reader:
    where: str
    body: dict[str, Any]
    feature_of: FeatureOf

    def read(self) -> State:
        kind = self.body.get("Type")
        if kind not in _FIELDS:
            raise Refusal(self.where, f"the state type {kind!r} is not modelled")
        only(self.where, self.body, _FIELDS[kind])
        readers: dict[str, Callable[[dict[str, Any]], State]] = {
            "Pass": self._pass,
            "Task": self._task,
            "Map": self._map,
            "Choice": self._choice,
            "Succeed": lambda common: Succeed(**common),
            "Fail": lambda _: Fail(error=self.body.get("Error", ""), cause=self.body.get("Cause", "")),
        }
        if kind in ("Pass", "Task", "Map") and ("Next" in self.body) == (self.body.get("End") is True):
            raise Refusal(self.where, "a state needs either Next or End: true")
        common = {"input_path": self._shown("InputPath"), "output_path": self._shown("OutputPath")}
        return readers[kind](common)

    def _shown(self, name: str) -> Value:
        text = self.body.get(name, "$")
        return (lambda data, context: {}) if text is None else compile_path(self.where, text)

    def _working(self, common: dict[str, Any]) -> dict[str, Any]:
        path = self.body.get("ResultPath", "$")
        selector = self.body.get("ResultSelector")
        return {
            **common,
            "next": self.body.get("Next"),
            "result_path": None if path is None else write_path(self.where, path),
            "result_selector": compile_template(self.where, selector) if selector else _as_is,
            "retriers": tuple(self._retrier(one) for one in self.body.get("Retry", ())),
            "catchers": tuple(self._catcher(one) for one in self.body.get("Catch", ())),
        }

    def _parameters(self) -> Value:
        parameters = self.body.get("Parameters")
        return _as_is if parameters is None else compile_template(self.where, parameters)

    def _pass(self, common: dict[str, Any]) -> Pass:
        fixed = self.body.get("Result")
        result = (lambda data, context: fixed) if "Result" in self.body else _as_is
        return Pass(**self._working(common), parameters=self._parameters(), result=result)

    def _task(self, common: dict[str, Any]) -> Task:
        resource = self.body.get("Resource", "")
        wraps = resource == "arn:aws:states:::lambda:invoke"
        parameters = self.body.get("Parameters", {})
        if wraps:
            only(self.where, parameters, {"FunctionName", "Payload", "Payload.$"})
        target = parameters.get("FunctionName", "") if wraps else resource
        feature = self.feature_of(target)
        if feature is None:
            raise Refusal(self.where, f"the resource {target or resource!r} is no function of the template")
        return Task(**self._working(common), feature=feature, wraps=wraps, parameters=self._parameters())

    def _map(self, common: dict[str, Any]) -> Map:
        processor = self.body.get("ItemProcessor", {})
        config = processor.get("ProcessorConfig", {})
        if config.get("Mode", "INLINE") != "INLINE":
            raise Refusal(self.where, f"the Map mode {config['Mode']!r} is not modelled")
        start_at, states = read_states(self.where, processor, self.feature_of)
        selector = self.body.get("ItemSelector")
        return Map(
            **self._working(common),
            items=compile_path(self.where, self.body.get("ItemsPath", "$")),
            item_selector=None if selector is None else compile_template(self.where, selector),
            max_concurrency=int(self.body.get("MaxConcurrency", 0)),
            start_at=start_at,
            states=states,
        )

    def _choice(self, common: dict[str, Any]) -> Choice:
        rules = tuple((compile_rule(self.where, one), one["Next"]) for one in self.body["Choices"])
        return Choice(**common, rules=rules, default=self.body.get("Default"))

    def _retrier(self, one: dict[str, Any]) -> Retrier:
        only(
            self.where,
            one,
            {"ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds"}
            | {"JitterStrategy", "Comment"},
        )
        return Retrier(
            errors=tuple(one["ErrorEquals"]),
            interval_s=float(one.get("IntervalSeconds", 1)),
            max_attempts=int(one.get("MaxAttempts", 3)),
            backoff_rate=float(one.get("BackoffRate", 2.0)),
            max_delay_s=float(one.get("MaxDelaySeconds", 31_622_400)),
            jitter=one.get("JitterStrategy", "NONE") == "FULL",
        )

    def _catcher(self, one: dict[str, Any]) -> Catcher:
        only(self.where, one, {"ErrorEquals", "Next", "ResultPath", "Comment"})
        path = one.get("ResultPath", "$")
        keep = None if path is None else write_path(self.where, path)
        return Catcher(tuple(one["ErrorEquals"]), one["Next"], keep)
