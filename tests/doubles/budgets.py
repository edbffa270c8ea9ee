"""The port ``Budgets`` in memory, with the table's own rules."""

from trimtab.decisions.budgets import RUNNING
from trimtab.model.budget import Record


class MemoryBudgets:
    def __init__(self):
        self.holders, self.ended = {}, Record()

    def charge(self, charges, holder):
        for one in charges:
            held = self.holders.get((one.scope, one.window), set())
            if one.limit < 1 or (holder not in held and len(held) >= one.limit):
                return one
        for one in charges:
            self.holders.setdefault((one.scope, one.window), set()).add(holder)
        return None

    def release(self, holder):
        self.holders.get((RUNNING, RUNNING), set()).discard(holder)

    def running(self):
        return sorted(self.holders.get((RUNNING, RUNNING), ()))

    def record(self):
        return self.ended

    def note_end(self, good, at):
        if good:
            self.ended = Record(self.ended.successes + 1, self.ended.failures)
        else:
            self.ended = Record(0, (*self.ended.failures, at.replace(microsecond=0)))
