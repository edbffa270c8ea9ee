from tests.lab.ecs.scene import MINUTE
from trimtab_lab.ecs import Plan


class Notes:
    def __init__(self):
        self.lines = []

    def task_started(self, run):
        self.lines.append(("started", run.service, run.cpu_units, run.memory_mib, run.started_at))

    def task_stopped(self, run):
        self.lines.append(("stopped", run.service, run.cpu_units, run.memory_mib, run.stopped_at))


def test_a_watcher_hears_of_running_tasks_with_the_size_in_force(scene):
    notes = Notes()
    scene.ecs.watch(notes)
    scene.ecs.behave("web", Plan(run_seconds=60, start_seconds=10))
    scene.run(overrides={"cpu": "1024", "memory": "4096"})
    scene.run_for(5 * MINUTE)

    (_, service, *size, started), (_, _, *_, stopped) = notes.lines
    assert [line[0] for line in notes.lines] == ["started", "stopped"]
    assert (service, size) == (None, [1024, 4096])
    assert stopped - started == 60


def test_a_task_that_never_ran_is_not_heard_of(scene):
    notes = Notes()
    scene.ecs.watch(notes)
    scene.ecs.behave("web", Plan(start_failure="CannotPullContainerError: not found"))
    scene.run()
    scene.run_for(5 * MINUTE)

    assert notes.lines == []


def test_the_runs_of_a_service_follow_its_size(scene):
    scene.create(count=1)
    scene.run_for(5 * MINUTE)
    scene.register(cpu="512", memory="1024")
    scene.update(taskDefinition="web")
    scene.run_for(5 * MINUTE)

    small, large = scene.ecs.running_intervals("prod", "web")
    assert (small.cpu_units, small.memory_mib, large.cpu_units, large.memory_mib) == (256, 512, 512, 1024)
    assert large.started_at < small.stopped_at
    assert large.stopped_at is None
    assert scene.ecs.images(large.task_definition_arn) == ["registry.example/web:1"]
