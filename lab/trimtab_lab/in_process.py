"""Answers the clients of a botocore session from a laboratory, without any network.

botocore validates and serialises the request first, so a call that AWS's own SDK would refuse is
refused here too; only then the laboratory sees the parameters, and the parsed answer goes back to
the caller. Errors come back as the modelled exceptions. botocore's own retries sit below this seam:
an error reaches the caller at its first occurrence.
"""

import itertools
import uuid
from collections.abc import Mapping
from functools import cache
from random import Random
from typing import Any, cast

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.model import OperationModel
from botocore.session import Session

from trimtab_lab.api_error import ApiError, NotModelled
from trimtab_lab.lab import Lab
from trimtab_lab.plain import copy_value
from trimtab_lab.wire.errors import error_members

_PARAMS = "trimtab_lab_params"
_COMPONENT = "trimtab_lab"
Parsed = tuple[AWSResponse, dict[str, Any]]


def connect(lab: Lab, session: Session) -> None:
    """Let every client that ``session`` makes from now on be answered by ``lab``.

    Gives the session dummy credentials and, when it has none, the laboratory's Region. Connecting
    a session again moves it to the other laboratory, together with the clients it made.

    A call that the laboratory does not simulate raises ``NotModelled`` out of the client's method.
    """
    session.set_credentials("LABORATORY", "laboratory")
    if session.get_config_variable("region") is None:
        session.set_config_variable("region", lab.region)
    # botocore would put its name together anew for each call, a tenth of the call's time
    known: Any = session.get_default_client_config()
    ours = Config(user_agent=_COMPONENT)
    session.set_default_client_config(known.merge(ours) if known else ours)
    try:
        session.get_component(_COMPONENT).move_to(lab)
    except ValueError:
        line = _Line(lab)
        session.register_component(_COMPONENT, line)
        events = session.get_component("event_emitter")
        events.register_first("before-parameter-build", line.fill_tokens)
        events.register_last("before-parameter-build", line.keep_params)
        events.register_last("before-call", line.answer)
        events.register_first("before-send", _refuse_to_send)


def _refuse_to_send(request: AWSPreparedRequest, **_: object) -> None:
    raise NotModelled(f"the laboratory sends nothing over a network: {request.url}")


class _Line:
    """The handlers that botocore calls, in the order in which it calls them."""

    def __init__(self, lab: Lab) -> None:
        self.move_to(lab)

    def move_to(self, lab: Lab) -> None:
        """Answer from ``lab`` from now on."""
        self._lab = lab
        self._tokens: Random = lab.random("idempotency tokens")
        self._numbers = itertools.count(1)

    def fill_tokens(self, params: dict[str, Any], model: OperationModel, **_: object) -> None:
        """Set idempotency tokens from the seed, before botocore would draw them at random."""
        for name in model.idempotent_members:
            if name not in params:
                params[name] = str(uuid.UUID(int=self._tokens.getrandbits(128), version=4))

    def keep_params(self, params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
        """Remember the parameters by name: ``before-call`` only sees them serialised."""
        context[_PARAMS] = params

    def answer(self, model: OperationModel, context: dict[str, Any], **_: object) -> Parsed:
        """Answer in the place of the endpoint."""
        service = model.service_model
        request = cast(dict[str, Any], copy_value(context[_PARAMS]))
        number = f"{next(self._numbers):032x}"
        try:
            parsed = self._lab.call(service.service_name, model.name, request)
        except ApiError as fault:
            return _response(fault.status, number, error_members(service, fault))
        return _response(200, number, parsed)


def _response(status: int, number: str, parsed: Mapping[str, Any]) -> Parsed:
    metadata = {
        "RequestId": number,
        "HTTPStatusCode": status,
        "HTTPHeaders": {"x-amzn-requestid": number},
        "RetryAttempts": 0,
    }
    return _http(status), {**parsed, "ResponseMetadata": metadata}


@cache
def _http(status: int) -> AWSResponse:
    """Return what botocore looks for the status in, and for nothing else."""
    return AWSResponse("https://laboratory.invalid/", status, HTTPHeaders(), None)
