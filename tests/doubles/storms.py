"""The port ``Storms`` in memory, with the table's own rules."""

from dataclasses import replace


class MemoryStorms:
    def __init__(self):
        self.stops, self.counted, self.there = {}, {}, {}

    def count(self, cluster, cause_class, stop, now):
        counted = self.stops.setdefault((cluster, cause_class), {})
        counted[stop] = replace(stop, at=stop.at.replace(microsecond=0))
        return tuple(counted.values())

    def tracked(self, cluster):
        return self.counted.get(cluster)

    def note_tracked(self, cluster, count, now):
        self.counted[cluster] = count

    def brakes(self, cluster, cause_class):
        return [b for b in self.there.values() if (b.cluster, b.cause_class) == (cluster, cause_class)]

    def put(self, brake, now):
        key = (brake.cluster, brake.cause_class, brake.key)
        if key in self.there and self.there[key].version != brake.version - 1:
            return False
        self.there[key] = brake
        return True
