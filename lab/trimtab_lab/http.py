"""The laboratory behind a port of this machine, for real SDKs: one endpoint for every service."""

import gzip
import itertools
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from botocore.model import OperationModel, ServiceModel
from botocore.session import Session
from botocore.validate import ParamValidator

from trimtab_lab.api_error import ApiError, NotModelled
from trimtab_lab.lab import Lab
from trimtab_lab.wire import json_protocol, query_protocol
from trimtab_lab.wire.json_protocol import Answered

PACE_SECONDS = 0.2  # how often simulated time catches up with wall time


def serve(lab: Lab, port: int = 0, speed: float = 0.0) -> "LabServer":
    """Start to answer on 127.0.0.1 and return the server, which runs until ``close()``.

    Args:
        lab: What answers; one request at a time.
        port: 0 takes a free one.
        speed: Simulated seconds that pass in a second; 0 leaves the clock to others.
    """
    return LabServer(lab, port, speed)


class LabServer:
    """A running server. ``url`` is the endpoint to give to an SDK (``AWS_ENDPOINT_URL``)."""

    def __init__(self, lab: Lab, port: int, speed: float) -> None:
        self._lock, self._stopped = threading.Lock(), threading.Event()
        self._lab, self._speed = lab, speed
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(_Desk(lab), self._lock))
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._server.serve_forever, daemon=True)]
        if speed:
            self._threads.append(threading.Thread(target=self._pace, daemon=True))
        for thread in self._threads:
            thread.start()

    def _pace(self) -> None:
        started, simulated = time.monotonic(), self._lab.clock.now
        while not self._stopped.wait(PACE_SECONDS):
            with self._lock:
                self._lab.clock.run_until(simulated + (time.monotonic() - started) * self._speed)

    def close(self) -> None:
        """Stop answering and let the port go."""
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> "LabServer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Desk:
    """Reads requests, asks the laboratory, writes answers."""

    def __init__(self, lab: Lab) -> None:
        self._lab, self._numbers = lab, itertools.count(1)
        session = Session()
        models = [session.get_service_model(service) for service in lab.operations()]
        self._by_target = {model.metadata.get("targetPrefix"): model for model in models}
        self._by_version = {
            model.api_version: model for model in models if model.protocol in ("query", "ec2")
        }

    def answer(self, target: str | None, body: bytes) -> Answered:
        """Answer one request; ``target`` is the header X-Amz-Target, absent in query protocols."""
        number = f"{next(self._numbers):032x}"
        try:
            if target is None:
                return self._answer_query(query_protocol.read_form(body), number)
            return self._answer_json(target, body)
        except NotModelled as fault:
            error = {"__type": "NotModelled", "message": str(fault)}
            return 501, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(error).encode()

    def _answer_json(self, target: str, body: bytes) -> Answered:
        prefix, _, operation = target.rpartition(".")
        model = _operation(self._by_target.get(prefix), operation)
        try:
            answer = self._call(model, json_protocol.read_request(model, body))
        except ApiError as fault:
            return json_protocol.write_error(model, fault)
        return json_protocol.write_answer(model, answer)

    def _answer_query(self, form: dict[str, str], number: str) -> Answered:
        model = _operation(self._by_version.get(form.get("Version", "")), form.get("Action", ""))
        try:
            answer = self._call(model, query_protocol.read_request(model, form))
        except ApiError as fault:
            return query_protocol.write_error(model, fault, number)
        return query_protocol.write_answer(model, answer, number)

    def _call(self, model: OperationModel, request: dict[str, Any]) -> dict[str, Any]:
        if model.input_shape is not None:
            report = ParamValidator().validate(request, model.input_shape)
            if report.has_errors():
                raise ApiError("ValidationException", report.generate_report())
        return self._lab.call(model.service_model.service_name, model.name, request)


def _operation(service: ServiceModel | None, operation: str) -> OperationModel:
    if service is None or operation not in service.operation_names:
        raise NotModelled(f"the laboratory does not know the operation {operation!r} of this service")
    return service.operation_model(operation)


def _handler(desk: _Desk, lock: threading.Lock) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet an answer: clients would wait 40 ms for the second

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            with lock:
                status, headers, content = desk.answer(self.headers.get("X-Amz-Target"), body)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Write nothing: the laboratory keeps its own list of calls."""

    return Handler
