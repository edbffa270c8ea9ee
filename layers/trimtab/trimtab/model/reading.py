"""What is read of the Control table at once: together with switch and policy, consistently, in one call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from trimtab.model.launch import LaunchRequest, Lineage, SealedRecipe
from trimtab.model.policy import Policy
from trimtab.model.storm import Brake
from trimtab.model.switch import Switch


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is remembered of a task when it stops, and of its family; without a policy nothing of it counts.

    ``launch_tags`` are those of its recipe. ``floor_mib`` is the size below which its family was killed for
    memory, 0 when none is in force. ``proposed_mib`` is the memory that the last plan proposed for its family
    in that cluster, where that is more than its definition says, else 0. ``quarantined_at`` is when its
    revision failed twice alike, ``cleared_at`` when a person last cleared its family.
    """

    switch: Switch
    policy: Policy | None
    lineage: Lineage
    launch_tags: Mapping[str, str] = field(default_factory=dict)
    floor_mib: int = 0
    quarantined_at: datetime | None = None
    cleared_at: datetime | None = None
    proposed_mib: int = 0


@dataclass(frozen=True, slots=True)
class BeforeStart:
    """What a restart is carried out on; without a policy nothing of it counts.

    ``request`` is what somebody asked of RunTask for the first task, ``brakes`` are those of what it shares.
    """

    switch: Switch
    policy: Policy | None
    recipe: SealedRecipe | None = None
    request: LaunchRequest | None = None
    brakes: tuple[Brake, ...] = ()
