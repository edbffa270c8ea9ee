"""The policy document as written -> Policy, or PolicyError with the place of the fault."""

import re
from dataclasses import fields as dataclass_fields
from datetime import UTC, datetime, timedelta
from typing import Final

from trimtab.model.budget import Limits
from trimtab.model.change_window import Freeze
from trimtab.model.document_fields import (
    Reader,
    at_most,
    between,
    count,
    fault,
    list_of,
    mapping,
    mode,
    one_of,
    read_fields,
    text,
    topic,
    yes_or_no,
)
from trimtab.model.orchestrator_document import read_orchestrator
from trimtab.model.policy import Policy, ServiceRule, Shrink, Unclear
from trimtab.model.standalone_document import read_standalone
from trimtab.model.tags import PROFILES
from trimtab.model.task_size import TaskSize
from trimtab.model.window_document import windows

LIMIT_MAX: Final = 3000
"""More of anything is no limit.

What is counted is one set of ids in one item, which holds 400 KB: about 3,600 of them.
"""

BRAKES: Final = {
    "failures_that_pause": (1, 20),
    "failure_window_hours": (1, 168),
    "reversals_that_quarantine": (1, 5),
    "reversal_window_days": (7, 400),
    "resets_that_stop": (1, 5),
    "canary_changes": (1, 100),
    "mass_anomaly_services_min": (2, 100),
    "storm_lineages_min": (2, 50),
    "storm_window_seconds": (30, 600),
}
"""The limits that are brakes, each with its least and its most: none can be set so that it never acts."""

SHARES: Final = ("mass_anomaly_share_max", "inventory_share_min", "storm_share_min")
SHARE_MIN, SHARE_MAX = 0.1, 0.9
SHARE: Final = re.compile(r"^0\.([1-8][0-9]?|90?)(?![\s\S])")

OOM_USD_MIN, OOM_USD_MAX = 0.1, 10_000
"""With less, memory would be cut until tasks die; with more, none is ever."""

OOM_USD: Final = re.compile(r"^(0\.[1-9][0-9]?|[1-9][0-9]{0,3}(\.[0-9]{1,2})?|10000)(?![\s\S])")

NO_SUCH_DAY: Final = "a day and an hour that there are"
INSTANT: Final = re.compile(
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2}))?(?![\s\S])"
)


def read_policy(document: object, version: int) -> Policy:
    """Read a document whose scalars may all be text, as they come from YAML read as text.

    Raises:
        PolicyError: Names the place (``services[2].mode``), the value, and what it may be.
    """
    fields = mapping(document, "policy", {"services", "standalone", "limits", "freezes", "orchestrators"})
    return Policy(
        version,
        tuple(
            _service(x, f"services[{i}]")
            for i, x in enumerate(list_of(fields.get("services", []), "services"))
        ),
        tuple(
            read_standalone(x, f"standalone[{i}]")
            for i, x in enumerate(list_of(fields.get("standalone", []), "standalone"))
        ),
        _limits(fields.get("limits", {})),
        tuple(
            _freeze(x, f"freezes[{i}]") for i, x in enumerate(list_of(fields.get("freezes", []), "freezes"))
        ),
        tuple(
            read_orchestrator(x, f"orchestrators[{i}]")
            for i, x in enumerate(list_of(fields.get("orchestrators", []), "orchestrators"))
        ),
    )


def _limits(entry: object) -> Limits:
    readers: dict[str, Reader] = {one.name: at_most(LIMIT_MAX) for one in dataclass_fields(Limits)}
    readers |= {name: between(*bounds) for name, bounds in BRAKES.items()}
    readers |= dict.fromkeys(SHARES, _share)
    return Limits(**read_fields(entry, "limits", readers))


def _service(entry: object, place: str) -> ServiceRule:
    readers: dict[str, Reader] = {
        "cluster": text, "service": text, "tags": _tags, "mode": mode,
        "profile": _profile, "smallest": _size, "largest": _size, "windows": windows,
        "shrink_without_signals": yes_or_no, "unclear_signals": one_of(Unclear), "alerts_topic": topic,
        "oom_usd": _oom_usd, "shrink": one_of(Shrink),
    }  # fmt: skip
    rule = ServiceRule(**read_fields(entry, place, readers))
    if not rule.largest.holds(rule.smallest):
        raise fault(f"{place}.largest", rule.largest, f"a size that holds the smallest one, {rule.smallest}")
    return rule


def _freeze(entry: object, place: str) -> Freeze:
    readers: dict[str, Reader] = {
        "from": _instant, "until": _end, "reason": text, "cluster": text, "service": text,
    }  # fmt: skip
    read = read_fields(entry, place, readers)
    if missing := [key for key in ("from", "until", "reason") if key not in read]:
        raise fault(place, entry, f"a freeze that says {', '.join(missing)}")
    begins, ends = read.pop("from"), read.pop("until")
    if ends <= begins:
        raise fault(f"{place}.until", ends, "later than the freeze begins")
    return Freeze(begins, ends, **read)


def _tags(value: object, place: str) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(x, str) for pair in value.items() for x in pair):
        raise fault(place, value, "a mapping of tag keys to values")
    return value


def _profile(value: object, place: str) -> str:
    if value not in PROFILES:
        raise fault(place, value, f"one of {', '.join(PROFILES)}")
    return str(value)


def _instant(value: object, place: str) -> datetime:
    """Read an instant; a date is its beginning in UTC."""
    if not isinstance(value, str) or not INSTANT.match(value):
        raise fault(place, value, "a date, or an instant such as 2026-12-20T18:00Z")
    try:
        at = datetime.fromisoformat(value)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise fault(place, value, NO_SUCH_DAY) from None


def _end(value: object, place: str) -> datetime:
    """Read an instant at which something ends; a date counts to its end, as in the tag trimtab:hold."""
    at = _instant(value, place)
    try:
        return at + timedelta(days="T" not in str(value))
    except OverflowError:
        raise fault(place, value, NO_SUCH_DAY) from None


def _share(value: object, place: str) -> float:
    """Read a ratio; text has at most two places."""
    if isinstance(value, str) and SHARE.match(value):
        return float(value)
    if isinstance(value, float) and SHARE_MIN <= value <= SHARE_MAX:
        return value
    raise fault(place, value, f"a share from {SHARE_MIN} to {SHARE_MAX}")


def _oom_usd(value: object, place: str) -> float:
    """Read what a kill costs; text has at most two places."""
    usd = float(value) if isinstance(value, str) and OOM_USD.match(value) else value
    if isinstance(usd, float | int) and not isinstance(usd, bool) and OOM_USD_MIN <= usd <= OOM_USD_MAX:
        return float(usd)
    raise fault(place, value, f"an amount in USD from {OOM_USD_MIN} to {OOM_USD_MAX}, such as 2.50")


def _size(value: object, place: str) -> TaskSize:
    readers: dict[str, Reader] = {"cpu_units": count, "memory_mib": count}
    read = read_fields(value, place, readers)
    if len(read) != len(readers):
        raise fault(place, value, "a size with cpu_units and memory_mib")
    return TaskSize(**read)
