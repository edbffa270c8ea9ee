import pytest

from tests.doubles.world import Scene


@pytest.fixture
def scene():
    return Scene()
