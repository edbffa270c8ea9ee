"""What befalls the services and nobody decides: load, kills for memory, Spot, Auto Scaling, alarms."""

from random import Random
from typing import Final

from trimtab_cli.simulation.baton import Baton
from trimtab_cli.simulation.scene import CLUSTER, SPOT, Scene
from trimtab_cli.simulation.team import Team
from trimtab_lab.demand import Pattern, salt_of
from trimtab_lab.ecs.service import Service

SPOT_GONE_SECONDS: Final = (600.0, 5000.0)
KILLED_TASKS: Final = 60
KILLED_AFTER_SECONDS: Final = 240.0
SCALED_OUT_MAX: Final = 5
CREEP_RATIO: Final = 0.965
"""With the bursts of five minutes it is 98 %, and nobody is killed."""


class Weather:
    """Acts on the world itself: no call of anybody's stands in the record."""

    def __init__(self, scene: Scene, baton: Baton, chance: Random) -> None:
        self._scene, self._lab, self._baton, self._chance = scene, scene.lab, baton, chance

    def scale(self, team: Team) -> None:
        """Auto Scaling gives the service another number of tasks."""
        self._lab.ecs.scale(CLUSTER, team.name, self._chance.choice((1, 2, 4)))

    def scale_out(self, team: Team) -> bool:
        """Auto Scaling adds a task; tell whether there was room for one."""
        count = self._service(team).desired_count
        if count >= SCALED_OUT_MAX:
            return False
        self._lab.ecs.scale(CLUSTER, team.name, count + 1)
        return True

    def grow(self, team: Team) -> None:
        """From now on the service needs about twice the memory that it ever needed, or still more."""
        memory_mib = self._chance.choice((3700.0, 5200.0))
        need = Pattern(self._salt(team), cpu_units=900 * team.tasks, memory_mib=memory_mib)
        self._lab.usage.set(CLUSTER, team.name, need)

    def creep(self, team: Team) -> None:
        """From now on the service needs nearly all the memory of the smaller size that is in force."""
        definition = self._service(team).definition
        if definition is None or definition.memory_mib >= team.memory_mib:
            return
        mib = CREEP_RATIO * definition.memory_mib
        need = Pattern(self._salt(team), cpu_units=500 * team.tasks, memory_mib=mib, memory_follows_ratio=0)
        self._lab.usage.set(CLUSTER, team.name, need)

    def kill_for_memory(self, team: Team) -> None:
        """The kernel kills a container of one of the service's tasks."""
        running = [task for task in self._service(team).tasks.values() if task.running]
        if running:
            self._lab.ecs.kill_for_memory(running[0].arn)

    def kill_many(self, team: Team) -> None:
        """Many tasks of one service are killed for memory within a second: all is told of each."""
        self._lab.ecs.scale(CLUSTER, team.name, KILLED_TASKS)
        self._baton.pause(KILLED_AFTER_SECONDS)
        for task in [task for task in self._service(team).tasks.values() if task.running]:
            self._lab.ecs.kill_for_memory(task.arn)
        self._baton.pause(KILLED_AFTER_SECONDS)
        self._lab.ecs.scale(CLUSTER, team.name, team.tasks)

    def take_spot(self) -> None:
        """Spot takes all its capacity back, and has none for a while."""
        pools = self._lab.ecs.pools
        pools.set_supply(SPOT, 0)
        taken = self._lab.ecs.interrupt_spot(1.0)
        if self._scene.job is not None:
            self._scene.job.notice(self._lab, taken)
        self._lab.clock.after(self._chance.uniform(*SPOT_GONE_SECONDS), lambda: pools.set_supply(SPOT, None))

    def set_alarm(self, state: str, team: Team) -> None:
        """The team's alarm fires, loses its data, or is quiet again, for a reason of its own."""
        self._lab.cloudwatch.alarms.set_state(team.alarm, state)

    def _service(self, team: Team) -> Service:
        return self._lab.ecs.world.clusters[CLUSTER].services[team.name]

    def _salt(self, team: Team) -> int:
        return salt_of(self._lab.seed, team.name)
