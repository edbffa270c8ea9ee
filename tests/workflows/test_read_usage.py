"""What was measured since the last time becomes digests; with nothing known, five weeks are read."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.doubles.world import flat
from tests.samples import NOW, a_definition, a_deployment, a_service, revision, usage
from trimtab.model.digest import DIGESTS_KEPT, DayDigest, SizingHistory
from trimtab.model.errors import UnreadableError
from trimtab.model.service import InForce, PastDeployment
from trimtab.model.task_size import TaskSize
from trimtab.workflows.read_usage import Readers, read_usage

TODAY, YESTERDAY = date(2026, 3, 2), date(2026, 3, 1)
SIZE = TaskSize(1024, 4096)
DAY = timedelta(days=1)


class Measured:
    """CloudWatch that always tells the same, and notes from when on it was asked."""

    def __init__(self):
        self.asked = {}

    def points(self, starts, end):
        self.asked |= {service.name: (start, end) for service, start in starts.items()}
        for service, start in starts.items():
            if start < end:
                yield service, flat(usage(0.2, 0.5), start, end)


class World:
    """The readers, and what they tell."""

    def __init__(self, scene):
        self.scene, self.measured, self.kills, self.record = scene, Measured(), [], None

    def of(self, service):
        if self.record is None:
            raise AssertionError("the record was asked without need")
        if not self.record:
            raise UnreadableError("denied")
        return tuple(self.record)

    def read(self, service=None, history=None, now=NOW):
        readers = Readers(self.measured, self, self.scene.ecs.task_definitions, lambda *_: self.kills)
        known = {service or a_service(): (SIZE, history or SizingHistory())}
        ((_, found),) = read_usage(known, readers, now)
        return found


@pytest.fixture
def world(scene):
    return World(scene)


def midnight(day):
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def old(**said):
    """Return a service whose deployment has been in force for longer than anything is read."""
    return a_service(
        created_at=NOW - 90 * DAY, deployments=(a_deployment(created_at=NOW - 80 * DAY),), **said
    )


def a_day(day, mib=100.0):
    return DayDigest(day, 288, (0.0,) * 8, (0,) * 8, mib)


def test_the_first_time_six_weeks_are_read_up_to_yesterday(world):
    found = world.read(old())

    assert len(found.digests) == DIGESTS_KEPT
    assert (found.digests[0].day, found.last_day) == (TODAY - DIGESTS_KEPT * DAY, YESTERDAY)
    assert world.measured.asked["orders"] == (midnight(TODAY - DIGESTS_KEPT * DAY), midnight(TODAY))


def test_later_only_the_days_since_are_read(world):
    known = SizingHistory((a_day(TODAY - 3 * DAY),), warn_ratio=0.9)

    found = world.read(old(), known)

    assert [one.day for one in found.digests] == [TODAY - n * DAY for n in (3, 2, 1)]
    assert world.measured.asked["orders"][0] == midnight(TODAY - 2 * DAY)


def test_a_history_that_knows_yesterday_is_not_read_again(world):
    known = SizingHistory((a_day(YESTERDAY),))

    assert world.read(old(), known) == known


def test_what_is_older_than_six_weeks_is_forgotten(world):
    known = SizingHistory((a_day(TODAY - 43 * DAY), a_day(YESTERDAY)))

    assert world.read(old(), known).digests == (a_day(YESTERDAY),)


def test_of_a_service_that_was_made_anew_the_days_of_the_old_one_are_forgotten(world):
    known = SizingHistory((a_day(TODAY - 3 * DAY), a_day(YESTERDAY)))
    anew = old()
    anew = replace(anew, created_at=NOW - DAY)

    assert world.read(anew, known).digests == (a_day(YESTERDAY),)


def test_a_service_that_was_created_today_has_no_day(world):
    world.record = [PastDeployment("d", InForce(revision(1), ()), NOW - timedelta(hours=3), "SUCCESSFUL")]

    assert world.read(a_service(created_at=NOW - timedelta(hours=3))) == SizingHistory()


def test_the_size_in_force_at_that_time_counts_and_its_change_is_a_move(world):
    world.scene.ecs.has(a_definition(1, cpu_units=512, memory_mib=1024))
    world.record = [
        PastDeployment("old", InForce(revision(1), ()), NOW - 60 * DAY, "SUCCESSFUL", None, NOW - 60 * DAY),
        PastDeployment("new", InForce(revision(2), ()), NOW - 5 * DAY, "SUCCESSFUL", None, NOW - 5 * DAY),
    ]
    young = a_deployment(task_definition=revision(2), created_at=NOW - 5 * DAY)

    found = world.read(a_service(task_definition=revision(2), deployments=(young,)))

    assert [one.memory_peak_mib for one in found.digests[-7:]] == [512, 512, 2048, 2048, 2048, 2048, 2048]
    assert found.last_move == TODAY - 5 * DAY
    assert [one.day for one in found.digests if one.deployed] == [TODAY - 5 * DAY]


def test_an_earlier_move_is_not_forgotten(world):
    assert world.read(old(), SizingHistory(last_move=TODAY - 9 * DAY)).last_move == TODAY - 9 * DAY


def test_a_size_that_changed_today_is_known_though_no_day_is_left_to_read(world):
    world.scene.ecs.has(a_definition(1, cpu_units=512, memory_mib=1024))
    begun = midnight(TODAY) + timedelta(hours=1)
    world.record = [
        PastDeployment("old", InForce(revision(1), ()), NOW - 60 * DAY, "SUCCESSFUL"),
        PastDeployment("new", InForce(revision(2), ()), begun, "SUCCESSFUL"),
    ]
    young = a_deployment(task_definition=revision(2), created_at=begun)
    known = SizingHistory((a_day(YESTERDAY),))

    assert world.read(a_service(task_definition=revision(2), deployments=(young,)), known).last_move == TODAY


def test_where_the_record_may_not_be_read_only_the_present_deployment_is_known(world):
    world.record = []
    young = a_deployment(created_at=midnight(TODAY - 3 * DAY))

    found = world.read(a_service(deployments=(young,)))

    assert [one.day for one in found.digests] == [TODAY - n * DAY for n in (3, 2, 1)]


def test_a_kill_for_memory_makes_the_limit_the_peak_of_its_day(world):
    world.kills = [midnight(YESTERDAY) + timedelta(hours=3)]

    assert [one.memory_peak_mib for one in world.read(old()).digests[-2:]] == [2048, 4096]
