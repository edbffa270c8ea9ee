"""Whether a whole plan looks like a fault of ours rather than of the fleet."""

from trimtab.model.decision import Go, Refuse

FLEET_MIN = 20
"""Below this many services a share says nothing: all of four services may well be oversized."""

SHARE_MAX = 0.5


def judge_plan(considered: int, judged: int, wanted: int, considered_before: int | None) -> Go | Refuse:
    """Hold a plan in which too many services want a change, or from which services have vanished.

    Args:
        considered: Services this run looked at.
        judged: Of these, the ones that it may change and had enough data to judge. Only they can want
            something: services without data, without opt-in or on EC2 would hide a fault of ours.
        wanted: Of these, the ones for which it wants a change to be applied.
        considered_before: Services the run before looked at, None when there was none.
    """
    if considered_before and considered < considered_before * SHARE_MAX:
        return Refuse(
            "inventory_shrank",
            f"This run saw {considered} services, the one before {considered_before}: nothing is released.",
        )
    if judged >= FLEET_MIN and wanted > judged * SHARE_MAX:
        return Refuse(
            "mass_anomaly",
            f"{wanted} of the {judged} services that could be judged want a change at once: none is "
            "released. Look at the plan.",
        )
    return Go()
