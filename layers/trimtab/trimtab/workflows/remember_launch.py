"""How tasks of declared families were launched: kept while it can be known, from whatever tells of it."""

from trimtab.decisions.alerts import Alert
from trimtab.decisions.launch_recipe import recipe_of, request_of_schedule, tells_the_network, with_request
from trimtab.decisions.owner import owner_of_call
from trimtab.decisions.run_task_call import judge_run_task_call
from trimtab.model.launch import LaunchRequest, Recipe
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
    tags = world.tasks.tags(task.cluster_arn, task.task_arn)
    _remember(task, with_request(recipe_of(task, interface, tags), _of_schedule(task, world)), world)


def recover_launch(task: Task, world: World) -> None:
    """Keep how a stopped task was launched that nobody saw running, if a record tells of its network."""
    if world.control.has_recipe(task.task_arn):
        return
    # ECS keeps the tags of a stopped task for an hour, unless somebody stopped it, and then nobody starts it.
    seen = recipe_of(task, None, world.tasks.tags(task.cluster_arn, task.task_arn))
    recipe = with_request(with_request(seen, _of_schedule(task, world)), _of_call(task, world))
    if recipe != seen and tells_the_network(recipe):
        _remember(task, recipe, world)


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


def _of_schedule(task: Task, world: World) -> LaunchRequest | None:
    """Return what the schedule that started a task asks of RunTask, None for any other task."""
    kind, _, name = (task.started_by or "").partition("/")
    if kind == "events-rule":
        return request_of_schedule(task, world.schedules.of_rule(name, task.cluster_arn))
    if kind == "chronos-schedule":
        return request_of_schedule(task, world.schedules.of_scheduler())
    return None


def _of_call(task: Task, world: World) -> LaunchRequest | None:
    return world.control.launch_request(task.task_arn)


def _remember(task: Task, recipe: Recipe, world: World) -> None:
    """Keep a recipe, and that its task has to be accounted for: the event that tells of it may yet fail."""
    world.control.remember_live(task, world.clock.now())
    world.control.remember_recipe(recipe, world.clock.now())
    world.telemetry.note("launch remembered", task_arn=task.task_arn, family=task.family or "")
