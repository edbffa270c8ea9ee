"""Made-up services, tasks, definitions and Changes, to be varied by whoever tests with them."""

from datetime import UTC, datetime, timedelta

from trimtab.model.change import Base, Change, Kind, State, Target, Turn
from trimtab.model.decision import Setting
from trimtab.model.price import FargatePrice
from trimtab.model.service import Deployment, Service, StrategyItem
from trimtab.model.stop import Stop
from trimtab.model.tags import Mode
from trimtab.model.task import Container, Task
from trimtab.model.task_definition import TaskDefinition
from trimtab.model.task_size import TaskSize
from trimtab.model.usage import ServiceUsage

NOW = datetime(2026, 3, 2, 4, 5, 6, tzinfo=UTC)
ARN = "arn:aws:ecs:eu-west-1:111122223333"
CLUSTER = f"{ARN}:cluster/shop"
ORDERS = f"{ARN}:service/shop/orders"
SPOT_FIRST = (StrategyItem("FARGATE_SPOT", weight=1),)
ON_DEMAND = (StrategyItem("FARGATE", weight=1),)
PRICE = FargatePrice(0.04048, 0.004445, "a test's price")
APPLY = Setting(Mode.APPLY)


def minutes(count):
    return timedelta(minutes=count)


def revision(number, family="orders"):
    return f"{ARN}:task-definition/{family}:{number}"


def a_deployment(**said):
    told = {
        "id": "ecs-svc/1000",
        "status": "PRIMARY",
        "task_definition": revision(1),
        "rollout_state": "COMPLETED",
        "rollout_state_reason": "",
        "created_at": NOW - timedelta(days=20),
        "running_count": 4,
        "desired_count": 4,
        "failed_tasks": 0,
    }
    return Deployment(**{**told, **said})


def a_service(name="orders", **said):
    told = {
        "arn": f"{ARN}:service/shop/{name}",
        "name": name,
        "cluster_arn": CLUSTER,
        "status": "ACTIVE",
        "task_definition": revision(1, name),
        "desired_count": 4,
        "running_count": 4,
        "pending_count": 0,
        "launch_type": "FARGATE",
        "capacity_provider_strategy": (),
        "deployment_controller": "ECS",
        "scheduling_strategy": "REPLICA",
        "minimum_healthy_percent": 100,
        "created_at": NOW - timedelta(days=40),
        "tags": {"trimtab:mode": "apply"},
    }
    told |= said
    if "deployments" not in told:
        told["deployments"] = (a_deployment(task_definition=told["task_definition"]),)
    return Service(**told)


def a_spot_service(**said):
    told = {
        "launch_type": None,
        "capacity_provider_strategy": SPOT_FIRST,
        "tags": {"trimtab:mode": "apply", "trimtab:profile": "spot-first"},
    }
    return a_service(**{**told, **said})


def a_definition(number=1, family="orders", cpu_units=1024, memory_mib=4096, tags=None, **said):
    fields = {
        "taskDefinitionArn": revision(number, family),
        "family": family,
        "revision": number,
        "status": "ACTIVE",
        "cpu": str(cpu_units),
        "memory": str(memory_mib),
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "compatibilities": ["EC2", "FARGATE"],
        "registeredAt": NOW - timedelta(days=20),
        "registeredBy": "arn:aws:iam::111122223333:role/deployer",
        "taskRoleArn": "arn:aws:iam::111122223333:role/orders",
        "containerDefinitions": [
            {
                "name": "app",
                "image": "orders:1",
                "essential": True,
                "environment": [{"name": "PASSWORD", "value": "canary-7f3a"}],
                "healthCheck": {"command": ["CMD-SHELL", "curl -f http://localhost/health"]},
            }
        ],
    }
    return TaskDefinition(revision(number, family), {**fields, **said}, tags or {"team": "orders"})


def a_task(task_id="7d3c", **said):
    """A running standalone task of the family ``nightly``."""
    told = {
        "task_arn": f"{ARN}:task/shop/{task_id}",
        "cluster_arn": CLUSTER,
        "last_status": "RUNNING",
        "desired_status": "RUNNING",
        "task_definition_arn": revision(3, "nightly"),
        "group": "family:nightly",
        "started_by": "cron-host",
        "launch_type": "FARGATE",
        "created_at": NOW - minutes(30),
        "started_at": NOW - minutes(29),
        "cpu_units": 512,
        "memory_mib": 1024,
        "containers": (Container("job", "RUNNING"),),
        "overrides": {"containerOverrides": [{"name": "job", "command": ["run", "--all"]}]},
        "subnet_id": "subnet-1",
        "network_interface_id": "eni-1",
        "platform_version": "1.4.0",
        "version": 2,
    }
    return Task(**{**told, **said})


def a_crash(task_id="7d3c", exit_code=1, reason=None, **said):
    """The stop of such a task that died by itself."""
    stopped = {
        "last_status": "STOPPED",
        "desired_status": "STOPPED",
        "stop_code": "EssentialContainerExited",
        "stopped_reason": "Essential container in task exited",
        "execution_stopped_at": NOW - timedelta(seconds=20),
        "stopping_at": NOW - timedelta(seconds=15),
        "stopped_at": NOW - timedelta(seconds=5),
        "containers": (Container("job", "STOPPED", exit_code, reason),),
        "version": 5,
    }
    return a_task(task_id, **{**stopped, **said})


def out_of_memory(task_id="7d3c", **said):
    return a_crash(task_id, 137, "OutOfMemoryError: Container killed due to memory usage", **said)


def a_stop(at=NOW, cause="application", task_id="7d3c", **said):
    """A stop of a task of ``orders`` as it is kept."""
    told = {
        "at": at,
        "task_arn": a_task(f"{task_id}-{cause}").task_arn,
        "cluster": "shop",
        "service": "orders",
        "family": "orders",
        "task_definition": revision(2),
        "owner": "service",
        "rule": "exited",
        "cause": cause,
        "action": "leave_to_service",
        "reason": "service_scheduler_replaces_it",
        "sentence": "Container app exited with code 1. ECS replaces it.",
        "decided": "leave_to_service",
        "decided_sentence": "ECS replaces it.",
        "evidence": {"run_s": 9.5, "exit_codes": "app=1"},
    }
    return Stop(**{**told, **said})


def a_change(**said):
    told = {
        "workload": ORDERS,
        "id": "resize1",
        "kind": Kind.RESIZE,
        "state": State.PLANNED,
        "turn": Turn.APPLY,
        "due_at": NOW,
        "cluster": "shop",
        "name": "orders",
        "mode": "apply",
        "base": Base(revision(1), (), "FARGATE", TaskSize(1024, 4096)),
        "target": Target(size=TaskSize(512, 1024)),
        "rule": "maximum_and_percentile",
        "reason": "too_large",
        "sentence": "It is larger than it needs.",
        "cause": "rightsize_fleet/run-1",
        "decide_by": NOW + timedelta(days=1),
        "created_at": NOW,
        "watch_seconds": 86400,
        "times": {"planned": NOW},
    }
    return Change(**{**told, **said})


def usage(cpu=0.2, memory=0.3, days=14.0, coverage=1.0, samples=20):
    """Usage that was the same all the time."""
    return ServiceUsage(NOW - timedelta(days=days), NOW, (cpu,) * samples, memory, coverage)
