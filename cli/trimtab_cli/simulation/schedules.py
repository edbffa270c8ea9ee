"""What the clock brings: ticks, inventories, plans, in a long seed Terraform's resets, and a seed's end."""

from collections.abc import Callable
from functools import partial
from typing import Final

from trimtab.adapters.dynamodb_control import EPISODES
from trimtab.model.keys import control_key
from trimtab_cli.simulation.clients import CONTROL
from trimtab_cli.simulation.operators import POISON
from trimtab_cli.simulation.scene import CLUSTER
from trimtab_cli.simulation.trial import Trial
from trimtab_lab.account import Account
from trimtab_lab.clock import Clock

TROUBLE_SECONDS: Final = 4800.0
HEALING_SECONDS: Final = 32 * 3600.0
HEALING_LOOKS: Final = (60, 300, 600, 1800, 3600, 7200, 14_400, 28_800, 57_600, 86_400, 93_600, 111_600)
"""When the inventory looks once the faults are over, in seconds: each look is a full sweep."""

FIRST_PLANS: Final = (5.0, 7.0)
DAY: Final = 86_400.0
LONG_PLANS: Final = (3.5 * DAY, 7 * DAY)
RESETS: Final = (0.2 * DAY, 3.7 * DAY)
"""Three days of usage lie between a reset and the next plan, which needs as many."""

LIVE: Final = control_key("live")


def book_schedules(trial: Trial) -> None:
    """Book ticks, inventories and plans; a schedule that provably has nothing to do is passed over.

    Provably: nothing is due; no Change is open and no task stands alone, or is believed to; ECS has no
    revision of ours.
    """
    clock, trouble_ends_at = trial.lab.clock, trial.started_at + TROUBLE_SECONDS
    look, look_hourly = partial(_look, trial), partial(_look_hourly, trial)
    _every(clock, 60, ends_at(trial), partial(_tick, trial))
    _every(clock, 300, trouble_ends_at, look)
    _every(clock, 3600, trouble_ends_at, look_hourly)
    for seconds in HEALING_LOOKS:
        clock.after(TROUBLE_SECONDS + seconds, look)
        clock.after(TROUBLE_SECONDS + seconds + 1, look_hourly)
    for at in FIRST_PLANS:
        clock.after(at, partial(trial.lambdas.plan, "first"))
    for at in later_plans(trial):
        clock.after(at, partial(trial.lambdas.plan, f"at {at:.0f}"))
    if trial.dice.on("long"):
        for at in RESETS:
            trial.actors.reset_all(at)
            clock.after(at + 7200, look_hourly)


def _every(clock: Clock, seconds: float, until: float, wake: Callable[[], None]) -> None:
    def fire() -> None:
        wake()
        if clock.now + seconds < until:
            clock.after(seconds, fire)

    clock.after(seconds, fire)


def _tick(trial: Trial) -> None:
    if trial.ledger.something_due(POISON):
        trial.lambdas.tick()


def _look(trial: Trial) -> None:
    if trial.ledger.open_beside(POISON) or _standalone_tasks(trial.lab) or _live_tasks(trial.lab):
        trial.lambdas.look_open()
    if _an_episode(trial.lab):
        trial.lambdas.look_for_returns()


def _look_hourly(trial: Trial) -> None:
    trial.lambdas.look_at_risk()
    if trial.writes or not trial.healed_at:
        trial.lambdas.look_at_fleet()


def later_plans(trial: Trial) -> tuple[float, ...]:
    """Return when plans are made after the first, in seconds from the start."""
    return (
        *((DAY,) if trial.plans_twice else ()),
        *(LONG_PLANS if trial.faults.long else ()),
    )


def ends_at(trial: Trial) -> float:
    """Return when a seed is over, whatever is still open."""
    days = LONG_PLANS[-1] if trial.faults.long else 0.0
    return trial.started_at + TROUBLE_SECONDS + HEALING_SECONDS + days


def something_open(trial: Trial) -> bool:
    """Tell whether Trimtab has anything left to do: a Change, an episode, or a task that it remembers."""
    return trial.ledger.open_beside(POISON) or _an_episode(trial.lab) or _live_tasks(trial.lab)


def _standalone_tasks(lab: Account) -> bool:
    return any(task.service is None for task in lab.ecs.world.clusters[CLUSTER].tasks.values())


def _live_tasks(lab: Account) -> bool:
    """Tell whether Trimtab remembers a task as running."""
    return _has_rows(lab, LIVE)


def _an_episode(lab: Account) -> bool:
    return _has_rows(lab, EPISODES)


def _has_rows(lab: Account, key: str) -> bool:
    rows = lab.dynamodb.tables[CONTROL].rows.partitions.get(key)
    return bool(rows and rows.rows)
