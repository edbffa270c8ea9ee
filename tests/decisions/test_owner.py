import pytest

from trimtab.decisions.owner import owner_of, owner_of_launch
from trimtab.model.orchestrator import Orchestrator
from trimtab.model.task import Task
from trimtab.model.verdict import Owner


@pytest.mark.parametrize(
    ("group", "started_by", "cluster", "owner"),
    [
        ("service:orders", "ecs-svc/1", "shop", Owner.SERVICE),
        ("service:orders", None, "shop", Owner.SERVICE),
        (None, "ecs-svc/1", "shop", Owner.SERVICE),
        ("family:report", None, "jobs", Owner.STANDALONE),
        ("family:report", "alice", "jobs", Owner.STANDALONE),
        ("my-own-group", None, "jobs", Owner.STANDALONE),
        ("family:report", "events-rule/nightly", "jobs", Owner.SCHEDULE),
        ("family:report", "chronos-schedule/nightly", "jobs", Owner.SCHEDULE),
        ("family:align", None, "AWSBatch-genomes-2c9a4f10", Owner.BATCH),
        ("family:align", None, "genomes_Batch_2c9a4f10-8f2b-3c1e-9d57-0b6a1e7f4d22", Owner.BATCH),
        ("family:archive", "AWS Step Functions", "jobs", Owner.STEPFUNCTIONS),
        ("family:refresh", "airflow", "jobs", Owner.OTHER_ORCHESTRATOR),
        ("family:prefect_pool_1234", None, "jobs", Owner.OTHER_ORCHESTRATOR),
        ("family:jenkins-agent", None, "jobs", Owner.OTHER_ORCHESTRATOR),
        ("family:airflows", None, "jobs", Owner.STANDALONE),
        ("family:report", "trimtab/9f3a", "jobs", Owner.TRIMTAB),
        ("family:trimtab", None, "jobs", Owner.STANDALONE),
        (None, None, "jobs", Owner.UNKNOWN),
        ("", "", "jobs", Owner.UNKNOWN),
    ],
)
def test_an_owner_is_told_by_group_starter_and_cluster(group, started_by, cluster, owner):
    assert owner_of_launch(group, started_by, cluster) is owner


def test_the_cluster_of_a_task_is_the_last_part_of_its_arn():
    task = Task(
        "arn:aws:ecs:eu-west-1:111122223333:task/jobs/0a",
        "arn:aws:ecs:eu-west-1:111122223333:cluster/AWSBatch-x",
        "STOPPED",
        group="family:align",
    )

    assert owner_of(task) is Owner.BATCH


@pytest.mark.parametrize(
    ("tags", "orchestrators", "owner"),
    [
        ({"team": "data"}, (), Owner.STANDALONE),
        ({"dagster/run_id": "9"}, (), Owner.OTHER_ORCHESTRATOR),
        ({"prefect.io/flow-run-id": "9"}, (), Owner.OTHER_ORCHESTRATOR),
        ({"jenkins.label": "linux"}, (), Owner.OTHER_ORCHESTRATOR),
        ({"jenkins-build": "7"}, (), Owner.STANDALONE),
        ({"run-by": "queue"}, (Orchestrator(tag="run-by=queue"),), Owner.OTHER_ORCHESTRATOR),
        ({"run-by": "hand"}, (Orchestrator(tag="run-by=queue"),), Owner.STANDALONE),
        ({"run-by": "hand"}, (Orchestrator(tag="run-*"),), Owner.OTHER_ORCHESTRATOR),
        ({}, (Orchestrator(started_by="al*"),), Owner.OTHER_ORCHESTRATOR),
        ({}, (Orchestrator(started_by="al*", cluster="shop"),), Owner.STANDALONE),
        ({}, (Orchestrator(name="of no pattern"),), Owner.STANDALONE),
    ],
)
def test_tags_and_the_policy_can_show_another_owner(tags, orchestrators, owner):
    assert owner_of_launch("family:report", "alice", "jobs", tags, orchestrators) is owner


@pytest.mark.parametrize(
    ("group", "started_by", "owner"),
    [
        ("service:orders", None, Owner.SERVICE),
        ("family:x", "trimtab/1", Owner.TRIMTAB),
        ("family:x", "AWS Step Functions", Owner.STEPFUNCTIONS),
        (None, None, Owner.UNKNOWN),
    ],
)
def test_the_policy_takes_nothing_away_from_the_built_in_owners(group, started_by, owner):
    all_of_it = (Orchestrator(cluster="jobs"),)

    assert owner_of_launch(group, started_by, "jobs", {"dagster/run_id": "1"}, all_of_it) is owner
