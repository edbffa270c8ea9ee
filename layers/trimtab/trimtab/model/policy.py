"""The policy document: what the account's owners allow beyond the tags."""

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from trimtab.model.budget import Limits
from trimtab.model.change_window import ChangeWindow, Freeze
from trimtab.model.orchestrator import Orchestrator
from trimtab.model.restart_policy import BUILT_IN_CLASSES, Classes, Copies, Exit, StartBy
from trimtab.model.tags import Mode
from trimtab.model.task_size import TaskSize

FARGATE_POOLS: Final = ("FARGATE_SPOT", "FARGATE")


class Unclear(StrEnum):
    """What a signal that cannot tell does to a Change: an alarm without data, too few requests."""

    WAIT = "wait"
    IGNORE = "ignore"


class Shrink(StrEnum):
    """When a smaller size is put in force."""

    PIGGYBACK = "piggyback"
    WINDOW = "window"
    NOW = "now"


@dataclass(frozen=True, slots=True)
class ServiceRule:
    """One entry of ``services``: names are shell patterns, ``tags`` must all be there.

    ``mode`` is a ceiling. ``smallest`` and ``largest`` bound every size we choose. ``windows`` are the only
    times for what can wait; none means any time.
    ``shrink_without_signals`` lets a service be shrunk that shows nothing of its users' health.
    ``unclear_signals`` says whether signals that cannot tell hold a Change up; None: its kind says so.
    ``alerts_topic`` is where its owner's alerts go. ``oom_usd`` is what a kill of one task for memory costs;
    None: its profile says so. ``shrink`` says when a smaller size is put in force.
    """

    cluster: str = "*"
    service: str = "*"
    tags: Mapping[str, str] = field(default_factory=dict)
    mode: Mode | None = None
    profile: str | None = None
    smallest: TaskSize = TaskSize(256, 512)
    largest: TaskSize = TaskSize(16384, 122880)
    windows: tuple[ChangeWindow, ...] = ()
    shrink_without_signals: bool = False
    unclear_signals: Unclear | None = None
    alerts_topic: str = ""
    oom_usd: float | None = None
    shrink: Shrink = Shrink.PIGGYBACK

    def matches(self, cluster: str, service: str, tags: Mapping[str, str]) -> bool:
        """Tell whether this entry speaks of the service."""
        return (
            fnmatch.fnmatchcase(cluster, self.cluster)
            and fnmatch.fnmatchcase(service, self.service)
            and all(tags.get(key) == value for key, value in self.tags.items())
        )


@dataclass(frozen=True, slots=True)
class StandaloneRule:
    """One entry of ``standalone``: families that are declared safe to run again.

    ``classes`` says how often after which class of causes. A run of ``healthy_after_seconds`` makes a
    restart a success, and what came before it counts no longer. ``deadline_seconds`` counts from the first
    start of the lineage; None: as long as it lives. ``follow_latest`` starts the newest revision of the
    family, else the one that ran. ``alerts_topic`` is where its owner's alerts go. ``windows`` are when the
    next task is started ahead of an announced retirement; none: when AWS stops the one that runs.
    """

    cluster: str = "*"
    family: str = "*"
    mode: Mode = Mode.APPLY
    copies: Copies = Copies.AT_MOST_ONE
    classes: Classes = BUILT_IN_CLASSES
    exits: tuple[Exit, ...] = ()
    healthy_after_seconds: int = 600
    deadline_seconds: int | None = None
    start_by: StartBy = StartBy.NEXT_RUN
    follow_latest: bool = False
    alerts_topic: str = ""
    windows: tuple[ChangeWindow, ...] = ()

    def matches(self, cluster: str, family: str) -> bool:
        """Tell whether this entry speaks of the family."""
        return fnmatch.fnmatchcase(cluster, self.cluster) and fnmatch.fnmatchcase(family, self.family)


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole document; ``version`` 0 is the built-in policy of an account that has stored none."""

    version: int = 0
    services: tuple[ServiceRule, ...] = ()
    standalone: tuple[StandaloneRule, ...] = ()
    limits: Limits = Limits()
    freezes: tuple[Freeze, ...] = ()
    orchestrators: tuple[Orchestrator, ...] = ()

    def service_rule(self, cluster: str, service: str, tags: Mapping[str, str]) -> ServiceRule:
        """Return the first entry that speaks of the service, or one that forbids nothing."""
        return next((r for r in self.services if r.matches(cluster, service, tags)), ServiceRule())

    def freezes_of(self, cluster: str, service: str) -> tuple[Freeze, ...]:
        """Return every freeze that speaks of the service, past ones too."""
        return tuple(freeze for freeze in self.freezes if freeze.matches(cluster, service))

    def standalone_rule(self, cluster: str, family: str) -> StandaloneRule | None:
        """Return the first entry that speaks of the family; None means: not declared safe to run again."""
        return next((r for r in self.standalone if r.matches(cluster, family)), None)


BUILT_IN: Final = Policy()
