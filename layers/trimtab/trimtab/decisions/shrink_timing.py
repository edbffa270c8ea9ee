"""When a smaller size is put in force: right after a deployment of the team's own, where there are any."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from trimtab.model.change import Change, State
from trimtab.model.decision import Go, Keep, Setting
from trimtab.model.policy import Shrink
from trimtab.model.service import PastDeployment

WAITS_FOR_DEPLOYMENT: Final = "waits_for_deployment"

LOOK_BACK: Final = timedelta(days=14)
DEPLOYS_OFTEN: Final = 2
"""Whoever deployed twice in two weeks is taken to deploy again within one."""

WAIT_DAYS: Final = 7
JUST_DEPLOYED: Final = timedelta(hours=6)
"""So long after its deployment a team is still about: the hourly look comes by in this time."""

ONE_WRITE: Final = timedelta(minutes=3)
"""Between our note of a write and the begin of its deployment by ECS's clock lies less than this."""


def when_to_shrink(
    setting: Setting,
    record: Sequence[PastDeployment],
    past: Iterable[Change],
    created_at: datetime,
    waits_since: date | None,
    now: datetime,
) -> Go | Keep:
    """Say whether a smaller size is put in force now, as far as the team's deployments are concerned.

    Args:
        setting: What the policy says of shrinking.
        record: The server's own record of deployments.
        past: Changes of the service: their deployments are nobody else's.
        created_at: When the service was created, which is no deployment to wait for.
        waits_since: Since when a smaller size has been waiting, None when it has not.
        now: The instant.
    """
    if setting.shrink is not Shrink.PIGGYBACK:
        return Go()
    ours = [one.times[State.DEPLOYING] for one in past if State.DEPLOYING in one.times]
    theirs = [
        one.created_at
        for one in record
        if now - one.created_at <= LOOK_BACK
        and one.created_at - created_at > ONE_WRITE
        and not any(abs(one.created_at - written) <= ONE_WRITE for written in ours)
    ]
    begun = waits_since or now.date()
    if len(theirs) < DEPLOYS_OFTEN or now - max(theirs) <= JUST_DEPLOYED:
        return Go()
    if (now.date() - begun).days >= WAIT_DAYS:
        return Go()
    return Keep(
        WAITS_FOR_DEPLOYMENT,
        f"It was deployed {len(theirs)} times in two weeks: a smaller size goes along right after the next "
        f"deployment, or in the change window from {begun + timedelta(days=WAIT_DAYS)} on.",
    )
