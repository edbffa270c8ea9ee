"""State machines in the Amazon States Language with JSONPath, run at simulated time.

Pass, Task (``lambda:invoke``), inline Map, Choice, Succeed and Fail, with Retry and Catch; anything
else is refused when the definition is read.

Source: Step Functions Developer Guide, concepts-amazon-states-language, concepts-error-handling,
state-map-inline (read 2026-11-22).
"""

import json
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from trimtab_cli.dispatcher.asl_data import StateFault
from trimtab_cli.dispatcher.asl_states import (
    Choice,
    Fail,
    Map,
    Pass,
    State,
    Succeed,
    Task,
    read_states,
)
from trimtab_cli.dispatcher.invoke import Functions
from trimtab_lab import Lab

INLINE_CONCURRENCY = 40  # iterations of an inline Map that run at once at most
Run = Generator[float, None, Any]  # yields the seconds until it wants to go on


@dataclass(slots=True)
class Execution:
    """One run of a state machine, for the timeline and the tests."""

    name: str
    machine: str
    started_at: float
    input: Any
    status: str = "RUNNING"
    output: Any = None
    error: str | None = None
    cause: str | None = None
    states: list[str] = field(default_factory=list)


class StateMachine:
    """One state machine of the template.

    Args:
        name: Short name, for triggers and refusals.
        arn: Its ARN.
        definition: The definition, substitutions made.
        feature_of: From the ARN or name of a function to its feature.
        lab: For its clock.
        functions: What tasks invoke.

    Raises:
        Refusal: The definition uses what is not modelled.
    """

    def __init__(
        self,
        name: str,
        arn: str,
        definition: dict[str, Any],
        feature_of: Callable[[str], str | None],
        lab: Lab,
        functions: Functions,
    ) -> None:
        self.name, self.arn = name, arn
        self._start_at, self._states = read_states(name, definition, feature_of)
        self._lab, self._functions = lab, functions
        self._random = lab.random(f"state machine {name}")
        self.executions: list[Execution] = []

    def start(self, data: Any) -> Execution:
        """Start an execution; its first state runs when the clock moves."""
        name = self._functions.request_id()
        execution = Execution(name, self.name, self._lab.clock.now, data)
        self.executions.append(execution)
        context = {
            "Execution": {
                "Id": f"{self.arn.replace(':stateMachine:', ':execution:')}:{name}",
                "Name": name,
                "Input": data,
                "StartTime": _iso(self._lab.clock.now),
            },
            "StateMachine": {"Id": self.arn, "Name": self.name},
        }
        run = self._run(self._start_at, self._states, data, context, execution)
        self._lab.clock.after(0.0, lambda: self._go_on(execution, run))
        return execution

    def _go_on(self, execution: Execution, run: Run) -> None:
        try:
            delay = next(run)
        except StopIteration as end:
            execution.status, execution.output = "SUCCEEDED", end.value
        except StateFault as fault:
            execution.status, execution.error, execution.cause = "FAILED", fault.error, fault.cause
        else:
            self._lab.clock.after(delay, lambda: self._go_on(execution, run))

    def _run(
        self, start_at: str, states: dict[str, State], data: Any, context: Any, execution: Execution
    ) -> Run:
        """Run states from ``start_at`` to an end and return the output."""
        name: str | None = start_at
        while name is not None:
            state = states[name]
            execution.states.append(name)
            here = {**context, "State": {"Name": name, "EnteredTime": _iso(self._lab.clock.now)}}
            try:
                shown = state.input_path(data, here)
                if isinstance(state, Fail):
                    raise StateFault(state.error, state.cause)
                if isinstance(state, Succeed):
                    return state.output_path(shown, here)
                if isinstance(state, Choice):
                    data, name = state.output_path(shown, here), state.choose(shown, here)
                    continue
                assert isinstance(state, Pass | Task | Map)
                result = yield from self._with_retries(state, shown, here, execution)
                selected = state.result_selector(result, here)
                kept = data if state.result_path is None else state.result_path(data, selected)
                data, name = state.output_path(kept, here), state.next
            except StateFault as fault:
                data, name = state.catch(fault, data)
        return data

    def _with_retries(self, state: Pass | Task | Map, shown: Any, context: Any, execution: Execution) -> Run:
        used = [0] * len(state.retriers)
        while True:
            try:
                return (yield from self._once(state, shown, context, execution))
            except StateFault as fault:
                number = next((n for n, one in enumerate(state.retriers) if one.takes(fault)), None)
                if number is None or used[number] >= state.retriers[number].max_attempts:
                    raise
                yield state.retriers[number].delay_s(used[number], self._random)
                used[number] += 1

    def _once(self, state: Pass | Task | Map, shown: Any, context: Any, execution: Execution) -> Run:
        if isinstance(state, Pass):
            return state.result(state.parameters(shown, context), context)
        if isinstance(state, Task):
            return (yield from self._invoke(state, state.parameters(shown, context), context))
        return (yield from self._map(state, shown, context, execution))

    def _invoke(self, state: Task, parameters: Any, context: Any) -> Run:
        payload = parameters.get("Payload", {}) if state.wraps else parameters
        trigger = f"{self.name}/{context['State']['Name']}"
        name = context["Execution"]["Name"]
        invocation = self._functions.invoke(state.feature, payload, trigger, name)
        yield 0.0  # what the handler wrote is delivered before the next state
        if invocation.error is not None:
            raise StateFault(invocation.error["errorType"], json.dumps(invocation.error))
        if not state.wraps:
            return invocation.answer
        return {"ExecutedVersion": "$LATEST", "Payload": invocation.answer, "StatusCode": 200}

    def _map(self, state: Map, shown: Any, context: Any, execution: Execution) -> Run:
        """Run the iterations side by side, the earliest first; one that fails ends them all."""
        items = state.items(shown, context)
        if not isinstance(items, list):
            raise StateFault("States.Runtime", "the items of a Map are no array")
        results: list[Any] = [None] * len(items)
        waiting = deque(enumerate(items))
        running: list[tuple[float, int, Run]] = []
        limit = min(state.max_concurrency or INLINE_CONCURRENCY, INLINE_CONCURRENCY)
        while waiting or running:
            while waiting and len(running) < limit:
                index, item = waiting.popleft()
                inner = {**context, "Map": {"Item": {"Index": index, "Value": item}}}
                data = state.item_selector(shown, inner) if state.item_selector else item
                run = self._run(state.start_at, state.states, data, inner, execution)
                running.append((self._lab.clock.now, index, run))
            turn = min(running, key=lambda one: one[:2])
            running.remove(turn)
            at, index, run = turn
            yield max(0.0, at - self._lab.clock.now)
            try:
                running.append((self._lab.clock.now + next(run), index, run))
            except StopIteration as end:
                results[index] = end.value
        return results


def _iso(epoch_s: float) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
