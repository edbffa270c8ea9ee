"""How a deployment of a service begins, completes, fails, is superseded and goes back."""

from trimtab_lab.ecs.announcer import Announcer
from trimtab_lab.ecs.answers import copied
from trimtab_lab.ecs.circuit_breaker import is_enabled, resets_on_healthy, rolls_back, threshold
from trimtab_lab.ecs.deployment import Deployment, ServiceDeployment, ServiceRevision
from trimtab_lab.ecs.deployment_alarms import baking_seconds, goes_back, may_watch, watched
from trimtab_lab.ecs.service import Service
from trimtab_lab.ecs.service_request import DEPLOYING_SETTINGS
from trimtab_lab.ecs.task_definition import TaskDefinition
from trimtab_lab.ecs.world import World

BREAKER = "ECS deployment circuit breaker: "
ALARM = "ECS deployment alarm: "  # AWS publishes the message beside the service, not this reason


class Rollout:
    """Keeps a service's deployments, service deployments and revisions in step."""

    def __init__(self, world: World, announcer: Announcer) -> None:
        self._world, self._announcer = world, announcer

    def begin(self, service: Service, definition: TaskDefinition) -> None:
        """Deploy what the service's members now say; a running deployment is superseded."""
        now = self._world.clock.now
        sources = [one.revision for one in service.deployments]
        if service.deployments and service.primary.service_deployment.going_on:
            self._end(service.primary.service_deployment, "STOPPED", "Superseded by a newer deployment.")
        target = self._revision(service, definition)
        resource = f"service-deployment/{service.cluster.name}/{service.name}/{self._world.new_word()}"
        configuration = copied(service.configuration)
        record = ServiceDeployment(
            self._world.arn(resource), service, sources, target, configuration, created_at=now, updated_at=now
        )
        record.watches_alarms = may_watch(configuration, self._world.alarms)
        service.history.append(record)
        self._world.deployments[record.arn] = record
        self._lead(service, self._deployment(target, record))

    def _revision(self, service: Service, definition: TaskDefinition) -> ServiceRevision:
        name = f"service-revision/{service.cluster.name}/{service.name}/{self._world.new_number()}"
        others = {
            key: copied(service.settings[key]) for key in DEPLOYING_SETTINGS if service.settings.get(key)
        }
        revision = ServiceRevision(
            arn=self._world.arn(name),
            service=service,
            definition=definition,
            strategy=copied(service.strategy),
            launch_type=service.launch_type,
            platform_version=service.platform_version,
            network=copied(service.network),
            created_at=self._world.clock.now,
            others=others,
        )
        self._world.revisions[revision.arn] = revision
        return revision

    def _deployment(self, revision: ServiceRevision, record: ServiceDeployment) -> Deployment:
        now = self._world.clock.now
        return Deployment(
            f"ecs-svc/{self._world.new_number()}", revision, record, created_at=now, updated_at=now
        )

    def _lead(self, service: Service, deployment: Deployment, reason: str | None = None) -> None:
        """Make a deployment the PRIMARY one; the others drain."""
        for other in service.deployments:
            other.status = "ACTIVE"
        service.deployments = [deployment, *(d for d in service.deployments if d is not deployment)]
        deployment.status, deployment.rollout_state = "PRIMARY", "IN_PROGRESS"
        deployment.rollout_state_reason = reason or f"ECS deployment {deployment.id} in progress."
        deployment.updated_at = self._world.clock.now
        deployment.start_after, deployment.failed_starts, deployment.placement_failures = 0.0, 0, 0
        self._announcer.rollout(
            service, deployment, "SERVICE_DEPLOYMENT_IN_PROGRESS", deployment.rollout_state_reason
        )

    def complete(self, service: Service) -> None:
        """Take note that the PRIMARY deployment is all there is and runs."""
        deployment = service.primary
        reason = f"ECS deployment {deployment.id} completed."
        deployment.rollout_state, deployment.rollout_state_reason = "COMPLETED", reason
        deployment.updated_at = self._world.clock.now
        service.completed = deployment.revision
        record = deployment.service_deployment
        if record.going_on:
            back = record.rollback_to is not None
            self._end(record, "ROLLBACK_SUCCESSFUL" if back else "SUCCESSFUL")
        self._announcer.message(service, f"(deployment {deployment.id}) deployment completed.")
        self._announcer.rollout(service, deployment, "SERVICE_DEPLOYMENT_COMPLETED", reason)

    def bakes_for(self, service: Service) -> float:
        """Return for how many seconds a deployment whose tasks all run is still watched."""
        deployment, now = service.primary, self._world.clock.now
        return baking_seconds(deployment, service.configuration, self._world.alarms, now)

    def alarm_fired(self, name: str) -> list[Service]:
        """Fail the deployments that watch an alarm; return the services that have to act."""
        failed = []
        for cluster in self._world.clusters.values():
            for service in cluster.services.values():
                record = service.primary.service_deployment if service.deployments else None
                if (
                    record is not None
                    and record.going_on
                    and record.watches_alarms
                    and name in watched(record.configuration)
                ):
                    back = goes_back(record.configuration)
                    self._fail(service, service.primary, ALARM, "alarm detected", "an alarm was", back)
                    failed.append(service)
        return failed

    def count_failure(self, service: Service, deployment: Deployment, *, healthy_since: bool) -> None:
        """Count a task that failed; trip the circuit breaker when they are too many."""
        deployment.failed_tasks += 1
        if deployment is not service.primary or deployment.rollout_state != "IN_PROGRESS":
            return
        configuration = service.configuration
        if healthy_since and resets_on_healthy(configuration):
            deployment.breaker_count = 0
        deployment.breaker_count += 1
        deployment.service_deployment.failure_count = deployment.breaker_count
        enough = deployment.breaker_count >= threshold(configuration, service.desired_count)
        if enough and is_enabled(configuration):
            back = rolls_back(configuration)
            self._fail(service, deployment, BREAKER, "tasks failed to start", "the circuit breaker was", back)

    def _fail(
        self, service: Service, deployment: Deployment, told_by: str, what: str, who: str, back: bool
    ) -> None:
        """Fail a deployment, and go back where that is asked for and there is anything to go back to."""
        reason = f"{told_by}{what}."
        deployment.rollout_state, deployment.rollout_state_reason = "FAILED", reason
        deployment.updated_at = self._world.clock.now
        self._announcer.message(service, f"(deployment {deployment.id}) deployment failed: {what}.")
        self._announcer.rollout(service, deployment, "SERVICE_DEPLOYMENT_FAILED", reason)
        record = deployment.service_deployment
        if record.rollback_to is not None:
            self._end(record, "ROLLBACK_FAILED", f"The rollback failed: {what}.")
        elif back and service.completed is not None:
            self.go_back(service, record, f"Service deployment rolled back because {who} triggered.", told_by)
        else:
            self._end(record, "STOPPED", f"Service deployment failed because {who} triggered.")

    def go_back(
        self, service: Service, record: ServiceDeployment, reason: str, told_by: str = BREAKER
    ) -> None:
        """Return a service to the revision that completed last."""
        revision = service.completed
        if revision is None:
            return
        record.status, record.status_reason, record.rollback_reason = "ROLLBACK_IN_PROGRESS", reason, reason
        record.rollback_at = record.updated_at = self._world.clock.now
        record.rollback_to, record.watches_alarms = revision, False
        self._adopt(service, revision)
        kept = next((one for one in service.deployments if one.revision is revision), None)
        deployment = kept or self._deployment(revision, record)
        deployment.service_deployment = record
        deployment.breaker_count = 0
        text = f"{told_by}rolling back to deploymentId {deployment.id}."
        self._announcer.message(service, f"rolling back to deployment {deployment.id}.")
        self._lead(service, deployment, text)

    def _adopt(self, service: Service, revision: ServiceRevision) -> None:
        service.definition = revision.definition
        service.strategy = copied(revision.strategy)
        service.launch_type = revision.launch_type
        service.platform_version = revision.platform_version
        service.network = copied(revision.network)
        for key in DEPLOYING_SETTINGS:
            if key in revision.others or service.settings.get(key):
                service.settings[key] = copied(revision.others.get(key, []))

    def abort(self, service: Service, record: ServiceDeployment) -> None:
        """Stop a deployment where it is: nothing new is started for it, nothing old is stopped."""
        deployment = service.primary
        deployment.rollout_state = "FAILED"
        deployment.rollout_state_reason = f"ECS deployment {deployment.id} was stopped by the user."
        deployment.updated_at = self._world.clock.now
        self._end(record, "STOPPED", "Service deployment was stopped by the user.")

    def drop(self, service: Service) -> None:
        """End what goes on when the service is deleted."""
        for record in service.history:
            if record.going_on:
                self._end(record, "STOPPED", "The service was deleted.")

    def _end(self, record: ServiceDeployment, status: str, reason: str | None = None) -> None:
        now = self._world.clock.now
        record.status, record.status_reason, record.updated_at = status, reason, now
        record.finished_at = now
        if status == "STOPPED":
            record.stopped_at = now
