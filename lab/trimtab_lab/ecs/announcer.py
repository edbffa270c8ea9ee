"""The events that ECS emits, at least once, and the messages it writes beside a service."""

from trimtab_lab.ecs.answers import Json, instant, present, stamp
from trimtab_lab.ecs.container_instance import ContainerInstance
from trimtab_lab.ecs.deployment import Deployment
from trimtab_lab.ecs.service import Service
from trimtab_lab.ecs.task import Task
from trimtab_lab.ecs.task_view import task_detail
from trimtab_lab.ecs.world import World

_LEVELS = {
    "SERVICE_TASK_START_IMPAIRED": "WARN",
    "SERVICE_TASK_PLACEMENT_FAILURE": "ERROR",
    "SERVICE_DEPLOYMENT_FAILED": "ERROR",
}


class Announcer:
    """Publishes to the bus. ``duplicate_ratio`` is the share of events that come twice."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._chance = world.lab.random("ecs/duplicates")
        self.duplicate_ratio = 0.0

    def task(self, task: Task) -> None:
        """Tell that a task changed."""
        self._put("ECS Task State Change", task.arn, task_detail(task))

    def action(
        self, service: Service, name: str, providers: list[str] | None = None,
        instances: list[str] | None = None, reason: str | None = None, desired_count: int | None = None,
    ) -> None:  # fmt: skip
        """Tell an ``ECS Service Action``."""
        detail = present(
            eventType=_LEVELS.get(name, "INFO"),
            eventName=name,
            clusterArn=service.cluster.arn,
            capacityProviderArns=providers,
            containerInstanceArns=instances,
            desiredCount=desired_count,
            reason=reason,
            createdAt=stamp(self._world.clock.now),
        )
        self._put("ECS Service Action", service.arn, detail)

    def rollout(self, service: Service, deployment: Deployment, name: str, reason: str) -> None:
        """Tell an ``ECS Deployment State Change``; other controllers tell of theirs elsewhere."""
        if service.controller != "ECS":
            return
        detail = {
            "eventType": _LEVELS.get(name, "INFO"),
            "eventName": name,
            "clusterArn": service.cluster.arn,
            "deploymentId": deployment.id,
            "updatedAt": stamp(self._world.clock.now),
            "reason": reason,
        }
        self._put("ECS Deployment State Change", service.arn, detail)

    def instance(self, instance: ContainerInstance) -> None:
        """Tell that a container instance changed."""
        detail = present(
            agentConnected=instance.agent_connected,
            attributes=instance.attributes(),
            clusterArn=instance.cluster.arn,
            containerInstanceArn=instance.arn,
            ec2InstanceId=instance.ec2_instance_id,
            registeredResources=instance.resources(instance.cpu_units, instance.memory_mib),
            remainingResources=instance.resources(instance.free_cpu_units, instance.free_memory_mib),
            status=instance.status,
            statusReason=instance.status_reason,
            version=instance.version,
            versionInfo={"agentVersion": "1.99.0", "dockerVersion": "DockerVersion: 25.0.8"},
            registeredAt=stamp(instance.registered_at),
            updatedAt=stamp(self._world.clock.now),
        )
        self._put("ECS Container Instance State Change", instance.arn, detail)

    def message(self, service: Service, text: str) -> None:
        """Write one line into the service's own list of events."""
        service.events.appendleft(
            {
                "id": self._world.new_hex(),
                "createdAt": instant(self._world.clock.now),
                "message": f"(service {service.name}) {text}",
            }
        )

    def _put(self, detail_type: str, resource: str, detail: Json) -> None:
        self._world.lab.bus.put("aws.ecs", detail_type, [resource], detail)
        if self.duplicate_ratio and self._chance.random() < self.duplicate_ratio:
            self._world.lab.bus.put("aws.ecs", detail_type, [resource], detail)
