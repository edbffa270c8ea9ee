"""Whether a workload asked for Trimtab, and how far it may go there."""

from collections.abc import Mapping
from datetime import date

from trimtab.model.decision import Keep, Setting
from trimtab.model.errors import TagError
from trimtab.model.policy import Policy, ServiceRule
from trimtab.model.tags import Mode, ServiceTags, read_service_tags


def service_setting(
    cluster: str, service: str, tags: Mapping[str, str], policy: Policy, default_mode: Mode, today: date
) -> Setting | Keep:
    """Return what holds for a service: the stricter of its tags and the policy.

    Without a mode tag the stack's default holds, and that is never above ``observe``: anything that
    writes needs the team's own tag.

    Returns:
        ``Setting``, or ``Keep`` with ``malformed_tag``, ``held`` or ``mode_off``. Never an exception.
    """
    asked = _read(tags)
    if isinstance(asked, Keep):
        return asked
    rule = policy.service_rule(cluster, service, tags)
    mode = asked.mode if asked.mode is not None else min(default_mode, Mode.OBSERVE)
    if rule.mode is not None:
        mode = min(mode, rule.mode)
    if mode is Mode.OFF:
        return Keep(
            "mode_off", f"{service} is not opted in: no tag, default or policy asks for more than off."
        )
    if asked.held_on(today):
        return Keep("held", f"{service} is on hold by its trimtab:hold tag.")
    return _setting(mode, asked, rule, cluster, service, policy)


def setting_if_observed(
    cluster: str, service: str, tags: Mapping[str, str], policy: Policy
) -> Setting | Keep:
    """Return what would hold for a service that asked to be observed, whether or not it does.

    Returns:
        ``Setting`` in mode ``observe``, or ``Keep`` with ``malformed_tag``. Never an exception.
    """
    asked = _read(tags)
    if isinstance(asked, Keep):
        return asked
    rule = policy.service_rule(cluster, service, tags)
    return _setting(Mode.OBSERVE, asked, rule, cluster, service, policy)


def _read(tags: Mapping[str, str]) -> ServiceTags | Keep:
    try:
        return read_service_tags(tags)
    except TagError as fault:
        return Keep("malformed_tag", str(fault))


def _setting(
    mode: Mode, asked: ServiceTags, rule: ServiceRule, cluster: str, service: str, policy: Policy
) -> Setting:
    return Setting(
        mode,
        asked.profile or rule.profile or "general",
        rule.smallest,
        rule.largest,
        rule.windows,
        policy.freezes_of(cluster, service),
        rule.shrink_without_signals,
        rule.unclear_signals,
        policy.limits,
        rule.oom_usd,
        rule.shrink,
    )
