"""GetItem, BatchGetItem and TransactGetItems."""

from functools import lru_cache
from typing import Any

from trimtab_lab.dynamodb.faults import invalid
from trimtab_lab.dynamodb.lexer import Tokens
from trimtab_lab.dynamodb.paths import Path, Scope, Steps, parse_path, project, refuse_overlaps
from trimtab_lab.dynamodb.table import Table
from trimtab_lab.dynamodb.tables import Tables
from trimtab_lab.dynamodb.values import Item, copy_item, item_bytes
from trimtab_lab.lab import Answer, Operation, Request
from trimtab_lab.plain import names, only

_GET = names("TableName Key ConsistentRead ProjectionExpression ExpressionAttributeNames")
_BATCH_TABLE = names("Keys ConsistentRead ProjectionExpression ExpressionAttributeNames")
_WISHES = names("ReturnConsumedCapacity ReturnItemCollectionMetrics")
BATCH_KEYS_MAX = 100  # API reference, BatchGetItem (read 2026-11-22), as are the bytes
BATCH_BYTES_MAX = 16 * 1024 * 1024
TRANSACT_ITEMS_MAX = 100  # API reference, TransactGetItems (read 2026-11-22)


class Reads:
    """Reads of items by key; every read is consistent."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.operations: dict[str, Operation] = {
            "GetItem": self._get_item,
            "BatchGetItem": self._batch_get_item,
            "TransactGetItems": self._transact_get_items,
        }

    def _get_item(self, request: Request) -> Answer:
        item = self._find("GetItem", request)
        return {} if item is None else {"Item": item}

    def _find(self, operation: str, request: Request) -> Item | None:
        only(operation, without_capacity(request), _GET)
        table = self._tables.get(request["TableName"])
        scope = Scope(request)
        shown = projection(request, scope)
        scope.close()
        return _read(table, request["Key"], shown)

    def _batch_get_item(self, request: Request) -> Answer:
        only("BatchGetItem", without_capacity(request), {"RequestItems"})
        if sum(len(wanted["Keys"]) for wanted in request["RequestItems"].values()) > BATCH_KEYS_MAX:
            raise invalid("Too many items requested for the BatchGetItem call")
        responses: dict[str, list[Item]] = {}
        left: dict[str, Any] = {}
        room = BATCH_BYTES_MAX
        for name, wanted in request["RequestItems"].items():
            only("BatchGetItem", wanted, _BATCH_TABLE)
            table, scope = self._tables.get(name), Scope(wanted)
            shown = projection(wanted, scope)
            scope.close()
            positions = [table.schema.of_key(key) for key in wanted["Keys"]]
            if len(set(positions)) != len(positions):
                raise invalid("Provided list of item keys contains duplicates")
            responses[name] = []
            for number, key in enumerate(wanted["Keys"]):
                if room < 0:
                    left[name] = {**wanted, "Keys": wanted["Keys"][number:]}
                    break
                item = _read(table, key, shown)
                if item is not None:
                    room -= item_bytes(item)
                    responses[name].append(item)
        return {"Responses": responses, "UnprocessedKeys": left}

    def _transact_get_items(self, request: Request) -> Answer:
        only("TransactGetItems", without_capacity(request), {"TransactItems"})
        if len(request["TransactItems"]) > TRANSACT_ITEMS_MAX:
            raise invalid("Member must have length less than or equal to 100")
        items = [self._find("TransactGetItems", entry["Get"]) for entry in request["TransactItems"]]
        return {"Responses": [{} if item is None else {"Item": item} for item in items]}


def without_capacity(request: Request) -> Request:
    """Return the request without the wish for no statistics, which is granted."""
    if _WISHES.isdisjoint(request):
        return request
    return {key: value for key, value in request.items() if key not in _WISHES or value != "NONE"}


def _read(table: Table, key: Item, shown: list[Steps] | None) -> Item | None:
    row = table.rows.get(table.schema.of_key(key))
    if row is None:
        return None
    return row.copy() if shown is None else copy_item(project(row.item, shown))


def projection(request: Request, scope: Scope) -> list[Steps] | None:
    """Return the paths of ProjectionExpression; None means the whole item."""
    text = request.get("ProjectionExpression")
    if text is None:
        return None
    paths, placeholders = _parse_projection(text)
    scope.admit("ProjectionExpression", placeholders, frozenset())
    steps = [scope.steps(path) for path in paths]
    refuse_overlaps("ProjectionExpression", steps)
    return steps


@lru_cache(maxsize=512)
def _parse_projection(text: str) -> tuple[tuple[Path, ...], frozenset[str]]:
    tokens = Tokens(text, "ProjectionExpression")
    paths = [parse_path(tokens)]
    while tokens.take(","):
        paths.append(parse_path(tokens))
    if tokens.peek.kind != "end":
        raise tokens.syntax_error()
    return tuple(paths), frozenset(tokens.names)
