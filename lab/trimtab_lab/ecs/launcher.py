"""Makes tasks: finds the place, writes the record, starts the life."""

from trimtab_lab.ecs.answers import Json, copied
from trimtab_lab.ecs.container_instance import ContainerInstance
from trimtab_lab.ecs.launch import Launch
from trimtab_lab.ecs.lifecycle import Lifecycle
from trimtab_lab.ecs.placement import NoPlace, Placement
from trimtab_lab.ecs.task import Container, Task
from trimtab_lab.ecs.world import World

PLATFORM_VERSION = "1.4.0"  # what LATEST means for Linux on Fargate
STOP_TIMEOUT_SECONDS = 30.0  # ContainerDefinition.stopTimeout, default (read 2026-11-22)
FARGATE_STORAGE_GIB = 20


class Launcher:
    """Turns launches into tasks."""

    def __init__(self, world: World, placement: Placement, lifecycle: Lifecycle) -> None:
        self._world, self._placement, self._lifecycle = world, placement, lifecycle

    def launch(self, launch: Launch) -> Task | NoPlace:
        """Place and start one task, or return why there is no place for it."""
        place = self._placement.find(launch)
        if isinstance(place, NoPlace):
            return place
        task = self._make(launch, place)
        self._world.pools.take(task.pool)
        self._world.tasks[task.arn] = task
        launch.cluster.tasks[task.arn] = task
        if launch.service is not None:
            launch.service.tasks[task.arn] = task
        if place is not None:
            place.tasks[task.arn] = task
        self._lifecycle.begin(task)
        return task

    def _make(self, launch: Launch, instance: ContainerInstance | None) -> Task:
        cluster = launch.cluster
        cluster.launched[launch.group] += 1
        # One stream of chance per task: what happens to others does not change its life.
        number = cluster.launched[launch.group]
        chance = self._world.lab.random(f"ecs/task/{cluster.name}/{launch.group}/{number}")
        task_id = f"{chance.getrandbits(128):032x}"
        arn = self._world.arn(f"task/{cluster.name}/{task_id}")
        fargate = launch.launch_type == "FARGATE"
        task = Task(
            id=task_id, arn=arn, cluster=cluster, definition=launch.definition, group=launch.group,
            launch_type=launch.launch_type, pool=launch.pool,
            cpu_units=launch.cpu_units, memory_mib=launch.memory_mib,
            chance=chance, created_at=self._world.clock.now, containers=[],
            capacity_provider=launch.capacity_provider, instance=instance, service=launch.service,
            deployment=launch.deployment, started_by=launch.started_by, network=launch.network,
            overrides=copied(launch.overrides), tags=dict(launch.tags),
            execute_command=launch.execute_command,
        )  # fmt: skip
        if fargate:
            asked = launch.platform_version
            task.platform_version = PLATFORM_VERSION if asked in (None, "LATEST") else asked
            task.ephemeral_storage_gib = _storage_gib(launch)
        task.containers = [self._container(task, content) for content in launch.definition.containers]
        return task

    def _container(self, task: Task, content: Json) -> Container:
        given = task.overrides.get("containerOverrides", [])
        override: Json = next((item for item in given if item["name"] == content["name"]), {})
        sized = {key: override.get(key, content.get(key)) for key in ("cpu", "memory", "memoryReservation")}
        chance = task.chance
        return Container(
            name=content["name"],
            image=content["image"],
            arn=self._world.arn(f"container/{task.cluster.name}/{task.id}/{chance.getrandbits(128):032x}"),
            essential=content.get("essential", True),
            digest=f"sha256:{chance.getrandbits(256):064x}",
            runtime_id=f"{task.id}-{chance.randrange(10**9, 10**10)}",
            cpu=str(sized["cpu"] or 0),
            memory=_text(sized["memory"]),
            memory_reservation=_text(sized["memoryReservation"]),
            stop_timeout_seconds=float(content.get("stopTimeout", STOP_TIMEOUT_SECONDS)),
        )


def _storage_gib(launch: Launch) -> int:
    storage = launch.overrides.get("ephemeralStorage") or launch.definition.content.get(
        "ephemeralStorage", {}
    )
    return int(storage.get("sizeInGiB", FARGATE_STORAGE_GIB))


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
