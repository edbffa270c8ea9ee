"""Short words for items in their wire form."""


def s(text: str) -> dict[str, str]:
    return {"S": text}


def n(number: object) -> dict[str, str]:
    return {"N": str(number)}


def key(item: str = "CHANGE#1", workload: str = "orders") -> dict:
    return {"workload": s(workload), "item": s(item)}


def put(client, item: str = "CHANGE#1", workload: str = "orders", **attributes) -> None:
    client.put_item(TableName="changes", Item=key(item, workload) | attributes)


def get(client, item: str = "CHANGE#1", workload: str = "orders") -> dict | None:
    return client.get_item(TableName="changes", Key=key(item, workload), ConsistentRead=True).get("Item")


def update(client, expression: str, names: dict | None = None, values: dict | None = None, **others) -> dict:
    placeholders = {}
    if names:
        placeholders["ExpressionAttributeNames"] = names
    if values:
        placeholders["ExpressionAttributeValues"] = values
    return client.update_item(
        TableName="changes", Key=key(), UpdateExpression=expression, **placeholders, **others
    )
