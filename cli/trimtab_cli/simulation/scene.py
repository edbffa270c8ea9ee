"""The scene of a seed: the account, who lives in it, and the names that everybody uses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from trimtab_cli.simulation.jobs import Job
from trimtab_cli.simulation.team import Team
from trimtab_lab.account import Account

CLUSTER: Final = "prod"
CANARY: Final = "canary-7f3a91-never-to-be-seen"
"""A secret in every environment and override: it may appear nowhere that Trimtab writes."""

SPOT: Final = "FARGATE_SPOT"
BALANCER: Final = "app/shop/50dc6c495c0c9188"
NETWORK: Final = {
    "awsvpcConfiguration": {
        "subnets": ["subnet-0a11"],
        "securityGroups": ["sg-0c33"],
        "assignPublicIp": "DISABLED",
    }
}


@dataclass(slots=True)
class Scene:
    """The world of one seed and what its people know."""

    lab: Account
    teams: list[Team]
    job: Job | None
    key_arn: str = ""
    topic_arn: str = ""
    through: Callable[[str, str, str, dict[str, Any]], dict[str, Any]] | None = None
    """Whom a call goes through once there is a record of calls."""

    def call(self, who: str, operation: str, **request: Any) -> dict[str, Any]:
        """Call ECS as somebody, in one turn."""
        if self.through is not None:
            return self.through(who, "ecs", operation, request)
        before, self.lab.principal = self.lab.principal, who
        try:
            return self.lab.call("ecs", operation, request)
        finally:
            self.lab.principal = before
