"""What the simulated APIs raise."""


class ApiError(Exception):
    """An error answer as the real service gives it: code, message, HTTP status.

    ``details`` are further members of the error shape, such as ``CancellationReasons``.
    """

    def __init__(
        self, code: str, message: str, status: int = 400, details: dict[str, object] | None = None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.details = details or {}


class NotModelled(Exception):
    """The laboratory was asked for something that it does not simulate: never answered by a guess."""
