"""I24 on the record of the account: with our share in front of the clients it holds, without it not."""

from types import SimpleNamespace

import pytest

from trimtab.adapters import clock
from trimtab.adapters.api_share import DynamoDbApiShare
from trimtab.model.change import Kind
from trimtab_cli.simulation import clients
from trimtab_cli.simulation.beginning import build
from trimtab_cli.simulation.checkers.rates import no_more_than_a_share
from trimtab_cli.simulation.ledger import Ledger
from trimtab_cli.simulation.record import Record
from trimtab_cli.simulation.scene import CLUSTER

CALL_SECONDS = 0.02
LOOKS = 30


@pytest.fixture
def read_much():
    """Let two functions read in bulk, each call taking 20 ms; return what the checker says of it."""

    def read():
        scene = build(1)
        lab = scene.lab
        record = Record(lab, CLUSTER, Ledger(lab))

        def call(service, operation, request):
            lab.clock.run_for(CALL_SECONDS)
            return record.perform("trimtab/take_inventory", 1, service, operation, request).answer

        line = SimpleNamespace(region=lab.region, random=lab.random, call=call)
        clock.use(lab.clock.today, lab.clock.run_for)
        with clients.connected(line, scene.key_arn, scene.topic_arn, CLUSTER):
            worlds = [clients.new_world(clients.Notebook()) for _ in range(2)]
            for _ in range(LOOKS):
                for world in worlds:
                    with world.api_share.working_for(Kind.RESIZE, 60):
                        world.task_definitions.latest("web-0")
        assert len(record.calls) > 2 * LOOKS - 1
        return no_more_than_a_share(SimpleNamespace(record=record, share_percent=clients.SHARE_PERCENT))

    yield read
    clock.use(None)


def test_functions_that_read_in_bulk_stay_within_the_share(read_much):
    assert read_much() == []


def test_without_the_share_the_checker_speaks(read_much, monkeypatch):
    monkeypatch.setattr(DynamoDbApiShare, "take", lambda share, operation: None)

    assert read_much()
