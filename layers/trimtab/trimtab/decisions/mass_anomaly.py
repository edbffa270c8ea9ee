"""Whether a whole plan looks like a fault of ours rather than of the fleet."""

from trimtab.model.budget import Limits
from trimtab.model.decision import Go, Refuse


def judge_plan(
    considered: int,
    judged: int,
    wanted: int,
    considered_before: int | None,
    limits: Limits,
    failed: int = 0,
) -> Go | Refuse:
    """Hold a plan in which too many services want a change, cannot be judged, or have vanished.

    Args:
        considered: Services this run looked at.
        judged: Of these, the ones that it may change and had enough data to judge. Only they can want
            something: services without data, without opt-in or on EC2 would hide a fault of ours.
        wanted: Of these, the ones for which it wants a change to be applied.
        considered_before: Services the run before looked at, None when there was none.
        limits: From how many services on a share says something (all of four may well be oversized), which
            share is too much, and how much of the inventory may be missing.
        failed: Services that the code failed over: where they are many, and most, it is not theirs.
    """
    if considered_before and considered < considered_before * limits.inventory_share_min:
        return Refuse(
            "inventory_shrank",
            f"This run saw {considered} services, the one before {considered_before}: nothing is released.",
        )
    many = failed >= limits.mass_anomaly_services_min
    if many and judged < (judged + failed) * limits.inventory_share_min:
        return Refuse(
            "mass_anomaly",
            f"The code failed over {failed} services, and {judged} could be judged: none is released. "
            "Look at the plan.",
        )
    if judged >= limits.mass_anomaly_services_min and wanted > judged * limits.mass_anomaly_share_max:
        return Refuse(
            "mass_anomaly",
            f"{wanted} of the {judged} services that could be judged want a change at once: none is "
            "released. Look at the plan.",
        )
    return Go()
