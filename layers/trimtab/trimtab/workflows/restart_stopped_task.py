"""A task runs, is about to stop, or has stopped: remember, judge, record what follows."""

from datetime import timedelta
from typing import Final

from trimtab.decisions.memory_raise import raise_memory
from trimtab.decisions.owner import owner_of
from trimtab.decisions.restart import decide_restart
from trimtab.decisions.retirement import judge_retirement
from trimtab.decisions.stopped_task import judge_task
from trimtab.model.change import Base, Change, Kind, State, Target, Turn, change_id
from trimtab.model.decision import Keep, StartAgain
from trimtab.model.duration import spoken
from trimtab.model.health import HealthNotice
from trimtab.model.launch import Lineage, Recipe
from trimtab.model.policy import Policy, StandaloneRule
from trimtab.model.price import list_price
from trimtab.model.service import StrategyItem
from trimtab.model.tags import CHANGE_TAG, Mode
from trimtab.model.task import Task
from trimtab.model.task_size import TaskSize
from trimtab.model.verdict import Action, Cause, Owner, Verdict
from trimtab.ports import World
from trimtab.workflows.record_change import PROPOSAL_KEPT, describe, record_for_service, setting_of
from trimtab.workflows.settle_change import settle_start

ANSWER_WITHIN: Final = timedelta(hours=1)
"""No stop older than this is answered: ECS itself has forgotten the task by then."""

START_WITHIN_APPLICATION: Final = timedelta(hours=1)
START_WITHIN_INFRASTRUCTURE: Final = timedelta(hours=6)
"""How long a restart may wait to be carried out: capacity that was taken away may be gone for hours."""

ALIVE_SECONDS: Final = 60
"""A restart is good once its task has run for a minute."""

UNDECIDED: Final = "policy_unreadable"
"""A stop with this answer is not put into the archive, so that the inventory asks again."""

BELOW_THE_APPLICATION: Final = frozenset({
    Cause.SPOT, Cause.HOST, Cause.RETIREMENT, Cause.INFRASTRUCTURE, Cause.NETWORK, Cause.CAPACITY,
})  # fmt: skip


def restart_stopped_task(task: Task, cause: str, world: World) -> Verdict:
    """Act on one state of one task, and return what was made of it.

    Args:
        task: As the event or a reading of ECS shows it.
        cause: Event id or schedule behind it.
        world: The world.
    """
    owner = owner_of(task)
    verdict = _judge(task, owner, world)
    if verdict.action is Action.RECORD and owner is Owner.TRIMTAB:
        settle_start(task, world)
    elif verdict.action is Action.RECORD and owner is not Owner.SERVICE:
        remember_launch(task, world)
    elif task.last_status == "STOPPED":
        decided, sentence = _decide(task, verdict, cause, world)
        if decided != UNDECIDED:
            world.control.archive_stop(task, verdict, decided, sentence, world.clock.now())
        world.telemetry.note(
            "task stopped", decided=decided, rule=verdict.rule, cause=verdict.cause.value, **verdict.evidence
        )
        world.telemetry.count("TasksStopped")
    return verdict


def _judge(task: Task, owner: Owner, world: World) -> Verdict:
    """Judge a task; its definition is only read where it can make a difference."""
    essential = None
    memory_text = any("OutOfMemory" in (c.reason or "") for c in task.containers)
    stopped = task.last_status == "STOPPED"
    if stopped and task.task_definition_arn and (owner is not Owner.SERVICE or memory_text):
        definition = world.task_definitions.describe(task.task_definition_arn)
        essential = definition.essential_containers if definition else None
    return judge_task(task, owner, essential)


def remember_launch(task: Task, world: World) -> None:
    """Keep how a task of a declared family was launched, while its network interface can be read."""
    _, policy = world.control.switch_and_policy()
    if policy is None or _declared(policy, task) is None:
        return
    if world.control.has_recipe(task.task_arn):
        return
    interface = (
        world.network_interfaces.describe(task.network_interface_id) if task.network_interface_id else None
    )
    tags = world.tasks.tags(task.cluster_arn, task.task_arn)
    world.control.remember_recipe(_recipe(task, interface, dict(tags)), world.clock.now())
    world.telemetry.note("launch remembered", task_arn=task.task_arn, family=task.family or "")


def _recipe(task: Task, interface: tuple[tuple[str, ...], bool] | None, tags: dict[str, str]) -> Recipe:
    provider = task.capacity_provider_name
    groups, public = interface if interface else ((), None)
    missing = [] if interface or not task.subnet_id else ["securityGroups", "assignPublicIp"]
    if provider:
        missing.append("weights of the capacity provider strategy")
    return Recipe(
        task_arn=task.task_arn,
        cluster=task.cluster_arn,
        task_definition=task.task_definition_arn or "",
        group=task.group,
        launch_type=None if provider else task.launch_type,
        capacity_provider_strategy=(StrategyItem(provider, weight=1),) if provider else (),
        platform_version=task.platform_version if task.launch_type == "FARGATE" else None,
        subnets=(task.subnet_id,) if task.subnet_id else (),
        security_groups=groups,
        assign_public_ip=public,
        enable_execute_command=task.enable_execute_command,
        tags={key: value for key, value in tags.items() if key != CHANGE_TAG},
        overrides=task.overrides,
        missing=tuple(missing),
    )


def _decide(task: Task, verdict: Verdict, cause: str, world: World) -> tuple[str, str]:
    """Return what was decided on a stopped task: a code and a sentence."""
    if verdict.owner is Owner.SERVICE:
        if verdict.action is Action.RAISE_MEMORY:
            return _raise_service_memory(task, cause, world)
        return verdict.action.value, verdict.sentence
    if verdict.action not in (Action.RESTART, Action.RAISE_MEMORY, Action.ALERT):
        return verdict.action.value, verdict.sentence
    _, policy = world.control.switch_and_policy()
    if policy is None:
        return UNDECIDED, "The stored policy cannot be read: nothing is started until it can."
    rule = _declared(policy, task)
    if rule is None:
        return "not_declared", "The policy does not declare this family safe to run again: it is left alone."
    return _record_restart(task, verdict, rule, cause, world)


def _declared(policy: Policy, task: Task) -> StandaloneRule | None:
    """Return what the policy allows the task's family, None where that is nothing."""
    rule = policy.standalone_rule(task.cluster_name, task.family or "")
    return rule if rule and rule.mode is not Mode.OFF else None


def _record_restart(
    task: Task, verdict: Verdict, rule: StandaloneRule, cause: str, world: World
) -> tuple[str, str]:
    lineage = world.control.lineage(task.task_arn)
    answer, size = _answer(task, verdict, rule, lineage, world)
    change = _restart_change(task, verdict, rule, lineage, answer, size, cause, world)
    if world.changes.record(change):
        world.telemetry.note("restart decided", **describe(change))
    return (change.state.value if change.is_open else change.outcome), change.sentence


def _answer(
    task: Task, verdict: Verdict, rule: StandaloneRule, lineage: Lineage, world: World
) -> tuple[StartAgain | Keep, TaskSize | None]:
    """Return whether to start again, and with which size where memory was the cause."""
    now = world.clock.now()
    stopped_at = task.stopped_at or now
    if verdict.action is Action.ALERT:
        return Keep(verdict.reason, verdict.sentence), None
    if now - stopped_at > ANSWER_WITHIN:
        told = f"The stop is older than {spoken(ANSWER_WITHIN)}: nothing old is released late."
        return Keep("too_late", told), None
    if not world.control.has_recipe(lineage.root):
        return Keep(
            "launch_unknown", "How it was launched was not seen, so it cannot be launched alike."
        ), None
    answer = decide_restart(verdict.cause in BELOW_THE_APPLICATION, lineage.starts, rule, stopped_at)
    known = task.cpu_units is not None and task.memory_mib is not None
    size = TaskSize(task.cpu_units or 0, task.memory_mib or 0) if known else None
    if isinstance(answer, Keep):
        return answer, None
    if verdict.action is not Action.RAISE_MEMORY:
        # What we started keeps the size it had: a raise of ours is not lost with the next stop.
        return answer, size if verdict.owner is Owner.TRIMTAB else None
    if size is None:
        return Keep("size_unknown", "It was killed for memory, and its size is not known."), None
    raised = raise_memory(size, rule.memory_mib_max, 1, list_price(None))
    return (raised, None) if isinstance(raised, Keep) else (answer, raised.size)


def _restart_change(
    task: Task,
    verdict: Verdict,
    rule: StandaloneRule,
    lineage: Lineage,
    answer: StartAgain | Keep,
    size: TaskSize | None,
    cause: str,
    world: World,
) -> Change:
    """Return the Change of a stop, closed at once where the answer is no."""
    now = world.clock.now()
    go = isinstance(answer, StartAgain)
    due_at = answer.not_before if isinstance(answer, StartAgain) else now
    state, turn = (State.PLANNED, Turn.APPLY) if go else (State.REFUSED, Turn.NONE)
    if go and rule.mode is not Mode.APPLY:
        state, turn, due_at = State.PROPOSED, Turn.SETTLE, now + PROPOSAL_KEPT
    below = verdict.cause in BELOW_THE_APPLICATION
    patience = START_WITHIN_INFRASTRUCTURE if below else START_WITHIN_APPLICATION
    base = Base(task_definition=task.task_definition_arn)
    target = Target(
        size=size, stopped_task=task.task_arn, attempt=answer.attempt if isinstance(answer, StartAgain) else 0
    )
    return Change(
        workload=lineage.root,
        id=change_id(lineage.root, Kind.RESTART, base, Target(stopped_task=task.task_arn), "stop", ""),
        kind=Kind.RESTART,
        state=state,
        turn=turn,
        due_at=due_at,
        cluster=task.cluster_name,
        name=task.family or "",
        mode=rule.mode.name.lower(),
        base=base,
        target=target,
        rule=verdict.rule,
        reason=answer.reason,
        sentence=_both(verdict.sentence, answer.sentence),
        cause=cause,
        decide_by=due_at if state is State.PROPOSED else max(due_at, now) + patience,
        created_at=now,
        evidence={**verdict.evidence, "cause_class": verdict.cause.value},
        watch_seconds=ALIVE_SECONDS,
        outcome="" if go else answer.reason,
        outcome_sentence="" if go else answer.sentence,
        times={state.value: now},
    )


def _both(verdict: str, answer: str) -> str:
    """Return what happened and what follows, said once where both say the same."""
    return verdict if answer in verdict else f"{verdict} {answer}"


def _raise_service_memory(task: Task, cause: str, world: World) -> tuple[str, str]:
    """Record more memory for a service whose task was killed for it; once a revision."""
    service = world.services.describe(task.service_arn) if task.service_arn else None
    if service is None:
        return "service_gone", "ECS no longer knows the service."
    setting = setting_of(service, world)
    if isinstance(setting, Keep):
        return setting.reason, setting.sentence
    if service.task_definition != task.task_definition_arn:
        return "old_revision", "The service is on another revision by now: the kill says nothing of that one."
    definition = world.task_definitions.describe(service.task_definition)
    if definition is None or definition.size is None or definition.is_windows:
        return "size_unknown", "The task definition has no Fargate size to raise."
    price = list_price(definition.cpu_architecture)
    raised = raise_memory(definition.size, setting.largest.memory_mib, service.desired_count, price)
    if isinstance(raised, Keep):
        world.control.raise_floor(service.arn, definition.size.memory_mib, world.clock.now())
        return raised.reason, raised.sentence
    world.control.raise_floor(service.arn, raised.size.memory_mib, world.clock.now())
    change, new = record_for_service(
        Kind.RAISE_MEMORY,
        service,
        definition.size,
        raised,
        setting,
        "memory_kill",
        service.task_definition,
        world,
    )
    if not new:
        return "already_recorded", "This revision's memory kill has been answered before."
    world.telemetry.note("memory raise decided", event=cause, **describe(change))
    return change.state.value, change.sentence


def announce_retirement(notice: HealthNotice, world: World) -> Verdict:
    """Note that AWS will stop tasks: those that nobody else starts again are restarted when they stop."""
    tasks = _announced(notice, world)
    owners = {owner_of(task) for task in tasks}
    verdict = judge_retirement(notice, owners.pop() if len(owners) == 1 else Owner.UNKNOWN)
    for task in tasks:
        remember_launch(task, world)
    world.telemetry.note("retirement announced", rule=verdict.rule, **verdict.evidence)
    return verdict


def _announced(notice: HealthNotice, world: World) -> list[Task]:
    """Return the announced tasks that still run, cluster by cluster."""
    by_cluster: dict[str, list[str]] = {}
    for arn in notice.task_arns:
        by_cluster.setdefault(arn.split(":task/", 1)[1].split("/")[0], []).append(arn)
    return [task for cluster, arns in by_cluster.items() for task in world.tasks.describe(cluster, arns)]
