"""Network interfaces of awsvpc tasks, subnets and their availability zones."""

import zlib
from collections.abc import Iterable
from random import Random

from trimtab_lab.ecs.answers import Json
from trimtab_lab.ecs.errors import invalid
from trimtab_lab.ecs.task import Eni, Task

# Source: AwsVpcConfiguration in the API Reference (read 2026-11-22).
SUBNETS_MOST, SECURITY_GROUPS_MOST = 16, 5


def zone_of(region: str, subnet_id: str) -> str:
    """Return the zone of a subnet: a fixed, arbitrary one of three."""
    return f"{region}{'abc'[zlib.crc32(subnet_id.encode()) % 3]}"


def read_network(network_mode: str, given: Json | None) -> Json | None:
    """Return the awsvpcConfiguration that a launch with this network mode uses.

    Raises:
        ApiError: It is missing, not allowed, or over its limits.
    """
    configuration: Json | None = (given or {}).get("awsvpcConfiguration")
    if network_mode != "awsvpc":
        if configuration:
            raise invalid(
                "Network Configuration is not valid for the given networkMode of this task definition."
            )
        return None
    if not configuration:
        raise invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    if not configuration.get("subnets"):
        raise invalid("subnets can not be empty.")
    if len(configuration["subnets"]) > SUBNETS_MOST:
        raise invalid(f"subnets can have at most {SUBNETS_MOST} items.")
    if len(configuration.get("securityGroups", [])) > SECURITY_GROUPS_MOST:
        raise invalid(f"securityGroups can have at most {SECURITY_GROUPS_MOST} items.")
    return configuration


def attach(task: Task, network: Json, region: str, zone: str | None) -> Eni:
    """Return a new network interface for the task, in its zone where a subnet is there."""
    chance: Random = task.chance
    subnets = network["subnets"]
    near = [subnet for subnet in subnets if zone_of(region, subnet) == zone]
    subnet = chance.choice(near or subnets)
    host = f"{chance.randrange(256)}.{chance.randrange(4, 251)}"
    public = network.get("assignPublicIp") == "ENABLED"
    return Eni(
        eni_id=f"eni-{chance.getrandbits(68):017x}",
        attachment_id=_uuid(chance),
        subnet_id=subnet,
        availability_zone=zone_of(region, subnet),
        security_groups=list(network.get("securityGroups", [])),
        private_ip=f"10.{chance.randrange(256)}.{host}",
        public_ip=f"198.51.100.{chance.randrange(1, 255)}" if public else None,
        mac="0a:" + _octets(chance.randrange(256) for _ in range(5)),
        task_arn=task.arn,
    )


def _octets(values: Iterable[int]) -> str:
    return ":".join(f"{value:02x}" for value in values)


def _uuid(chance: Random) -> str:
    text = f"{chance.getrandbits(128):032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
