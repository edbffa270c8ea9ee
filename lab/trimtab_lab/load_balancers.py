"""What an Application Load Balancer counts of the tasks behind it: their load decides what they answer.

The metrics are those of a target group of ``AWS/ApplicationELB``; there is no API of its own here. A load
balancer counts server errors only where there are any.
"""

from functools import cache

from trimtab_lab.demand import CELL_SECONDS
from trimtab_lab.lab import Lab
from trimtab_lab.metrics import Metrics
from trimtab_lab.series import PointSeries, Summary
from trimtab_lab.usage import Usage, Weighted

NAMESPACE = "AWS/ApplicationELB"
REQUESTS_PER_CPU_UNIT = 3.0  # in a cell of five minutes: 700 units are 7 requests a second
ANSWER_SECONDS, REFUSAL_SECONDS = 0.05, 2.0  # of a request that is served, and of one that waits in vain


class LoadBalancers:
    """Counts what the tasks of services behind a target group answer."""

    def __init__(self, lab: Lab, usage: Usage, metrics: Metrics) -> None:
        self._lab, self._usage, self._metrics = lab, usage, metrics

    def front(
        self, cluster: str, service: str, target_group_arn: str,
        balancer: str = "app/shop/50dc6c495c0c9188", turns_away_above_ratio: float = 1.0,
    ) -> None:  # fmt: skip
        """From now on count a service's requests.

        Args:
            cluster: The service's cluster.
            service: Its name.
            target_group_arn: The target group that its tasks stand in.
            balancer: The load balancer, as its dimension names it.
            turns_away_above_ratio: Utilization of CPU up to which a task serves all it is asked; of a
                process with few workers it lies below 1.
        """
        where = (("LoadBalancer", balancer), ("TargetGroup", target_group_arn.rpartition(":")[2]))

        @cache
        def series(name: str) -> PointSeries:
            return self._metrics.to_put((NAMESPACE, name, where), "Count")

        def add(name: str, at: int, total: float, samples: float) -> None:
            mean = total / samples if samples else 0.0
            series(name).add(at, Summary(samples, total, mean, mean, ()))

        def answer(cell: int, tasks: list[Weighted]) -> None:
            requests, failed = self._answered(tasks, turns_away_above_ratio)
            at = cell * CELL_SECONDS
            add("HealthyHostCount", at, len(tasks), 1)
            add("RequestCount", at, requests, requests)
            seconds = (requests - failed) * ANSWER_SECONDS + failed * REFUSAL_SECONDS
            add("TargetResponseTime", at, seconds, requests)
            if failed:
                add("HTTPCode_Target_5XX_Count", at, failed, failed)

        self._usage.front(cluster, service, answer)

    def _answered(self, tasks: list[Weighted], above_ratio: float) -> tuple[int, int]:
        """Return the requests that reached tasks in the present cell, and how many of them failed."""
        weights = sum(weight for _, weight in tasks)
        asked = held = 0.0
        for member, weight in tasks:
            share = max(weights, 1.0) if member.demand.shared else 1.0
            asked += weight * self._usage.need(member.demand).cpu_units / share
            held += weight * member.run.cpu_units * above_ratio
        requests = round(asked * REQUESTS_PER_CPU_UNIT)
        return requests, round(requests * max(1 - held / asked, 0.0)) if asked else 0
