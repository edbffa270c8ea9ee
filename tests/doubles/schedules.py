"""EventBridge in memory: what schedules run, and which failed."""


class MemorySchedules:
    """The ports ``Schedules`` and ``ScheduleMetrics``; ``asked`` lists every reading."""

    def __init__(self):
        self.rules, self.groups, self.failures, self.asked = {}, {}, [], []

    def of_rule(self, name, cluster_arn):
        self.asked.append(name)
        return self.rules.get(name, [])

    def of_scheduler(self, group=None):
        self.asked.append(group)
        return [run for name, runs in self.groups.items() if group in (None, name) for run in runs]

    def failed(self, start, end):
        return self.failures
