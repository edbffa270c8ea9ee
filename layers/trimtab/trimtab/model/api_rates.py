"""The request rates of the ECS API, per account and Region, of the operations that Trimtab calls."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Bucket:
    """Calls that share one rate: at most ``burst`` at once, refilled with ``refill_per_second``.

    ``writes`` says that its calls change ECS; no bucket here holds both kinds.
    """

    name: str
    burst: int
    refill_per_second: int
    operations: tuple[str, ...]
    writes: bool = False


BUCKETS: Final = (
    Bucket("cluster-read", 50, 20, ("ListClusters",)),
    Bucket("task-definition-read", 50, 20, ("DescribeTaskDefinition", "ListTaskDefinitions")),
    Bucket("task-definition-modify", 20, 1, ("RegisterTaskDefinition",), writes=True),
    Bucket("service-read", 100, 20, ("DescribeServices", "ListServices")),
    Bucket("service-modify", 50, 5, ("UpdateService",), writes=True),
    Bucket("service-deployment", 50, 20, ("DescribeServiceDeployments", "ListServiceDeployments")),
    Bucket("service-revision", 50, 20, ("DescribeServiceRevisions",)),
    Bucket("cluster-resource-read", 100, 20, ("DescribeTasks", "ListTasks")),
    Bucket("cluster-resource-modify", 100, 40, ("RunTask",), writes=True),
    Bucket("tag-modify", 20, 10, ("TagResource",), writes=True),
)
"""Source: ECS API Reference, "Request throttling for the Amazon ECS API" (read 2026-11-22)."""

BUCKET_OF: Final = {operation: bucket for bucket in BUCKETS for operation in bucket.operations}
