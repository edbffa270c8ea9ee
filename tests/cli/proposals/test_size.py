"""`trimtab size`: what a pipeline reads between render and register."""

import json
from datetime import timedelta

import pytest

from trimtab.model.handed_size import HandedSize
from trimtab.model.task_size import TaskSize

PATH = "/trimtab/prod/search/size"


@pytest.fixture
def hand_over(fleet):
    """Write a parameter as the applier does."""
    written = []

    def write(text=None, name=PATH, days=1.0, size=TaskSize(512, 1024)):
        until = fleet.lab.clock.today() + timedelta(days=days)
        handed = HandedSize(size, {"app": {"memory": 1024}}, "too_large: Half would do.", until, "c1")
        value = handed.text() if text is None else text
        fleet.lab.call(
            "ssm", "PutParameter", {"Name": name, "Value": value, "Type": "String", "Overwrite": True}
        )
        written.append(name)

    yield write
    for name in set(written):
        fleet.lab.call("ssm", "DeleteParameter", {"Name": name})


@pytest.fixture
def file(run, fleet, tmp_path):
    path = tmp_path / "trimtab.sizes.json"
    assert run("plan", "--format", "sizes", "--output", path).exit_code == 0
    return path


def test_lines_for_a_shell_and_json_for_everything_else(run, hand_over):
    hand_over()
    assert run("size", "prod/search").stdout == "cpu=512\nmemory=1024\n"
    told = json.loads(run("size", "search", "--cluster", "prod", "--json").stdout)
    assert (told["cpu"], told["memory"], told["containers"]) == (512, 1024, {"app": {"memory": 1024}})


def test_where_nothing_was_handed_over_the_answer_is_no(run, fleet):
    answer = run("size", "prod/search")
    assert (answer.exit_code, answer.stdout) == (1, "") and PATH in answer.stderr


def test_a_size_that_has_expired_and_was_not_taken_up_is_none(run, hand_over):
    hand_over(days=-1)
    answer = run("size", "prod/search")
    assert (answer.exit_code, answer.stdout) == (1, "") and "expired" in answer.stderr


def test_a_size_that_was_taken_up_stands_on(run, hand_over):
    hand_over(days=-1, size=TaskSize(1024, 4096))
    assert run("size", "prod/search").stdout == "cpu=1024\nmemory=4096\n"


@pytest.mark.parametrize("text", ["512", "not json", "[]", '{"cpu": 512}', '{"cpu": 0, "memory": 0}'])
def test_a_parameter_that_is_none_of_ours_is_none(run, hand_over, text):
    hand_over(text)
    answer = run("size", "prod/search")
    assert (answer.exit_code, answer.stdout) == (1, "") and "none of Trimtab's" in answer.stderr


def test_without_its_cluster_no_parameter_can_be_named(run, fleet):
    answer = run("size", "search")
    assert answer.exit_code == 2 and "--cluster NAME" in answer.stderr


def test_a_file_of_sizes_answers_without_aws(run, file, fleet, monkeypatch):
    def refuse(*_):
        raise AssertionError("AWS was asked")

    monkeypatch.setattr(fleet.lab, "call", refuse)
    assert run("size", "prod/orders", "--file", file).stdout == "cpu=512\nmemory=3072\n"
    assert run("size", "search", "--file", file).exit_code == 0


@pytest.mark.parametrize(
    ("service", "code", "told"),
    [
        ("nope", 1, "has no size of nope"),
        ("spare/search", 1, "has no size of spare/search"),
        ("orders", 2, "prod/orders, spare/orders"),
    ],
)
def test_a_service_that_is_not_clear_in_the_file_has_no_size(run, file, service, code, told):
    answer = run("size", service, "--file", file)
    assert (answer.exit_code, answer.stdout) == (code, "") and told in answer.stderr


def test_a_size_of_a_file_that_has_expired_is_none(run, file):
    document = json.loads(file.read_text("utf-8"))
    document["services"]["prod/search"]["until"] = "2026-03-01T00:00:00Z"
    file.write_text(json.dumps(document), "utf-8")
    answer = run("size", "prod/search", "--file", file)
    assert (answer.exit_code, answer.stdout) == (1, "") and "expired" in answer.stderr


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"services": {"a/b": {}}}', '{"services": []}'])
def test_a_file_that_is_no_file_of_sizes_is_wrong_input(run, tmp_path, text):
    path = tmp_path / "sizes.json"
    path.write_text(text, "utf-8")
    answer = run("size", "a/b", "--file", path)
    assert answer.exit_code == 2 and str(path) in answer.stderr


def test_what_iam_denies_is_said_in_one_line(run, fleet, monkeypatch):
    from tests.cli.proposals.test_plan import deny

    deny(fleet, monkeypatch, "ssm")
    answer = run("size", "prod/search")
    assert answer.exit_code == 3 and len(answer.stderr.splitlines()) == 1
