"""How tasks of declared families were launched: kept while it can be known, from whatever tells of it."""

from collections.abc import Mapping

from trimtab.decisions.alerts import Alert
from trimtab.decisions.launch_recipe import recipe_of, tells_the_network, with_request
from trimtab.decisions.owner import owner_of_call
from trimtab.decisions.run_task_call import judge_run_task_call
from trimtab.model.policy import Policy, StandaloneRule
from trimtab.model.run_task_call import RunTaskCall
from trimtab.model.tags import Mode
from trimtab.model.task import Task
from trimtab.model.verdict import Action, Owner, Verdict
from trimtab.ports import World
from trimtab.workflows.raise_alert import alert_family

STARTED_AGAIN: tuple[Owner, ...] = (Owner.STANDALONE, Owner.SCHEDULE)
"""Whose launches may be needed; Trimtab's own starts go by the recipe of their lineage."""


def remember_launch(task: Task, world: World) -> None:
    """Keep how a task of a declared family was launched, while its network interface can be read."""
    _, policy = world.control.switch_and_policy()
    if policy is None or declared(policy, task.cluster_name, task.family) is None:
        return
    if world.control.has_recipe(task.task_arn):
        return
    interface = (
        world.network_interfaces.describe(task.network_interface_id) if task.network_interface_id else None
    )
    _remember(task, interface, world.tasks.tags(task.cluster_arn, task.task_arn), world)


def recover_launch(task: Task, world: World) -> None:
    """Keep how a stopped task was launched that nobody saw running, if a record tells of its network."""
    if world.control.has_recipe(task.task_arn):
        return
    request = world.control.launch_request(task.task_arn)
    if request is not None and tells_the_network(with_request(recipe_of(task, None, {}), request)):
        _remember(task, None, request.tags, world)


def hear_of_run_task(call: RunTaskCall, cause: str, world: World) -> Verdict:
    """Keep what a recorded RunTask call asked for, for the tasks that it started; tell what never started."""
    owner = owner_of_call(call)
    verdict = judge_run_task_call(call, owner)
    _, policy = world.control.switch_and_policy()
    if owner in STARTED_AGAIN and policy is not None and declared(policy, call.cluster_name, call.family):
        for task_arn in call.task_arns:
            world.control.remember_request(task_arn, call.request, world.clock.now())
    if verdict.action is Action.ALERT:
        found = Alert(verdict.rule, verdict.sentence, verdict.evidence)
        alert_family(call.cluster_name, call.family, call.task_definition_arn, found, cause, world)
    return verdict


def declared(policy: Policy, cluster: str, family: str | None) -> StandaloneRule | None:
    """Return what the policy allows a family, None where that is nothing."""
    rule = policy.standalone_rule(cluster, family or "")
    return rule if rule and rule.mode is not Mode.OFF else None


def _remember(
    task: Task, interface: tuple[tuple[str, ...], bool] | None, tags: Mapping[str, str], world: World
) -> None:
    world.control.remember_recipe(recipe_of(task, interface, tags), world.clock.now())
    world.telemetry.note("launch remembered", task_arn=task.task_arn, family=task.family or "")
