"""Amazon ECS, simulated strictly: rules, times, events and limits of the real service."""

from trimtab_lab.ecs.behaviour import Behaviour, Plan
from trimtab_lab.ecs.simulated import Ecs
from trimtab_lab.ecs.watch import TaskRun, TaskWatcher

__all__ = ["Behaviour", "Ecs", "Plan", "TaskRun", "TaskWatcher"]
