"""The account's tables and the operations on whole tables."""

from typing import Any

from trimtab_lab.api_error import ApiError, NotModelled
from trimtab_lab.dynamodb.faults import invalid_value, not_found
from trimtab_lab.dynamodb.schema import KeySchema, parse_schema
from trimtab_lab.dynamodb.stream import Stream
from trimtab_lab.dynamodb.table import Index, Table
from trimtab_lab.lab import Answer, Lab, Operation, Request
from trimtab_lab.plain import copy_value, names, only

_CREATE = names(
    "TableName KeySchema AttributeDefinitions BillingMode ProvisionedThroughput GlobalSecondaryIndexes "
    "LocalSecondaryIndexes StreamSpecification SSESpecification Tags DeletionProtectionEnabled TableClass"
)


class Tables:
    """Tables by name. A new table is active at once."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.by_name: dict[str, Table] = {}
        self.operations: dict[str, Operation] = {
            "CreateTable": self._create_table,
            "DeleteTable": self._delete_table,
            "DescribeTable": self._describe_table,
            "DescribeTimeToLive": self._describe_time_to_live,
            "ListTables": self._list_tables,
            "UpdateTimeToLive": self._update_time_to_live,
        }

    def get(self, name: str) -> Table:
        """Return the table with this name or ARN.

        Raises:
            ApiError: ResourceNotFoundException.
        """
        table = self.by_name.get(name.rpartition("/")[2])
        if table is None:
            raise not_found(f"Table: {name} not found")
        return table

    def _create_table(self, request: Request) -> Answer:
        only("CreateTable", request, _CREATE)
        name = request["TableName"]
        if name in self.by_name:
            raise ApiError("ResourceInUseException", f"Table already exists: {name}")
        definitions = {
            attribute["AttributeName"]: attribute["AttributeType"]
            for attribute in request["AttributeDefinitions"]
        }
        schema = parse_schema(request["KeySchema"], definitions)
        indexes = [
            _index(description, schema, definitions, local=kind == "LocalSecondaryIndexes")
            for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
            for description in request.get(kind, ())
        ]
        used = {*schema.names, *(name for index in indexes for name in index.schema.names)}
        if used != definitions.keys():
            raise invalid_value(
                "Some AttributeDefinitions are not used. AttributeDefinitions: "
                f"{sorted(definitions)}, keys used: {sorted(used)}"
            )
        table = Table(name, self._lab.arn("dynamodb", f"table/{name}"), schema, indexes, self._lab.clock)
        stream = request.get("StreamSpecification") or {}
        if stream.get("StreamEnabled"):
            label = self._lab.clock.today().strftime("%Y-%m-%dT%H:%M:%S.000")
            table.stream = Stream(f"{table.arn}/stream/{label}", stream["StreamViewType"], self._lab.region)
        table.description = self._description(request, table)
        self.by_name[name] = table
        return {"TableDescription": self._described(table)}

    def _description(self, request: Request, table: Table) -> dict[str, Any]:
        description: dict[str, Any] = {
            "TableName": table.name,
            "TableArn": table.arn,
            "TableStatus": "ACTIVE",
            "CreationDateTime": self._lab.clock.today(),
            "KeySchema": request["KeySchema"],
            "AttributeDefinitions": request["AttributeDefinitions"],
            "BillingModeSummary": {"BillingMode": request.get("BillingMode", "PROVISIONED")},
            "DeletionProtectionEnabled": request.get("DeletionProtectionEnabled", False),
        }
        if "GlobalSecondaryIndexes" in request:
            description["GlobalSecondaryIndexes"] = [
                {**index, "IndexStatus": "ACTIVE", "IndexArn": f"{table.arn}/index/{index['IndexName']}"}
                for index in request["GlobalSecondaryIndexes"]
            ]
        if "LocalSecondaryIndexes" in request:
            description["LocalSecondaryIndexes"] = [
                {**index, "IndexArn": f"{table.arn}/index/{index['IndexName']}"}
                for index in request["LocalSecondaryIndexes"]
            ]
        if table.stream is not None:
            description["StreamSpecification"] = request["StreamSpecification"]
            description["LatestStreamArn"] = table.stream.arn
            description["LatestStreamLabel"] = table.stream.arn.rpartition("/")[2]
        return description

    def _described(self, table: Table) -> dict[str, Any]:
        sizes = [row.size for row in table.rows.scan(None)]
        counts = {"ItemCount": len(sizes), "TableSizeBytes": sum(sizes)}
        return {**copy_value(table.description), **counts}

    def _describe_table(self, request: Request) -> Answer:
        return {"Table": self._described(self.get(request["TableName"]))}

    def _delete_table(self, request: Request) -> Answer:
        table = self.get(request["TableName"])
        if table.description["DeletionProtectionEnabled"]:
            raise invalid_value(
                f"Resource cannot be deleted as it is currently protected against deletion: {table.name}"
            )
        table.start_ttl(None)
        del self.by_name[table.name]
        return {"TableDescription": {**self._described(table), "TableStatus": "DELETING"}}

    def _list_tables(self, request: Request) -> Answer:
        start, limit = request.get("ExclusiveStartTableName", ""), request.get("Limit", 100)
        found = [name for name in sorted(self.by_name) if name > start]
        answer: Answer = {"TableNames": found[:limit]}
        if len(found) > limit:
            answer["LastEvaluatedTableName"] = found[limit - 1]
        return answer

    def _update_time_to_live(self, request: Request) -> Answer:
        table, setting = self.get(request["TableName"]), request["TimeToLiveSpecification"]
        if setting["Enabled"] == bool(table.ttl_attribute):
            state = "enabled" if table.ttl_attribute else "disabled"
            raise ApiError("ValidationException", f"TimeToLive is already {state}")
        table.start_ttl(setting["AttributeName"] if setting["Enabled"] else None)
        return {"TimeToLiveSpecification": setting}

    def _describe_time_to_live(self, request: Request) -> Answer:
        attribute = self.get(request["TableName"]).ttl_attribute
        if attribute is None:
            return {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
        return {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": attribute}}


def _index(description: dict[str, Any], schema: KeySchema, definitions: dict[str, str], local: bool) -> Index:
    keys = parse_schema(description["KeySchema"], definitions)
    if local and keys.names[0] != schema.names[0]:
        raise invalid_value(
            "Index KeySchema does not have the same leading hash key as table KeySchema for index: "
            f"{description['IndexName']}. index hash key: {keys.names[0]}, table hash key: {schema.names[0]}"
        )
    projection = description["Projection"]
    kind = projection.get("ProjectionType")
    if kind not in ("ALL", "KEYS_ONLY", "INCLUDE"):
        raise NotModelled(f"the laboratory does not simulate an index projection of type {kind}")
    kept = {*schema.names, *keys.names, *projection.get("NonKeyAttributes", ())}
    return Index(description["IndexName"], keys, None if kind == "ALL" else frozenset(kept), local)
