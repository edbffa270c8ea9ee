"""The Changes table in memory, with the same conditions as the one on DynamoDB."""

from dataclasses import fields, replace
from datetime import datetime

from tests.doubles.stops import MemoryStops
from trimtab.model.change import CLOSED, FIRST_STATES, HOLDS_HEAD, State, Turn
from trimtab.model.errors import ConflictError, IllegalTransitionError
from trimtab.model.head import Head


class MemoryChanges:
    """The port ``Changes``; ``bell`` lists what the stream would have rung for, oldest first."""

    def __init__(self, stops=None):
        self.stops = stops or MemoryStops()
        self.items, self.heads, self.bell = {}, {}, []
        self.fences, self.links = {}, {}

    def record(self, change):
        if change.state not in FIRST_STATES:
            raise IllegalTransitionError(f"no Change begins as {change.state}")
        if (change.workload, change.id) in self.items:
            return False
        self._put(change)
        return True

    def record_answer(self, change, stop):
        new = self.record(change)
        self.stops.archive(stop, change.created_at)
        return new

    def get(self, workload, change_id):
        return self.items.get((workload, change_id))

    def of(self, workload):
        return [c for (owner, _), c in sorted(self.items.items()) if owner == workload]

    def of_lineage(self, workload):
        return self.of(workload), Head(self.head(workload), self.fences.get(workload, 0))

    def open_of(self, workload):
        return [c for c in self.of(workload) if c.is_open]

    def was_taken(self, workload):
        return any(c.fence for c in self.of(workload))

    def due(self, turn, until, limit=None):
        found = [c for c in self.items.values() if c.is_open and c.turn is turn]
        yield from sorted((c for c in found if c.due_at <= until), key=lambda c: c.due_at)[:limit]

    def take(self, change, lease_until, now, seen=None):
        taken = replace(
            change.moved(State.APPLYING, now), turn=Turn.SETTLE, due_at=lease_until, fence=change.fence + 1
        )
        self._expect(change)
        holder, lease = self.heads.get(change.workload, (None, None))
        own = holder == change.id and lease < whole(now)
        if not (holder is None or own or (change.parent and holder == change.parent)):
            raise ConflictError("HEAD is held")
        fence = self.fences.get(change.workload, 0)
        if seen is not None and (seen.holder not in (None, change.id) or seen.fence != fence):
            raise ConflictError("HEAD was held since")
        self.fences[change.workload] = fence + 1
        self.heads[change.workload] = (change.id, whole(lease_until))
        return self._step(change, taken)

    def move(self, change, to, turn, due_at, now, outcome="", sentence="", applied=None):
        moved = replace(
            change.moved(to, now),
            turn=Turn.NONE if to in CLOSED else turn,
            due_at=due_at,
            outcome=outcome or change.outcome,
            outcome_sentence=sentence or change.outcome_sentence,
            applied={**change.applied, **(applied or {})},
        )
        self._expect(change)
        if change.state in HOLDS_HEAD and to not in HOLDS_HEAD:
            self._release(change)
            if change.parent is not None and to is State.PLANNED:
                self.heads[change.workload] = (change.parent, whole(change.decide_by))
        return self._step(change, moved)

    def started(self, change, task_arn, due_at, now, applied):
        self.links[task_arn] = (change.workload, change.id)
        return self.move(change, State.DEPLOYING, Turn.SETTLE, due_at, now, applied=applied)

    def note(self, change, applied):
        self._expect(change)
        return self._step(change, replace(change, applied={**change.applied, **applied}))

    def roll_back(self, parent, rollback, now, outcome, sentence):
        moved = replace(
            parent.moved(State.ROLLING_BACK, now),
            turn=Turn.SETTLE,
            due_at=rollback.decide_by,
            outcome=outcome,
            outcome_sentence=sentence,
        )
        self._expect(parent)
        holder, _ = self.heads.get(parent.workload, (None, None))
        if (rollback.workload, rollback.id) in self.items or holder not in (None, parent.id):
            raise ConflictError("HEAD is held, or the rollback is there")
        if holder is None:
            self.fences[parent.workload] = self.fences.get(parent.workload, 0) + 1
        self.heads[parent.workload] = (parent.id, whole(rollback.decide_by))
        self._step(parent, moved)
        self._put(rollback)

    def wait(self, change, turn, due_at, reason, sentence):
        self._expect(change)
        waiting = replace(change, turn=turn, due_at=due_at, outcome=reason, outcome_sentence=sentence)
        self._step(change, waiting)

    def ring(self, change):
        there = self.items.get((change.workload, change.id))
        if there and there.turn is Turn.APPLY:
            self._put(replace(there, wakes=there.wakes + 1))

    def head(self, workload):
        """Return who holds the workload, None when nobody does."""
        return self.heads.get(workload, (None, None))[0]

    def _expect(self, change):
        there = self.items.get((change.workload, change.id))
        seen = seconds(change)
        same = there and all(
            getattr(there, k) == getattr(seen, k) for k in ("state", "turn", "fence", "due_at")
        )
        if not same:
            raise ConflictError(f"{change.id} has moved meanwhile")

    def _release(self, change):
        if self.head(change.workload) == change.id:
            self.heads[change.workload] = (None, None)
        elif change.state is not State.ROLLING_BACK:
            raise ConflictError("HEAD is not its own")

    def _step(self, before, after):
        """Write what the step changes and nothing else, as an update does."""
        old, new = seconds(before), seconds(after)
        changed = {f.name: getattr(new, f.name) for f in fields(new)}
        changed = {name: value for name, value in changed.items() if getattr(old, name) != value}
        self._put(replace(self.items[before.workload, before.id], **changed))
        return after

    def _put(self, change):
        self.items[change.workload, change.id] = seconds(change)
        if change.turn is Turn.APPLY:
            self.bell.append((change.workload, change.id))


def whole(at):
    return at.replace(microsecond=0)


def seconds(change):
    """Return the Change as the table keeps it: in whole seconds."""
    said = {f.name: getattr(change, f.name) for f in fields(change)}
    cut = {name: whole(value) for name, value in said.items() if isinstance(value, datetime)}
    return replace(change, **cut, times={state: whole(at) for state, at in change.times.items()})
