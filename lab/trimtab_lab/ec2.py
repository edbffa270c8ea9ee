"""The EC2 reads that tell how a task was launched: its network interface and subnet."""

from collections.abc import Callable, Mapping
from typing import Any

from trimtab_lab.api_error import ApiError, NotModelled
from trimtab_lab.ecs import Ecs
from trimtab_lab.ecs.networking import zone_of
from trimtab_lab.ecs.task import Eni
from trimtab_lab.lab import Lab

Json = dict[str, Any]
VPC_ID = "vpc-0123456789abcdef0"  # the laboratory has one network

# Filter name -> what of an interface it looks at.
_FILTERS: dict[str, Callable[[Eni], list[str]]] = {
    "network-interface-id": lambda eni: [eni.eni_id],
    "subnet-id": lambda eni: [eni.subnet_id],
    "group-id": lambda eni: eni.security_groups,
    "vpc-id": lambda eni: [VPC_ID],
    "addresses.private-ip-address": lambda eni: [eni.private_ip],
    "private-ip-address": lambda eni: [eni.private_ip],
}


class Ec2:
    """Shows the interfaces of awsvpc tasks as long as they exist, and subnets."""

    def __init__(self, lab: Lab, ecs: Ecs) -> None:
        self._lab, self._ecs = lab, ecs
        self.operations: Mapping[str, Callable[[Json], Json]] = {
            "DescribeNetworkInterfaces": self.describe_network_interfaces,
            "DescribeSubnets": self.describe_subnets,
        }
        lab.serve("ec2", self)

    def describe_network_interfaces(self, request: Json) -> Json:
        """Return interfaces by id, by filter, or all.

        Raises:
            ApiError: InvalidNetworkInterfaceID.NotFound, also for tasks that stopped since.
            NotModelled: A filter that the laboratory does not know.
        """
        held = self._ecs.world.enis
        names = request.get("NetworkInterfaceIds") or list(held)
        unknown = [name for name in names if name not in held]
        if unknown:
            raise ApiError(
                "InvalidNetworkInterfaceID.NotFound",
                f"The networkInterface ID '{unknown[0]}' does not exist",
            )
        enis = [held[name] for name in names]
        for rule in request.get("Filters") or []:
            look = _FILTERS.get(rule["Name"])
            if look is None:
                raise NotModelled(f"ec2:DescribeNetworkInterfaces filter {rule['Name']}")
            enis = [eni for eni in enis if set(look(eni)) & set(rule["Values"])]
        return {"NetworkInterfaces": [self._interface(eni) for eni in enis]}

    def describe_subnets(self, request: Json) -> Json:
        """Return subnets by id; every id names a subnet of the laboratory's one network."""
        if not request.get("SubnetIds"):
            raise NotModelled("ec2:DescribeSubnets without SubnetIds")
        return {"Subnets": [self._subnet(name) for name in request["SubnetIds"]]}

    def _interface(self, eni: Eni) -> Json:
        public = eni.public_ip and {"PublicIp": eni.public_ip, "IpOwnerId": "amazon"}
        address = {"PrivateIpAddress": eni.private_ip, "Primary": True}
        body: Json = {
            "NetworkInterfaceId": eni.eni_id,
            "Status": "in-use",
            "InterfaceType": "interface",
            "Description": self._lab.arn("ecs", f"attachment/{eni.attachment_id}"),
            "SubnetId": eni.subnet_id,
            "VpcId": VPC_ID,
            "AvailabilityZone": eni.availability_zone,
            "OwnerId": self._lab.account,
            "RequesterManaged": True,
            "MacAddress": eni.mac,
            "PrivateIpAddress": eni.private_ip,
            "PrivateIpAddresses": [{**address, **({"Association": dict(public)} if public else {})}],
            "Groups": [{"GroupId": group, "GroupName": group} for group in eni.security_groups],
            "SourceDestCheck": True,
            "TagSet": [],
        }
        if public:
            body["Association"] = public
        return body

    def _subnet(self, subnet_id: str) -> Json:
        return {
            "SubnetId": subnet_id,
            "VpcId": VPC_ID,
            "State": "available",
            "AvailabilityZone": zone_of(self._lab.region, subnet_id),
            "AvailableIpAddressCount": 250,
            "OwnerId": self._lab.account,
            "Tags": [],
        }
