"""Trimtab's own installation in the account: its tables, key and topic."""

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, Final

from trimtab_cli.dispatcher.template import load_yaml
from trimtab_cli.simulation.clients import CHANGES, CONTROL
from trimtab_cli.simulation.scene import Scene

TEMPLATE: Final = Path(__file__).resolve().parents[3] / "template.yaml"
OF_A_TABLE: Final = (
    "KeySchema", "AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "LocalSecondaryIndexes",
)  # fmt: skip


def make_stack(scene: Scene) -> None:
    """Make Trimtab's tables, key and topic as the template has them."""
    lab = scene.lab
    for request in _tables().values():
        lab.call("dynamodb", "CreateTable", deepcopy(request))
    scene.key_arn = lab.kms.create_key().arn
    scene.topic_arn = lab.call("sns", "CreateTopic", {"Name": "trimtab"})["TopicArn"]


@cache
def _tables() -> dict[str, dict[str, Any]]:
    """Return the requests that create the template's tables."""
    declared = load_yaml(TEMPLATE)["Resources"]
    requests = {}
    for name, resource in ((CHANGES, "ChangesTable"), (CONTROL, "ControlTable")):
        properties = declared[resource]["Properties"]
        request = {key: value for key, value in properties.items() if key in OF_A_TABLE}
        if "StreamSpecification" in properties:
            request["StreamSpecification"] = {"StreamEnabled": True, **properties["StreamSpecification"]}
        requests[name] = {"TableName": name, **request}
    return requests
