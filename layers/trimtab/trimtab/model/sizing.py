"""On what terms a size is chosen."""

from dataclasses import dataclass
from datetime import datetime

from trimtab.model.price import FargatePrice
from trimtab.model.risk_profile import RiskProfile
from trimtab.model.task_size import TaskSize


@dataclass(frozen=True, slots=True)
class Terms:
    """What may be chosen and what it costs.

    ``sizes`` are all that bounds, floors and containers allow, in the order of CPU, then memory.
    ``task_count`` is for telling the cost: the choice is made for one task, since a peak that kills one task
    of a service may kill them all.
    """

    sizes: tuple[TaskSize, ...]
    profile: RiskProfile
    price: FargatePrice
    task_count: int = 1


@dataclass(frozen=True, slots=True)
class MemoryFloor:
    """What a kill for memory has taught: no smaller size ``until`` then."""

    memory_mib: int
    until: datetime
