"""The port ``HealthSignals`` in memory."""

from trimtab.model.signals import Alarm


class MemorySignals:
    """``states`` has the alarms there are, ``requests`` the traffic; ``asked`` lists what was read."""

    def __init__(self):
        self.states, self.asked, self.requests = {}, [], None

    def alarms(self, names):
        self.asked.append(tuple(names))
        return tuple(self.states.get(name, Alarm(name, "")) for name in names)

    def traffic(self, target_groups, windows):
        self.asked.append(tuple(target_groups))
        return self.requests

    def set(self, name, state, since=None):
        self.states[name] = Alarm(name, state, since)
