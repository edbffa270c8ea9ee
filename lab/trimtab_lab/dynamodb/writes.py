"""PutItem, UpdateItem, DeleteItem and BatchWriteItem."""

from collections.abc import Callable
from functools import partial

from trimtab_lab.api_error import ApiError
from trimtab_lab.dynamodb.condition_parser import parse_condition
from trimtab_lab.dynamodb.faults import invalid, invalid_value
from trimtab_lab.dynamodb.paths import Scope, Steps, find, project, refuse_overlaps
from trimtab_lab.dynamodb.reads import without_capacity
from trimtab_lab.dynamodb.schema import Position
from trimtab_lab.dynamodb.table import Table, Write, commit
from trimtab_lab.dynamodb.tables import Tables
from trimtab_lab.dynamodb.updates import Update, apply_update, parse_update
from trimtab_lab.dynamodb.values import Item, canonical, canonical_item, copy_item
from trimtab_lab.lab import Answer, Lab, Operation, Request
from trimtab_lab.plain import names, only

CONDITIONAL = names(
    "TableName ConditionExpression ExpressionAttributeNames ExpressionAttributeValues "
    "ReturnValuesOnConditionCheckFailure"
)
_RETURNS = {
    "PutItem": ("NONE", "ALL_OLD"),
    "DeleteItem": ("NONE", "ALL_OLD"),
    "UpdateItem": ("NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"),
}
_PARAMETERS = {
    "PutItem": CONDITIONAL | names("ReturnValues Item"),
    "DeleteItem": CONDITIONAL | names("ReturnValues Key"),
    "UpdateItem": CONDITIONAL | names("ReturnValues Key UpdateExpression"),
}
BATCH_WRITES_MAX = 25  # API reference, BatchWriteItem (read 2026-11-22)
Planned = tuple[Write, list[Steps]]
Plan = Callable[[Request], Planned]


class Writes:
    """Writes of single items: first planned and checked, then stored."""

    def __init__(self, lab: Lab, tables: Tables) -> None:
        self._clock, self._tables = lab.clock, tables
        self.operations: dict[str, Operation] = {
            "PutItem": partial(self._write, "PutItem", self.plan_put),
            "UpdateItem": partial(self._write, "UpdateItem", self.plan_update),
            "DeleteItem": partial(self._write, "DeleteItem", self.plan_delete),
            "BatchWriteItem": self._batch_write_item,
        }

    def _write(self, operation: str, plan: Plan, request: Request) -> Answer:
        only(operation, without_capacity(request), _PARAMETERS[operation])
        wish = request.get("ReturnValues", "NONE")
        if wish not in _RETURNS[operation]:
            raise invalid("Return values set to invalid value")
        write, paths = plan(request)
        commit([write], self._clock.now)
        return _returned(wish, write, paths)

    def plan_put(self, request: Request) -> Planned:
        """Check a Put and return its write."""
        table, scope = self._tables.get(request["TableName"]), Scope(request)
        item = canonical_item(request["Item"])
        position = table.schema.of_item(item)
        old = table.get(position)
        self._judge(request, scope, old)
        return table.plan(position, old, item), []

    def plan_delete(self, request: Request) -> Planned:
        """Check a Delete and return its write."""
        table, position, scope = self._target(request)
        old = table.get(position)
        self._judge(request, scope, old)
        return table.plan(position, old, None), []

    def plan_check(self, request: Request) -> Planned:
        """Check a ConditionCheck and return a write that changes nothing."""
        table, position, scope = self._target(request)
        old = table.get(position)
        self._judge(request, scope, old)
        return table.plan(position, old, old), []

    def plan_update(self, request: Request) -> Planned:
        """Check an Update and return its write and the paths it sets."""
        table, position, scope = self._target(request)
        update = Update((), frozenset(), frozenset())
        if "UpdateExpression" in request:
            update = parse_update(request["UpdateExpression"])
            scope.admit("UpdateExpression", update.names, update.values)
        paths = [scope.steps(assignment.path) for assignment in update.assignments]
        refuse_overlaps("UpdateExpression", paths)
        for steps in paths:
            if steps[0] in table.schema.names:
                raise invalid_value(f"Cannot update attribute {steps[0]}. This attribute is part of the key")
        old = table.get(position)
        self._judge(request, scope, old)
        base = old if old is not None else canonical_item(request["Key"])
        new = apply_update(base, update, scope)
        return table.plan(position, old, new, "Item size to update"), paths

    def target(self, request: Request) -> tuple[str, Position]:
        """Return table name and position of the item that a write is about."""
        schema = self._tables.get(request["TableName"]).schema
        if "Key" in request:
            return request["TableName"], schema.of_key(request["Key"])
        key = {name: canonical(value) for name, value in request["Item"].items() if name in schema.names}
        return request["TableName"], schema.of_item(key)

    def _target(self, request: Request) -> tuple[Table, Position, Scope]:
        table = self._tables.get(request["TableName"])
        return table, table.schema.of_key(request["Key"]), Scope(request)

    def _judge(self, request: Request, scope: Scope, old: Item | None) -> None:
        text = request.get("ConditionExpression")
        if text is None:
            scope.close()
            return
        condition = parse_condition(text, "ConditionExpression")
        scope.admit("ConditionExpression", condition.names, condition.values)
        scope.close()
        if not condition.tree.holds(old or {}, scope):
            details: dict[str, object] = {}
            if request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and old is not None:
                details["Item"] = copy_item(old)
            raise ApiError(
                "ConditionalCheckFailedException", "The conditional request failed", details=details
            )

    def _batch_write_item(self, request: Request) -> Answer:
        only("BatchWriteItem", without_capacity(request), {"RequestItems"})
        planned: list[Write] = []
        for name, entries in request["RequestItems"].items():
            for entry in entries:
                if "PutRequest" in entry:
                    planned.append(self.plan_put({"TableName": name, **entry["PutRequest"]})[0])
                else:
                    planned.append(self.plan_delete({"TableName": name, **entry["DeleteRequest"]})[0])
        if len(planned) > BATCH_WRITES_MAX:
            raise invalid("Too many items requested for the BatchWriteItem call")
        if len({(write.table.name, write.position) for write in planned}) != len(planned):
            raise invalid("Provided list of item keys contains duplicates")
        commit(planned, self._clock.now)
        return {"UnprocessedItems": {}}


def _returned(wish: str, write: Write, paths: list[Steps]) -> Answer:
    source = write.old if wish.endswith("OLD") else write.new
    if wish == "NONE" or source is None:
        return {}
    if wish.startswith("UPDATED"):
        there = [steps for steps in paths if find(source, steps) is not None]
        source = project(source, there)
    attributes = copy_item(source)
    return {"Attributes": attributes} if attributes else {}
