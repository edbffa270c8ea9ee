"""Amazon ECS, simulated strictly: rules, times, events and limits of the real service.

Not simulated, and refused with ``NotModelled`` where somebody asks for it: blue/green, linear and
canary deployments, hooks, deployment alarms, early success, changes of the controller, task sets,
placement constraints by expression, tasks on EXTERNAL machines, volumes at launch.

Simplified: daemon services and EXTERNAL controllers are data without tasks; a service of CODE_DEPLOY
starts its first tasks and is then left alone; load balancers and health checks are data, so a task
is healthy once it has been running for 20 seconds; managed scaling is data, so a task without room
on an Auto Scaling group's or a Managed Instances provider finds no place at once instead of waiting in
PROVISIONING, and instances are added by hand; a lack
of capacity never counts for the circuit breaker (AWS does not say whether it should).
"""

from trimtab_lab.ecs.behaviour import Behaviour, Plan
from trimtab_lab.ecs.simulated import Ecs
from trimtab_lab.ecs.watch import TaskRun, TaskWatcher

__all__ = ["Behaviour", "Ecs", "Plan", "TaskRun", "TaskWatcher"]
