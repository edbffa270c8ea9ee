"""The port ``Budgets`` in memory, with the table's own rules."""

from trimtab.model.budget import Record


class MemoryBudgets:
    def __init__(self):
        self.counted, self.failures, self.eras = {}, set(), {}

    def charge(self, charges, holder):
        for one in charges:
            held = self.counted.get((one.scope, one.window), set())
            if one.limit < 1 or (holder not in held and len(held) >= one.limit):
                return one
        for one in charges:
            self.counted.setdefault((one.scope, one.window), set()).add(holder)
        return None

    def release(self, scope, window, holder):
        self.counted.get((scope, window), set()).discard(holder)

    def holders(self, scope, window):
        return sorted(self.counted.get((scope, window), ()))

    def record(self, era):
        successes, proved = self.eras.get(era, ((), False))
        return Record(len(successes), tuple(sorted(at for at, _ in self.failures)), proved)

    def note_end(self, good, at, era, change_id):
        successes, proved = self.eras.get(era, ((), False))
        if good:
            self.eras[era] = ({*successes, change_id}, True)
        else:
            self.eras[era] = ((), proved)
            self.failures |= {(at.replace(microsecond=0), change_id)}
