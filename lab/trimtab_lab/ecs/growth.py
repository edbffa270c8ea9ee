"""Which tasks the service scheduler starts, and how it waits when they will not start."""

from trimtab_lab.ecs.announcer import Announcer
from trimtab_lab.ecs.answers import copied
from trimtab_lab.ecs.deployment import Deployment
from trimtab_lab.ecs.launch import Launch
from trimtab_lab.ecs.launcher import Launcher
from trimtab_lab.ecs.placement import NoPlace
from trimtab_lab.ecs.service import Service
from trimtab_lab.ecs.strategy import sequence
from trimtab_lab.ecs.tags import Tags
from trimtab_lab.ecs.task import Task
from trimtab_lab.ecs.world import World

# Source: ECS Developer Guide, "service throttle logic" (read 2026-11-22): the delay between start
# attempts grows to 27 minutes; its first steps are not published.
THROTTLE_FIRST_SECONDS, THROTTLE_MOST_SECONDS = 10.0, 27 * 60.0
IMPAIRED_AFTER, IMPAIRED_REPEAT_SECONDS = 3, 3600.0
PLACEMENT_FIRST_SECONDS, PLACEMENT_MOST_SECONDS = 30.0, 15 * 60.0


class Growth:
    """Starts what is missing, within maximumPercent."""

    def __init__(self, world: World, announcer: Announcer, launcher: Launcher) -> None:
        self._world, self._announcer, self._launcher = world, announcer, launcher

    def grow(self, service: Service) -> float | None:
        """Start what is missing; return in how many seconds to try again, if that must be."""
        primary, now = service.primary, self._world.clock.now
        wanted = service.wanted_tasks()
        mine = [task for task in wanted if task.deployment is primary and not task.leaving]
        missing = service.desired_count - len(mine)
        if missing <= 0 or primary.rollout_state == "FAILED":
            primary.placement_failures = 0
            return None
        if now < primary.start_after:
            return primary.start_after - now
        count = min(missing, max(service.maximum(), service.desired_count) - len(wanted))
        if count <= 0:
            self._tell_stuck(service)
            return None
        started, refusals = self._start(service, mine, count)
        if started:
            names = " ".join(f"(task {task.id})" for task in started)
            self._announcer.message(service, f"has started {len(started)} tasks: {names}.")
        if not refusals:
            primary.placement_failures = 0
            return None
        for provider, refusal in refusals.items():
            self._tell_no_place(service, provider, refusal)
        primary.placement_failures += 1
        return _doubling(PLACEMENT_FIRST_SECONDS, primary.placement_failures, PLACEMENT_MOST_SECONDS)

    def throttle(self, service: Service, deployment: Deployment) -> None:
        """Wait longer after each task that never reached RUNNING."""
        now = self._world.clock.now
        if now < deployment.start_after:
            return  # others of the same attempt
        deployment.failed_starts += 1
        delay = _doubling(THROTTLE_FIRST_SECONDS, deployment.failed_starts, THROTTLE_MOST_SECONDS)
        deployment.start_after = now + delay
        told = deployment.impaired_told_at
        if deployment.failed_starts < IMPAIRED_AFTER or (told and now - told < IMPAIRED_REPEAT_SECONDS):
            return
        deployment.impaired_told_at = now
        self._announcer.message(service, "is unable to consistently start tasks successfully.")
        self._announcer.action(service, "SERVICE_TASK_START_IMPAIRED")

    def _start(
        self, service: Service, mine: list[Task], count: int
    ) -> tuple[list[Task], dict[str | None, NoPlace]]:
        started: list[Task] = []
        refusals: dict[str | None, NoPlace] = {}
        for provider in _providers(service, mine):
            if provider in refusals:
                continue
            if len(started) == count:
                break
            outcome = self._launcher.launch(_launch(service, provider))
            if isinstance(outcome, Task):
                started.append(outcome)
            else:
                refusals[provider] = outcome
        return started, refusals

    def _tell_no_place(self, service: Service, provider: str | None, refusal: NoPlace) -> None:
        place = "." if refusal.reason == "RESOURCE:FARGATE" else (
            " because no container instance met all of its requirements."
        )  # fmt: skip
        self._announcer.message(
            service,
            f"was unable to place a task{place} Reason: {refusal.text}. For more information, see the "
            "Troubleshooting section of the Amazon ECS Developer Guide.",
        )
        fargate = refusal.reason == "RESOURCE:FARGATE"
        name = provider or ("FARGATE" if fargate else None)
        self._announcer.action(
            service,
            "SERVICE_TASK_PLACEMENT_FAILURE",
            providers=[self._world.arn(f"capacity-provider/{name}")] if name else None,
            instances=list(refusal.instances) or None,
            reason=refusal.reason,
        )

    def _tell_stuck(self, service: Service) -> None:
        if service.maximum() <= service.minimum_healthy() and len(service.deployments) > 1:
            self._announcer.message(
                service,
                "was unable to stop or start tasks during a deployment because of the service deployment "
                "configuration. Update the minimumHealthyPercent or maximumPercent value and try again.",
            )


def _doubling(first: float, times: int, most: float) -> float:
    return float(min(most, first * 2 ** min(times - 1, 20)))


def _providers(service: Service, mine: list[Task]) -> list[str | None]:
    """Return the providers of the missing tasks: a share that finds no place stays missing."""
    if not service.strategy:
        return [None] * (service.desired_count - len(mine))
    held = [task.capacity_provider for task in mine]
    missing: list[str | None] = []
    for provider in sequence(service.strategy, service.desired_count):
        if provider in held:
            held.remove(provider)
        else:
            missing.append(provider)
    return missing


def _launch(service: Service, provider: str | None) -> Launch:
    revision = service.primary.revision
    return Launch(
        cluster=service.cluster,
        definition=revision.definition,
        group=f"service:{service.name}",
        launch_type=revision.launch_type or "EC2",
        capacity_provider=provider,
        network=copied((revision.network or {}).get("awsvpcConfiguration")),
        started_by=service.primary.id,
        platform_version=revision.platform_version,
        tags=_tags(service),
        placement_strategy=service.settings.get("placementStrategy", []),
        placement_constraints=service.settings.get("placementConstraints", []),
        execute_command=bool(service.settings.get("enableExecuteCommand")),
        service=service,
        deployment=service.primary,
    )


def _tags(service: Service) -> Tags:
    propagated = {
        "SERVICE": service.tags,
        "TASK_DEFINITION": service.primary.revision.definition.tags,
    }.get(service.settings.get("propagateTags", "NONE"), {})
    tags = {key: value for key, value in propagated.items() if not key.startswith("aws:")}
    if service.settings.get("enableECSManagedTags"):
        tags |= {"aws:ecs:clusterName": service.cluster.name, "aws:ecs:serviceName": service.name}
    return tags
