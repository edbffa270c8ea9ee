"""Joins a laboratory to what the handlers lean on: boto3's default session, the clock, the wiring."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import boto3
import botocore.session

from trimtab import wiring
from trimtab.adapters import clock
from trimtab_cli.dispatcher.invoke import Around, FunctionSettings
from trimtab_lab import in_process
from trimtab_lab.api_error import NotModelled
from trimtab_lab.lab import Answer, Lab, Request


@contextmanager
def connected(lab: Lab) -> Iterator[Around]:
    """Let boto3, Trimtab's clock and its wiring belong to ``lab`` inside the block.

    Gives what ``Dispatcher(around=…)`` needs: the wiring reads a function's environment once, so it
    is made anew whenever a function with another environment runs; and what the laboratory does not
    model is raised even where a handler swallowed it, as one that isolates its records does.
    """
    before = boto3.DEFAULT_SESSION
    session = botocore.session.get_session()
    in_process.connect(lab, session)
    boto3.setup_default_session(botocore_session=session, region_name=lab.region)
    clock.use(lab.clock.today)
    wiring.aws.cache_clear()
    wired: list[Mapping[str, str]] = []
    gaps = _watch_for_gaps(lab)

    @contextmanager
    def around(settings: FunctionSettings) -> Iterator[None]:
        gaps.clear()
        clock.use(lab.clock.today)  # whatever the function before it has waited is over
        if wired != [settings.variables]:
            wiring.aws.cache_clear()
            wired[:] = [settings.variables]
        try:
            yield
        finally:
            if gaps:
                raise gaps.pop()

    try:
        yield around
    finally:
        del lab.call
        boto3.DEFAULT_SESSION = before
        clock.use(None)
        wiring.aws.cache_clear()


def _watch_for_gaps(lab: Lab) -> list[NotModelled]:
    """Keep every refusal of the laboratory from now on, until ``lab.call`` is deleted."""
    gaps: list[NotModelled] = []
    answer = lab.call

    def call(service: str, operation: str, request: Request) -> Answer:
        try:
            return answer(service, operation, request)
        except NotModelled as gap:
            gaps.append(gap)
            raise

    lab.call = call  # type: ignore[method-assign]
    return gaps
