import pytest

from tests.lab.ecs.scene import Scene


@pytest.fixture
def scene() -> Scene:
    """A cluster with both Fargate providers, and the definition ``web`` of a quarter vCPU."""
    scene = Scene()
    scene.register()
    return scene
