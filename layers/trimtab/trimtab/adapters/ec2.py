"""Amazon EC2: the network interface of a task, which is gone once the task has stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


class Ec2NetworkInterfaces:
    """The port ``NetworkInterfaces`` on Amazon EC2."""

    def __init__(self, client: EC2Client) -> None:
        self._client = client

    def describe(self, network_interface_id: str) -> tuple[tuple[str, ...], bool] | None:
        """Return security groups and whether it has a public IP; None when it is gone."""
        try:
            answer = self._client.describe_network_interfaces(NetworkInterfaceIds=[network_interface_id])
        except ClientError as fault:
            if fault.response["Error"]["Code"] == "InvalidNetworkInterfaceID.NotFound":
                return None
            raise
        interface = answer["NetworkInterfaces"][0]
        groups = tuple(group["GroupId"] for group in interface.get("Groups", ()))
        return groups, bool(interface.get("Association", {}).get("PublicIp"))
