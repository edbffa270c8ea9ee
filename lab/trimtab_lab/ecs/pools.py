"""Supply: how many tasks each pool of capacity can hold."""

from collections import Counter


class Pools:
    """Fargate pools with a supply that the scene's author sets.

    A pool is a capacity provider's name; launch type FARGATE draws on ``FARGATE``. EC2 pools are
    bounded by their container instances instead, and may be bounded here as well.
    """

    def __init__(self) -> None:
        self._supply: dict[str, int] = {}
        self._in_use: Counter[str] = Counter()

    def set_supply(self, pool: str, tasks: int | None) -> None:
        """Let ``pool`` hold ``tasks`` at once; None lifts the limit. Running tasks stay."""
        if tasks is None:
            self._supply.pop(pool, None)
        else:
            self._supply[pool] = tasks

    def in_use(self, pool: str) -> int:
        """Return how many tasks the pool holds now."""
        return self._in_use[pool]

    def has_room(self, pool: str) -> bool:
        """Tell whether one more task finds capacity."""
        return pool not in self._supply or self._in_use[pool] < self._supply[pool]

    def take(self, pool: str) -> None:
        """Count a task that was placed."""
        self._in_use[pool] += 1

    def give_back(self, pool: str) -> None:
        """Count a task that is gone."""
        self._in_use[pool] -= 1
