"""CloudFormation's intrinsic functions, as far as what is delivered depends on them.

Source: CloudFormation Template Reference, intrinsic-function-reference (read 2026-11-22).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trimtab_cli.dispatcher.identity import Identity
from trimtab_cli.dispatcher.refusal import Refusal

NO_VALUE = object()  # what a property set to AWS::NoValue resolves to: it is left out


@dataclass(frozen=True, slots=True)
class Resolver:
    """Resolves references against parameter values and the names of the stack's resources."""

    values: dict[str, Any]
    conditions: dict[str, Any]
    mappings: dict[str, Any]
    identity: Identity

    def resolve(self, value: object, where: str) -> Any:
        """Return ``value`` with every intrinsic function replaced.

        Raises:
            Refusal: A function or reference that is not modelled; it names ``where``.
        """
        if isinstance(value, list):
            items = [self.resolve(item, where) for item in value]
            return [item for item in items if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, operand),) = value.items()
            if name in _FUNCTIONS:
                return _FUNCTIONS[name](self, operand, where)
            if name.startswith("Fn::"):
                raise Refusal(where, f"the intrinsic function {name} is not modelled")
        members = {key: self.resolve(item, where) for key, item in value.items()}
        return {key: item for key, item in members.items() if item is not NO_VALUE}

    def holds(self, condition: str) -> bool:
        """Say whether a named condition is true."""
        if condition not in self.conditions:
            raise Refusal(condition, "the template has no such condition")
        return self._truth(self.conditions[condition], condition)

    def _truth(self, expression: object, where: str) -> bool:
        """Evaluate one condition expression."""
        if not isinstance(expression, dict) or len(expression) != 1:
            raise Refusal(where, f"the condition {expression!r} is not modelled")
        ((name, operand),) = expression.items()
        if name == "Condition":
            return self.holds(operand)
        if name == "Fn::Equals":
            left, right = self.resolve(operand, where)
            return str(left) == str(right)
        if name in ("Fn::And", "Fn::Or", "Fn::Not"):
            truths = [self._truth(item, where) for item in operand]
            return {"Fn::And": all(truths), "Fn::Or": any(truths), "Fn::Not": not truths[0]}[name]
        raise Refusal(where, f"the condition function {name} is not modelled")

    def _ref(self, name: str, where: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        return self.values[name] if name in self.values else self.identity.ref(name, where)

    def _get_att(self, operand: Any, where: str) -> str:
        logical_id, attribute = operand.split(".", 1) if isinstance(operand, str) else operand
        return self.identity.attribute(logical_id, attribute, where)

    def _sub(self, operand: Any, where: str) -> str:
        text, local = operand if isinstance(operand, list) else (operand, {})
        local = self.resolve(local, where)

        def fill(found: re.Match[str]) -> str:
            name = found[1]
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in local:
                return str(local[name])
            return str(self._get_att(name, where) if "." in name else self._ref(name, where))

        return re.sub(r"\$\{([^}]+)\}", fill, text)

    def _if(self, operand: Any, where: str) -> Any:
        condition, yes, no = operand
        return self.resolve(yes if self.holds(condition) else no, where)

    def _join(self, operand: Any, where: str) -> str:
        separator, items = operand
        return str(separator).join(str(item) for item in self.resolve(items, where))

    def _find_in_map(self, operand: Any, where: str) -> Any:
        name, first, second = self.resolve(operand, where)
        try:
            return self.mappings[name][first][second]
        except KeyError as missing:
            raise Refusal(where, f"the mapping {name!r} has no {missing}") from None

    def _select(self, operand: Any, where: str) -> Any:
        index, items = self.resolve(operand, where)
        return items[int(index)]

    def _split(self, operand: Any, where: str) -> list[str]:
        separator, text = self.resolve(operand, where)
        return str(text).split(separator)


_FUNCTIONS: dict[str, Callable[[Resolver, Any, str], Any]] = {
    "Ref": Resolver._ref,
    "Fn::GetAtt": Resolver._get_att,
    "Fn::Sub": Resolver._sub,
    "Fn::If": Resolver._if,
    "Fn::Join": Resolver._join,
    "Fn::FindInMap": Resolver._find_in_map,
    "Fn::Select": Resolver._select,
    "Fn::Split": Resolver._split,
}
