"""Parts of CreateService and UpdateService that both read the same way."""

from trimtab_lab.api_error import NotModelled
from trimtab_lab.ecs.answers import Json, copied
from trimtab_lab.ecs.errors import invalid

# Source: DeploymentConfiguration and Service in the API Reference (read 2026-11-22).
_DEFAULTS: Json = {
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
    "strategy": "ROLLING",
    "bakeTimeInMinutes": 0,
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
}
DEPLOYING_SETTINGS = (
    "loadBalancers", "serviceRegistries", "serviceConnectConfiguration", "volumeConfigurations",
    "vpcLatticeConfigurations",
)  # fmt: skip
QUIET_SETTINGS = (
    "placementConstraints", "placementStrategy", "healthCheckGracePeriodSeconds", "enableExecuteCommand",
    "enableECSManagedTags", "propagateTags", "availabilityZoneRebalancing",
)  # fmt: skip
SETTINGS = DEPLOYING_SETTINGS + QUIET_SETTINGS
NOT_IN_SERVICE = ("serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations")


def read_configuration(given: Json | None, held: Json | None = None) -> Json:
    """Return a deploymentConfiguration: the given members over those held or the defaults.

    Raises:
        ApiError: A percentage that cannot be.
        NotModelled: Blue/green, linear, canary or hooks.
    """
    configuration: Json = {**copied(held or _DEFAULTS), **copied(given or {})}
    if configuration["strategy"] != "ROLLING":
        raise NotModelled(f"deployment strategy {configuration['strategy']}")
    if configuration.get("lifecycleHooks") or configuration.get("earlySuccessCriteria"):
        raise NotModelled("deployment hooks and early success")
    least, most = configuration["minimumHealthyPercent"], configuration["maximumPercent"]
    if least < 0 or most < 100:
        raise invalid("minimumHealthyPercent must not be negative, maximumPercent must be at least 100.")
    if least >= most and least > 100:
        raise invalid("minimumHealthyPercent must be less than maximumPercent.")
    return configuration


def check_placement(rules: Json, launch_type: str) -> None:
    """Let placement rules through that the compute takes.

    Raises:
        ApiError: Any on Fargate.
        NotModelled: Constraints by expression.
    """
    if launch_type == "FARGATE":
        for member, word in (("placementStrategy", "strategies"), ("placementConstraints", "constraints")):
            if rules.get(member):
                raise invalid(f"Placement {word} are not supported with FARGATE launch type.")
    if any(rule["type"] != "distinctInstance" for rule in rules.get("placementConstraints", [])):
        raise NotModelled("placement constraints of type memberOf")


def check_settings(settings: Json, launch_type: str, configuration: Json) -> None:
    """Let settings through that fit the compute and the deployment configuration.

    Raises:
        ApiError: Placement rules on Fargate, or rebalancing without room for one more task.
        NotModelled: Constraints by expression.
    """
    check_placement(settings, launch_type)
    if settings.get("availabilityZoneRebalancing") == "ENABLED" and configuration["maximumPercent"] <= 100:
        raise invalid("Availability Zone rebalancing needs a maximumPercent greater than 100.")
