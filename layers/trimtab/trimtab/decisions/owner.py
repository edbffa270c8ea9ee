"""Who looks after a task: the service scheduler, a schedule, another orchestrator, or nobody."""

import re

from trimtab.model.task import Task
from trimtab.model.verdict import Owner

# Ordered, first match wins: (what is looked at, pattern, owner). Sources, read 2026-11-22:
# * service: ECS developer guide, ecs_task_events (group, startedBy of service tasks).
# * AWSBatch-<environment>-<uuid>, <environment>_Batch_<uuid>: the clusters AWS Batch makes for its
#   compute environments (Batch user guide, compute_environments; the second is the older form).
# * events-rule/: EventBridge rule targets; chronos-schedule/: EventBridge Scheduler (live captures).
# * "AWS Step Functions": runTask integration (live captures); its own Retry is in charge.
# * The last group has no documented mark of its own: their default names are matched, which can only
#   err on the side of leaving a task alone.
_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PATTERNS: tuple[tuple[str, str, Owner], ...] = (
    ("group", r"service:.+", Owner.SERVICE),
    ("started_by", r"ecs-svc/.+", Owner.SERVICE),
    ("started_by", r"trimtab/.+", Owner.TRIMTAB),
    ("cluster", r"AWSBatch-.+", Owner.BATCH),
    ("cluster", rf".+_Batch_{_UUID}", Owner.BATCH),
    ("started_by", r"AWS Step Functions.*", Owner.STEPFUNCTIONS),
    ("started_by", r"events-rule/.+", Owner.SCHEDULE),
    ("started_by", r"chronos-schedule/.+", Owner.SCHEDULE),
    (
        "started_by",
        r"(?i:airflow|dagster|prefect|jenkins|gitlab|github|buildkite)\b.*",
        Owner.OTHER_ORCHESTRATOR,
    ),
    (
        "group",
        r"(?i:(family:)?(airflow|dagster|prefect|jenkins|gitlab|buildkite)([-_:./].*)?)",
        Owner.OTHER_ORCHESTRATOR,
    ),
)


def owner_of(task: Task) -> Owner:
    """Return who starts this task again when it stops, Trimtab aside.

    A task that says neither its group nor who started it is ``unknown``: ECS always fills in the group,
    so such a message is cut short, and a guess could start a second copy.
    """
    return owner_of_launch(task.group, task.started_by, task.cluster_name)


def owner_of_launch(group: str | None, started_by: str | None, cluster_name: str) -> Owner:
    """Return the owner by what RunTask was given; see ``owner_of``."""
    looked_at = {"group": group or "", "started_by": started_by or "", "cluster": cluster_name}
    for where, pattern, owner in _PATTERNS:
        if re.fullmatch(pattern, looked_at[where], re.DOTALL):
            return owner
    return Owner.STANDALONE if group or started_by else Owner.UNKNOWN
