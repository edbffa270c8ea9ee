"""Whatever people, capacity and bad luck do in any order: what must always hold, and what at the end."""

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.lab.ecs.scene import HOUR, ON_DEMAND, SPOT, Scene

MIXED = [
    {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
    {"capacityProvider": "FARGATE_SPOT", "weight": 2},
]
# Only percentages that leave room at every count: (75, 125) of one task, for example, can never move.
percents = st.sampled_from([(100, 200), (50, 200), (0, 150), (0, 100)])
moves = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 1200)),
    st.tuples(st.just("deploy"), st.sampled_from([SPOT, ON_DEMAND, MIXED])),
    st.tuples(st.just("release"), st.none()),
    st.tuples(st.just("scale"), st.integers(0, 6)),
    st.tuples(st.just("supply"), st.sampled_from([0, 1, 3, None])),
    st.tuples(st.just("interrupt"), st.sampled_from([0.3, 1.0])),
    st.tuples(st.just("crash"), st.integers(0, 9)),
    st.tuples(st.just("stop"), st.integers(0, 9)),
    st.tuples(st.just("protect"), st.integers(1, 30)),
    st.tuples(st.just("roll back"), st.none()),
)


def act(scene: Scene, move: str, value) -> None:
    tasks = [task for task in scene.tasks() if task["lastStatus"] == "RUNNING"]
    if move == "wait":
        scene.run_for(value)
    elif move == "deploy":
        scene.update(capacityProviderStrategy=value, forceNewDeployment=True)
    elif move == "release":
        scene.update(taskDefinition=scene.register())
    elif move == "scale":
        scene.update(desiredCount=value)
    elif move == "supply":
        scene.ecs.pools.set_supply("FARGATE_SPOT", value)
    elif move == "interrupt":
        scene.ecs.interrupt_spot(value)
    elif move == "crash" and tasks:
        scene.ecs.crash(tasks[value % len(tasks)]["taskArn"])
    elif move == "stop" and tasks:
        scene.call("StopTask", cluster="prod", task=tasks[value % len(tasks)]["taskArn"])
    elif move == "protect" and tasks:
        arns = [task["taskArn"] for task in tasks[:10]]
        scene.call(
            "UpdateTaskProtection", cluster="prod", tasks=arns, protectionEnabled=True, expiresInMinutes=value
        )
    elif move == "roll back":
        roll_back(scene)


def roll_back(scene: Scene) -> None:
    newest = scene.deployments()[0]
    first_of_all = len(scene.deployments()) == 1
    if (
        newest["status"] == "IN_PROGRESS"
        and not first_of_all
        and scene.service().get("currentServiceRevisions")
    ):
        scene.call("StopServiceDeployment", serviceDeploymentArn=newest["serviceDeploymentArn"])


def check_always(scene: Scene) -> None:
    service = scene.service()
    statuses = [deployment["status"] for deployment in service["deployments"]]
    assert statuses.count("PRIMARY") == 1 and statuses[0] == "PRIMARY"
    going = {"IN_PROGRESS", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"}
    assert sum(one["status"] in going for one in scene.deployments()) <= 1
    alive = [task for task in scene.ecs.world.tasks.values() if task.stopped_at is None]
    held = Counter(task.pool for task in alive)
    for pool in ("FARGATE", "FARGATE_SPOT"):
        assert scene.ecs.pools.in_use(pool) == held[pool]
    assert len(scene.ecs.world.enis) <= len(alive)
    assert service["runningCount"] == sum(task.last_status == "RUNNING" for task in alive)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(percents, st.lists(moves, max_size=25))
def test_a_service_survives_everything_and_ends_as_wanted(percent, history):
    scene = Scene()
    scene.ecs.rate_limits.enabled = False
    scene.register()
    least, most = percent
    scene.create(
        count=3, capacityProviderStrategy=MIXED,
        deploymentConfiguration={"minimumHealthyPercent": least, "maximumPercent": most},
        availabilityZoneRebalancing="DISABLED",
    )  # fmt: skip
    for move, value in history:
        act(scene, move, value)
        check_always(scene)

    scene.ecs.pools.set_supply("FARGATE_SPOT", None)
    scene.run_for(3 * HOUR)

    check_always(scene)
    service = scene.service()
    assert service["runningCount"] == service["desiredCount"]
    assert [deployment["rolloutState"] for deployment in service["deployments"]] == ["COMPLETED"]
    assert service["events"][0]["message"].endswith("has reached a steady state.")
    primary = service["deployments"][0]
    assert {task["startedBy"] for task in scene.tasks()} <= {primary["id"]}
