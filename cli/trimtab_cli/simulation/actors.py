"""The others who change the same services: people, a pipeline, Terraform, consumers, the weather."""

from collections import Counter
from collections.abc import Callable
from random import Random

from trimtab_cli.simulation.baton import Baton
from trimtab_cli.simulation.scene import CLUSTER, Scene, Team, launch_job, register
from trimtab_lab.api_error import ApiError

SPOT = "FARGATE_SPOT"


class Actors:
    """Books what the others will do in the seed's first hours; each acts in turns of its own."""

    def __init__(self, scene: Scene, baton: Baton, chance: Random) -> None:
        self._scene, self._baton, self._chance = scene, baton, chance
        self.did: Counter[str] = Counter()
        self.latest_runs: list[tuple[float, str, str]] = []

    def book(self, seconds: float) -> None:
        """Draw who acts in this seed, and when."""
        chance = self._chance
        for team in self._scene.teams:
            for name, share, act in self._deeds(team):
                if chance.random() < share:
                    self._at(chance.uniform(0, seconds), name, act)
        for name, share, deed in (("storm", 0.3, self._storm), ("launch", 1.0, self._launch)):
            if chance.random() < share:
                self._at(chance.uniform(0, seconds / 2), name, deed)

    def _deeds(self, team: Team) -> list[tuple[str, float, Callable[[], None]]]:
        return [
            ("human deploys", 0.5, lambda: self._deploy(team)),
            ("pipeline deploys", 0.3, lambda: self._pipeline(team)),
            ("terraform applies", 0.3, lambda: self._terraform(team)),
            ("latest runs", 0.4, lambda: self._run_latest(team)),
            ("human scales", 0.2, lambda: self._scale(team)),
            ("human untags", 0.15, lambda: self._retag(team, {"trimtab:mode": "observe"})),
            ("human holds", 0.1, lambda: self._retag(team, {"trimtab:hold": "true"})),
        ]

    def _at(self, seconds: float, name: str, act: Callable[[], None]) -> None:
        def deed() -> None:
            try:
                act()
                self.did[name] += 1
            except ApiError as fault:
                self.did[f"{name}: {fault.code}"] += 1

        self._baton.spawn_in(seconds, deed)

    def strike(self, team: Team) -> None:
        """A person deploys in the very moment in which Trimtab writes: the worst there is."""
        self._at(self._chance.uniform(0, 0.3), "human strikes", lambda: self._deploy(team))

    def _deploy(self, team: Team) -> None:
        """A person's deploy: from the team's repository, which knows the team's own size."""
        team.release += 1
        revision = register(self._scene, "human", team, team.release, team.cpu_units, team.memory_mib)
        self._baton.pause()
        self._update("human", team, revision)

    def _pipeline(self, team: Team) -> None:
        """A pipeline's deploy: it takes over whatever size is in force, and puts a new image in."""
        answer = self._scene.call("pipeline", "DescribeServices", cluster=CLUSTER, services=[team.name])
        current = answer["services"][0]["taskDefinition"]
        self._baton.pause()
        found = self._scene.call("pipeline", "DescribeTaskDefinition", taskDefinition=current)[
            "taskDefinition"
        ]
        self._baton.pause()
        team.release += 1
        revision = register(
            self._scene, "pipeline", team, team.release, int(found["cpu"]), int(found["memory"])
        )
        self._baton.pause()
        self._update("pipeline", team, revision)

    def _update(self, who: str, team: Team, revision: str) -> None:
        self._scene.call(who, "UpdateService", cluster=CLUSTER, service=team.name, taskDefinition=revision)
        team.revision = revision
        team.deployed.append(revision)

    def _terraform(self, team: Team) -> None:
        """A pure reset: the revision that the state file remembers, with nothing new in it."""
        answer = self._scene.call("terraform", "DescribeServices", cluster=CLUSTER, services=[team.name])
        self._baton.pause()
        if answer["services"][0]["taskDefinition"] != team.revision:
            self._update("terraform", team, team.revision)

    def _run_latest(self, team: Team) -> None:
        """Somebody runs the family without a revision, as CDK's EcsRunTask does."""
        network = {"awsvpcConfiguration": {"subnets": ["subnet-0a11"]}}
        answer = self._scene.call(
            "consumer", "RunTask", cluster=CLUSTER, taskDefinition=team.name, launchType="FARGATE",
            networkConfiguration=network, startedBy="AWS Step Functions",
        )  # fmt: skip
        for task in answer["tasks"]:
            self.latest_runs.append((self._scene.lab.clock.now, team.name, task["taskDefinitionArn"]))

    def _scale(self, team: Team) -> None:
        self._scene.lab.ecs.scale(CLUSTER, team.name, self._chance.choice((1, 2, 4)))

    def _retag(self, team: Team, tags: dict[str, str]) -> None:
        arn = self._scene.lab.arn("ecs", f"service/{CLUSTER}/{team.name}")
        self._scene.call(
            "human", "TagResource", resourceArn=arn, tags=[{"key": k, "value": v} for k, v in tags.items()]
        )

    def _storm(self) -> None:
        lab = self._scene.lab
        lab.ecs.pools.set_supply(SPOT, 0)
        lab.ecs.interrupt_spot(1.0)
        lab.clock.after(self._chance.uniform(600, 5000), lambda: lab.ecs.pools.set_supply(SPOT, None))

    def _launch(self) -> None:
        if self._scene.job:
            launch_job(self._scene)
