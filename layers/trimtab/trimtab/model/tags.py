"""The three tags a team puts on a service, read strictly."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Final

from trimtab.model.errors import TagError

MODE_TAG: Final = "trimtab:mode"
PROFILE_TAG: Final = "trimtab:profile"
HOLD_TAG: Final = "trimtab:hold"
CHANGE_TAG: Final = "trimtab:change"
"""Put by us on a revision we registered and on a task we started: the id of the Change behind it."""

COPY_TAG: Final = "trimtab:copy-of"
"""Put by us on a revision that says the same as another, and was registered to be the newest."""

ORPHAN_TAG: Final = "trimtab:orphan"
"""Put by us on a revision that we registered and nobody ever ran."""

PROFILES: Final = ("general", "latency", "batch", "spot-first")


class Mode(IntEnum):
    """How far Trimtab may go, in order: a mode allows what those below it allow."""

    OFF = 0
    OBSERVE = 1
    HANDOVER = 2
    APPROVE = 3
    APPLY = 4

    @classmethod
    def read(cls, text: str) -> "Mode":
        """Return the mode of that name; raises TagError for any other text."""
        # Compared as written: the upper case of other letters, such as a ligature, can spell a mode too.
        modes = {mode.name.lower(): mode for mode in cls}
        if text not in modes:
            raise TagError(
                f"cannot read mode {text[:40]!r}: it is none of {', '.join(modes)}. "
                f"The workload is left alone. Set {MODE_TAG} to one of them, in lower case."
            )
        return modes[text]


@dataclass(frozen=True, slots=True)
class ServiceTags:
    """What a service's tags ask for; None where a tag is absent."""

    mode: Mode | None
    profile: str | None
    hold: date | bool

    def held_on(self, day: date) -> bool:
        """Tell whether the team asked to keep hands off on ``day``; a date counts to its end."""
        return self.hold if isinstance(self.hold, bool) else day <= self.hold


def read_service_tags(tags: Mapping[str, str]) -> ServiceTags:
    """Read the tags of a service.

    Raises:
        TagError: A tag of ours has a value that we do not know; it is never guessed.
    """
    unknown = sorted(
        k for k in tags if k.startswith("trimtab:") and k not in (MODE_TAG, PROFILE_TAG, HOLD_TAG)
    )
    if unknown:
        raise TagError(
            f"cannot read tag {unknown[0]!r}: Trimtab knows {MODE_TAG}, {PROFILE_TAG} and {HOLD_TAG}. "
            "The workload is left alone. Correct the tag's name."
        )
    mode = Mode.read(tags[MODE_TAG]) if MODE_TAG in tags else None
    profile = tags.get(PROFILE_TAG)
    if profile is not None and profile not in PROFILES:
        raise TagError(
            f"cannot read {PROFILE_TAG} {profile[:40]!r}: it is none of {', '.join(PROFILES)}. "
            "The workload is left alone. Correct the tag."
        )
    return ServiceTags(mode, profile, _hold(tags.get(HOLD_TAG)))


def _hold(text: str | None) -> date | bool:
    if text is None or text == "false":
        return False
    if text == "true":
        return True
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise TagError(
            f"cannot read {HOLD_TAG} {text[:40]!r}: it is neither true, false nor a date such as 2026-12-31. "
            "The workload is left alone. Correct the tag."
        ) from None
