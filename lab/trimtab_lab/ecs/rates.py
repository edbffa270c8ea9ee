"""The request rates of the ECS API, per account and Region."""

# Source: ECS API Reference, "Request throttling for the Amazon ECS API" (read 2026-11-22).
# Bucket -> (burst, sustained rate per second, operations that the laboratory has).
BUCKETS: dict[str, tuple[float, float, tuple[str, ...]]] = {
    "cluster modify": (20, 1, ("CreateCluster", "PutClusterCapacityProviders", "UpdateClusterSettings")),
    "cluster read": (50, 20, ("DescribeClusters", "ListClusters")),
    "task definition modify": (20, 1, ("RegisterTaskDefinition", "DeregisterTaskDefinition")),
    "task definition read": (
        50,
        20,
        ("DescribeTaskDefinition", "ListTaskDefinitions", "ListTaskDefinitionFamilies"),
    ),
    "capacity provider modify": (10, 1, ("CreateCapacityProvider",)),
    "capacity provider read": (50, 20, ("DescribeCapacityProviders",)),
    "tag modify": (20, 10, ("TagResource", "UntagResource")),
    "tag read": (50, 20, ("ListTagsForResource",)),
    "cluster resource modify": (100, 40, ("RunTask", "StopTask")),
    "cluster resource read": (
        100,
        20,
        ("DescribeContainerInstances", "DescribeTasks", "ListContainerInstances", "ListTasks"),
    ),
    "service modify": (50, 5, ("CreateService", "DeleteService", "UpdateService")),
    "service read": (100, 20, ("DescribeServices", "ListServices")),
    # StopServiceDeployment is in no row of the table; it is counted here as the nearest.
    "service deployment": (
        50,
        20,
        ("DescribeServiceDeployments", "ListServiceDeployments", "StopServiceDeployment"),
    ),
    "service revision": (50, 20, ("DescribeServiceRevisions",)),
    "task protection": (200, 80, ("UpdateTaskProtection", "GetTaskProtection")),
}
