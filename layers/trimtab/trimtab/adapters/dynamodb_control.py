"""The Control table: what steers Trimtab, and what it remembers between events."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from trimtab.adapters.digest_items import read_history, write_history
from trimtab.adapters.dynamodb_items import (
    instant,
    read_instant,
    read_strategy,
    write_strategy,
)
from trimtab.adapters.dynamodb_steering import ONLY, DynamoDbSteering, control_item, kept_item
from trimtab.adapters.dynamodb_storms import brake_item, read_brake
from trimtab.adapters.kms import KmsSeal
from trimtab.adapters.recipe_items import (
    read_live,
    read_recipe,
    read_request,
    write_live,
    write_recipe,
    write_request,
)
from trimtab.decisions.capacity_shift import SPOT, Episode
from trimtab.decisions.launch_recipe import says_something
from trimtab.model.change import Scalar
from trimtab.model.digest import SizingHistory
from trimtab.model.keys import control_key, task_id
from trimtab.model.launch import LaunchRequest, Lineage, LiveTask, Recipe, SealedRecipe
from trimtab.model.reading import BeforeStart, Remembered
from trimtab.model.restart_policy import CauseClass
from trimtab.model.sizing import MemoryFloor
from trimtab.model.task import Task
from trimtab.model.task_definition import family_arn, family_workload

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ASKED: Final = "asked"
"""Part of a recipe: the request behind the launch, as CloudTrail recorded it."""

PROPOSED: Final = "proposed"
"""Part of a digest: the memory that a plan proposed by it."""

PROPOSED_FOR: Final = timedelta(days=7)
"""Each plan says it again; what no plan has said for a week is forgotten."""

RECIPES_KNOWN: Final = 10_000
"""Of so many tasks it is remembered that their recipe is there: it is asked for at every stop and look."""

EPISODES: Final = control_key("evidence", SPOT)
"""Every open episode lies under one key, by the pool that ran dry: they are read together."""


class DynamoDbControl(DynamoDbSteering):
    """The port ``Control`` on DynamoDB."""

    def __init__(self, client: DynamoDBClient, table: str, seal: KmsSeal) -> None:
        super().__init__(client, table)
        self._seal = seal
        self._kept = set[str]()

    def remember_recipe(self, recipe: Recipe, at: datetime) -> None:
        """Keep how a task was launched, its overrides sealed under the task's own name."""
        clear = json.dumps(recipe.overrides).encode() if says_something(recipe.overrides) else b""
        body = {**write_recipe(recipe), "overrides": self._seal.seal(clear, recipe.task_arn)}
        self._put("recipe", ONLY, body, task_id(recipe.task_arn), at)

    def open(self, sealed: SealedRecipe) -> Recipe:
        """Return a recipe with its overrides open; without any there is nothing to open."""
        if not sealed.pieces:
            return sealed.recipe
        clear = self._seal.open(list(sealed.pieces), sealed.recipe.task_arn)
        return replace(sealed.recipe, overrides=json.loads(clear))

    def has_recipe(self, task_arn: str) -> bool:
        """Tell whether a recipe is kept, without opening it."""
        return task_arn in self._kept or self._know(task_arn, self._get("recipe", ONLY, task_id(task_arn)))

    def _know(self, task_arn: str, item: Mapping[str, Any] | None) -> bool:
        """Tell whether a recipe is there; that it is stays true for longer than this process lives."""
        if item:
            if len(self._kept) >= RECIPES_KNOWN:
                self._kept.clear()
            self._kept.add(task_arn)
        return bool(item)

    def remembered(self, task: Task, now: datetime) -> Remembered:
        """Return what is remembered of a task and its family, with switch and policy, in one call."""
        wanted, arn = task_id(task.task_arn), task.task_definition_arn
        keys = [control_item(control_key(kind, wanted), ONLY) for kind in ("recipe", "lineage")]
        if arn is not None:
            family = family_arn(arn)
            keys += [control_item(control_key(kind, family), ONLY) for kind in ("floor", "cleared")]
            keys.append(control_item(control_key("quarantine", family), arn))
            measured = family_workload(arn, task.cluster_name)
            keys.append(control_item(control_key("digest", measured), PROPOSED))
        switch, policy, found = self._steering_with(keys)
        recipe, link, floor, cleared, quarantined, proposed = (*found, {}, {}, {}, {}, {}, {})[:6]
        self._know(task.task_arn, recipe)
        return Remembered(
            switch,
            policy,
            _read_lineage(task.task_arn, link),
            recipe.get("tags", {}),
            _floor_mib(floor, now),
            read_instant(quarantined["at"]) if quarantined else None,
            read_instant(cleared["at"]) if cleared else None,
            _proposed_mib(proposed, now),
        )

    def before_start(
        self, task_arn: str, cluster: str, cause_class: CauseClass | None, shares: Sequence[str]
    ) -> BeforeStart:
        """Return what a restart is carried out on, with switch and policy, in one call."""
        subject = control_key("recipe", task_id(task_arn))
        keys = [control_item(subject, part) for part in (ONLY, ASKED)]
        if cause_class is not None:
            keys += [brake_item(cluster, cause_class, shared) for shared in shares]
        switch, policy, found = self._steering_with(keys)
        recipe, request, *brakes = found or ({}, {})
        return BeforeStart(
            switch,
            policy,
            _read_sealed(recipe) if recipe else None,
            read_request(request) if request else None,
            tuple(read_brake(one) for one in brakes if one),
        )

    def remember_request(self, task_arn: str, request: LaunchRequest, at: datetime) -> None:
        """Keep what somebody asked of RunTask for a task; it lies beside the recipe, so any may be first."""
        self._put("recipe", ASKED, write_request(request), task_id(task_arn), at)

    def launch_request(self, task_arn: str) -> LaunchRequest | None:
        """Return what was asked of RunTask for a task, None where nobody told."""
        item = self._get("recipe", ASKED, task_id(task_arn))
        return read_request(item) if item else None

    def remember_live(self, task: Task, at: datetime) -> None:
        """Keep that a task of a declared family runs; saying it again is saying it later."""
        self._put("live", task_id(task.task_arn), write_live(task, at), at=at)

    def live_tasks(self) -> list[LiveTask]:
        """Return the tasks of declared families that were seen running and are not forgotten."""
        return [read_live(item) for item in self._all(control_key("live"), "")]

    def forget_live(self, task_arn: str) -> None:
        """Forget that a task ran: how it ended is kept."""
        key = control_item(control_key("live"), task_id(task_arn))
        self._client.delete_item(TableName=self._table, Key=key)

    def lineage(self, task_arn: str) -> Lineage:
        """Return the lineage of a task; one that we never started is its own root."""
        return _read_lineage(task_arn, self._get("lineage", ONLY, task_id(task_arn)))

    def memory_floor_mib(self, workload: str, now: datetime) -> int:
        """Return the size below which a workload was killed for memory, 0 when none is in force."""
        return _floor_mib(self._get("floor", ONLY, workload), now)

    def memory_floor(self, workload: str, now: datetime) -> MemoryFloor | None:
        """Return the same with its end, None when none is in force."""
        item = self._get("floor", ONLY, workload)
        if item is None or item["expires_at"] <= now.timestamp():
            return None
        return MemoryFloor(int(item["memory_mib"]), datetime.fromtimestamp(item["expires_at"], UTC))

    def raise_floor(self, workload: str, memory_mib: int, now: datetime) -> None:
        """Remember a memory kill: no smaller size until it expires. A lower floor never replaces one."""
        if memory_mib >= self.memory_floor_mib(workload, now):
            self._put("floor", ONLY, {"memory_mib": memory_mib}, workload, now)

    def quarantine(self, revision: str, change_id: str, at: datetime) -> None:
        """Remember that a revision failed twice in the same way right after its start."""
        body = {"at": instant(at), "change_id": change_id}
        self._put("quarantine", revision, body, family_arn(revision), at)

    def episodes(self) -> Mapping[str, Episode]:
        """Return the open episodes of exhausted pools by service ARN."""
        return {item["part"]: _read_episode(item) for item in self._all(EPISODES, "")}

    def episode(self, service_arn: str) -> Episode | None:
        """Return the open episode of one service, None when there is none."""
        item = self._get("evidence", service_arn, SPOT)
        return _read_episode(item) if item else None

    def save_episode(self, service_arn: str, episode: Episode | None) -> None:
        """Keep or, with None, end an episode."""
        if episode is None:
            self._client.delete_item(TableName=self._table, Key=control_item(EPISODES, service_arn))
            return
        body = {
            "started_at": instant(episode.started_at),
            "last_failure_at": instant(episode.last_failure_at),
            "home": write_strategy(episode.home),
            "returns_failed": episode.returns_failed,
        }
        self._put("evidence", service_arn, body, SPOT, episode.last_failure_at)

    def sizing_history(self, workload: str) -> SizingHistory:
        """Return what is known of a workload's usage; an empty one where nothing is, or can be read."""
        return read_history(self._get("digest", ONLY, workload) or {})

    def save_sizing_history(self, workload: str, history: SizingHistory, now: datetime) -> None:
        """Keep what is known of a workload's usage."""
        self._put("digest", ONLY, write_history(history), workload, now)

    def propose_memory(self, workload: str, memory_mib: int, now: datetime) -> None:
        """Remember for a week how much memory a family should have; 0: no more than it has."""
        body = {"memory_mib": memory_mib, "until": instant(now + PROPOSED_FOR)}
        self._put("digest", PROPOSED, body, workload, now)

    def note_at_risk(self, workload: str, why: frozenset[str], now: datetime) -> None:
        """Remember for a day what of a workload is to be looked at every hour."""
        self._put("risk", workload, {"why": sorted(why)}, at=now)

    def at_risk(self, now: datetime) -> Mapping[str, frozenset[str]]:
        """Return by workload what of it is to be looked at; they lie under one key and are read together."""
        items = self._all(control_key("risk"), "")
        return {
            item["part"]: frozenset(item["why"]) for item in items if item["expires_at"] > now.timestamp()
        }

    def save_plan_row(self, run: str, service_arn: str, row: Mapping[str, Scalar], now: datetime) -> None:
        """Keep what a run decided for one service."""
        self._put("plan", service_arn, dict(row), run, now)

    def plan_rows(self, run: str) -> Mapping[str, Mapping[str, Scalar]]:
        """Return what a run decided, by service ARN."""
        rows = self._all(control_key("plan", run), "")
        hidden = ("key", "part", "expires_at")
        return {row["part"]: {k: v for k, v in row.items() if k not in hidden} for row in rows}

    def _put(
        self, kind: str, part: str, body: Mapping[str, Any], subject: str = "", at: datetime | None = None
    ) -> None:
        self._client.put_item(TableName=self._table, Item=kept_item(kind, part, body, subject, at))


def _read_lineage(task_arn: str, link: Mapping[str, Any] | None) -> Lineage:
    return Lineage(link["root"], link["change_id"]) if link else Lineage(task_arn)


def _floor_mib(item: Mapping[str, Any] | None, now: datetime) -> int:
    return int(item["memory_mib"]) if item and item["expires_at"] > now.timestamp() else 0


def _proposed_mib(item: Mapping[str, Any], now: datetime) -> int:
    return int(item["memory_mib"]) if item and read_instant(item["until"]) > now else 0


def _read_sealed(item: Mapping[str, Any]) -> SealedRecipe:
    return SealedRecipe(read_recipe(item, {}), tuple(bytes(piece) for piece in item["overrides"]))


def _read_episode(item: Mapping[str, Any]) -> Episode:
    return Episode(
        read_instant(item["started_at"]),
        read_instant(item["last_failure_at"]),
        read_strategy(item["home"]),
        item["returns_failed"],
    )
