"""The others who change the same services: people, a pipeline, Terraform, consumers, the weather."""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from itertools import product
from random import Random
from typing import Any, Final

from trimtab_cli.simulation.baton import Baton
from trimtab_cli.simulation.job_actors import start_job
from trimtab_cli.simulation.scene import CLUSTER, NETWORK, Scene
from trimtab_cli.simulation.services import create_service, register
from trimtab_cli.simulation.team import Team
from trimtab_lab.api_error import ApiError
from trimtab_lab.demand import Pattern, salt_of

SPOT: Final = "FARGATE_SPOT"
ON_SHARES: Final = (0.5, 0.5, 0.15)
"""Of the seeds with faults, in how many a kind of deed is possible; in a third there is little else."""

STORM_SHARE: Final = 0.5

BUSY_SHARE: Final = 0.5
BUSY_SECONDS: Final = (60.0, 420.0)

FIRES_SHARE, MUTE_SHARE = 0.5, 0.3
FIRES_EARLY: Final = ((0.0, 120.0), (120.0, 1500.0), (0.0, 4800.0))
"""Before or during the first roll-outs, or while something is watched for minutes."""

FIRES_LATE: Final = ((83_000.0, 90_000.0),)
"""When the watch of a new size ends."""

FIRES_SECONDS: Final = (600.0, 14_400.0)
LEAVE_SHARE: Final = 0.3
LEAVE_SECONDS: Final = (20.0, 400.0)
KILLED_TASKS: Final = 60
KILLED_AFTER_SECONDS: Final = 240.0
JUST_THEN_SECONDS: Final = (0.0, 1.0)
KILL_SOON_SECONDS: Final = (0.0, 50.0)
OVERTAKEN_SECONDS: Final = (0.0, 0.5)
CREEP_SOON_SECONDS: Final = (60.0, 3600.0)
BY_HAND_SECONDS: Final = (1.0, 50.0)
SCALED_OUT_MAX: Final = 5
MENDED_SECONDS, CRASHES = 9000.0, 20
"""How long after a reset its people look, and how many tasks have to have crashed for them to mend it."""

AROUND_A_PLAN: Final = (-120.0, 15.0)
AHEAD_SECONDS: Final = (60.0, 3600.0)

CREEP_RATIO: Final = 0.965
"""With the bursts of five minutes it is 98 %, and nobody is killed."""

Deed = Callable[[Team], None]


class Actors:
    """Books what the others will do in the seed's first hours; each acts in turns of its own."""

    def __init__(self, scene: Scene, baton: Baton, chance: Random) -> None:
        self._scene, self._baton, self._chance = scene, baton, chance
        self.did: Counter[str] = Counter()
        self._deeds: dict[str, tuple[float, Deed]] = {
            "human deploys": (0.8, self._deploy),
            "human deploys what crashes": (0.6, self._deploy_broken),
            "human changes the size": (0.6, self._resize),
            "human changes the strategy": (0.6, self._restrategy),
            "human scales": (0.5, self._scale),
            "human untags": (0.5, lambda team: self._tag(team, {"trimtab:mode": "observe"})),
            "human holds": (0.5, lambda team: self._tag(team, {"trimtab:hold": "true"})),
            "human misspells a tag": (0.5, lambda team: self._tag(team, {"trimtab:hold": "tomorrow"})),
            "human leaves Spot": (0.6, self._leave_spot),
            "pipeline deploys": (0.8, self._pipeline),
            "pipeline releases ahead": (0.6, self._release_ahead),
            "terraform applies": (0.9, self._terraform),
            "somebody runs latest": (0.8, self._run_latest),
            "memory kill": (0.9, self._kill_for_memory),
            "load grows": (0.5, self._grow),
            "memory creeps up": (0.5, self._creep),
        }

    def book(self, seconds: float, recreate: bool) -> None:
        """Draw who acts in this seed, and when."""
        chance = self._chance
        on_share = chance.choice(ON_SHARES)
        possible = [name for name in self._deeds if chance.random() < on_share]
        for team in self._scene.teams:
            for name in possible:
                share, deed = self._deeds[name]
                if chance.random() < share:
                    for _ in range(3 if name == "terraform applies" else 1):
                        self._at(self._when(seconds), name, deed, team)
        if chance.random() < STORM_SHARE:
            self._at(self._when(seconds), "Spot storm", self._storm, self._scene.teams[0])
        if recreate:
            team = chance.choice(self._scene.teams)
            self._at(self._when(seconds), "service recreated", self._recreate, team)

    def book_alarms(self) -> None:
        """Draw which alarms fire for a reason of their own, or lose their data for a while, and when."""
        chance = self._scene.lab.random("alarms")
        alarmed = [team for team in self._scene.teams if team.alarm]
        for team, when in product(alarmed, (FIRES_EARLY, FIRES_LATE)):
            if chance.random() >= FIRES_SHARE:
                continue
            state = "INSUFFICIENT_DATA" if chance.random() < MUTE_SHARE else "ALARM"
            name = "alarm fires" if state == "ALARM" else "alarm has no data"
            at, lasts = chance.uniform(*chance.choice(when)), chance.uniform(*FIRES_SECONDS)
            self._at(at, name, partial(self._set_alarm, state), team)
            self._at(at + lasts, "alarm is over", partial(self._set_alarm, "OK"), team)

    def _set_alarm(self, state: str, team: Team) -> None:
        self._scene.lab.cloudwatch.alarms.set_state(team.alarm, state)

    def _when(self, seconds: float) -> float:
        """Draw when; half of all deeds fall into the minutes in which the first Changes are carried out."""
        if self._chance.random() < BUSY_SHARE:
            return self._chance.uniform(*BUSY_SECONDS)
        return self._chance.uniform(0, seconds)

    def start_job(self, seconds: float) -> None:
        """Start the standalone job, in every seed that has one."""
        if (job := self._scene.job) is not None:
            team = self._scene.teams[0]
            start_job(
                self._scene, job, seconds, lambda at, name, deed: self._at(at, name, lambda _: deed(), team)
            )

    def lose_spot(self, plans: Iterable[float]) -> None:
        """Have Spot take its capacity back while each plan is made, or a little before."""
        chance = Random(f"{self._scene.lab.seed}/spot gone")
        for at in plans:
            when = max(at + chance.uniform(*AROUND_A_PLAN), 0.0)
            self._at(when, "Spot storm", self._storm, self._scene.teams[0])

    def reset_all(self, seconds: float) -> None:
        """Have Terraform put back what it remembers of every service, and people mend what then crashes."""
        for team in self._scene.teams:
            self._at(seconds, "terraform applies", self._terraform, team)
            self._at(seconds + MENDED_SECONDS, "human mends a reset", self._mend, team)

    def _at(self, seconds: float, name: str, deed: Deed, team: Team) -> None:
        def act() -> None:
            try:
                deed(team)
                self.did[name] += 1
            except ApiError as fault:
                self.did[f"{name}: {fault.code}"] += 1

        self._baton.spawn_in(seconds, act, name.split(maxsplit=1)[0])

    def strike(self, team: Team, now: bool) -> None:
        """A person deploys in the very moment in which Trimtab writes: the worst there is."""
        if not now:
            self._at(self._chance.uniform(0, 0.3), "human strikes after a registration", self._deploy, team)
            return
        team.strikes += 1
        try:
            self._put_in_force("human", team, self._release("human", team))
            self.did["human strikes just before our update"] += 1
        except ApiError as fault:
            self.did[f"human strikes: {fault.code}"] += 1

    def overtake(self, team: Team) -> None:
        """A person deploys right after an update of ours, before anybody can look at what it replaced."""
        self._at(self._chance.uniform(*OVERTAKEN_SECONDS), "human overtakes our update", self._deploy, team)

    def creep_soon(self, name: str) -> None:
        """A service comes to need nearly all the memory of the smaller size that it was just given."""
        self._at(self._chance.uniform(*CREEP_SOON_SECONDS), "memory creeps up", self._creep, self._team(name))

    def delete_then(self, name: str) -> None:
        """Somebody deletes a service of which a Change has just been recorded, and creates it again; once."""
        team = self._team(name)
        if not team.recreated:
            self._at(
                self._chance.uniform(*JUST_THEN_SECONDS), "service deleted just then", self._recreate, team
            )

    def do_by_hand(self, name: str, target: dict[str, Any]) -> None:
        """Somebody does what a Change of ours, which has just been put off, is to do."""

        def act(team: Team) -> None:
            if revision := target["task_definition"]:
                self._put_in_force("human", team, revision)
            else:
                self._move(team, [
                    {"capacityProvider": one["provider"], "weight": one["weight"], "base": one["base"]}
                    for one in target["strategy"]
                ])  # fmt: skip

        seconds = self._chance.uniform(*BY_HAND_SECONDS)
        self._at(seconds, "human does it by hand", act, self._team(name))

    def run_ahead(self, name: str) -> None:
        """A pipeline registers a release just when we are about to put "latest" right."""
        seconds = self._chance.uniform(*JUST_THEN_SECONDS)
        self._at(seconds, "pipeline runs ahead", self._release_ahead, self._team(name))

    def kill_soon(self, name: str) -> None:
        """The kernel kills a task of a service of which a Change has just been put off."""
        seconds = self._chance.uniform(*KILL_SOON_SECONDS)
        self._at(seconds, "memory kill while a Change waits", self._kill_for_memory, self._team(name))

    def scale_out(self, name: str) -> None:
        """Auto Scaling adds a task, just when a size of the service is about to be put in force."""
        service = self._scene.lab.ecs.world.clusters[CLUSTER].services[name]
        if service.desired_count < SCALED_OUT_MAX:
            self._scene.lab.ecs.scale(CLUSTER, name, service.desired_count + 1)
            self.did["scaled out just then"] += 1

    def _team(self, name: str) -> Team:
        return next(team for team in self._scene.teams if team.name == name)

    def _release(self, who: str, team: Team, broken: bool = False) -> str:
        team.release += 1
        return register(self._scene, who, team, team.release, team.cpu_units, team.memory_mib, broken)

    def _deploy(self, team: Team) -> None:
        """A person's deploy: from the team's repository, which knows the team's own size."""
        revision = self._release("human", team)
        self._baton.pause()
        self._put_in_force("human", team, revision)

    def _deploy_broken(self, team: Team) -> None:
        """A release that crashes; the fix comes some minutes later."""
        revision = self._release("human", team, broken=True)
        self._baton.pause()
        self._put_in_force("human", team, revision)
        self._baton.pause(self._chance.uniform(200, 1500))
        self._deploy(team)

    def _resize(self, team: Team) -> None:
        """A person gives the service another size than the repository had."""
        team.memory_mib = self._chance.choice((7168, 9216, 10240))
        self._deploy(team)

    def _restrategy(self, team: Team) -> None:
        strategy = self._chance.choice((
            [
                {"capacityProvider": "FARGATE", "weight": 1, "base": 1},
                {"capacityProvider": SPOT, "weight": 1},
            ],
            [{"capacityProvider": SPOT, "weight": 2}],
        ))  # fmt: skip
        self._move(team, strategy)

    def _move(self, team: Team, strategy: list[dict[str, Any]]) -> None:
        self._scene.call(
            "human", "UpdateService", cluster=CLUSTER, service=team.name,
            capacityProviderStrategy=strategy, forceNewDeployment=True,
        )  # fmt: skip
        team.strategy = strategy

    def _pipeline(self, team: Team) -> None:
        """A pipeline's deploy: it takes over whatever size is in force, and puts a new image in."""
        found = self._scene.call(
            "pipeline", "DescribeTaskDefinition", taskDefinition=self._in_force("pipeline", team)
        )["taskDefinition"]
        self._baton.pause()
        team.release += 1
        size = int(found["cpu"]), int(found["memory"])
        revision = register(self._scene, "pipeline", team, team.release, *size)
        self._baton.pause()
        self._put_in_force("pipeline", team, revision)

    def _release_ahead(self, team: Team) -> None:
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
        self._put_in_force("pipeline", team, str(newest["taskDefinition"]["taskDefinitionArn"]))

    def _in_force(self, who: str, team: Team) -> str:
        answer = self._scene.call(who, "DescribeServices", cluster=CLUSTER, services=[team.name])
        self._baton.pause()
        return str(answer["services"][0]["taskDefinition"])

    def _put_in_force(self, who: str, team: Team, revision: str) -> None:
        self._scene.call(who, "UpdateService", cluster=CLUSTER, service=team.name, taskDefinition=revision)
        team.revision = revision
        team.deployed.append(revision)

    def _terraform(self, team: Team) -> None:
        """A pure reset: the revision that the state file remembers, with nothing new in it."""
        if self._in_force("terraform", team) != team.revision:
            self._put_in_force("terraform", team, team.revision)

    def _mend(self, team: Team) -> None:
        """Deploy anew, with the team's own size, where what is in force has been crashing for hours."""
        if self._scene.lab.ecs.world.clusters[CLUSTER].services[team.name].primary.failed_tasks > CRASHES:
            self._deploy(team)

    def _run_latest(self, team: Team) -> None:
        """Somebody runs the family without a revision, as CDK's EcsRunTask does."""
        self._scene.call(
            "consumer", "RunTask", cluster=CLUSTER, taskDefinition=team.name, launchType="FARGATE",
            networkConfiguration=NETWORK, startedBy="AWS Step Functions",
        )  # fmt: skip

    def _scale(self, team: Team) -> None:
        self._scene.lab.ecs.scale(CLUSTER, team.name, self._chance.choice((1, 2, 4)))

    def _tag(self, team: Team, tags: dict[str, str]) -> None:
        team.tags |= tags
        arn = self._scene.lab.arn("ecs", f"service/{CLUSTER}/{team.name}")
        listed = [{"key": key, "value": value} for key, value in tags.items()]
        self._scene.call("human", "TagResource", resourceArn=arn, tags=listed)

    def _kill_for_memory(self, team: Team) -> None:
        """The kernel kills a container of one of the service's tasks."""
        service = self._scene.lab.ecs.world.clusters[CLUSTER].services[team.name]
        running = [task for task in service.tasks.values() if task.running]
        if running:
            self._scene.lab.ecs.kill_for_memory(running[0].arn)

    def _grow(self, team: Team) -> None:
        """From now on the service needs about twice the memory that it ever needed, or still more."""
        lab = self._scene.lab
        memory_mib = self._chance.choice((3700.0, 5200.0))
        need: Any = Pattern(salt_of(lab.seed, team.name), cpu_units=900 * team.tasks, memory_mib=memory_mib)
        lab.usage.set(CLUSTER, team.name, need)

    def _creep(self, team: Team) -> None:
        """From now on the service needs nearly all the memory of the smaller size that is in force."""
        lab = self._scene.lab
        service = lab.ecs.world.clusters[CLUSTER].services[team.name]
        if service.definition is not None and service.definition.memory_mib < team.memory_mib:
            mib = CREEP_RATIO * service.definition.memory_mib
            need: Any = Pattern(
                salt_of(lab.seed, team.name),
                cpu_units=500 * team.tasks,
                memory_mib=mib,
                memory_follows_ratio=0,
            )
            lab.usage.set(CLUSTER, team.name, need)

    def _recreate(self, team: Team) -> None:
        """Somebody deletes the service and creates it again under its name."""
        team.recreated = True
        self._scene.call("human", "DeleteService", cluster=CLUSTER, service=team.name, force=True)
        service = self._scene.lab.ecs.world.clusters[CLUSTER].services[team.name]
        while service.status != "INACTIVE":
            self._baton.pause(20.0)
        create_service(self._scene, "human", team)

    def _storm(self, team: Team) -> None:
        lab = self._scene.lab
        lab.ecs.pools.set_supply(SPOT, 0)
        taken = lab.ecs.interrupt_spot(1.0)
        if self._scene.job is not None:
            self._scene.job.notice(lab, taken)
        lab.clock.after(self._chance.uniform(600, 5000), lambda: lab.ecs.pools.set_supply(SPOT, None))
        if self._chance.random() < LEAVE_SHARE:
            soon = self._chance.uniform(*LEAVE_SECONDS)
            self._at(soon, "human leaves Spot", self._leave_spot, team)

    def _leave_spot(self, team: Team) -> None:
        """The team wants its capacity left alone, perhaps while a shift waits."""
        self._tag(team, {"trimtab:profile": "general"})

    def storm_of_kills(self, seconds: float) -> None:
        """Many tasks of one service are killed for memory within a second: all is told of each."""
        team = self._scene.teams[0]

        def kill() -> None:
            lab = self._scene.lab
            lab.ecs.scale(CLUSTER, team.name, KILLED_TASKS)
            self._baton.pause(KILLED_AFTER_SECONDS)
            tasks = lab.ecs.world.clusters[CLUSTER].services[team.name].tasks.values()
            for task in [task for task in tasks if task.running]:
                lab.ecs.kill_for_memory(task.arn)
            self._baton.pause(KILLED_AFTER_SECONDS)
            lab.ecs.scale(CLUSTER, team.name, team.tasks)

        self._baton.spawn_in(seconds, kill, "kernel")
