"""Keeps what handlers print and log, per invocation, off the terminal."""

import io
import logging
import sys
from typing import TextIO


class Output(io.TextIOBase):
    """A stand-in for standard output that collects while a handler runs and else passes on.

    A logger keeps the stream that was standard output when it was made, which may be long before
    the first invocation: ``adopt_loggers`` moves those over to this one.
    """

    def __init__(self) -> None:
        self._lines: list[str] | None = None
        self._before: TextIO = sys.stdout

    def begin(self) -> list[str]:
        """Collect from now on."""
        self._before = sys.stdout
        self._lines = []
        sys.stdout = self
        return self._lines

    def end(self, lines: list[str]) -> tuple[str, ...]:
        """Pass on from now on; return the lines collected since ``begin``."""
        sys.stdout = self._before
        self._lines = None
        return tuple("".join(lines).splitlines())

    def write(self, text: str) -> int:
        """Collect or pass on."""
        if self._lines is None:
            return sys.stdout.write(text)
        self._lines.append(text)
        return len(text)

    def flush(self) -> None:
        """Flush the terminal when this passes on."""
        if self._lines is None:
            sys.stdout.flush()

    def adopt_loggers(self) -> None:
        """Let the loggers that write to standard output, or to an earlier stand-in, write here."""
        for logger in list(logging.Logger.manager.loggerDict.values()):
            for handler in getattr(logger, "handlers", []):
                stream = getattr(handler, "stream", None)
                if stream in (self._before, sys.__stdout__) or isinstance(stream, Output):
                    handler.setStream(self)
