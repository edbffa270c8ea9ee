"""Input of a schedule, the state machine or a person -> what is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trimtab.messages.fields import Fields

SHARDS_MAX = 1000


@dataclass(frozen=True, slots=True)
class RightsizeRequest:
    """One step of ``rightsize_fleet``, the hourly look, or one service on demand."""

    step: str
    run: str = ""
    shard: int = 0
    of: int = 1
    service_arn: str = ""


def parse_rightsize_request(event: Mapping[str, Any]) -> RightsizeRequest:
    """Read what the right-sizing function is asked.

    Raises:
        MessageError: It is none of its steps, or lacks what the step needs.
    """
    fields = Fields(event, "right-sizing request", "input")
    step = fields.text("step")
    if step == "plan":
        shard, of = fields.whole_or_none("shard"), fields.whole_or_none("of")
        if shard is None or of is None or not 0 <= shard < of <= SHARDS_MAX:
            raise fields.fault(f"shard {shard!r} of {of!r} is no part of a fleet")
        return RightsizeRequest(step, fields.text("run"), shard, of)
    if step in ("gate", "report"):
        return RightsizeRequest(step, fields.text("run"))
    if step == "service":
        return RightsizeRequest(step, service_arn=fields.text("service"))
    if step == "at_risk":
        return RightsizeRequest(step)
    raise fields.fault(f"step {step[:40]!r} is none of plan, gate, report, service, at_risk")


def parse_our_request(event: Mapping[str, Any], known: tuple[str, ...]) -> tuple[str, str]:
    """Return what one of our schedules asks a function that hears of nothing else, and its scope.

    Raises:
        MessageError: It is no input of ours, or asks what this function does not know.
    """
    asked = parse_trimtab_request(event, known)
    if asked is None:
        raise Fields(event, "scheduled input", "input").fault(f"it asks for none of {', '.join(known)}")
    return asked


def parse_trimtab_request(event: Mapping[str, Any], known: tuple[str, ...]) -> tuple[str, str] | None:
    """Return what one of our schedules asks and its scope; None when it is no input of ours.

    Raises:
        MessageError: It is ours, and asks what this function does not know.
    """
    if "trimtab" not in event:
        return None
    fields = Fields(event, "scheduled input", "input")
    asked, scope = fields.text("trimtab"), fields.text_or_none("scope") or ""
    if f"{asked}/{scope}".rstrip("/") not in known:
        raise fields.fault(f"{asked[:40]!r} with scope {scope[:40]!r} is none of {', '.join(known)}")
    return asked, scope
