"""A port that fails over one thing as code does over data that it cannot bear."""

from typing import Any


class Chokes:
    """Answers like ``port``, but ``method`` raises ``fault`` where its first argument is ``over``."""

    def __init__(self, port: Any, method: str, over: object, fault: Exception) -> None:
        self._port, self._method, self._over, self._fault = port, method, over, fault

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if name != self._method:
            return method

        def answer(*asked: Any, **more: Any) -> Any:
            if asked and asked[0] == self._over:
                raise self._fault
            return method(*asked, **more)

        return answer
