"""One life of the fleet, with Trimtab or without."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from trimtab.adapters.dynamodb_control import DynamoDbControl
from trimtab.adapters.dynamodb_items import from_dynamodb
from trimtab.adapters.kms import KmsSeal
from trimtab.model.switch import Position, Switch
from trimtab_cli.demo.events import DAY, book
from trimtab_cli.demo.fleet import CLUSTER, policy_document
from trimtab_cli.demo.idle import Nothing
from trimtab_cli.demo.scene import Scene
from trimtab_cli.demo.totals import Tally, Totals
from trimtab_cli.demo.traced import Traced
from trimtab_cli.dispatcher.composition import connected
from trimtab_cli.dispatcher.dispatcher import Dispatcher
from trimtab_cli.dispatcher.invoke import Invocation
from trimtab_lab.account import Account, make_lab

ROOT = Path(__file__).resolve().parents[3]
PARAMETERS = {
    "DefaultMode": "observe",
    "MayChangeEcs": "yes",
    "MayHandOver": "yes",
    "Clusters": CLUSTER,
    "PassRoleArns": "arn:aws:iam::111122223333:role/ecs/*",
}

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Life:
    """What a run left behind. ``changes`` and ``control`` are the items of Trimtab's tables."""

    totals: Totals
    changes: list[dict[str, Any]]
    control: list[dict[str, Any]]
    invocations: list[Invocation]
    lab: Account


def live(seed: int, days: int, with_trimtab: bool, traced: Traced | None, progress: Progress) -> Life:
    """Live ``days`` days from ``seed``; ``progress`` hears each day that begins."""
    lab = make_lab(seed)
    lab.keep_calls = True
    tally = Tally(lab)
    demands, sizes = traced.demands(lab, days) if traced else ({}, {})
    scene = Scene(lab, demands, sizes)
    scene.build()
    book(scene, days)
    if not with_trimtab:
        _let_days_pass(lab, days, progress)
        return Life(tally.totals(scene.deploys), [], [], [], lab)
    with connected(lab) as around:
        nothing = Nothing(lab)
        dispatcher = Dispatcher(
            lab, ROOT / "template.yaml", PARAMETERS, around=around, idle=nothing.predicates()
        )
        changes, control = dispatcher.name("ChangesTable"), dispatcher.name("ControlTable")
        nothing.watch(changes, control)
        _arm(lab, control)
        _let_days_pass(lab, days, progress)
        return Life(
            tally.totals(scene.deploys),
            _items(lab, changes),
            _items(lab, control),
            dispatcher.invocations,
            lab,
        )


def _let_days_pass(lab: Account, days: int, progress: Progress) -> None:
    start = lab.clock.now
    for day in range(days):
        progress(day)
        lab.clock.run_until(start + (day + 1) * DAY)


def _arm(lab: Account, control_table: str) -> None:
    """Do what the team's operator does once: store the policy, set the switch to run."""
    seal = KmsSeal(boto3.client("kms"), "unused")
    control = DynamoDbControl(boto3.client("dynamodb"), control_table, seal)
    control.put_policy(policy_document())
    control.set_switch(Switch(Position.RUN, "demo", "operator", lab.clock.today()))


def _items(lab: Account, table: str) -> list[dict[str, Any]]:
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    return [from_dynamodb(item) for page in pages for item in page["Items"]]
