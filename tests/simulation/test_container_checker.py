import pytest

from trimtab_cli.simulation.checkers.revisions import containers_that_do_not_fit


def a_task(cpu, memory, **containers):
    told = [{"name": name, **sizes} for name, sizes in containers.items()]
    return {"cpu": str(cpu), "memory": str(memory), "containerDefinitions": told}


BASE = a_task(1024, 4096, app={"memory": 3840, "cpu": 0}, log={"memoryReservation": 256})


@pytest.mark.parametrize(
    ("registered", "broken"),
    [
        (a_task(512, 2048, app={"memory": 1792}, log={"memoryReservation": 256}), []),
        (a_task(512, 2048, app={"memory": 3840}, log={"memoryReservation": 256}), ["do not fit"]),
        (a_task(512, 2048, app={"memory": 1920}, log={"memoryReservation": 128}), ["app, log"]),
        (
            a_task(512, 2048, app={"memory": 1792, "cpu": 512}, log={"memoryReservation": 256}),
            ["got or lost"],
        ),
        (a_task(512, 2048, app={}, log={"memoryReservation": 256}), ["got or lost"]),
    ],
)
def test_one_container_at_most_moves_in_what_it_has_and_all_fit(registered, broken):
    found = containers_that_do_not_fit(registered, BASE)

    assert len(found) == len(broken)
    assert all(text in one for text, one in zip(broken, found, strict=True))
