"""Idempotency of RunTask: the same token with the same request returns the same tasks."""

from dataclasses import dataclass
from json import dumps

from trimtab_lab.api_error import ApiError
from trimtab_lab.clock import Clock
from trimtab_lab.ecs.answers import Json
from trimtab_lab.ecs.errors import invalid
from trimtab_lab.ecs.task import Task

# Source: ECS API Reference, "Ensuring idempotency" (read 2026-11-22): 24 hours, or the life of
# the task plus one hour, whichever is shorter; up to 64 letters from 33 to 126.
LONGEST_SECONDS, AFTER_STOP_SECONDS = 86_400.0, 3600.0
LETTERS_MOST, LETTER_FIRST, LETTER_LAST = 64, 33, 126


@dataclass(slots=True)
class _Use:
    request: str
    tasks: list[Task]
    at: float

    def ends_at(self) -> float:
        """Return when the token is forgotten, as far as known now."""
        ended = [task.stopped_at for task in self.tasks]
        last = max((at for at in ended if at is not None), default=0.0)
        by_life = last + AFTER_STOP_SECONDS if None not in ended else float("inf")
        return min(self.at + LONGEST_SECONDS, by_life)


class ClientTokens:
    """Remembers the tokens of RunTask, per cluster."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._uses: dict[tuple[str, str], _Use] = {}

    def earlier(self, cluster_arn: str, request: Json) -> list[Task] | None:
        """Return the tasks that this token has started, or None when it is new or forgotten.

        Raises:
            ApiError: ConflictException for another request under the token, with the ARNs.
        """
        token = request.get("clientToken")
        if not token:
            return None
        if len(token) > LETTERS_MOST or any(not LETTER_FIRST <= ord(c) <= LETTER_LAST for c in token):
            raise invalid("The clientToken must have at most 64 characters, in the range 33 to 126.")
        use = self._uses.get((cluster_arn, token))
        if use is None or self._clock.now >= use.ends_at():
            return None
        if use.request != _fingerprint(request):
            arns = [task.arn for task in use.tasks]
            raise ApiError(
                "ConflictException",
                "The request uses the same client token as a previous, but non-identical request. "
                "Do not reuse a client token with different requests.",
                details={"resourceIds": arns},
            )
        return use.tasks

    def remember(self, cluster_arn: str, request: Json, tasks: list[Task]) -> None:
        """Keep what a token has started; a request that started nothing may be sent again."""
        token = request.get("clientToken")
        if token and tasks:
            self._uses[cluster_arn, token] = _Use(_fingerprint(request), tasks, self._clock.now)


def _fingerprint(request: Json) -> str:
    return dumps({key: value for key, value in request.items() if key != "clientToken"}, sort_keys=True)
