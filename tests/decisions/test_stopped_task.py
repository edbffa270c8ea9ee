from datetime import timedelta

import pytest

from tests.decisions.tasks import AFTER, BEFORE, EXITED, OOM, STOPPING, container, stopped
from trimtab.decisions.stopped_task import judge_task
from trimtab.model.verdict import Action, Cause, Owner


def judge(task, owner=Owner.STANDALONE, essential=None, ratio=None):
    return judge_task(task, owner, essential, ratio)


def answer(task, **given):
    verdict = judge(task, **given)
    return verdict.action, verdict.cause


def never_started(text, *containers, **fields):
    given = {
        "stop_code": "TaskFailedToStart",
        "stopped_reason": text,
        "execution_stopped_at": None,
    } | fields
    return stopped(*(containers or (container(),)), **given)


# Own death or killed


def test_exit_137_before_the_stop_may_be_memory():
    assert answer(stopped(container(exit_code=137))) == (Action.RESTART, Cause.MEMORY_UNCONFIRMED)


def test_exit_137_after_the_stop_is_a_kill_and_nothing_more():
    task = stopped(container(exit_code=137), stop_code=None, execution_stopped_at=AFTER)

    assert answer(task) == (Action.IGNORE, Cause.KILLED)


def test_exit_137_after_a_scale_in_says_nothing_of_memory_however_full_it_was():
    task = stopped(
        container(exit_code=137),
        stop_code="ServiceSchedulerInitiated",
        stopped_reason="Service orders: Scaling activity initiated by (deployment ecs-svc/1)",
        execution_stopped_at=AFTER,
    )

    assert answer(task, owner=Owner.SERVICE, ratio=1.0) == (Action.LEAVE_TO_SERVICE, Cause.SCALING)


@pytest.mark.parametrize("missing", ["stopping_at", "execution_stopped_at"])
def test_the_stop_code_decides_when_a_stamp_is_missing(missing):
    assert judge(stopped(container(exit_code=137), **{missing: None})).cause is Cause.MEMORY_UNCONFIRMED


def test_the_stop_code_decides_when_ecs_cut_the_stamp_to_the_second():
    whole_second = STOPPING.replace(microsecond=0)

    died = judge(stopped(container(exit_code=137), execution_stopped_at=whole_second))
    spot = judge(
        stopped(container(exit_code=0), stop_code="SpotInterruption", execution_stopped_at=whole_second)
    )

    assert died.cause is Cause.MEMORY_UNCONFIRMED
    assert spot.cause is Cause.SPOT


def test_an_old_event_without_a_stop_code_is_told_by_its_text():
    task = stopped(container(exit_code=1), stop_code=None, execution_stopped_at=None)

    assert answer(task) == (Action.RESTART, Cause.APPLICATION)


# Exit 0


def test_a_job_that_is_done_is_left_alone():
    assert answer(stopped(container(exit_code=0))) == (Action.IGNORE, Cause.SUCCESS)


def test_a_job_that_is_done_before_its_sidecar_started_is_done():
    task = never_started(
        "CannotPullContainerError: toomanyrequests",
        container(exit_code=0),
        container("router", reason="CannotPullContainerError: toomanyrequests"),
        execution_stopped_at=BEFORE,
    )

    assert answer(task, essential=frozenset({"app"})) == (Action.IGNORE, Cause.SUCCESS)


def test_only_essential_containers_of_the_definition_count():
    task = stopped(container(exit_code=0), container("router", exit_code=1))

    assert answer(task) == (Action.RESTART, Cause.APPLICATION)
    assert answer(task, essential=frozenset({"app"})) == (Action.IGNORE, Cause.SUCCESS)


def test_a_job_that_may_be_done_is_not_started_again_unasked():
    task = stopped(container(exit_code=0), container("router", exit_code=137))

    assert answer(task) == (Action.ALERT, Cause.MEMORY_UNCONFIRMED)


def test_a_job_that_answers_a_spot_stop_with_exit_0_was_interrupted():
    task = stopped(container(exit_code=0), stop_code="TerminationNotice", execution_stopped_at=AFTER)

    assert answer(task) == (Action.RESTART, Cause.SPOT)


# Memory


@pytest.mark.parametrize("owner", [Owner.STANDALONE, Owner.SCHEDULE, Owner.TRIMTAB, Owner.SERVICE])
def test_a_kill_for_memory_with_two_signs_is_answered_with_memory(owner):
    task = stopped(container(exit_code=137, reason=OOM))

    assert answer(task, owner=owner) == (Action.RAISE_MEMORY, Cause.MEMORY)


def test_a_kill_for_memory_told_by_the_task_itself_counts_too():
    task = stopped(container(exit_code=137), stopped_reason=OOM)

    assert answer(task) == (Action.RAISE_MEMORY, Cause.MEMORY)


def test_a_text_about_memory_without_an_exit_code_raises_nothing():
    assert answer(stopped(container(reason=OOM))) == (Action.RESTART, Cause.MEMORY_UNCONFIRMED)


@pytest.mark.parametrize(
    ("ratio", "cause"),
    [
        (0.95, Cause.MEMORY),
        (0.949, Cause.MEMORY_UNCONFIRMED),
        (float("nan"), Cause.MEMORY_UNCONFIRMED),
        (float("inf"), Cause.MEMORY_UNCONFIRMED),
    ],
)
def test_exit_137_and_memory_at_its_limit_are_two_signs(ratio, cause):
    assert judge(stopped(container(exit_code=137)), ratio=ratio).cause is cause


def test_a_sidecar_that_is_not_essential_raises_no_memory():
    task = stopped(container(exit_code=1), container("router", exit_code=137, reason=OOM))

    assert answer(task, essential=frozenset({"app"})) == (Action.RESTART, Cause.APPLICATION)


# What ECS puts into words


def test_a_host_that_went_away_is_no_spot_loss_though_ecs_gives_the_same_code():
    task = stopped(stop_code="TerminationNotice", stopped_reason="Host EC2 (instance i-0a) terminated.")

    assert answer(task) == (Action.RESTART, Cause.HOST)


@pytest.mark.parametrize(
    ("text", "action", "cause"),
    [
        ("CannotPullContainerError: dial tcp 10.0.0.1:443: i/o timeout", Action.RESTART, Cause.NETWORK),
        ("CannotPullContainerError: toomanyrequests: slow down", Action.RESTART, Cause.NETWORK),
        ("CannotPullContainerError: manifest for app:9 not found", Action.ALERT, Cause.CONFIGURATION),
        ("CannotPullContainerError: write: no space left on device", Action.RESTART, Cause.HOST),
        ("ResourceInitializationError: log group does not exist", Action.ALERT, Cause.CONFIGURATION),
        ("ResourceInitializationError: context deadline exceeded", Action.RESTART, Cause.NETWORK),
        ("Unexpected EC2 error while attempting to Create Network Interface", Action.RESTART, Cause.NETWORK),
        ("Task failed to start", Action.RESTART, Cause.NETWORK),
        ("RESOURCE:MEMORY", Action.RESTART, Cause.CAPACITY),
        ("Tasks provisioning capacity limit exceeded.", Action.RESTART, Cause.CAPACITY),
        ("You've reached the limit on the number of vCPUs you can use", Action.ALERT, Cause.CONFIGURATION),
        ("AGENT", Action.ALERT, Cause.CONFIGURATION),
        ("The agent said something new", Action.ALERT, Cause.UNKNOWN),
        ("InternalError: unexpected", Action.RESTART, Cause.INFRASTRUCTURE),
        ("CannotCreateVolumeError: busy", Action.RESTART, Cause.INFRASTRUCTURE),
        ("CannotStartContainerError: exec format error", Action.ALERT, Cause.CONFIGURATION),
    ],
)
def test_a_start_that_failed_is_told_by_its_text(text, action, cause):
    assert answer(never_started(text)) == (action, cause)


@pytest.mark.parametrize(
    ("text", "image"),
    [
        (
            'CannotPullContainerError: failed to resolve ref "docker.io/acme/app:9": not found',
            "docker.io/acme/app:9",
        ),
        ("CannotPullContainerError: pull access denied for acme/app, repository does not exist", "acme/app"),
        ("CannotPullContainerError: manifest for acme/app:9 not found: manifest unknown", "acme/app:9"),
    ],
)
def test_an_image_that_cannot_be_pulled_is_named(text, image):
    verdict = judge(never_started(text))

    assert verdict.evidence["image"] == image
    assert image in verdict.sentence


def test_a_secret_that_may_not_be_read_is_named_and_not_the_role_that_asked():
    secret = "arn:aws:ssm:eu-west-1:111122223333:parameter/db/password"
    asked = "arn:aws:sts::111122223333:assumed-role/execution/1"
    text = f"ResourceInitializationError: {asked} is not authorized to perform ssm:GetParameters on {secret}"

    verdict = judge(never_started(text))

    assert verdict.evidence["resource"] == secret
    assert secret in verdict.sentence


def test_a_command_that_the_runtime_quotes_stays_out_of_the_verdict():
    text = 'CannotStartContainerError: exec: "run --password hunter2": executable file not found in $PATH'

    verdict = judge(never_started(text, container(reason=text)))

    assert verdict.cause is Cause.CONFIGURATION
    assert "hunter2" not in f"{verdict}"


def test_environment_values_stay_out_of_the_verdict():
    overrides = {"containerOverrides": [{"environment": [{"name": "A", "value": "hunter2"}]}]}

    assert "hunter2" not in f"{judge(stopped(container(exit_code=1), overrides=overrides))}"


# Notices and states


def test_a_notice_without_a_stop_code_is_told_by_its_text():
    task = stopped(
        last_status="RUNNING",
        stop_code=None,
        stopped_reason="Your Spot Task was interrupted.",
        stopping_at=None,
    )

    assert answer(task) == (Action.PREPARE, Cause.SPOT)


def test_a_notice_whose_task_is_already_going_down_waits_for_the_stop():
    task = stopped(last_status="DEPROVISIONING", stop_code="SpotInterruption")

    assert answer(task) == (Action.IGNORE, Cause.STOPPING)


@pytest.mark.parametrize(
    ("owner", "action"),
    [
        (Owner.STANDALONE, Action.RECORD),
        (Owner.SCHEDULE, Action.RECORD),
        (Owner.TRIMTAB, Action.RECORD),
        (Owner.SERVICE, Action.IGNORE),
        (Owner.BATCH, Action.IGNORE),
    ],
)
def test_a_launch_is_remembered_where_a_restart_may_need_it(owner, action):
    task = stopped(last_status="RUNNING", desired_status="RUNNING", stop_code=None, stopped_reason=None)

    assert answer(task, owner=owner) == (action, Cause.RUNNING)


# Doubt


def test_a_task_that_does_not_say_whose_it_is_is_not_started():
    assert judge(stopped(container(exit_code=1)), owner=Owner.UNKNOWN).action is Action.ALERT


@pytest.mark.parametrize("stop_code", ["SomethingNew", "EssentialContainerExited", None])
def test_a_stop_that_says_nothing_is_told_to_a_person(stop_code):
    task = stopped(
        stop_code=stop_code, stopped_reason=None, execution_stopped_at=STOPPING + timedelta(seconds=2)
    )

    assert answer(task) == (Action.ALERT, Cause.UNKNOWN)


def test_the_container_that_failed_by_itself_is_blamed_before_the_one_that_was_stopped():
    task = stopped(container("router", exit_code=143), container(exit_code=2), stopped_reason=EXITED)

    assert judge(task).evidence["container"] == "app"
