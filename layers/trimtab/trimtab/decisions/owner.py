"""Who looks after a task: the service scheduler, a schedule, another orchestrator, or nobody."""

import re
from collections.abc import Mapping, Sequence

from trimtab.model.launch import Recipe
from trimtab.model.orchestrator import Orchestrator
from trimtab.model.run_task_call import RunTaskCall
from trimtab.model.task import Task
from trimtab.model.verdict import Owner

# Ordered, first match wins: (what is looked at, pattern, owner). Sources, read 2026-11-22:
# * service: ECS developer guide, ecs_task_events (group, startedBy of service tasks).
# * AWSBatch-<environment>-<uuid>, <environment>_Batch_<uuid>: the clusters AWS Batch makes for its
#   compute environments (Batch user guide, compute_environments; the second is the older form).
# * events-rule/: EventBridge rule targets; chronos-schedule/: EventBridge Scheduler (live captures).
# * "AWS Step Functions": runTask integration (live captures); its own Retry is in charge.
# * The last group has no documented mark of its own: their default names are matched, which can only
#   err on the side of leaving a task alone. Airflow's operator writes the DAG's owner, "airflow" unless
#   somebody changed it, into startedBy; Prefect's families begin with "prefect".
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

# Keys of tags that an orchestrator puts on the tasks it starts. Sources, read 2026-11-22: Dagster,
# dagster_aws/ecs/launcher.py (dagster/run_id; its executor also dagster/job_name and dagster/step_key);
# Prefect, labels of a flow run, which its ECS worker makes tags of (prefect.io/flow-run-id); Jenkins,
# amazon-ecs-plugin, ECSService.java (label and template name; its tasks name no starter). Airflow's tags
# are whatever its users write, GitLab's Fargate driver sets none: who runs these with names of their own
# says so in the policy.
_TAG_KEYS = r"(?i:(dagster|prefect\.io)/.+|jenkins[-_.](label|template[-_.]?name))"

_MAY_BE_ANOTHERS = (Owner.STANDALONE, Owner.SCHEDULE)


def owner_of(task: Task) -> Owner:
    """Return who starts this task again when it stops, Trimtab aside.

    A task that says neither its group nor who started it is ``unknown``: ECS always fills in the group,
    so such a message is cut short, and a guess could start a second copy.
    """
    return owner_of_launch(task.group, task.started_by, task.cluster_name)


def owner_of_launch(
    group: str | None,
    started_by: str | None,
    cluster_name: str,
    tags: Mapping[str, str] | None = None,
    orchestrators: Sequence[Orchestrator] = (),
) -> Owner:
    """Return the owner by what RunTask was given; see ``owner_of``.

    ``tags`` and the ``orchestrators`` of the policy can only show that something else retries a task that
    would be ours to start again: they take nothing away from the built-in patterns.
    """
    looked_at = {"group": group or "", "started_by": started_by or "", "cluster": cluster_name}
    unmatched = Owner.STANDALONE if group or started_by else Owner.UNKNOWN
    matching = (o for where, like, o in _PATTERNS if re.fullmatch(like, looked_at[where], re.DOTALL))
    owner = next(matching, unmatched)
    if owner not in _MAY_BE_ANOTHERS:
        return owner
    told = tags or {}
    named = any(one.starts(started_by or "", group or "", cluster_name, told) for one in orchestrators)
    marked = any(re.fullmatch(_TAG_KEYS, key, re.DOTALL) for key in told)
    return Owner.OTHER_ORCHESTRATOR if named or marked else owner


def owner_of_recipe(recipe: Recipe, orchestrators: Sequence[Orchestrator]) -> Owner:
    """Return the owner of a lineage by how its first task was launched."""
    cluster = recipe.cluster.rpartition("/")[2]
    return owner_of_launch(recipe.group, recipe.started_by, cluster, recipe.tags, orchestrators)


def owner_of_call(call: RunTaskCall) -> Owner:
    """Return the owner of what a RunTask call starts.

    Without a group ECS puts a task into ``family:<family>``. Source: ECS API Reference, RunTask.
    """
    group = call.group or f"family:{call.family}"
    return owner_of_launch(group, call.started_by, call.cluster_name, call.request.tags)
