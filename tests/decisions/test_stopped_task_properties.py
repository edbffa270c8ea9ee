"""What holds for every task, however odd its event."""

import json
import math
from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from tests.decisions.tasks import essentials, ratios, stopped, tasks
from trimtab.decisions.stopped_task import judge_task
from trimtab.decisions.stopped_task.facts import INJECTED_CONTAINERS
from trimtab.model.task import Container
from trimtab.model.verdict import Action, Cause, Owner, Verdict

owners = st.sampled_from(list(Owner))
OURS = {Owner.STANDALONE, Owner.SCHEDULE, Owner.TRIMTAB}
FOREIGN = {Owner.BATCH, Owner.STEPFUNCTIONS, Owner.OTHER_ORCHESTRATOR}


def counted(task, essential):
    """Return the containers that count, worked out apart from the code under test."""
    return [
        c
        for c in task.containers
        if not any(fnmatchcase(c.name, pattern) for pattern in INJECTED_CONTAINERS)
        and (essential is None or c.name in essential)
    ]


@given(tasks, owners, essentials, ratios)
def test_every_task_gets_a_verdict_that_can_be_written_as_json(task, owner, essential, ratio):
    verdict = judge_task(task, owner, essential, ratio)

    assert isinstance(verdict, Verdict)
    assert verdict.owner is owner
    assert verdict.sentence
    assert verdict.reason
    json.dumps(dict(verdict.evidence), allow_nan=False)


@given(tasks, owners, essentials, ratios)
def test_only_tasks_that_nobody_else_starts_are_restarted(task, owner, essential, ratio):
    verdict = judge_task(task, owner, essential, ratio)

    if verdict.action is Action.RESTART:
        assert owner in OURS
        assert task.last_status == "STOPPED"


@given(tasks, st.sampled_from(sorted(FOREIGN)), essentials, ratios)
def test_tasks_that_somebody_else_retries_are_left_alone(task, owner, essential, ratio):
    assert judge_task(task, owner, essential, ratio).action is Action.IGNORE


@given(tasks, owners, essentials, ratios)
def test_a_stop_by_a_person_is_never_undone(task, owner, essential, ratio):
    verdict = judge_task(task, owner, essential, ratio)

    if task.stop_code == "UserInitiated":
        assert verdict.action not in (Action.RESTART, Action.RAISE_MEMORY, Action.SHIFT_CAPACITY)


@given(tasks, owners, essentials, ratios)
def test_a_task_that_exited_zero_by_itself_is_never_started_again(task, owner, essential, ratio):
    codes = [c.exit_code for c in counted(task, essential)]
    verdict = judge_task(task, owner, essential, ratio)

    if task.stop_code == "EssentialContainerExited" and codes and set(codes) == {0}:
        assert verdict.action not in (Action.RESTART, Action.RAISE_MEMORY)


@given(tasks, owners, essentials, ratios)
def test_memory_is_raised_on_two_signs_only(task, owner, essential, ratio):
    verdict = judge_task(task, owner, essential, ratio)

    if verdict.action is Action.RAISE_MEMORY:
        assert verdict.cause is Cause.MEMORY
        mine = counted(task, essential)
        reasons = [task.stopped_reason or "", *(c.reason or "" for c in mine)]
        told = any("outofmemory" in reason.lower() for reason in reasons) and any(c.exit_code for c in mine)
        measured = ratio is not None and math.isfinite(ratio) and ratio >= 0.95
        assert told or (measured and any(c.exit_code == 137 for c in mine))


@given(tasks, owners, essentials, ratios, st.sampled_from([None, 0, 1, 137]))
def test_a_container_that_aws_put_in_changes_nothing(task, owner, essential, ratio, exit_code):
    injected = Container("aws-guardduty-agent-x9", "STOPPED", exit_code, "OutOfMemoryError: Container killed")
    with_it = stopped(
        *task.containers,
        injected,
        last_status=task.last_status,
        desired_status=task.desired_status,
        stop_code=task.stop_code,
        stopped_reason=task.stopped_reason,
        stopping_at=task.stopping_at,
        execution_stopped_at=task.execution_stopped_at,
        started_at=task.started_at,
    )

    assert judge_task(with_it, owner, essential, ratio) == judge_task(task, owner, essential, ratio)
