"""Query and Scan."""

from collections.abc import Iterable, Iterator

from trimtab_lab.api_error import NotModelled
from trimtab_lab.dynamodb.collection import Row, Rows
from trimtab_lab.dynamodb.condition_parser import parse_condition
from trimtab_lab.dynamodb.conditions import Condition
from trimtab_lab.dynamodb.faults import invalid
from trimtab_lab.dynamodb.key_conditions import KeyRange, key_range
from trimtab_lab.dynamodb.paths import Scope, Steps, project
from trimtab_lab.dynamodb.reads import projection, without_capacity
from trimtab_lab.dynamodb.schema import KeySchema, Position
from trimtab_lab.dynamodb.table import Index, Table
from trimtab_lab.dynamodb.tables import Tables
from trimtab_lab.dynamodb.values import Item, canonical_item, copy_item
from trimtab_lab.lab import Answer, Operation, Request
from trimtab_lab.plain import copy_value, names, only

_SEARCH = names(
    "TableName IndexName FilterExpression ProjectionExpression ExpressionAttributeNames "
    "ExpressionAttributeValues ConsistentRead Limit ExclusiveStartKey Select"
)
_QUERY = _SEARCH | names("KeyConditionExpression ScanIndexForward")
_SCAN = _SEARCH | names("Segment TotalSegments")
PAGE_BYTES_MAX = 1024 * 1024  # API reference, Query (read 2026-11-22)


class Searches:
    """Searches of a table or an index, a page at a time."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.operations: dict[str, Operation] = {"Query": self._query, "Scan": self._scan}

    def _query(self, request: Request) -> Answer:
        only("Query", without_capacity(request), _QUERY)
        if "KeyConditionExpression" not in request:
            raise invalid(
                "Either the KeyConditions or KeyConditionExpression parameter must be specified "
                "in the request."
            )
        search = _Search("Query", self._tables.get(request["TableName"]), request)
        wanted = key_range(request["KeyConditionExpression"], search.schema, search.scope)
        search.refuse_key_filter()
        forward = request.get("ScanIndexForward", True)
        return search.page(_matches(search.rows, wanted, search.start, forward))

    def _scan(self, request: Request) -> Answer:
        only("Scan", without_capacity(request), _SCAN)
        search = _Search("Scan", self._tables.get(request["TableName"]), request)
        segment, segments = request.get("Segment", 0), request.get("TotalSegments", 1)
        if segment >= segments or ("Segment" in request) != ("TotalSegments" in request):
            raise invalid("The Segment parameter is zero-based and must be less than parameter TotalSegments")
        return search.page(search.rows.scan(search.start, segment, segments))


def _matches(rows: Rows, wanted: KeyRange, start: Position | None, forward: bool) -> Iterator[Row]:
    partition = rows.partitions.get(wanted.hash_key)
    if partition is None:
        return
    order = partition.order
    low, high = wanted.slice(order)
    positions = order[low:high] if forward else order[low:high][::-1]
    for position in positions:
        passed = start is not None and (position <= start[1:] if forward else position >= start[1:])
        if not passed:
            yield partition.rows[position]


class _Search:
    """One request: where it looks, what it keeps and how much fits a page."""

    def __init__(self, operation: str, table: Table, request: Request) -> None:
        self._table, self._request = table, request
        self._index = _index(table, request)
        self.schema: KeySchema = self._index.schema if self._index else table.schema
        self.rows: Rows = self._index.rows if self._index else table.rows
        self.scope = Scope(request)
        self._filtered: set[str] = set()
        self._filter = self._read_filter()
        self._shown: list[Steps] | None = projection(request, self.scope)
        self.start = self._read_start()
        self._counts_only = request.get("Select") == "COUNT"
        if request.get("Select") == "SPECIFIC_ATTRIBUTES" and self._shown is None:
            raise invalid("Must specify the ProjectionExpression when choosing SPECIFIC_ATTRIBUTES")
        if self._index and self._index.projected is not None and request.get("Select") == "ALL_ATTRIBUTES":
            raise invalid(
                "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for "
                f"global secondary index {self._index.name} because its projection type is not ALL"
            )
        if operation == "Scan":
            self.scope.close()

    def _read_filter(self) -> Condition | None:
        text = self._request.get("FilterExpression")
        if text is None:
            return None
        condition = parse_condition(text, "FilterExpression")
        self.scope.admit("FilterExpression", condition.names, condition.values)
        self._filtered = {self.scope.name(root) for root in condition.roots}
        return condition.tree

    def refuse_key_filter(self) -> None:
        """Close the scope and refuse a filter on key attributes: a query asks those by key."""
        self.scope.close()
        for name in self.schema.names:
            if name in self._filtered:
                raise invalid(
                    "Filter Expression can only contain non-primary key attributes: "
                    f"Primary key attribute: {name}"
                )

    def _read_start(self) -> Position | None:
        key = self._request.get("ExclusiveStartKey")
        if key is None:
            return None
        item = canonical_item(key)
        if item.keys() != {*self.schema.names, *self._table.schema.names}:
            raise invalid("The provided starting key is invalid")
        own = self.schema.of_item(item)
        return (*own, *self._table.schema.of_item(item)) if self._index else own

    def page(self, rows: Iterable[Row]) -> Answer:
        """Read rows until the page is full; the filter comes after the limit, as in DynamoDB."""
        limit, room = self._request.get("Limit"), PAGE_BYTES_MAX
        found: list[Row] = []
        scanned, last = 0, None
        for row in rows:
            scanned, room, last = scanned + 1, room - row.size, row.item
            if self._filter is None or self._filter.holds(row.item, self.scope):
                found.append(row)
            if room <= 0 or scanned == limit:
                break
        else:
            last = None
        answer: Answer = {"Count": len(found), "ScannedCount": scanned}
        if not self._counts_only:
            answer["Items"] = [self._copied(row) for row in found]
        if last is not None:
            key = (*self.schema.names, *self._table.schema.names)
            answer["LastEvaluatedKey"] = {name: copy_value(last[name]) for name in key}
        return answer

    def _copied(self, row: Row) -> Item:
        return row.copy() if self._shown is None else copy_item(project(row.item, self._shown))


def _index(table: Table, request: Request) -> Index | None:
    name = request.get("IndexName")
    if name is None:
        return None
    if name not in table.indexes:
        raise invalid(f"The table does not have the specified index: {name}")
    if request.get("ConsistentRead") and not table.indexes[name].local:
        raise invalid("Consistent reads are not supported on global secondary indexes")
    if request.get("Select") == "ALL_PROJECTED_ATTRIBUTES" and "ProjectionExpression" in request:
        raise NotModelled("the laboratory does not simulate ALL_PROJECTED_ATTRIBUTES with a projection")
    return table.indexes[name]
