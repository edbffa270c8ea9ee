"""Who starts the job of a seed, and what happens to its tasks then."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from trimtab_cli.simulation.jobs import STORM, STORM_SECONDS, STORM_TASKS, Job, register_job
from trimtab_cli.simulation.scene import CANARY, NETWORK, Scene
from trimtab_cli.simulation.stories import FOLLOWED, NEXT_RUN, NOTICED, RETIRED
from trimtab_lab.account import Account

SPOT_AFTER_SECONDS: Final = 400.0
NEXT_RUN_SECONDS: Final = (500.0, 2800.0)
RELEASED_SECONDS: Final = (100.0, 1500.0)
ANNOUNCED_SECONDS: Final = (700.0, 2900.0)
"""When AWS announces that it retires the hosts of a job."""

RETIRED_AFTER_SECONDS: Final = (300.0, 1500.0)
CLOSED_SHARE: Final = 0.25
"""Of the notices, how many AWS closes half-way; then it retires nothing."""

At = Callable[[float, str, Callable[[], None]], None]


def start_job(scene: Scene, job: Job, seconds: float, at: At) -> None:
    """Book the start of a job, and what its kind brings; ``at`` lets somebody act in a turn of his own."""
    clock, chance = scene.lab.clock, scene.lab.random("job/story")
    for _ in range(STORM_TASKS if job.kind == STORM else 1):
        at(seconds, "job starts", lambda: _launch(scene, job))
    if job.kind == STORM:
        for later in STORM_SECONDS:
            clock.after(seconds + later, lambda: job.lose_hosts(scene.lab))
    if job.kind in ("spot", NOTICED):
        clock.after(seconds + SPOT_AFTER_SECONDS, lambda: job.take_capacity(scene.lab))
    if job.kind == NEXT_RUN:
        for later in NEXT_RUN_SECONDS:
            soon = seconds + later * chance.uniform(0.5, 1)
            at(soon, "schedule starts the job", lambda: _launch(scene, job))
    if job.kind == FOLLOWED:
        for release, later in enumerate(RELEASED_SECONDS, start=2):
            at(seconds + later, "team releases the job", partial(register_job, scene.call, release))
    if job.kind == RETIRED:
        for later in ANNOUNCED_SECONDS:
            clock.after(seconds + later, lambda: _announce_retirement(scene.lab, job))


def _launch(scene: Scene, job: Job) -> None:
    """Start the job once, with a secret in its overrides."""
    request = job.request(NETWORK, CANARY)
    job.put_schedule(scene.lab, request)
    started = scene.call("job-runner", "RunTask", **request)
    job.note_launch(scene.lab, request, started["tasks"])


def _announce_retirement(lab: Account, job: Job) -> None:
    """Let AWS Health name the running tasks of a job, and AWS stop them then, or think better of it."""
    chance, running = lab.random(f"retirement/{lab.clock.now}"), job.running(lab)
    if not running:
        return
    lasts = chance.uniform(*RETIRED_AFTER_SECONDS)
    starts = lab.clock.today() + timedelta(seconds=lasts)
    job.notice(lab, running)
    _tell(lab, running, starts, "upcoming")
    if chance.random() < CLOSED_SHARE:
        lab.clock.after(lasts / 2, lambda: _close(lab, job, running, starts))
    else:
        lab.clock.after(lasts, lambda: job.lose_hosts(lab, running))


def _close(lab: Account, job: Job, tasks: list[str], starts: datetime) -> None:
    job.spared |= dict.fromkeys(tasks, lab.clock.now)
    _tell(lab, tasks, starts, "closed")


def _tell(lab: Account, tasks: list[str], starts: datetime, status: str) -> None:
    detail: dict[str, Any] = {
        "eventArn": f"arn:aws:health:{lab.region}::event/ECS/retirement/{starts:%H%M%S}", "service": "ECS",
        "eventTypeCode": "AWS_ECS_TASK_PATCHING_RETIREMENT", "eventTypeCategory": "scheduledChange",
        "startTime": f"{starts.astimezone(UTC):%a, %d %b %Y %H:%M:%S} GMT", "statusCode": status,
        "affectedEntities": [{"entityValue": task} for task in tasks],
    }  # fmt: skip
    lab.bus.put("aws.health", "AWS Health Event", tasks, detail)
