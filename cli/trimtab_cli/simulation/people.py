"""What people do to a team's service, themselves or by a pipeline or Terraform: deploy, size, tag, delete."""

from random import Random
from typing import Any, Final

from trimtab_cli.simulation.baton import Baton
from trimtab_cli.simulation.scene import CLUSTER, NETWORK, SPOT, Scene
from trimtab_cli.simulation.services import create_service, register
from trimtab_cli.simulation.team import Team

CRASHES: Final = 20
"""How many tasks have to have crashed after a reset for its people to mend it."""

AHEAD_SECONDS: Final = (60.0, 3600.0)
"""How long after a release ahead the newest is deployed."""

FIXED_SECONDS: Final = (200.0, 1500.0)
"""How long after a release that crashes the fix comes."""


class People:
    """Each deed is done in turns of the actor who does it; between two of its turns others act."""

    def __init__(self, scene: Scene, baton: Baton, chance: Random) -> None:
        self._scene, self._baton, self._chance = scene, baton, chance

    def deploy(self, team: Team) -> None:
        """A person's deploy: from the team's repository, which knows the team's own size."""
        revision = self._release("human", team)
        self._baton.pause()
        self.put_in_force("human", team, revision)

    def deploy_at_once(self, team: Team) -> None:
        """The same in a single turn: nobody comes in between."""
        self.put_in_force("human", team, self._release("human", team))

    def deploy_broken(self, team: Team) -> None:
        """A release that crashes; the fix comes some minutes later."""
        revision = self._release("human", team, broken=True)
        self._baton.pause()
        self.put_in_force("human", team, revision)
        self._baton.pause(self._chance.uniform(*FIXED_SECONDS))
        self.deploy(team)

    def resize(self, team: Team) -> None:
        """A person gives the service another size than the repository had."""
        team.memory_mib = self._chance.choice((7168, 9216, 10240))
        self.deploy(team)

    def restrategy(self, team: Team) -> None:
        """A person gives the service another share of Spot."""
        strategy = self._chance.choice((
            [
                {"capacityProvider": "FARGATE", "weight": 1, "base": 1},
                {"capacityProvider": SPOT, "weight": 1},
            ],
            [{"capacityProvider": SPOT, "weight": 2}],
        ))  # fmt: skip
        self.move(team, strategy)

    def move(self, team: Team, strategy: list[dict[str, Any]]) -> None:
        """A person moves the service to other capacity, at once."""
        self._scene.call(
            "human", "UpdateService", cluster=CLUSTER, service=team.name,
            capacityProviderStrategy=strategy, forceNewDeployment=True,
        )  # fmt: skip
        team.strategy = strategy

    def leave_spot(self, team: Team) -> None:
        """The team wants its capacity left alone, perhaps while a shift waits."""
        self.tag(team, {"trimtab:profile": "general"})

    def tag(self, team: Team, tags: dict[str, str]) -> None:
        """A person says by tags what Trimtab may do."""
        team.tags |= tags
        arn = self._scene.lab.arn("ecs", f"service/{CLUSTER}/{team.name}")
        listed = [{"key": key, "value": value} for key, value in tags.items()]
        self._scene.call("human", "TagResource", resourceArn=arn, tags=listed)

    def recreate(self, team: Team) -> None:
        """Somebody deletes the service and creates it again under its name."""
        team.recreated = True
        self._scene.call("human", "DeleteService", cluster=CLUSTER, service=team.name, force=True)
        service = self._scene.lab.ecs.world.clusters[CLUSTER].services[team.name]
        while service.status != "INACTIVE":
            self._baton.pause(20.0)
        create_service(self._scene, "human", team)

    def mend(self, team: Team) -> None:
        """Deploy anew, with the team's own size, where what is in force has been crashing for hours."""
        if self._scene.lab.ecs.world.clusters[CLUSTER].services[team.name].primary.failed_tasks > CRASHES:
            self.deploy(team)

    def pipeline(self, team: Team) -> None:
        """A pipeline's deploy: it takes over whatever size is in force, and puts a new image in."""
        found = self._scene.call(
            "pipeline", "DescribeTaskDefinition", taskDefinition=self._in_force("pipeline", team)
        )["taskDefinition"]
        self._baton.pause()
        team.release += 1
        size = int(found["cpu"]), int(found["memory"])
        revision = register(self._scene, "pipeline", team, team.release, *size)
        self._baton.pause()
        self.put_in_force("pipeline", team, revision)

    def release_ahead(self, team: Team) -> None:
        """A pipeline that registers a release on what it finds, tags and all, and deploys the newest later.

        So it takes our mark over to a revision that is not ours.
        """
        found = self._scene.call(
            "pipeline", "DescribeTaskDefinition", taskDefinition=team.name, include=["TAGS"]
        )  # fmt: skip
        tags = {tag["key"]: tag["value"] for tag in found.get("tags", ())}
        team.release += 1
        register(
            self._scene, "pipeline", team, team.release, team.cpu_units, team.memory_mib, tags=tags
        )  # fmt: skip
        self._baton.pause(self._chance.uniform(*AHEAD_SECONDS))
        newest = self._scene.call("pipeline", "DescribeTaskDefinition", taskDefinition=team.name)
        self.put_in_force("pipeline", team, str(newest["taskDefinition"]["taskDefinitionArn"]))

    def terraform(self, team: Team) -> None:
        """A pure reset: the revision that the state file remembers, with nothing new in it."""
        if self._in_force("terraform", team) != team.revision:
            self.put_in_force("terraform", team, team.revision)

    def run_latest(self, team: Team) -> None:
        """Somebody runs the family without a revision, as CDK's EcsRunTask does."""
        self._scene.call(
            "consumer", "RunTask", cluster=CLUSTER, taskDefinition=team.name, launchType="FARGATE",
            networkConfiguration=NETWORK, startedBy="AWS Step Functions",
        )  # fmt: skip

    def put_in_force(self, who: str, team: Team, revision: str) -> None:
        """Somebody deploys a revision that is there; from now on it is the team's."""
        self._scene.call(who, "UpdateService", cluster=CLUSTER, service=team.name, taskDefinition=revision)
        team.revision = revision
        team.deployed.append(revision)

    def _in_force(self, who: str, team: Team) -> str:
        answer = self._scene.call(who, "DescribeServices", cluster=CLUSTER, services=[team.name])
        self._baton.pause()
        return str(answer["services"][0]["taskDefinition"])

    def _release(self, who: str, team: Team, broken: bool = False) -> str:
        team.release += 1
        return register(self._scene, who, team, team.release, team.cpu_units, team.memory_mib, broken)
