"""An account's ECS in memory: what the reading ports show and the deployer changes.

Small on purpose: rollouts move when a test says so, and nothing is validated; the laboratory does that.
"""

from dataclasses import replace
from datetime import timedelta

from tests.samples import CLUSTER, a_deployment, a_task, revision
from trimtab.model.errors import LaunchError
from trimtab.model.service import InForce, PastDeployment
from trimtab.model.tags import CHANGE_TAG, ORPHAN_TAG
from trimtab.model.task_definition import TaskDefinition


class Ecs:
    """``registered``, ``deployed`` and ``started`` list every write, in order."""

    def __init__(self, clock):
        self.clock = clock
        self.fleet, self.definitions, self.known_tasks, self.task_tags = {}, {}, {}, {}
        self.registered, self.deployed, self.started = [], [], []
        self.no_capacity = None
        self.services, self.task_definitions = _Services(self), _TaskDefinitions(self)
        self.tasks, self.deployer = _Tasks(self), _Deployer(self)
        self.past, self.deployment_history = {}, _DeploymentHistory(self)

    def has(self, *things):
        """Put services, definitions and tasks into the account."""
        for thing in things:
            kind = type(thing).__name__
            if kind == "Service":
                self.fleet[thing.arn] = thing
                self.past[thing.arn] = [self._past(thing, thing.created_at, "SUCCESSFUL")]
            elif kind == "Task":
                self.known_tasks[thing.task_arn] = thing
            else:
                self.definitions[thing.arn] = thing

    def change(self, arn, **said):
        self.fleet[arn] = replace(self.fleet[arn], **said)

    def begin_deployment(self, arn, **said):
        """Begin a deployment, whoever wants it, over one that is still on its way; return its id."""
        service = replace(self.fleet[arn], **said)
        number = f"ecs-svc/{len(self.deployed) + 2000}"
        now = self.clock.now() + timedelta(milliseconds=len(self.deployed))  # no two in the same instant
        new = a_deployment(
            id=number,
            task_definition=service.task_definition,
            rollout_state="IN_PROGRESS",
            created_at=now,
        )
        old = replace(service.primary, status="ACTIVE")
        self.fleet[arn] = replace(service, deployments=(new, old))
        self.deployed.append((arn, said))
        self._end(arn, "STOPPED")
        self.past[arn].insert(0, self._past(self.fleet[arn], now, "IN_PROGRESS"))
        return number

    def _past(self, service, created_at, status):
        wanted = InForce(service.task_definition, service.capacity_provider_strategy)
        return PastDeployment(f"{service.arn}/{len(self.deployed)}", wanted, created_at, status)

    def _end(self, arn, status):
        newest = self.past[arn][0]
        if newest.status == "IN_PROGRESS":
            self.past[arn][0] = replace(newest, status=status)

    def person_deploys(self, arn, task_definition):
        """Let somebody else put a revision in force."""
        self.begin_deployment(arn, task_definition=task_definition)

    def finish(self, arn, rollout_state="COMPLETED", reason=""):
        """Bring the primary deployment to its end; a failed one stays as ECS leaves it."""
        primary = self.fleet[arn].primary
        done = replace(primary, rollout_state=rollout_state, rollout_state_reason=reason)
        self.change(arn, deployments=(done,))
        self._end(arn, "SUCCESSFUL" if rollout_state == "COMPLETED" else "STOPPED")

    def goes_back(self, arn):
        """Let ECS's circuit breaker take the newest deployment back, to what completed last."""
        past = self.past[arn]
        back = next(one.in_force for one in past if "SUCCESSFUL" in one.status)
        past[0] = replace(past[0], status="ROLLBACK_SUCCESSFUL", went_back_to=back)
        there = a_deployment(
            id="ecs-svc/back", task_definition=back.task_definition, created_at=self.clock.now()
        )
        before = {"task_definition": back.task_definition}
        before["capacity_provider_strategy"] = back.capacity_provider_strategy
        self.change(arn, deployments=(there,), **before)


class _Services:
    def __init__(self, ecs):
        self._ecs = ecs

    def describe(self, service_arn):
        return self._ecs.fleet.get(service_arn)

    def all(self, clusters, wanted=None):
        yield from [s for arn, s in self._ecs.fleet.items() if wanted is None or wanted(arn)]


class _DeploymentHistory:
    def __init__(self, ecs):
        self._ecs = ecs

    def of(self, service):
        return tuple(self._ecs.past[service.arn])


class _TaskDefinitions:
    def __init__(self, ecs):
        self._ecs = ecs

    def describe(self, task_definition):
        return self._ecs.definitions.get(task_definition)

    def latest(self, family):
        return next(iter(self.newest(family)), None)

    def newest(self, family):
        found = [one for one in self._ecs.definitions.values() if one.family == family]
        return sorted(found, key=lambda one: -one.revision)[:10]


class _Tasks:
    def __init__(self, ecs):
        self._ecs = ecs

    def describe(self, cluster, task_arns):
        return [self._ecs.known_tasks[arn] for arn in task_arns if arn in self._ecs.known_tasks]

    def tags(self, cluster, task_arn):
        return self._ecs.task_tags.get(task_arn, {})

    def of_no_service(self, clusters):
        for task in list(self._ecs.known_tasks.values()):
            if not (task.group or "").startswith("service:"):
                yield task

    def started_by(self, cluster, started_by):
        return [t for t in self._ecs.known_tasks.values() if t.started_by == started_by]


class _Deployer:
    def __init__(self, ecs):
        self._ecs = ecs

    def register_resized(self, base, size, change):
        numbers = [d.revision for d in self._ecs.definitions.values() if d.family == base.family]
        arn = revision(max(numbers) + 1, base.family)
        fields = {**base.fields, **base.resized(size), "revision": max(numbers) + 1, "taskDefinitionArn": arn}
        self._ecs.has(TaskDefinition(arn, fields, {**base.tags, CHANGE_TAG: change.id}))
        self._ecs.registered.append(arn)
        return arn

    def register_copy(self, original, change):
        numbers = [d.revision for d in self._ecs.definitions.values() if d.family == original.family]
        arn = revision(max(numbers) + 1, original.family)
        fields = {**original.fields, "revision": max(numbers) + 1, "taskDefinitionArn": arn}
        self._ecs.has(TaskDefinition(arn, fields, {**original.tags, CHANGE_TAG: change.id}))
        self._ecs.registered.append(arn)
        return arn

    def mark_orphan(self, task_definition, change):
        marked = self._ecs.definitions[task_definition]
        self._ecs.has(replace(marked, tags={**marked.tags, ORPHAN_TAG: change.id}))

    def find_registered(self, base, size, change):
        found = [d for d in self._ecs.definitions.values() if d.tags.get(CHANGE_TAG) == change.id]
        return found[-1].arn if found else None

    def deploy(self, service, task_definition):
        return self._ecs.begin_deployment(service.arn, task_definition=task_definition)

    def shift(self, service, strategy):
        return self._ecs.begin_deployment(service.arn, capacity_provider_strategy=strategy, launch_type=None)

    def run(self, recipe, change):
        """Start a task each time: the token that would make it once may have died meanwhile."""
        if self._ecs.no_capacity:
            raise LaunchError(self._ecs.no_capacity)
        new = a_task(
            f"start-{len(self._ecs.started) + 1}",
            cluster_arn=CLUSTER,
            task_definition_arn=recipe.task_definition,
            group=recipe.group,
            started_by=f"trimtab/{change.id}",
            last_status="PENDING",
        )
        self._ecs.has(new)
        self._ecs.started.append((new.task_arn, recipe, change))
        return new.task_arn
