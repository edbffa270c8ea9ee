"""Joins a laboratory to what the handlers lean on: boto3's default session, the clock, the wiring."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import boto3
import botocore.session

from trimtab import wiring
from trimtab.adapters import clock
from trimtab_cli.dispatcher.invoke import Around, FunctionSettings
from trimtab_lab import in_process
from trimtab_lab.lab import Lab


@contextmanager
def connected(lab: Lab) -> Iterator[Around]:
    """Let boto3, Trimtab's clock and its wiring belong to ``lab`` inside the block.

    Gives what ``Dispatcher(around=…)`` needs: the wiring reads a function's environment once, so it
    is made anew whenever a function with another environment runs.
    """
    before = boto3.DEFAULT_SESSION
    session = botocore.session.get_session()
    in_process.connect(lab, session)
    boto3.setup_default_session(botocore_session=session, region_name=lab.region)
    clock.use(lab.clock.today)
    wiring.aws.cache_clear()
    wired: list[Mapping[str, str]] = []

    @contextmanager
    def around(settings: FunctionSettings) -> Iterator[None]:
        if wired != [settings.variables]:
            wiring.aws.cache_clear()
            wired[:] = [settings.variables]
        yield

    try:
        yield around
    finally:
        boto3.DEFAULT_SESSION = before
        clock.use(None)
        wiring.aws.cache_clear()
