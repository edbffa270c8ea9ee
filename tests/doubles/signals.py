"""The port ``HealthSignals`` in memory."""

from trimtab.model.signals import Alarm


class MemorySignals:
    """``states`` has the alarms there are; ``asked`` lists what was read."""

    def __init__(self):
        self.states, self.asked = {}, []

    def alarms(self, names):
        self.asked.append(tuple(names))
        return tuple(self.states.get(name, Alarm(name, "")) for name in names)

    def set(self, name, state, since=None):
        self.states[name] = Alarm(name, state, since)
