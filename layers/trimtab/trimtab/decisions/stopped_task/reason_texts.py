"""What ECS writes about a stop, text by text: the cause it means and what a person can do about it."""

from dataclasses import dataclass

from trimtab.decisions.stopped_task.facts import StopFacts
from trimtab.model.verdict import Cause


@dataclass(frozen=True, slots=True)
class ReasonText:
    """One line of the table; it matches when one reason text contains every part, in any case.

    ``whole`` asks that the single part is the whole text: "AGENT" is a word of many other texts.
    """

    rule: str
    parts: tuple[str, ...]
    cause: Cause
    happened: str
    advice: str
    source: str
    whole: bool = False

    def match(self, facts: StopFacts) -> str | None:
        """Return the text that matches, or None."""
        text = facts.text_with(*self.parts)
        if self.whole and text is not None and text.strip().lower() != self.parts[0].lower():
            return None
        return text


_PULL = "CannotPullContainer"
_INIT = "ResourceInitializationError"

# Pages of the Amazon ECS developer guide and files of aws/amazon-ecs-agent, read 2026-11-22.
_DG_PULL = "developer guide, task_cannot_pull_image"
_DG_INIT = "developer guide, resource-initialization-error"
_DG_START = "developer guide, failed-to-start-error"
_DG_CODES = "developer guide, stopped-task-error-codes"
_DG_FAILURES = "developer guide, api_failures_messages"
_DG_STOPPED = "developer guide of 2023, stopped-task-errors"
_DG_RETIRE = "developer guide, task-maintenance"
_DG_DRAIN = "developer guide, container-instance-draining"
_AGENT = "aws/amazon-ecs-agent, agent/engine and agent/dockerclient"
_REPORTS = "reported by users, not documented"


def _network(rule: str, parts: tuple[str, ...], source: str) -> ReasonText:
    return ReasonText(
        rule,
        parts,
        Cause.NETWORK,
        "The task could not start because a service it needs did not answer in time",
        "If it goes on: check the subnet's route to the internet or VPC endpoints, DNS, security groups.",
        source,
    )


def _runtime(name: str, source: str) -> ReasonText:
    return ReasonText(
        "container_runtime",
        (name,),
        Cause.INFRASTRUCTURE,
        f"The container runtime of the host gave up ({name})",
        "",
        source,
    )


def _capacity(parts: tuple[str, ...], source: str, whole: bool = False) -> ReasonText:
    return ReasonText(
        "no_capacity",
        parts,
        Cause.CAPACITY,
        "There was no capacity to place the task",
        "If it goes on: allow more Availability Zones or another capacity provider.",
        source,
        whole,
    )


def _configuration(rule: str, parts: tuple[str, ...], happened: str, advice: str, source: str) -> ReasonText:
    return ReasonText(rule, parts, Cause.CONFIGURATION, happened, advice, source)


_IMAGE_MISSING = "The image cannot be found"
_IMAGE_ADVICE = "Check the repository and the tag in the task definition, or push the image."
_DENIED = "The task's execution role may not read what the task needs"
_DENIED_ADVICE = "Allow the execution role to read it."
_INIT_FAILED = "ECS could not prepare what the task definition asks for"
_INIT_ADVICE = (
    "Check the secrets, log group, environment file and file system that the task definition names."
)
_COMMAND_ADVICE = "Check command, entry point and CPU architecture against the image."

# The network markers that the page on ResourceInitializationError lists; pulls show the same ones.
_TIMEOUTS = (
    "dial tcp",
    "i/o timeout",
    "TLS handshake timeout",
    "context deadline exceeded",
    "Client.Timeout",
    "signal: killed",
)

# Ordered, first match wins: exceptions stand above the rule they are taken from.
REASON_TEXTS: tuple[ReasonText, ...] = (
    ReasonText(
        "spot_reclaimed",
        ("SpotInterruptionError",),
        Cause.SPOT,
        "AWS took the Spot capacity back",
        "",
        _DG_CODES,
    ),
    ReasonText(
        "host_lost",
        ("Host EC2 (instance",),
        Cause.HOST,
        "The EC2 instance under the task was terminated or stopped",
        "",
        _DG_STOPPED,
    ),
    ReasonText(
        "host_lost",
        ("Container instance deregistration forced",),
        Cause.HOST,
        "Somebody took the EC2 instance under the task out of the cluster",
        "",
        _DG_STOPPED,
    ),
    ReasonText(
        "host_draining",
        ("container instance", "DRAINING"),
        Cause.HOST,
        "The EC2 instance under the task is being drained",
        "",
        _DG_DRAIN,
    ),
    ReasonText(
        "retired",
        ("performing maintenance on the underlying infrastructure",),
        Cause.RETIREMENT,
        "AWS retired the infrastructure under the task",
        "",
        _DG_RETIRE,
    ),
    ReasonText(
        "host_disk_full",
        (_PULL, "no space left on device"),
        Cause.HOST,
        "The host's disk was full while it pulled the image",
        "Clean or enlarge the disk of the container instance.",
        _DG_PULL,
    ),
    ReasonText(
        "aws_internal_error",
        ("InternalError:",),
        Cause.INFRASTRUCTURE,
        "ECS reports an internal error",
        "",
        _DG_START,
    ),
    # A runtime error which no other host can cure.
    *(
        _configuration(
            "command_not_runnable",
            (name, marker),
            "The container's command cannot be run in its image",
            _COMMAND_ADVICE,
            _REPORTS,
        )
        for name in ("CannotStartContainer", "CannotCreateContainer", "ContainerRuntimeError")
        for marker in (
            "executable file not found",
            "no such file or directory",
            "exec format error",
            "permission denied",
        )
    ),
    # Pulls: what a person must repair first, then what passes.
    _configuration("image_denied", (_PULL, "403 Forbidden"), _DENIED, _DENIED_ADVICE, _REPORTS),
    *(_network("pull_timed_out", (_PULL, marker), _DG_PULL) for marker in _TIMEOUTS),
    _network("pull_timed_out", (_PULL, "request canceled while waiting for connection"), _DG_PULL),
    _network("pull_timed_out", (_PULL, "context canceled"), _DG_PULL),
    _network("pull_timed_out", (_PULL, "httpReaderSeeker: failed open"), _DG_PULL),
    _network("pull_rate_limited", (_PULL, "toomanyrequests"), _DG_PULL),
    *(_network("preparation_timed_out", (_INIT, marker), _DG_INIT) for marker in _TIMEOUTS),
    _configuration(
        "image_denied",
        (_PULL, "pull access denied"),
        "The image does not exist or may not be pulled",
        _IMAGE_ADVICE + " If it is there, allow the execution role to pull it.",
        _DG_PULL,
    ),
    _configuration("image_denied", (_PULL, "not authorized"), _DENIED, _DENIED_ADVICE, _DG_PULL),
    _configuration("image_denied", (_PULL, "AccessDenied"), _DENIED, _DENIED_ADVICE, _DG_PULL),
    _configuration("image_denied", ("MissingECRBatchGetImageError",), _DENIED, _DENIED_ADVICE, _AGENT),
    _configuration("image_missing", (_PULL, "not found"), _IMAGE_MISSING, _IMAGE_ADVICE, _DG_PULL),
    _configuration("image_missing", (_PULL, "manifest unknown"), _IMAGE_MISSING, _IMAGE_ADVICE, _DG_PULL),
    _configuration("image_missing", (_PULL, "does not exist"), _IMAGE_MISSING, _IMAGE_ADVICE, _DG_PULL),
    _configuration("image_missing", (_PULL,), "The image could not be pulled", _IMAGE_ADVICE, _DG_PULL),
    _configuration("secret_denied", (_INIT, "AccessDenied"), _DENIED, _DENIED_ADVICE, _DG_INIT),
    _configuration("secret_denied", (_INIT, "not authorized"), _DENIED, _DENIED_ADVICE, _DG_INIT),
    _configuration("preparation_failed", (_INIT,), _INIT_FAILED, _INIT_ADVICE, _DG_INIT),
    _configuration(
        "preparation_failed", ("ResourceNotFoundException",), _INIT_FAILED, _INIT_ADVICE, _DG_CODES
    ),
    # The rest of starting.
    *(
        ReasonText(
            "network_interface",
            (part,),
            Cause.NETWORK,
            "The task got no network interface",
            "If it goes on: look for free addresses in the subnet and for the account's limit of interfaces.",
            _DG_START,
        )
        for part in (
            "Unexpected EC2 error while attempting to",
            "Unable to attach network interface",
            "Timeout waiting for network interface",
            "InsufficientFreeAddressesInSubnet",
        )
    ),
    _configuration(
        "compute_strategy",
        ("not compatible with the selected compute strategy",),
        "The task definition does not fit where it was asked to run",
        "Compare its requiresCompatibilities with the launch type or capacity provider.",
        _DG_START,
    ),
    _configuration(
        "placement_constraint",
        ("placement constraint unsatisfied",),
        "No host satisfies the task's placement constraints",
        "Correct the constraints, or give a host the attributes they ask for.",
        _DG_FAILURES,
    ),
    _configuration(
        "vcpu_quota",
        ("limit on the number of vCPUs",),
        "The account's quota of Fargate vCPUs is used up",
        "Ask for a higher quota: L-36FBB829 for Fargate Spot, L-3032A538 for Fargate.",
        _REPORTS,
    ),
    *(
        ReasonText(
            "host_unsuitable",
            (word,),
            Cause.CONFIGURATION,
            f"No host suits the task ({word})",
            "Check the ECS agents and attributes of the cluster's container instances.",
            _DG_FAILURES,
            whole=True,
        )
        for word in ("AGENT", "ATTRIBUTE", "LOCATION")
    ),
    _configuration(
        "volume", ("InvalidVolumeError",), "A volume of the task is not valid", "Correct the volume.", _AGENT
    ),
    _configuration(
        "container_dependency",
        ("TaskDependencyError",),
        "The order in which the containers wait for one another cannot be kept",
        "Correct dependsOn in the task definition.",
        _AGENT,
    ),
    _capacity(("RESOURCE:",), _DG_FAILURES),
    _capacity(("Capacity is unavailable at this time",), _REPORTS),
    _capacity(("provisioning capacity limit exceeded",), _REPORTS),
    _capacity(("NO ACTIVE INSTANCES",), _DG_FAILURES, whole=True),
    _capacity(("EMPTY CAPACITY PROVIDER",), _DG_FAILURES, whole=True),
    *(
        _runtime(name, _DG_CODES)
        for name in (
            "CannotStartContainerError",
            "CannotCreateContainerError",
            "CannotInspectContainerError",
            "CannotStopContainerError",
            "CannotCreateVolumeError",
            "ContainerRuntimeError",
            "ContainerRuntimeTimeoutError",
            "DockerTimeoutError",
        )
    ),
    *(
        _runtime(name, _AGENT)
        for name in (
            "DockerStateError",
            "ContainerNetworkingError",
            "NoSuchContainerError",
            "ContainerVanishedError",
            "TaskStoppedBeforePullBeginError",
        )
    ),
)
