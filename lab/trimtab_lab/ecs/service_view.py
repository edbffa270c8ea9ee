"""Services, deployments and revisions as the API shows them."""

from trimtab_lab.ecs.answers import Json, copied, instant, present
from trimtab_lab.ecs.circuit_breaker import is_enabled, threshold
from trimtab_lab.ecs.deployment import Deployment, ServiceDeployment, ServiceRevision
from trimtab_lab.ecs.launcher import PLATFORM_VERSION
from trimtab_lab.ecs.service import Service
from trimtab_lab.ecs.service_request import NOT_IN_SERVICE
from trimtab_lab.ecs.tags import tag_list
from trimtab_lab.ecs.task import STARTING, Task


def describe_service(service: Service, *, tags: bool) -> Json:
    """Return a service of DescribeServices."""
    running, pending = _counts(list(service.tasks.values()))
    shown = {key: value for key, value in service.settings.items() if key not in NOT_IN_SERVICE}
    own = service.controller == "ECS"
    return present(
        serviceArn=service.arn,
        serviceName=service.name,
        clusterArn=service.cluster.arn,
        status=service.status,
        desiredCount=service.desired_count,
        runningCount=running,
        pendingCount=pending,
        launchType=None if service.strategy else service.launch_type,
        capacityProviderStrategy=copied(service.strategy) or None,
        platformVersion=service.platform_version,
        platformFamily="Linux" if service.platform_version else None,
        taskDefinition=service.definition.arn if service.definition else None,
        deploymentConfiguration=copied(service.configuration),
        taskSets=None if own else [],
        deployments=[_deployment(one) for one in service.deployments] if own else [],
        events=[dict(event) for event in service.events],
        createdAt=instant(service.created_at),
        createdBy=service.created_by,
        currentServiceDeployment=_current(service),
        currentServiceRevisions=_current_revisions(service),
        networkConfiguration=copied(service.network),
        schedulingStrategy=service.scheduling,
        deploymentController={"type": service.controller},
        tags=tag_list(service.tags) if tags else None,
        **copied(shown),
    )


def _current(service: Service) -> str | None:
    going = next((one for one in reversed(service.history) if one.going_on), None)
    return going.arn if going else None


def _current_revisions(service: Service) -> list[Json] | None:
    if service.completed is None or service.controller != "ECS" or not service.deployments:
        return None
    return [_summary(service.completed, service)]


def _counts(tasks: list[Task]) -> tuple[int, int]:
    running = sum(task.last_status == "RUNNING" for task in tasks)
    return running, sum(task.last_status in STARTING and task.wanted for task in tasks)


def _deployment(deployment: Deployment) -> Json:
    revision = deployment.revision
    service = revision.service
    tasks = [task for task in service.tasks.values() if task.deployment is deployment]
    running, pending = _counts(tasks)
    primary = deployment.status == "PRIMARY"
    return present(
        id=deployment.id,
        status=deployment.status,
        taskDefinition=revision.definition.arn,
        desiredCount=service.desired_count if primary else sum(task.wanted for task in tasks),
        pendingCount=pending,
        runningCount=running,
        failedTasks=deployment.failed_tasks,
        createdAt=instant(deployment.created_at),
        updatedAt=instant(deployment.updated_at),
        rolloutState=deployment.rollout_state,
        rolloutStateReason=deployment.rollout_state_reason,
        **_compute(revision),
    )


def _compute(revision: ServiceRevision) -> Json:
    fargate = revision.platform_version is not None
    return present(
        capacityProviderStrategy=copied(revision.strategy) or None,
        launchType=None if revision.strategy else revision.launch_type,
        platformVersion=PLATFORM_VERSION if fargate else None,
        platformFamily="Linux" if fargate else None,
        networkConfiguration=copied(revision.network),
    )


def _summary(revision: ServiceRevision, service: Service) -> Json:
    tasks = [t for t in service.tasks.values() if t.deployment and t.deployment.revision is revision]
    running, pending = _counts(tasks)
    leads = bool(service.deployments) and service.primary.revision is revision
    requested = service.desired_count if leads else running
    return {
        "arn": revision.arn,
        "requestedTaskCount": requested,
        "runningTaskCount": running,
        "pendingTaskCount": pending,
    }


def describe_revision(revision: ServiceRevision) -> Json:
    """Return a revision of DescribeServiceRevisions."""
    containers = revision.definition.containers
    return present(
        serviceRevisionArn=revision.arn,
        serviceArn=revision.service.arn,
        clusterArn=revision.service.cluster.arn,
        taskDefinition=revision.definition.arn,
        containerImages=[{"containerName": c["name"], "image": c["image"]} for c in containers],
        guardDutyEnabled=False,
        createdAt=instant(revision.created_at),
        **_compute(revision),
        **copied(revision.others),
    )


def brief_deployment(deployment: ServiceDeployment) -> Json:
    """Return a row of ListServiceDeployments."""
    return present(
        serviceDeploymentArn=deployment.arn,
        serviceArn=deployment.service.arn,
        clusterArn=deployment.service.cluster.arn,
        createdAt=instant(deployment.created_at),
        startedAt=instant(deployment.created_at),
        finishedAt=instant(deployment.finished_at),
        targetServiceRevisionArn=deployment.target.arn,
        status=deployment.status,
        statusReason=deployment.status_reason,
    )


def describe_deployment(deployment: ServiceDeployment) -> Json:
    """Return a row of DescribeServiceDeployments."""
    service = deployment.service
    body = brief_deployment(deployment)
    del body["targetServiceRevisionArn"]
    if deployment.rollback_to is not None:
        body["rollback"] = present(
            reason=deployment.rollback_reason,
            startedAt=instant(deployment.rollback_at),
            serviceRevisionArn=deployment.rollback_to.arn,
        )
    return present(
        **body,
        stoppedAt=instant(deployment.stopped_at),
        updatedAt=instant(deployment.updated_at),
        sourceServiceRevisions=[_summary(source, service) for source in deployment.sources],
        targetServiceRevision=_summary(deployment.target, service),
        deploymentConfiguration=copied(deployment.configuration),
        deploymentCircuitBreaker=_breaker(deployment),
    )


def _breaker(deployment: ServiceDeployment) -> Json:
    if not is_enabled(deployment.configuration):
        status = "DISABLED"
    elif deployment.rollback_at is not None or deployment.status == "STOPPED":
        status = "TRIGGERED" if deployment.failure_count else "MONITORING_COMPLETE"
    else:
        status = "MONITORING" if deployment.going_on else "MONITORING_COMPLETE"
    return {
        "status": status,
        "failureCount": deployment.failure_count,
        "threshold": threshold(deployment.configuration, deployment.service.desired_count),
    }
