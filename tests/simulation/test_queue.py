"""The simulation's queue hands out as many messages at a time as the deployed one."""

from random import Random

from tests.tidy.stack import template
from trimtab_cli.simulation.baton import Baton
from trimtab_cli.simulation.beginning import build
from trimtab_cli.simulation.faults import Dice, Faults
from trimtab_cli.simulation.lambdas import AT_ONCE_MAX, Lambdas
from trimtab_cli.simulation.ledger import Ledger
from trimtab_cli.simulation.record import Record
from trimtab_cli.simulation.scene import CLUSTER


def test_the_template_says_how_many_messages_are_worked_on_at_a_time():
    source = template()["Resources"]["RestartStoppedTaskFunction"]["Properties"]["Events"]["StoppedTasks"]
    assert source["Properties"]["ScalingConfig"]["MaximumConcurrency"] == AT_ONCE_MAX


def test_no_more_messages_are_worked_on_at_a_time_and_none_is_forgotten():
    lab = build(1).lab
    baton = Baton(lab.clock, Random(1))

    class World:
        """A world that has a share of the API, and nothing else."""

        @property
        def api_share(self):
            return self

        def working_for(self, *_):
            return self

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

    lambdas = Lambdas(Record(lab, CLUSTER, Ledger(lab)), baton, Dice(Faults(), Random(1)), World)
    working, most, done = set(), [], []

    def work(number):
        def body(_):
            working.add(number)
            most.append(len(working))
            baton.pause(30)
            working.discard(number)
            done.append(number)

        return body

    for number in range(4 * AT_ONCE_MAX + 1):
        lambdas.invoke("restart_stopped_task", "queue", work(number))
    baton.run_until(lab.clock.now + 3600)

    assert max(most) == AT_ONCE_MAX
    assert sorted(done) == list(range(4 * AT_ONCE_MAX + 1))
