"""Jobs to which something particular happens: what their policy says, and how their tasks live."""

from random import Random
from typing import Any, Final

from trimtab_lab.ecs.behaviour import Plan
from trimtab_lab.ecs.stopping import KILLED_EXIT_CODE, MEMORY_KILL

NOTICED, RETIRED, NEXT_RUN, FOLLOWED, HUNGRY = "noticed", "retired", "next run", "followed", "hungry"
STORY_SHARE: Final = 0.25
"""Of the seeds that would have no job."""

NEEDS_MIB: Final = 2500
SHORT_SECONDS: Final = 350
"""Of half of the tasks that are to be retired: they end well about then, also before it."""

_MANY_LOST: Final = {
    "infrastructure": {"attempts": "5", "window": "2h"},
    "capacity": {"deadline": "30m", "providers": ["as-launched", "FARGATE"]},
}

POLICIES: Final[dict[str, dict[str, Any]]] = {
    NOTICED: {"copies": "overlap", "classes": _MANY_LOST, "healthy_after": "8m"},
    RETIRED: {"copies": "overlap", "classes": _MANY_LOST, "healthy_after": "8m"},
    NEXT_RUN: {"start_by": "next-run"},
    FOLLOWED: {"follow_latest": "true", "classes": {"application": {"attempts": "4", "window": "2h"}}},
    HUNGRY: {"classes": {"memory": {"raises": "2", "memory_mib_max": "4096"}}},
}
"""Spot takes its capacity back; AWS retires its hosts; its schedule starts it again; its team puts a newer
revision out; and it needs more memory than its team gave it.
"""


def story_of(seed: int) -> str | None:
    """Draw what happens to the job of a seed that would have none; None: it has none."""
    chance = Random(f"{seed}/story")
    return chance.choice(tuple(POLICIES)) if chance.random() < STORY_SHARE else None


def life(kind: str, task: Any) -> Plan:
    """Return how one task of such a job ends by itself."""
    seconds = task.chance.uniform(100, 600)
    if kind == RETIRED and seconds < SHORT_SECONDS:
        return Plan(run_seconds=700 + 4 * seconds, exit_code=0)
    if kind in (NOTICED, RETIRED):
        return Plan(run_seconds=9000 + seconds, exit_code=0)
    if kind == HUNGRY and task.memory_mib < NEEDS_MIB:
        return Plan(run_seconds=seconds, exit_code=KILLED_EXIT_CODE, reason=MEMORY_KILL)
    mended = kind == HUNGRY or (kind == FOLLOWED and task.definition.revision > 1)
    return Plan(run_seconds=seconds, exit_code=0 if mended else 1)
