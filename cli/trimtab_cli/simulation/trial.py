"""What a seed left behind: its world, the record of every call, and the state of Trimtab's tables."""

from dataclasses import dataclass, field
from typing import Any, Final

from trimtab_cli.simulation import clients
from trimtab_cli.simulation.actors import Actors
from trimtab_cli.simulation.clients import Notebook
from trimtab_cli.simulation.deliveries import Deliveries
from trimtab_cli.simulation.distortions import Distortions
from trimtab_cli.simulation.faults import Dice, Faults
from trimtab_cli.simulation.lambdas import Lambdas
from trimtab_cli.simulation.ledger import Ledger
from trimtab_cli.simulation.record import Record, Write
from trimtab_cli.simulation.scene import Scene
from trimtab_lab.account import Account

SECOND_PLAN_SHARE: Final = 0.2
LEAST_SHARE_PERCENT: Final = 10


@dataclass(slots=True)
class Trial:
    """What a seed left behind, for the checkers."""

    seed: int
    scene: Scene
    faults: Faults
    dice: Dice
    record: Record
    distortions: Distortions
    actors: Actors
    lambdas: Lambdas
    deliveries: Deliveries
    notebook: Notebook
    started_at: float
    policy: dict[str, Any] = field(default_factory=dict)
    healed_at: float = 0.0
    changes: list[dict[str, Any]] = field(default_factory=list)
    control: list[dict[str, Any]] = field(default_factory=list)

    @property
    def lab(self) -> Account:
        """The world."""
        return self.scene.lab

    @property
    def ledger(self) -> Ledger:
        """Our table, step by step."""
        return self.record.ledger

    @property
    def writes(self) -> list[Write]:
        """Our writes to ECS that the server carried out."""
        return self.record.writes

    @property
    def plans_twice(self) -> bool:
        """Whether there is a second plan, a day after the first."""
        return self.lab.random("plans").random() < SECOND_PLAN_SHARE

    @property
    def share_percent(self) -> int:
        """How much of the account's rates Trimtab may take; with much to do, as little as one may give it."""
        return LEAST_SHARE_PERCENT if self.faults.kill_storm else clients.SHARE_PERCENT

    def writes_of(self, operation: str) -> list[Write]:
        """Return our writes of one kind."""
        return [write for write in self.record.writes if write.operation == operation]
