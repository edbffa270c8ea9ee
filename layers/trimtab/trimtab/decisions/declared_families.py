"""Which families of standalone tasks a plan sizes: those that the policy declares and something measures."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from trimtab.model.decision import Keep
from trimtab.model.policy import Policy, StandaloneRule
from trimtab.model.tags import Mode
from trimtab.model.usage import FamilyName

TURN_ON: Final = (
    "aws ecs update-cluster-settings --cluster NAME --settings name=containerInsights,value=enabled"
)


@dataclass(frozen=True, slots=True)
class Declared:
    """Names of a cluster and of a family, or patterns of them where ``answer`` says why nothing is sized."""

    cluster: str
    family: str
    rule: StandaloneRule
    answer: Keep | None = None


def declared_families(
    policy: Policy,
    measured: Collection[FamilyName],
    of_services: Collection[FamilyName],
    clusters: Sequence[str],
) -> tuple[Declared, ...]:
    """Return the families to size, and an answer for each entry of the policy that leads to none.

    Args:
        policy: Its entries ``standalone`` declare families.
        measured: Those that Container Insights has measured lately.
        of_services: Those that services run, which it measures together with tasks outside services.
        clusters: Names of the clusters that are planned, none for all.
    """
    found = [
        Declared(cluster, family, rule, _mixed(family) if (cluster, family) in of_services else None)
        for cluster, family in sorted(measured)
        if (rule := policy.standalone_rule(cluster, family)) and rule.mode is not Mode.OFF
    ]
    led = [one.rule for one in found]
    unmeasured = [
        Declared(rule.cluster, rule.family, rule, _unmeasured(rule))
        for rule in policy.standalone
        if rule.mode is not Mode.OFF and rule not in led and _speaks_of(rule, clusters)
    ]
    return (*found, *unmeasured)


def _speaks_of(rule: StandaloneRule, clusters: Sequence[str]) -> bool:
    return not clusters or any(fnmatchcase(cluster, rule.cluster) for cluster in clusters)


def _unmeasured(rule: StandaloneRule) -> Keep:
    where = "any cluster" if rule.cluster == "*" else f"cluster {rule.cluster}"
    return Keep(
        "family_not_measured",
        f"No task of family {rule.family} in {where} has been measured for two weeks: none ran, or Container "
        f"Insights is off there. This turns it on, and CloudWatch bills it: {TURN_ON}",
    )


def _mixed(family: str) -> Keep:
    return Keep(
        "family_of_service",
        f"A service runs family {family}, too, and Container Insights measures both as one. Tasks outside "
        "services need a family of their own to be sized.",
    )
