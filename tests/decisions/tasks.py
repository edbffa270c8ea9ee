"""Tasks for the tests of decisions: made by hand, and made by chance."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from trimtab.decisions.stopped_task.facts import KNOWN_STOP_CODES
from trimtab.decisions.stopped_task.reason_texts import REASON_TEXTS
from trimtab.model.task import Container, Task

STOPPING = datetime(2026, 11, 3, 2, 31, 8, 641000, UTC)
BEFORE, AFTER = STOPPING - timedelta(seconds=1.4), STOPPING + timedelta(seconds=12.8)
OOM = "OutOfMemoryError: Container killed due to memory usage"
EXITED = "Essential container in task exited"


def container(name="app", exit_code=None, reason=None, image=None):
    return Container(name, "STOPPED", exit_code, reason, image)


def stopped(*containers, **fields):
    """Return a standalone Fargate task that ended by itself, changed by ``fields``."""
    given = {
        "group": "family:report",
        "desired_status": "STOPPED",
        "stop_code": "EssentialContainerExited",
        "stopped_reason": EXITED,
        "stopping_at": STOPPING,
        "execution_stopped_at": BEFORE,
        "containers": containers,
        "memory_mib": 1024,
    } | fields
    return Task(
        "arn:aws:ecs:eu-west-1:111122223333:task/jobs/0a1b",
        "arn:aws:ecs:eu-west-1:111122223333:cluster/jobs",
        given.pop("last_status", "STOPPED"),
        **given,
    )


texts = st.one_of(
    st.none(),
    st.sampled_from(
        [EXITED, OOM, "Task stopped by user", "Your Spot Task was interrupted.", "Task failed to start"]
    ),
    st.sampled_from([" and ".join(line.parts) for line in REASON_TEXTS]),
    st.sampled_from(
        ["Scaling activity initiated by (deployment ecs-svc/1)", "Task failed container health checks"]
    ),
    st.text(max_size=40),
)
times = st.one_of(
    st.none(), st.integers(-90, 90).map(lambda seconds: STOPPING + timedelta(seconds=seconds / 2))
)
containers = st.builds(
    Container,
    name=st.sampled_from(["app", "sidecar", "aws-guardduty-agent-x", "ecs-service-connect-x", ""]),
    last_status=st.just("STOPPED"),
    exit_code=st.one_of(st.none(), st.sampled_from([0, 1, 137, 139, 143, 255, -1])),
    reason=texts,
    image=st.one_of(st.none(), st.just("registry.example/app:1")),
)
tasks = st.builds(
    stopped,
    containers=st.lists(containers, max_size=4).map(tuple),
    last_status=st.sampled_from(
        ["STOPPED", "STOPPED", "STOPPED", "RUNNING", "PENDING", "DEPROVISIONING", "?"]
    ),
    desired_status=st.sampled_from(["STOPPED", "RUNNING", ""]),
    stop_code=st.one_of(st.none(), st.sampled_from(sorted(KNOWN_STOP_CODES)), st.text(max_size=5)),
    stopped_reason=texts,
    stopping_at=times,
    execution_stopped_at=times,
    started_at=times,
)
essentials = st.one_of(st.none(), st.frozensets(st.sampled_from(["app", "sidecar", "other"])))
ratios = st.one_of(
    st.none(), st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([0.94, 0.95, 1.0])
)
