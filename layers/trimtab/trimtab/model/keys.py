"""Every key of our two tables, how long its item lives, and who may write it.

Changes: ``workload`` and ``item``. Control: ``key`` and ``part``; ``template.yaml`` lets each function
write only the kinds named here (``dynamodb:LeadingKeys``), and a test compares both.
"""

from datetime import timedelta
from typing import Final

HEAD: Final = "HEAD"
OPEN_INDEX: Final = "open"
OPEN_OF_WORKLOAD_INDEX: Final = "open-of-workload"
STOPS_OF_DAY_INDEX: Final = "stops-of-day"
CLOSED_CHANGE_KEPT: Final = timedelta(days=400)
FREE_HEAD_KEPT: Final = CLOSED_CHANGE_KEPT
"""A HEAD that nobody has held for so long is forgotten: each standalone task that was started has one."""

KEPT: Final = {
    "recipe": timedelta(days=60),
    "live": timedelta(days=60),
    "lineage": timedelta(days=60),
    "floor": timedelta(days=30),
    "evidence": timedelta(days=30),
    "digest": timedelta(days=40),
    "risk": timedelta(hours=26),
    "plan": timedelta(days=30),
    "stop": timedelta(days=30),
    "quarantine": timedelta(days=30),
    "budget": timedelta(days=1),
    "brake": timedelta(days=30),
    "storm": timedelta(days=1),
    "cleared": CLOSED_CHANGE_KEPT + timedelta(days=10),
}
"""Time to live by kind of Control item; a kind that is not here stays until it is written again."""

WRITERS: Final = {
    "switch": (),
    "policy": (),
    "cleared": (),
    "recipe": ("restart_stopped_task", "take_inventory"),
    "live": ("restart_stopped_task", "take_inventory"),
    "lineage": ("apply_change",),
    "floor": ("restart_stopped_task", "take_inventory"),
    "stop": ("restart_stopped_task", "take_inventory"),
    "quarantine": ("restart_stopped_task", "take_inventory"),
    "evidence": ("shift_capacity_provider",),
    "digest": ("rightsize_task_definition",),
    "risk": ("rightsize_task_definition",),
    "plan": ("rightsize_task_definition",),
    "price": ("rightsize_task_definition",),
    "budget": ("apply_change", "settle_change", "take_inventory"),
    "brake": ("apply_change", "settle_change", "take_inventory"),
    "storm": ("restart_stopped_task", "apply_change", "take_inventory"),
    "share": (
        "restart_stopped_task", "rightsize_task_definition", "shift_capacity_provider",
        "apply_change", "settle_change", "take_inventory",
    ),
}  # fmt: skip
"""Which functions may write a kind of Control item; the first three are a person's.

``live`` has one key for all tasks of declared families that were seen running and not yet seen stopped, so
that one Query lists them; only ``take_inventory`` takes them out.
``cleared`` outlives every Change from before it, so that none of them begins to count again.
"""


def change_item(change_id: str) -> str:
    """Sort key of a Change under its workload."""
    return f"CHANGE#{change_id}"


def control_key(kind: str, subject: str = "") -> str:
    """Hash key of a Control item."""
    return f"{kind}#{subject}" if subject else kind


def task_id(task_arn: str) -> str:
    """The last part of a task's ARN, which is unique in an account."""
    return task_arn.rsplit("/", 1)[-1]
