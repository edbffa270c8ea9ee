"""Who calls the laboratory: a function, or a service on its behalf."""

from collections.abc import Iterator
from contextlib import contextmanager

from trimtab_lab.lab import Lab


@contextmanager
def calling_as(lab: Lab, principal: str) -> Iterator[None]:
    """Let the calls inside the block be made by ``principal``."""
    before, lab.principal = lab.principal, principal
    try:
        yield
    finally:
        lab.principal = before
