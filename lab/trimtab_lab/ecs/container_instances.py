"""The API of container instances, and what happens to machines."""

from trimtab_lab.ecs.announcer import Announcer
from trimtab_lab.ecs.answers import Json, bounded, instant, last_part, missing, page, present
from trimtab_lab.ecs.cluster import Cluster
from trimtab_lab.ecs.container_instance import ContainerInstance
from trimtab_lab.ecs.errors import invalid
from trimtab_lab.ecs.scheduler import Scheduler
from trimtab_lab.ecs.stopping import Stopping
from trimtab_lab.ecs.tags import tag_list
from trimtab_lab.ecs.task import STARTING
from trimtab_lab.ecs.world import World

DESCRIBE_MOST = 100


class ContainerInstances:
    """Lists and describes instances; adds, drains and terminates them for the scene's author."""

    def __init__(self, world: World, announcer: Announcer, stopping: Stopping, scheduler: Scheduler) -> None:
        self._world, self._announcer = world, announcer
        self._stopping, self._scheduler = stopping, scheduler
        self.operations = {
            "ListContainerInstances": self.list_arns,
            "DescribeContainerInstances": self.describe,
        }

    def list_arns(self, request: Json) -> Json:
        """Return ARNs, of instances in one status if asked."""
        if request.get("filter"):
            raise invalid("The cluster query language is not simulated.")
        cluster = self._world.cluster(request.get("cluster"))
        status = request.get("status")
        arns = [i.arn for i in cluster.instances.values() if status in (None, i.status)]
        return page(request, "containerInstanceArns", arns)[1]

    def describe(self, request: Json) -> Json:
        """Return instances with what is registered and what remains."""
        cluster = self._world.cluster(request.get("cluster"))
        tags = "TAGS" in request.get("include", [])
        answer: Json = {"containerInstances": [], "failures": []}
        for name in bounded(request["containerInstances"], DESCRIBE_MOST, "Container instances"):
            arn = self._world.arn(f"container-instance/{cluster.name}/{last_part(name)}")
            instance = cluster.instances.get(arn)
            if instance is None:
                answer["failures"].append(missing(arn))
            else:
                answer["containerInstances"].append(_view(instance, tags=tags))
        return answer

    def add(
        self, cluster: Cluster, cpu_units: int, memory_mib: int, capacity_provider: str | None,
        instance_type: str, availability_zone: str, enis: int,
    ) -> ContainerInstance:  # fmt: skip
        """Register a machine."""
        instance = ContainerInstance(
            arn=self._world.arn(f"container-instance/{cluster.name}/{self._world.new_hex()}"),
            cluster=cluster,
            ec2_instance_id=f"i-{self._world.new_hex(17)}",
            instance_type=instance_type,
            availability_zone=availability_zone,
            cpu_units=cpu_units,
            memory_mib=memory_mib,
            enis=enis,
            registered_at=self._world.clock.now,
            capacity_provider=capacity_provider,
        )
        cluster.instances[instance.arn] = instance
        self._announcer.instance(instance)
        self._scheduler.capacity_freed(cluster)
        return instance

    def drain(self, instance: ContainerInstance) -> None:
        """Take no new tasks; services move theirs away, standalone tasks stay."""
        instance.status = "DRAINING"
        self._changed(instance)
        for task in instance.tasks.values():
            if task.service is not None:
                self._scheduler.wake(task.service)

    def terminate(self, instance: ContainerInstance) -> None:
        """Lose a machine and every task on it."""
        instance.status, instance.agent_connected = "INACTIVE", False
        reason = f"Host EC2 (instance {instance.ec2_instance_id}) terminated."
        for task in list(instance.tasks.values()):
            self._stopping.lose_host(task, "TerminationNotice", reason)
        self._changed(instance)
        instance.cluster.instances.pop(instance.arn, None)

    def _changed(self, instance: ContainerInstance) -> None:
        instance.version += 1
        self._announcer.instance(instance)


def _view(instance: ContainerInstance, *, tags: bool) -> Json:
    tasks = list(instance.tasks.values())
    return present(
        containerInstanceArn=instance.arn,
        ec2InstanceId=instance.ec2_instance_id,
        capacityProviderName=instance.capacity_provider,
        version=instance.version,
        versionInfo={"agentVersion": "1.99.0", "dockerVersion": "DockerVersion: 25.0.8"},
        remainingResources=instance.resources(instance.free_cpu_units, instance.free_memory_mib),
        registeredResources=instance.resources(instance.cpu_units, instance.memory_mib),
        status=instance.status,
        statusReason=instance.status_reason,
        agentConnected=instance.agent_connected,
        runningTasksCount=sum(task.last_status == "RUNNING" for task in tasks),
        pendingTasksCount=sum(task.last_status in STARTING for task in tasks),
        attributes=instance.attributes(),
        registeredAt=instant(instance.registered_at),
        attachments=[],
        tags=tag_list(instance.tags) if tags else [],
    )
