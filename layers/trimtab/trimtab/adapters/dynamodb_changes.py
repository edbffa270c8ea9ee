"""The Changes table: every step a conditional write, HEAD taken and given up in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from trimtab.adapters.dynamodb_items import (
    Item,
    from_dynamodb,
    instant,
    read_change,
    to_dynamodb,
    write_change,
)
from trimtab.adapters.dynamodb_steering import ONLY, kept_item
from trimtab.adapters.dynamodb_stops import archiving
from trimtab.model.change import CLOSED, FIRST_STATES, HOLDS_HEAD, Change, State, Turn
from trimtab.model.errors import ConflictError, IllegalTransitionError, UnreadableError
from trimtab.model.head import Head
from trimtab.model.keys import (
    CLOSED_CHANGE_KEPT,
    FREE_HEAD_KEPT,
    HEAD,
    OPEN_INDEX,
    OPEN_OF_WORKLOAD_INDEX,
    change_item,
    task_id,
)
from trimtab.model.stop import Stop

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ALREADY_THERE: Final = "ConditionalCheckFailedException"
LOST_RACE: Final = (ALREADY_THERE, "TransactionCanceledException", "TransactionConflictException")
"""Another state than expected, or somebody else's transaction on the same item at this instant.

Source: DynamoDB API Reference, UpdateItem and TransactWriteItems, Errors (read 2026-11-22).
"""

HEAD_NAMES: Final = {"#h": "holder", "#l": "lease_until", "#f": "fence", "#e": "expires_at"}
HEAD_IS_FREE: Final = "attribute_not_exists(#h) OR (#h = :me AND #l < :now) OR #h = :parent"
TAKE_HEAD: Final = "SET #h = :me, #l = :until REMOVE #e ADD #f :one"


class DynamoDbChanges:
    """The port ``Changes`` on DynamoDB.

    ``control`` is the name of the Control table, for what is written there together with a Change: an
    archived stop, and whose place a started task has. ``tell`` hears of each Change that cannot be read and
    is passed over in a list of them.
    """

    def __init__(
        self, client: DynamoDBClient, table: str, control: str, tell: Callable[[UnreadableError], None]
    ) -> None:
        self._client, self._table, self._control, self._tell = client, table, control, tell

    def record(self, change: Change) -> bool:
        """Write a new Change; False when the same one is already there."""
        try:
            self._client.put_item(**self._put(change))
        except ClientError as fault:
            if fault.response["Error"]["Code"] == ALREADY_THERE:
                return self._is_my_own(change)
            raise
        return True

    def record_answer(self, change: Change, stop: Stop) -> bool:
        """Write a new Change and archive the stop that it answers, at once; False when it is already there.

        The message of a stop may come again: then one of both is there, or both are, and each goes by itself.
        """
        archived = archiving(self._control, stop, change.created_at)
        try:
            self._client.transact_write_items(TransactItems=[{"Put": self._put(change)}, {"Put": archived}])
        except ClientError as fault:
            if fault.response["Error"]["Code"] not in LOST_RACE:
                raise
            new = self.record(change)
            with suppress(self._client.exceptions.ConditionalCheckFailedException):
                self._client.put_item(**archived)
            return new
        return True

    def _is_my_own(self, change: Change) -> bool:
        """Tell whether the Change that is there already is the one just written.

        The SDK sends a write again when its answer was lost, and the second one finds the first.
        """
        there = self.get(change.workload, change.id)
        return there is not None and write_change(there) == write_change(change)

    def get(self, workload: str, change_id: str) -> Change | None:
        """Read one Change consistently.

        Raises:
            UnreadableError: It is there, and cannot be read.
        """
        answer = self._client.get_item(
            TableName=self._table, Key=_key(workload, change_item(change_id)), ConsistentRead=True
        )
        return read_change(from_dynamodb(answer["Item"])) if "Item" in answer else None

    def of(self, workload: str) -> list[Change]:
        """Read every Change of a workload consistently: those of 400 days."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="#w = :w AND begins_with(#i, :c)",
            ExpressionAttributeNames={"#w": "workload", "#i": "item"},
            ExpressionAttributeValues=to_dynamodb({":w": workload, ":c": change_item("")}),
            ConsistentRead=True,
        )
        return list(self._readable(pages))

    def of_lineage(self, workload: str) -> tuple[list[Change], Head]:
        """Read every Change of a workload consistently, and HEAD as it was before that.

        HEAD is the last of its items, so it is read first, backwards.
        """
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="#w = :w",
            ExpressionAttributeNames={"#w": "workload"},
            ExpressionAttributeValues=to_dynamodb({":w": workload}),
            ConsistentRead=True,
            ScanIndexForward=False,
        )
        items = [item for page in pages for item in page["Items"]]
        heads = [from_dynamodb(item) for item in items if item["item"] == {"S": HEAD}]
        changes = [item for item in items if item["item"] != {"S": HEAD}]
        head = heads[0] if heads else {}
        return list(self._readable([{"Items": changes[::-1]}])), Head(
            head.get("holder"), head.get("fence", 0)
        )

    def open_of(self, workload: str) -> list[Change]:
        """Read the open Changes of a workload consistently; what is closed costs nothing."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=OPEN_OF_WORKLOAD_INDEX,
            KeyConditionExpression="#w = :w",
            ExpressionAttributeNames={"#w": "workload"},
            ExpressionAttributeValues=to_dynamodb({":w": workload}),
            ConsistentRead=True,
        )
        return list(self._readable(pages))

    def due(self, turn: Turn, until: datetime, limit: int | None = None) -> Iterator[Change]:
        """Yield open Changes whose turn it is and whose time has come, earliest first, at most ``limit``."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=OPEN_INDEX,
            KeyConditionExpression="#t = :t AND #d <= :d",
            ExpressionAttributeNames={"#t": "open_turn", "#d": "due_at"},
            ExpressionAttributeValues=to_dynamodb({":t": turn.value, ":d": instant(until)}),
        )
        yield from islice(self._readable(pages), limit)

    def _readable(self, pages: Iterable[Mapping[str, Any]]) -> Iterator[Change]:
        """Yield what can be read: one strange item does not hide the others."""
        for page in pages:
            for item in page["Items"]:
                try:
                    yield read_change(from_dynamodb(item))
                except UnreadableError as fault:
                    self._tell(fault)

    def was_taken(self, workload: str) -> bool:
        """Tell whether an applier ever took a Change of that workload: it then has a HEAD."""
        answer = self._client.get_item(
            TableName=self._table, Key=_key(workload, HEAD), ProjectionExpression="workload"
        )
        return bool(answer.get("Item"))

    def take(self, change: Change, lease_until: datetime, now: datetime, seen: Head | None = None) -> Change:
        """Move to ``applying`` and take HEAD in one transaction; the fence rises.

        HEAD is free, or its lease has run out while this very Change held it (its applier died), or the
        Change that this one rolls back holds it. With ``seen`` nobody has held it since.
        """
        if seen is not None and seen.holder not in (None, change.id):
            raise self._moved_meanwhile(change)  # it may be free by now, but what was read with it is old
        taken = replace(
            change.moved(State.APPLYING, now), turn=Turn.SETTLE, due_at=lease_until, fence=change.fence + 1
        )
        head = {
            "TableName": self._table,
            "Key": _key(change.workload, HEAD),
            "UpdateExpression": TAKE_HEAD,
            "ConditionExpression": HEAD_IS_FREE if seen is None else f"({HEAD_IS_FREE}) AND {_since(seen)}",
            "ExpressionAttributeNames": HEAD_NAMES,
            "ExpressionAttributeValues": to_dynamodb({
                ":me": change.id,
                ":parent": change.parent or change.id + "/no parent",
                ":until": instant(lease_until),
                ":now": instant(now),
                ":one": 1,
                **({":seen": seen.fence} if seen is not None and seen.fence else {}),
            }),
        }  # fmt: skip
        self._transact(change, [{"Update": self._step(change, taken)}, {"Update": head}])
        return taken

    def move(
        self,
        change: Change,
        to: State,
        turn: Turn,
        due_at: datetime,
        now: datetime,
        outcome: str = "",
        sentence: str = "",
        applied: Mapping[str, str] | None = None,
    ) -> Change:
        """Take a step of the state machine, give up HEAD where the new state does not hold it.

        A rollback that is put off hands HEAD back to its parent: nothing else comes between.
        """
        moved = replace(
            change.moved(to, now),
            turn=Turn.NONE if to in CLOSED else turn,
            due_at=due_at,
            outcome=outcome or change.outcome,
            outcome_sentence=sentence or change.outcome_sentence,
            applied={**change.applied, **(applied or {})},
        )
        steps: list[Item] = [{"Update": self._step(change, moved)}]
        if change.state in HOLDS_HEAD and to not in HOLDS_HEAD and self._holds_head(change):
            put_off = change.parent is not None and to is State.PLANNED
            steps.append({"Update": self._hand_back(moved) if put_off else self._release(moved, now)})
        self._transact(change, steps)
        return moved

    def started(
        self, change: Change, task_arn: str, due_at: datetime, now: datetime, applied: Mapping[str, str]
    ) -> Change:
        """Move a restart to ``deploying`` and remember whose place the task has that it started, at once."""
        moved = replace(
            change.moved(State.DEPLOYING, now),
            turn=Turn.SETTLE,
            due_at=due_at,
            applied={**change.applied, **applied},
        )
        link = {"root": change.workload, "change_id": change.id}
        item = kept_item("lineage", ONLY, link, task_id(task_arn), now)
        put: Any = {"TableName": self._control, "Item": item}
        try:
            self._transact(change, [{"Update": self._step(change, moved)}, {"Put": put}])
        except ConflictError:
            self._client.put_item(**put)
            raise
        return moved

    def note(self, change: Change, applied: Mapping[str, str]) -> Change:
        """Add to what came of a Change without moving it."""
        noted = replace(change, applied={**change.applied, **applied})
        self._transact(change, [{"Update": self._step(change, noted)}])
        return noted

    def roll_back(self, parent: Change, rollback: Change, now: datetime, outcome: str, sentence: str) -> None:
        """Move ``parent`` to ``rolling_back`` and record ``rollback``, which inherits HEAD, at once."""
        moved = replace(
            parent.moved(State.ROLLING_BACK, now),
            turn=Turn.SETTLE,
            due_at=rollback.decide_by,
            outcome=outcome,
            outcome_sentence=sentence,
        )
        steps: list[Item] = [{"Update": self._step(parent, moved)}, {"Put": self._put(rollback)}]
        if parent.state not in HOLDS_HEAD:
            steps.append({"Update": self._claim(parent, rollback.decide_by)})
        self._transact(parent, steps)

    def wait(self, change: Change, turn: Turn, due_at: datetime, reason: str, sentence: str) -> None:
        """Set whose turn it is and when, in the same state."""
        waiting = replace(change, turn=turn, due_at=due_at, outcome=reason, outcome_sentence=sentence)
        self._transact(change, [{"Update": self._step(change, waiting)}])

    def ring(self, change: Change) -> None:
        """Touch a Change that is due for ``apply``, so that the stream wakes the applier."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(change.workload, change_item(change.id)),
                UpdateExpression="ADD #n :one",
                ConditionExpression="#t = :apply",
                ExpressionAttributeNames={"#n": "wakes", "#t": "turn"},
                ExpressionAttributeValues=to_dynamodb({":one": 1, ":apply": Turn.APPLY.value}),
            )
        except ClientError as fault:
            if fault.response["Error"]["Code"] not in LOST_RACE:
                raise

    def _holds_head(self, change: Change) -> bool:
        """Tell whether HEAD is this Change's to give up; a rollback has taken over its parent's."""
        if change.state is not State.ROLLING_BACK:
            return True
        answer = self._client.get_item(
            TableName=self._table, Key=_key(change.workload, HEAD), ConsistentRead=True
        )
        return from_dynamodb(answer.get("Item", {})).get("holder") == change.id

    def _put(self, change: Change) -> Any:
        if change.state not in FIRST_STATES:
            raise IllegalTransitionError(
                f"cannot record Change {change.id} as {change.state}: no Change begins there. "
                "Nothing was written."
            )
        item = write_change(change)
        if not change.is_open:
            item["expires_at"] = int((change.created_at + CLOSED_CHANGE_KEPT).timestamp())
        return {
            "TableName": self._table,
            "Item": to_dynamodb(item),
            "ConditionExpression": "attribute_not_exists(#w)",
            "ExpressionAttributeNames": {"#w": "workload"},
        }

    def _step(self, before: Change, after: Change) -> Item:
        """Return the update from one reading of a Change to the next, if nobody moved it meanwhile."""
        old, new = write_change(before), write_change(after)
        if not after.is_open:
            new["expires_at"] = int((after.due_at + CLOSED_CHANGE_KEPT).timestamp())
        changed = {key: value for key, value in new.items() if old.get(key) != value}
        changed = changed or {"fence": new["fence"]}  # an empty update is refused; the condition counts
        names = {f"#{key}": key for key in (*changed, "state", "turn", "fence", "due_at")}
        values = {f":{key}": value for key, value in changed.items()}
        update = "SET " + ", ".join(f"#{key} = :{key}" for key in changed)
        if "open_turn" in old and "open_turn" not in new:
            names["#open_turn"] = "open_turn"
            update += " REMOVE #open_turn"
        condition = (
            "#state = :was_state AND #turn = :was_turn AND #fence = :was_fence AND #due_at = :was_due_at"
        )
        was = {f":was_{key}": old[key] for key in ("state", "turn", "fence", "due_at")}
        return {
            "TableName": self._table,
            "Key": _key(before.workload, change_item(before.id)),
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": to_dynamodb({**values, **was}),
        }

    def _release(self, change: Change, now: datetime) -> Item:
        """Return the update that gives up HEAD; what we set last stays for whoever comes, for a time."""
        kept_until = int((now + FREE_HEAD_KEPT).timestamp())
        names = {name: HEAD_NAMES[name] for name in ("#h", "#l", "#e")}
        return {
            "TableName": self._table,
            "Key": _key(change.workload, HEAD),
            "UpdateExpression": "SET #v = :value, #e = :end REMOVE #h, #l",
            "ConditionExpression": "#h = :me",
            "ExpressionAttributeNames": {**names, "#v": "last_value"},
            "ExpressionAttributeValues": to_dynamodb(
                {":me": change.id, ":value": dict(change.applied), ":end": kept_until}
            ),
        }

    def _hand_back(self, rollback: Change) -> Item:
        """Return the update that gives HEAD back to the Change which a rollback that waits undoes."""
        names = {name: HEAD_NAMES[name] for name in ("#h", "#l")}
        return {
            "TableName": self._table,
            "Key": _key(rollback.workload, HEAD),
            "UpdateExpression": "SET #h = :parent, #l = :until",
            "ConditionExpression": "#h = :me",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": to_dynamodb(
                {":me": rollback.id, ":parent": rollback.parent, ":until": instant(rollback.decide_by)}
            ),
        }

    def _claim(self, change: Change, until: datetime) -> Item:
        return {
            "TableName": self._table,
            "Key": _key(change.workload, HEAD),
            "UpdateExpression": TAKE_HEAD,
            "ConditionExpression": "attribute_not_exists(#h)",
            "ExpressionAttributeNames": HEAD_NAMES,
            "ExpressionAttributeValues": to_dynamodb({":me": change.id, ":until": instant(until), ":one": 1}),
        }

    def _transact(self, change: Change, steps: list[Item]) -> None:
        single = steps[0]["Update"] if len(steps) == 1 and "Update" in steps[0] else None
        try:
            if single is not None:
                self._client.update_item(**single)
            else:
                self._client.transact_write_items(TransactItems=steps)  # type: ignore[arg-type]
        except ClientError as fault:
            code = fault.response["Error"]["Code"]
            if code not in LOST_RACE:
                raise
            if single is not None and code == ALREADY_THERE and self._is_there(single):
                return
            raise self._moved_meanwhile(change) from fault

    def _moved_meanwhile(self, change: Change) -> ConflictError:
        return ConflictError(
            f"cannot move Change {change.id} of {change.workload} on from {change.state}: it has moved "
            "meanwhile, or another Change holds its workload. Nothing was changed. Read it again."
        )

    def _is_there(self, step: Item) -> bool:
        """Tell whether a step that was refused has been taken: the SDK repeats one whose answer was lost.

        Then exactly what it wanted to write is there. DynamoDB knows a repeated transaction by itself.
        """
        answer = self._client.get_item(TableName=self._table, Key=step["Key"], ConsistentRead=True)
        there, values = answer.get("Item", {}), step["ExpressionAttributeValues"]
        written = {key[1:]: value for key, value in values.items() if not key.startswith(":was_")}
        moved = written.keys() & {"state", "turn", "due_at"}  # a note could be repeated without a conflict
        wanted = {"fence": values[":was_fence"], **written}
        return bool(moved) and all(there.get(key) == value for key, value in wanted.items())


def _since(seen: Head) -> str:
    """Return the condition that nobody has taken HEAD since it was seen."""
    return "#f = :seen" if seen.fence else "attribute_not_exists(#f)"


def _key(workload: str, item: str) -> Item:
    return to_dynamodb({"workload": workload, "item": item})
