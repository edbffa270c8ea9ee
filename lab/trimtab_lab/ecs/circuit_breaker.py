"""The deployment circuit breaker: when failures are too many."""

import math

from trimtab_lab.ecs.answers import Json

# Source: ServiceDeploymentCircuitBreaker and ThresholdConfiguration in the API Reference, and the
# ECS Developer Guide, "deployment circuit breaker" (read 2026-11-22).
THRESHOLD_LEAST, THRESHOLD_MOST, PERCENT_DEFAULT = 3, 200, 50


def is_enabled(configuration: Json) -> bool:
    """Tell whether the breaker watches deployments."""
    return bool(configuration.get("deploymentCircuitBreaker", {}).get("enable"))


def rolls_back(configuration: Json) -> bool:
    """Tell whether a tripped breaker returns to the last completed deployment."""
    return bool(configuration.get("deploymentCircuitBreaker", {}).get("rollback"))


def resets_on_healthy(configuration: Json) -> bool:
    """Tell whether a healthy task sets the count of failures back to zero."""
    return bool(configuration.get("deploymentCircuitBreaker", {}).get("resetOnHealthyTask", True))


def threshold(configuration: Json, desired_count: int) -> int:
    """Return how many failed tasks trip the breaker."""
    asked = configuration.get("deploymentCircuitBreaker", {}).get("thresholdConfiguration", {})
    kind, value = asked.get("type", "BOUNDED_PERCENT"), int(asked.get("value", PERCENT_DEFAULT))
    if kind == "COUNT":
        return value
    failures = math.ceil(desired_count * value / 100)
    if kind == "UNBOUNDED_PERCENT":
        return max(1, failures)
    return min(max(THRESHOLD_LEAST, failures), THRESHOLD_MOST)
