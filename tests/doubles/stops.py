"""The archive of stops in memory."""


class MemoryStops:
    """The port ``Stops``; ``kept`` shows what is in it, by task."""

    def __init__(self):
        self.kept = {}

    def archive(self, stop, at):
        return self.kept.setdefault(stop.task_arn, stop) is stop

    def is_archived(self, task):
        return task.task_arn in self.kept

    def of_service(self, service_arn, since):
        place = tuple(service_arn.split("/")[-2:])
        found = (s for s in self.kept.values() if (s.cluster, s.service) == place and s.at >= since)
        return tuple(sorted(found, key=lambda stop: stop.at))

    def newest(self, cluster, service, family, since, limit):
        place = (cluster, service) if service else (cluster, None, family)
        found = [
            stop
            for stop in self.kept.values()
            if (stop.cluster, stop.service, stop.family)[: len(place)] == place and stop.at >= since
        ]
        return tuple(sorted(found, key=lambda stop: stop.at)[-limit:])
