"""What AWS answered to a write without doing anything, in our words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import ClientError, ParamValidationError

from trimtab.model.errors import DeniedError, LaunchError, RejectedError, ShareSpentError, ThrottledError

THROTTLES: Final = (
    "ThrottlingException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "TooManyUpdates",
)
STALE: Final = (
    "ExpiredTokenException",
    "ExpiredToken",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "RequestExpired",
)
"""Credentials or clocks, not the request: the next invocation has others.

Source: AWS "Common error types" of the API References, and the AWS SDKs' own lists of expired credentials
(read 2026-11-22).
"""

DENIED: Final = ("AccessDeniedException", "AccessDenied", "UnauthorizedOperation")
CLIENT_FAULT: Final = range(400, 500)
NO_CAPACITY: Final = ("Capacity is unavailable", "provisioning capacity limit exceeded")
BUSY: Final = "Too many concurrent"
"""RunTask says the one and RegisterTaskDefinition the other with a ClientException, and both pass.

Source: ECS API Reference, common errors and RunTask; text of the errors as users report them.
"""

PARAMETER: Final = re.compile(
    r"(?:(?:Missing required|Unknown) parameter in|Invalid \w+ (?:of|for) parameter)"
    r' ([\w.\[\]]+)(?:: "(\w+)")?'
)
"""How botocore's report of a request begins; what comes after the first name may be a value."""


@contextmanager
def refusals() -> Iterator[None]:
    """Say in our words what AWS, or its SDK, answered without doing anything.

    Raises:
        ThrottledError: Not now.
        DeniedError: IAM does not let us.
        LaunchError: There is no capacity.
        RejectedError: Never, as it stands.
    """
    try:
        yield
    except ShareSpentError as fault:
        raise ThrottledError(str(fault), fault.seconds) from fault
    except ParamValidationError as fault:
        # Its report quotes values, which may be secrets of a task: nothing of it but names goes on.
        raise RejectedError(_wrong_parameters(str(fault.kwargs.get("report", "")))) from None
    except ClientError as fault:
        code, text = fault.response["Error"]["Code"], fault.response["Error"].get("Message", "")
        if any(said in text for said in NO_CAPACITY):
            raise LaunchError(text) from fault
        if passes(fault):
            raise ThrottledError(f"{code}: {text}") from fault
        if code in DENIED:
            raise DeniedError(f"{code}: {text}") from fault
        if is_for_good(fault):
            raise RejectedError(f"{code}: {text}") from fault
        raise


def passes(fault: ClientError) -> bool:
    """Tell whether AWS did nothing, and may do it when it is asked again in a while."""
    code, text = fault.response["Error"]["Code"], fault.response["Error"].get("Message", "")
    return code in THROTTLES or code in STALE or BUSY in text


def is_for_good(fault: ClientError) -> bool:
    """Tell whether AWS will say the same however often it is asked."""
    status = fault.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status in CLIENT_FAULT and not passes(fault)


def _wrong_parameters(report: str) -> str:
    found = PARAMETER.match(report)
    name = ".".join(filter(None, found.groups())) if found else "a parameter"
    return f"the AWS SDK of this release does not know {name} in this shape."
