"""The Control table in memory."""

from dataclasses import replace
from datetime import timedelta

from tests.samples import NOW
from trimtab.model.digest import SizingHistory
from trimtab.model.launch import Lineage, LiveTask, SealedRecipe
from trimtab.model.policy import BUILT_IN, Policy, StandaloneRule
from trimtab.model.reading import BeforeStart, Remembered
from trimtab.model.sizing import MemoryFloor
from trimtab.model.switch import Position, Switch
from trimtab.model.task_definition import family_arn, family_workload

ARMED = Switch(Position.RUN, "armed", "operator", NOW)
DECLARED = Policy(1, (), (StandaloneRule(family="nightly"),))
__all__ = ["ARMED", "BUILT_IN", "DECLARED", "MemoryControl"]


class MemoryControl:
    """The port ``Control``; ``rows`` shows what was kept."""

    def __init__(self, storms, links):
        self.storms, self.links = storms, links
        self.switch, self.policy = ARMED, DECLARED
        self.recipes = {}
        self.floors, self.pools, self.rows, self.cleared = {}, {}, {}, {}
        self.quarantined, self.requests, self.live = {}, {}, {}
        self.histories, self.risks = {}, {}
        self.proposed = {}

    def switch_and_policy(self):
        return self.switch, self.policy

    def remember_recipe(self, recipe, at):
        self.recipes[recipe.task_arn] = recipe

    def has_recipe(self, task_arn):
        return task_arn in self.recipes

    def open(self, sealed):
        return self.recipes[sealed.recipe.task_arn]

    def remembered(self, task, now):
        switch, policy = self.switch_and_policy()
        arn = task.task_definition_arn or ""
        return Remembered(
            switch,
            policy,
            self.lineage(task.task_arn),
            self.recipes[task.task_arn].tags if task.task_arn in self.recipes else {},
            self.memory_floor_mib(family_arn(arn), now) if arn else 0,
            self.quarantined_at(arn),
            self.cleared_at(family_arn(arn)) if arn else None,
            self.proposed.get(family_workload(arn, task.cluster_name), 0),
        )

    def before_start(self, task_arn, cluster, cause_class, shares):
        switch, policy = self.switch_and_policy()
        recipe = self.recipes.get(task_arn)
        return BeforeStart(
            switch,
            policy,
            SealedRecipe(replace(recipe, overrides={}), (b"sealed",)) if recipe else None,
            self.launch_request(task_arn),
            tuple(one for one in self.storms.brakes(cluster, cause_class) if one.key in shares),
        )

    def remember_request(self, task_arn, request, at):
        self.requests[task_arn] = request

    def launch_request(self, task_arn):
        return self.requests.get(task_arn)

    def remember_live(self, task, at):
        self.live[task.task_arn] = LiveTask(task, _whole(at))

    def live_tasks(self):
        return list(self.live.values())

    def forget_live(self, task_arn):
        self.live.pop(task_arn, None)

    def lineage(self, task_arn):
        root, change_id = self.links.get(task_arn, (task_arn, None))
        return Lineage(root, change_id)

    def memory_floor_mib(self, workload, now):
        return self.floors.get(workload, 0)

    def memory_floor(self, workload, now):
        floor = self.memory_floor_mib(workload, now)
        return MemoryFloor(floor, now + timedelta(days=30)) if floor else None

    def raise_floor(self, workload, memory_mib, now):
        self.floors[workload] = max(memory_mib, self.memory_floor_mib(workload, now))

    def quarantined_at(self, revision):
        return self.quarantined.get(revision)

    def quarantine(self, revision, change_id, at):
        self.quarantined[revision] = _whole(at)

    def cleared_at(self, workload):
        return self.cleared.get(workload)

    def episodes(self):
        return dict(self.pools)

    def episode(self, service_arn):
        return self.pools.get(service_arn)

    def save_episode(self, service_arn, episode):
        if episode is None:
            self.pools.pop(service_arn, None)
        else:
            cut = {
                "started_at": _whole(episode.started_at),
                "last_failure_at": _whole(episode.last_failure_at),
            }
            self.pools[service_arn] = replace(episode, **cut)

    def sizing_history(self, workload):
        return self.histories.get(workload, SizingHistory())

    def save_sizing_history(self, workload, history, now):
        self.histories[workload] = history

    def propose_memory(self, workload, memory_mib, now):
        self.proposed[workload] = memory_mib

    def note_at_risk(self, workload, why, now):
        self.risks[workload] = (why, now + timedelta(hours=26))

    def at_risk(self, now):
        return {workload: why for workload, (why, until) in self.risks.items() if until > now}

    def save_plan_row(self, run, service_arn, row, now):
        self.rows.setdefault(run, {})[service_arn] = dict(row)

    def plan_rows(self, run):
        return self.rows.get(run, {})


def _whole(at):
    return at.replace(microsecond=0)
