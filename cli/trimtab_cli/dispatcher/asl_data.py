"""The data language of state machines: JSONPath, payload templates, intrinsic functions.

Source: Step Functions Developer Guide, amazon-states-language-paths and intrinsic-functions (read
2026-11-22). Definite paths, ``[*]`` and the functions below; anything else is refused when the
definition is read.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from trimtab_cli.dispatcher.refusal import Refusal

_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\['([^']+)'\]|\[(\d+)\]|\[(\*)\]")
_TOKEN = re.compile(
    r"\s*(?:(?P<call>States\.\w+)\s*\(|(?P<path>\$[^\s,()]*)|'(?P<text>(?:\\.|[^'\\])*)'"
    r"|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>true|false|null)|(?P<mark>[,)]))"
)
Step = str | int | None  # a member, an index, or every element
Value = Callable[[Any, Any], Any]  # from a state's input and the context object


class StateFault(Exception):
    """A state failed with an error name and a cause, as Catch and Retry see them."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause


def compile_path(where: str, text: str) -> Value:
    """Compile a path into a function; ``$$`` reads the context object.

    Raises:
        Refusal: The path uses filters, slices, or descends.
    """
    root = "$$" if text.startswith("$$") else "$"
    steps = _steps(where, text, text[len(root) :]) if text.startswith("$") else None
    if steps is None:
        raise Refusal(where, f"{text!r} is no path")

    def read(data: Any, context: Any) -> Any:
        return _follow(context if root == "$$" else data, steps, text)

    return read


def _steps(where: str, text: str, rest: str) -> list[Step]:
    steps: list[Step] = []
    position = 0
    while position < len(rest):
        found = _STEP.match(rest, position)
        if found is None:
            raise Refusal(where, f"the path {text!r} is not modelled")
        steps.append(None if found[4] else int(found[3]) if found[3] else found[1] or found[2])
        position = found.end()
    return steps


def _follow(value: Any, steps: list[Step], text: str) -> Any:
    for number, step in enumerate(steps):
        if step is None:
            if not isinstance(value, list):
                raise StateFault("States.ParameterPathFailure", f"{text} finds no array")
            return [_follow(one, steps[number + 1 :], text) for one in value]
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            raise StateFault("States.ParameterPathFailure", f"{text} finds nothing") from None
    return value


def write_path(where: str, text: str) -> Callable[[Any, Any], Any]:
    """Compile a ResultPath: a function from a state's input and its result to what goes on."""
    steps = _steps(where, text, text[1:])
    if not text.startswith("$") or text.startswith("$$") or not all(isinstance(s, str) for s in steps):
        raise Refusal(where, f"the ResultPath {text!r} is not modelled")

    def write(data: Any, result: Any) -> Any:
        if not steps:
            return result
        if not isinstance(data, dict):
            raise StateFault("States.ResultPathMatchFailure", f"{text} needs an object as input")
        copied: dict[Any, Any] = dict(data)
        inner = copied
        for step in steps[:-1]:
            inner[step] = dict(inner[step]) if isinstance(inner.get(step), dict) else {}
            inner = inner[step]
        inner[steps[-1]] = result
        return copied

    return write


def compile_template(where: str, template: Any) -> Value:
    """Compile Parameters, ItemSelector or ResultSelector: keys that end in ``.$`` are computed."""
    if isinstance(template, dict):
        members = {
            key.removesuffix(".$"): _compile_text(where, value)
            if key.endswith(".$")
            else compile_template(where, value)
            for key, value in template.items()
        }
        return lambda data, context: {key: one(data, context) for key, one in members.items()}
    if isinstance(template, list):
        items = [compile_template(where, item) for item in template]
        return lambda data, context: [one(data, context) for one in items]
    return lambda data, context: template


def _compile_text(where: str, text: Any) -> Value:
    if not isinstance(text, str):
        raise Refusal(where, f"a key that ends in .$ needs a path or a function, not {text!r}")
    if text.startswith("$"):
        return compile_path(where, text)
    value, end = _compile_argument(where, text, 0)
    if end != len(text.rstrip()):
        raise Refusal(where, f"{text!r} goes on after its end")
    return value


def _compile_argument(where: str, text: str, position: int) -> tuple[Value, int]:
    found = _TOKEN.match(text, position)
    if found is None or found["mark"]:
        raise Refusal(where, f"{text!r} is not modelled")
    if found["call"]:
        return _compile_call(where, text, found["call"], found.end())
    if found["path"]:
        return compile_path(where, found["path"]), found.end()
    if found["text"] is not None:
        literal: Any = re.sub(r"\\(.)", r"\1", found["text"])
        if "\\{" in found["text"] or "\\}" in found["text"]:
            raise Refusal(where, f"escaped braces in {text!r} are not modelled")
    else:
        literal = json.loads(found["number"] or found["word"])
    return lambda data, context: literal, found.end()


def _compile_call(where: str, text: str, name: str, position: int) -> tuple[Value, int]:
    function = _FUNCTIONS.get(name)
    if function is None:
        raise Refusal(where, f"the intrinsic function {name} is not modelled")
    arguments: list[Value] = []
    while True:
        found = _TOKEN.match(text, position)
        if found and found["mark"] == ")" and not arguments:
            position = found.end()
            break
        argument, position = _compile_argument(where, text, position)
        arguments.append(argument)
        found = _TOKEN.match(text, position)
        if found is None or not found["mark"]:
            raise Refusal(where, f"{text!r} is not modelled")
        position = found.end()
        if found["mark"] == ")":
            break

    def call(data: Any, context: Any) -> Any:
        values = [one(data, context) for one in arguments]
        try:
            return function(*values)
        except (TypeError, ValueError, IndexError) as fault:
            raise StateFault("States.IntrinsicFailure", f"{name}: {fault}") from None

    return call, position


def _format(template: str, *values: Any) -> str:
    texts = [one if isinstance(one, str) else json.dumps(one) for one in values]
    if template.count("{}") != len(texts):
        raise ValueError("as many values are needed as the text has {}")
    parts = template.split("{}")
    return "".join(part + text for part, text in zip(parts, [*texts, ""], strict=True))


def _array_range(first: int, last: int, step: int) -> list[int]:
    """Both ends belong to it; at most 1,000 items."""
    numbers = list(range(first, last + (1 if step > 0 else -1), step))
    if len(numbers) > 1000:
        raise ValueError("more than 1,000 items")
    return numbers


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "States.Array": lambda *values: list(values),
    "States.ArrayGetItem": lambda array, index: array[index],
    "States.ArrayLength": len,
    "States.ArrayRange": _array_range,
    "States.Format": _format,
    "States.JsonToString": json.dumps,
    "States.MathAdd": lambda left, right: left + right,
    "States.StringToJson": json.loads,
}
