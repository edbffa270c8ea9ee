"""Read what is really there, and hand what events missed to the same workflows."""

from collections import Counter
from datetime import timedelta

from trimtab.model.change import State, Turn
from trimtab.model.decision import Keep
from trimtab.model.service import Service
from trimtab.model.tags import Mode
from trimtab.model.task import Task
from trimtab.ports import World
from trimtab.workflows.find_forgotten import find_forgotten, forget_ended
from trimtab.workflows.inspect_revisions import inspect_revisions
from trimtab.workflows.note_taken_up import note_taken_up
from trimtab.workflows.one_by_one import each, raise_together
from trimtab.workflows.record_change import setting_under
from trimtab.workflows.restart_stopped_task import restart_stopped_task
from trimtab.workflows.settle_change import settle
from trimtab.workflows.tell_failed_runs import tell_failed_runs

AHEAD = timedelta(days=2)


def inventory_open(world: World) -> dict[str, int]:
    """Visit standalone tasks, and services with Changes under way; return counts.

    With every event lost, launches are still remembered, stops answered and Changes settled, and what ended
    unseen for longer than ECS remembers is told. A fault with
    one task or service is raised when all the others have been visited.
    """
    counts, faults = {"tasks": 0, "missed": 0, "forgotten": 0, "changes": 0}, list[Exception]()
    _, policy = world.control.switch_and_policy()
    # Nothing else may need the policy for days, and a person should hear of it before something does.
    world.telemetry.count("PolicyUnreadable", int(policy is None))

    tracked, listed = Counter[str](), set[str]()
    lives = world.control.live_tasks()
    live = {one.task.task_arn for one in lives}

    def visit(task: Task) -> None:
        listed.add(task.task_arn)
        if policy is not None and task.last_status == "RUNNING":
            rule = policy.standalone_rule(task.cluster_name, task.family or "")
            tracked[task.cluster_name] += rule is not None and rule.mode is not Mode.OFF
        missed = task.last_status == "STOPPED" and not world.stops.is_archived(task)
        if missed or task.last_status == "RUNNING":
            restart_stopped_task(task, "inventory", world)
        counts["missed"] += missed
        forget_ended(task, live, world)

    def find(_: None) -> None:
        counts["forgotten"] = find_forgotten(lives, listed, world)

    counts["tasks"] = each(world.tasks.of_no_service(world.clusters), visit, faults)
    for cluster, count in tracked.items():
        world.storms.note_tracked(cluster, count, world.clock.now())
    each((None,), find, faults)
    due = world.changes.due(Turn.SETTLE, world.clock.now() + AHEAD)
    under_way = (c for c in due if c.state in (State.DEPLOYING, State.WATCHING))
    counts["changes"] = each(under_way, lambda change: settle(change, world), faults)
    raise_together(faults, counts["tasks"] + counts["changes"], "tasks and Changes")
    return counts


def inventory_fleet(world: World) -> dict[str, int]:
    """Count the fleet by what its tags ask for, and look for revisions of ours that were left the newest.

    A tag that cannot be read is said aloud, and so is what schedules could not run. Sizes that were handed
    over are noted as taken up where the service runs them. Only services that
    Trimtab has changed before are looked at more closely. A fault with one is raised when all the others have
    been visited and counted.
    """
    counts = dict.fromkeys(
        ("services", "opted_in", "malformed_tags", "orphans", "taken_up", "failed_schedules"), 0
    )
    faults = list[Exception]()
    _, policy = world.control.switch_and_policy()

    def visit(service: Service) -> None:
        setting = setting_under(policy, service, world)
        if not isinstance(setting, Keep):
            counts["opted_in"] += 1
            if setting.mode is Mode.HANDOVER:
                counts["taken_up"] += note_taken_up(service, world)
            if setting.mode >= Mode.APPROVE:
                counts["orphans"] += inspect_revisions(service, setting.mode.name.lower(), world)
        elif setting.reason == "malformed_tag":
            counts["malformed_tags"] += 1
            world.telemetry.note("tag refused", ecs_service=service.name, told=setting.sentence)

    counts["services"] = each(world.services.all(world.clusters), visit, faults)

    def tell(_: None) -> None:
        counts["failed_schedules"] = tell_failed_runs(world)

    each((None,), tell, faults)
    for name, metric in (
        ("services", "Services"),
        ("malformed_tags", "MalformedTags"),
        ("orphans", "OrphanRevisions"),
    ):
        world.telemetry.count(metric, counts[name])
    raise_together(faults, counts["services"], "services")
    return counts
