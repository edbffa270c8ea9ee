"""A size as it is handed over: written and read again, and small enough for a parameter."""

import json
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from tests.samples import NOW, a_definition
from trimtab.model.errors import UnreadableError
from trimtab.model.handed_size import STANDS_FOR, hand_size, read_handed_size
from trimtab.model.task_size import TaskSize

PARAMETER_MAX = 4096


def test_what_is_written_is_read_again():
    app = {"name": "app", "image": "i", "memory": 2048, "cpu": 256, "essential": True}
    logs = {"name": "logs", "image": "i", "essential": False}
    handed = hand_size(a_definition(containerDefinitions=[app, logs]), TaskSize(512, 1024), "Why.", NOW, "c1")

    assert handed.until == NOW + STANDS_FOR
    assert set(handed.containers) == {"app"}
    assert read_handed_size(json.loads(handed.text())) == handed


def test_ten_containers_and_a_long_reason_fit_into_a_parameter():
    containers = [
        {
            "name": f"container-with-a-long-name-{n}",
            "image": "i",
            "memory": 64,
            "memoryReservation": 32,
            "cpu": 8,
        }
        for n in range(10)
    ]
    definition = a_definition(containerDefinitions=containers)

    handed = hand_size(definition, TaskSize(512, 1024), "→" * 5000, NOW, "c" * 32)

    assert len(handed.text().encode()) <= PARAMETER_MAX


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["cpu", "memory", "containers", "why", "until"]) | st.text(), inner
            )
        ),
    )
)
def test_anything_else_is_an_error_of_ours(told):
    with suppress(UnreadableError):
        read_handed_size(told)
