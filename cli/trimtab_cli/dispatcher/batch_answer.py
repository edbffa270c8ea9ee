"""What a handler answers to a batch when its mapping says ``ReportBatchItemFailures``.

Source: Lambda Developer Guide, services-sqs-errorhandling (read 2026-11-22).
"""

from collections.abc import Sequence
from typing import Any


def failed_identifiers(answer: Any, identifiers: Sequence[str]) -> list[str]:
    """Return which of ``identifiers`` failed, in the order of the batch.

    No answer, an empty one and an empty or missing list mean success of all. An answer that Lambda
    cannot read, or that names a record which is not in the batch, means failure of all.
    """
    if answer is None or answer == "":
        return []
    if not isinstance(answer, dict):
        return list(identifiers)
    failures = answer.get("batchItemFailures")
    if not failures:
        return []
    try:
        named = {failure["itemIdentifier"] for failure in failures}
    except (TypeError, KeyError):
        return list(identifiers)
    if not named <= set(identifiers):
        return list(identifiers)
    return [one for one in identifiers if one in named]
