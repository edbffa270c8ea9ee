import pytest

from trimtab.decisions.owner import owner_of, owner_of_launch
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
