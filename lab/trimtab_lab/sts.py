"""Simulated STS: who is calling."""

from collections.abc import Mapping

from trimtab_lab.lab import Answer, Lab, Operation, Request


class Sts:
    """GetCallerIdentity for whoever ``lab.principal`` says is calling."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.operations: Mapping[str, Operation] = {"GetCallerIdentity": self._get_caller_identity}
        lab.serve("sts", self)

    def _get_caller_identity(self, request: Request) -> Answer:
        account, who = self._lab.account, self._lab.principal
        return {
            "UserId": f"AROALABORATORY:{who}",
            "Account": account,
            "Arn": f"arn:aws:sts::{account}:assumed-role/{who}/{who}",
        }
