"""The API of service deployments and service revisions."""

from trimtab_lab.api_error import ApiError
from trimtab_lab.ecs.answers import Json, bounded, missing, page
from trimtab_lab.ecs.errors import invalid
from trimtab_lab.ecs.rollout import Rollout
from trimtab_lab.ecs.scheduler import Scheduler
from trimtab_lab.ecs.service_view import brief_deployment, describe_deployment, describe_revision
from trimtab_lab.ecs.world import World

DESCRIBE_MOST = 20
LIST_DEFAULT = 20


class Deployments:
    """Lists, describes and stops service deployments; describes service revisions."""

    def __init__(self, world: World, scheduler: Scheduler, rollout: Rollout) -> None:
        self._world, self._scheduler, self._rollout = world, scheduler, rollout
        self.operations = {
            "ListServiceDeployments": self.list_deployments,
            "DescribeServiceDeployments": self.describe,
            "DescribeServiceRevisions": self.describe_revisions,
            "StopServiceDeployment": self.stop,
        }

    def list_deployments(self, request: Json) -> Json:
        """Return a service's deployments, newest first."""
        cluster = self._world.cluster(request.get("cluster"))
        service = self._world.service(cluster, request["service"])
        statuses = request.get("status") or None
        created = request.get("createdAt", {})
        after, before = created.get("after"), created.get("before")
        chosen = [
            one
            for one in reversed(service.history)
            if (statuses is None or one.status in statuses)
            and (after is None or one.created_at >= after.timestamp())
            and (before is None or one.created_at <= before.timestamp())
        ]
        rows, answer = page(request, "serviceDeployments", chosen, LIST_DEFAULT)
        answer["serviceDeployments"] = [brief_deployment(one) for one in rows]
        return answer

    def describe(self, request: Json) -> Json:
        """Return service deployments by ARN."""
        arns = bounded(request["serviceDeploymentArns"], DESCRIBE_MOST, "Service deployments")
        found = [(arn, self._world.deployments.get(arn)) for arn in arns]
        return {
            "serviceDeployments": [describe_deployment(one) for _, one in found if one],
            "failures": [missing(arn) for arn, one in found if one is None],
        }

    def describe_revisions(self, request: Json) -> Json:
        """Return service revisions by ARN."""
        arns = bounded(request["serviceRevisionArns"], DESCRIBE_MOST, "Service revisions")
        found = [(arn, self._world.revisions.get(arn)) for arn in arns]
        return {
            "serviceRevisions": [describe_revision(one) for _, one in found if one],
            "failures": [missing(arn) for arn, one in found if one is None],
        }

    def stop(self, request: Json) -> Json:
        """Roll a running deployment back, also one without a circuit breaker, or abort it."""
        record = self._world.deployments.get(request["serviceDeploymentArn"])
        if record is None:
            raise ApiError("ServiceDeploymentNotFoundException", "Service deployment not found.")
        service, kind = record.service, request.get("stopType", "ROLLBACK")
        if not record.going_on or record.rollback_to is not None:
            raise ApiError(
                "ConflictException", "The service deployment cannot be stopped in its current status."
            )
        if kind == "ROLLBACK" and service.completed is None:
            raise invalid("There is no completed service revision to roll back to.")
        if kind == "ROLLBACK":
            record.status, record.status_reason = "ROLLBACK_REQUESTED", "A rollback was requested."
        else:
            record.status, record.status_reason = "STOP_REQUESTED", "A stop was requested."
        record.updated_at = self._world.clock.now
        self._world.clock.after(1.0, lambda: self._carry_out(record.arn, kind))
        return {"serviceDeploymentArn": record.arn}

    def _carry_out(self, arn: str, kind: str) -> None:
        record = self._world.deployments[arn]
        if record.status not in ("ROLLBACK_REQUESTED", "STOP_REQUESTED"):
            return  # a newer deployment came in between
        if kind == "ROLLBACK":
            reason = "Service deployment rolled back because of a StopServiceDeployment request."
            self._rollout.go_back(record.service, record, reason, "ECS deployment stopped by a user: ")
        else:
            self._rollout.abort(record.service, record)
        self._scheduler.wake(record.service)
