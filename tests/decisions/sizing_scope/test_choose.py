from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.samples import APPLY, NOW, a_definition, a_service
from trimtab.decisions.sizing_scope import choose_within, memory_beside_mib, scope_of, travels
from trimtab.model.decision import Keep, Resize, Setting
from trimtab.model.digest import DayDigest
from trimtab.model.scaling import Follows, Scaling, ScalingPolicy
from trimtab.model.tags import Mode
from trimtab.model.task_size import TaskSize

SMALL = TaskSize(512, 2048)
REQUESTS = Scaling(
    2, 9, (ScalingPolicy("per-task", Follows.REQUESTS, "requests", 1000.0, NOW - timedelta(days=9)),)
)
UNKNOWN = replace(a_definition(), unknown_fields=("taskDefinition.newThing",))
ON_EC2 = {"launch_type": "EC2"}


def a_scope(definition=None, scaling=None, **said):
    return scope_of(a_service(**said), definition or a_definition(), APPLY, scaling, None, NOW)


def resize(size=SMALL):
    return Resize(size, "rule", "too_large", "Half would do.", {"days": 9})


def the_smallest(sizes):
    return resize(min(sizes)) if sizes else Keep("no_feasible_size", "None.")


def fits(sizes):
    return Keep("fits", "It fits.")


def chosen(ask, definition=None, scaling=None, digests=(), **said):
    definition = definition or a_definition()
    return choose_within(a_scope(definition, scaling, **said), definition, scaling, digests, ask)


def test_what_may_be_carried_out_is_asked_first():
    decision = chosen(the_smallest, scaling=REQUESTS)

    assert (decision.size, decision.reason) == (TaskSize(1024, 2048), "too_large")


def test_what_may_only_be_proposed_is_asked_when_nothing_else_is_better():
    decision = chosen(lambda sizes: the_smallest(sizes) if SMALL in sizes else fits(sizes), scaling=REQUESTS)

    assert (decision.size, decision.reason) == (TaskSize(256, 512), "scaled_by_requests")
    assert decision.evidence["size_is"] == "too_large"
    assert decision.sentence.startswith("Half would do. Its scaling counts requests")
    assert "would become 250" in decision.sentence


def test_where_neither_is_better_the_first_answer_stands():
    decision = chosen(fits, scaling=REQUESTS)

    assert (decision.reason, decision.sentence) == ("fits", "It fits.")


def test_on_instances_a_size_is_told_as_density():
    decision = chosen(the_smallest, **ON_EC2)

    assert decision.reason == "ec2"
    assert "Where 10 such tasks fit" in decision.sentence
    assert "only proposed" in decision.sentence


def test_containers_that_go_along_are_told():
    containers = [{"name": "app", "memory": 3840}, {"name": "log", "essential": False, "memory": 256}]
    decision = chosen(lambda _: resize(), a_definition(containerDefinitions=containers))

    assert decision.evidence["containers"] == "app memory 3840 → 1792"
    assert decision.sentence == "Half would do. Of its containers: app memory 3840 → 1792."


def test_a_heap_is_told_where_it_forbids_and_where_it_does_not():
    heap = [{"name": "JAVA_OPTS", "value": "-Xmx3g -Dpassword=canary-7f3a"}]
    definition = a_definition(containerDefinitions=[{"name": "app", "environment": heap}])

    for decision in (chosen(fits, definition), chosen(the_smallest, definition)):
        assert "a heap of 3072 MiB" in decision.sentence
        assert "canary" not in decision.sentence


@pytest.mark.parametrize("mode", list(Mode))
def test_a_proposal_goes_no_further_than_being_seen(mode):
    scope = a_scope(**ON_EC2)
    proposal = chosen(the_smallest, **ON_EC2)

    assert travels(proposal, scope, Setting(mode)).mode is min(mode, Mode.OBSERVE)


def test_a_size_that_cannot_be_registered_by_us_may_be_handed_over():
    scope, proposal = a_scope(UNKNOWN), chosen(the_smallest, UNKNOWN)

    modes = {mode: travels(proposal, scope, Setting(mode)).mode for mode in (Mode.HANDOVER, Mode.APPLY)}
    assert modes == {Mode.HANDOVER: Mode.HANDOVER, Mode.APPLY: Mode.OBSERVE}


def test_what_may_be_carried_out_travels_as_far_as_its_setting_says():
    assert travels(resize(), a_scope(), APPLY) == APPLY
    assert travels(resize(), a_scope(scaling=REQUESTS), APPLY) == APPLY


def test_what_was_used_has_to_fit_beside_what_sidecars_hold():
    def least(*peaks, **said):
        containers = [{"name": "app", **said}, {"name": "log", "essential": False, "memory": 512}]
        days = [DayDigest(date(2026, 3, 1), 288, (0.0,) * 8, (0,) * 8, peak) for peak in peaks]
        return memory_beside_mib(a_scope(a_definition(containerDefinitions=containers)), days)

    assert least(1000.0, 800.0, None, memory=3584) == 1562
    assert least(4000.0, memory=3584) == 4096  # never more than it has
    assert least(1000.0) == least(memory=3584) == 0
