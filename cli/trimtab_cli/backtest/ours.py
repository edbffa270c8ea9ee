"""Trimtab's own policy in the loop: the decision code of the functions, and nothing else."""

from dataclasses import replace
from datetime import date

from trimtab.decisions.memory_raise import a_step_more
from trimtab.decisions.rightsize import after_kill, choose_size, digest_day, near_limit, when_capped
from trimtab.decisions.rightsize.at_once import CAPPED_PERIODS, next_warning
from trimtab.model.decision import Keep, Resize
from trimtab.model.digest import SizingHistory
from trimtab.model.sizing import Terms
from trimtab.model.task_size import TaskSize
from trimtab_cli.backtest.sizer import Move, Seen


class Ours:
    """Risk-price under one profile; with ``floor_days`` no size goes below that of a raise for so long."""

    capped_periods: int | None = CAPPED_PERIODS

    def __init__(self, terms: Terms, floor_days: int = 0) -> None:
        self._terms, self._floor_days = terms, floor_days
        self._history = SizingHistory()
        self._floors: list[tuple[date, int]] = []

    @property
    def warn_ratio(self) -> float | None:
        """Share of the memory at which to look next."""
        return self._history.warn_ratio

    def see(self, seen: Seen) -> None:
        """Keep the day's digest."""
        memory = seen.memory_mib
        peak = float(memory.max()) if memory is not None and len(memory) else None
        digest = digest_day(seen.day, seen.vcpu.tolist(), seen.limit_vcpu.tolist(), peak)
        if digest is not None:
            self._history = self._history.with_day(digest)

    def plan(self, today: date, size: TaskSize) -> Move | None:
        """Decide by the finished days."""
        floors = [mib for day, mib in self._floors if (today - day).days < self._floor_days]
        terms = self._terms
        if floors:
            above = tuple(s for s in terms.sizes if s.memory_mib >= max(floors))
            terms = replace(terms, sizes=above)
        return self._moved(choose_size(size, self._history, today, terms), today)

    def killed(self, today: date, size: TaskSize) -> Move | None:
        """Grow at once, by a step at least; a kill counts as a move even where there is no larger size."""
        terms, least = self._terms, a_step_more(size.memory_mib)
        larger = [s for s in terms.sizes if s.cpu_units >= size.cpu_units and s.memory_mib >= least]
        raised = after_kill(size, larger, self._history, today, terms) if larger else None
        self._history = self._history.moved(today)
        self._floors.append((today, (raised or size).memory_mib))
        return Move(raised, "out_of_memory") if raised else None

    def capped(self, today: date, size: TaskSize, periods: int) -> Move | None:
        """Grow to the next CPU class."""
        return self._moved(when_capped(size, periods, self._terms), today)

    def near(self, today: date, size: TaskSize, memory_mib: float) -> Move | None:
        """Grow before the kill, or look again later."""
        move = self._moved(near_limit(size, memory_mib, self._history, today, self._terms), today)
        self._history = self._history.warned(next_warning(memory_mib, size))
        return move

    def _moved(self, answer: Keep | Resize, today: date) -> Move | None:
        if isinstance(answer, Keep):
            return None
        self._history = self._history.moved(today)
        return Move(answer.size, answer.reason)
