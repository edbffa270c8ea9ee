import json
import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from tests.golden.events import EVENTS, JUDGED, ROOT, load
from trimtab.model.verdict import Action, Cause, Owner
from trimtab_cli.app import app

EXITED_ONE = str(EVENTS / "restart_stopped_task" / "exited_one.json")
SIDECAR = str(EVENTS / "restart_stopped_task" / "exited_zero_sidecar_killed.json")


def explain(*arguments):
    return CliRunner().invoke(app, ["explain", *map(str, arguments)])


def rows(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def written(tmp_path):
    def write(content, name="file.json"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def test_each_event_is_one_json_object_a_line_in_the_order_of_the_files():
    files = [str(EVENTS / f"{situation}.json") for situation in JUDGED]

    result = explain(*files, "--json")

    assert result.exit_code == 0
    assert [row["file"] for row in rows(result)] == files
    keys = ["file", "action", "cause", "owner", "reason", "sentence", "evidence"]
    assert all(list(row) == keys for row in rows(result))
    assert result.stderr == ""


def test_a_person_reads_file_verdict_sentence_and_evidence():
    result = explain(EXITED_ONE)

    assert result.stdout.startswith(EXITED_ONE)
    assert "restart  (cause application, owner standalone)" in result.stdout
    assert "Container report exited by itself with code 1." in result.stdout
    assert re.search(r"exit_code\s+1\n", result.stdout)


@pytest.mark.parametrize("wrapped", [True, False])
def test_the_task_definition_says_which_containers_are_essential(written, wrapped):
    bare = {
        "family": "nightly-report",
        "containerDefinitions": [{"name": "report"}, {"name": "log-router", "essential": False}],
    }
    definition = written({"taskDefinition": bare} if wrapped else bare)

    without = explain(SIDECAR, "--json")
    with_it = explain(SIDECAR, "--json", "--task-definition", definition)

    assert rows(without)[0]["action"] == "alert"
    assert rows(with_it)[0]["action"] == "ignore"
    assert with_it.stderr == ""


def test_the_definition_of_another_task_is_not_used(written):
    other = written({"family": "other", "containerDefinitions": [{"name": "web"}]})

    result = explain(EXITED_ONE, "--json", "--task-definition", other)

    assert rows(result)[0]["action"] == "restart"
    assert "defines other, not nightly-report" in result.stderr
    assert result.exit_code == 0


@pytest.mark.parametrize(
    "situation", ["restart_stopped_task/exited_one", "restart_stopped_task/retirement_of_tasks"]
)
def test_a_test_source_is_judged_as_the_aws_source_it_imitates(written, situation):
    path = written(load(situation) | {"source": "com.samplevent"})

    result = explain(path, "--json")

    assert rows(result)[0]["action"] == JUDGED[situation]["action"]
    assert re.fullmatch(r".*file\.json: source 'com\.samplevent' is not AWS's.*\n", result.stderr)


def test_an_event_that_trimtab_does_not_listen_to_is_ignored(written):
    path = written(
        {"source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification", "detail": {}}
    )

    assert rows(explain(path, "--json"))[0]["reason"] == "no_rule_listens"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON that can be read"),
        ("[]", "event is a list, not an object"),
        ("{}", "event.source is missing"),
        ({"source": "aws.ecs", "detail-type": "ECS Task State Change", "detail": {}}, "taskArn is missing"),
        ({"source": "aws.ecs", "detail-type": "ECS\nTask", "detail": 1}, "detail is a number, not an object"),
    ],
)
def test_a_wrong_file_is_one_line_and_the_others_are_still_explained(written, content, fault):
    wrong = written(content)

    result = explain(wrong, EXITED_ONE, "--json")

    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith(f"{wrong}: ")
    assert fault in result.stderr
    assert [row["action"] for row in rows(result)] == ["restart"]


def test_a_file_that_is_not_there_or_not_text_is_wrong_input(tmp_path):
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe\x00")

    result = explain(tmp_path / "absent.json", tmp_path, binary, EXITED_ONE)

    assert result.exit_code == 2
    assert [line.rpartition(": ")[2] for line in result.stderr.splitlines()] == [
        "No such file or directory",
        "Is a directory",
        f"{binary}: is not UTF-8 text".rpartition(": ")[2],
    ]
    assert "restart" in result.stdout


def test_a_task_definition_that_is_none_is_told_how_to_get_one(written, tmp_path):
    for path in (written("{}"), tmp_path / "absent.json"):
        told = explain(EXITED_ONE, "--json", "--task-definition", path).stderr

        assert re.fullmatch(
            rf"{re.escape(str(path))}: [^.]+(\.containerDefinitions[^.]+)?\. Every container .*\n", told
        )
        assert "aws ecs describe-task-definition" in told
        assert "events/" not in told


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_reader_that_has_heard_enough_is_no_fault(options):
    files = [str(EVENTS / f"{situation}.json") for situation in JUDGED] * 20
    command = [sys.executable, "-m", "trimtab_cli.app", "explain", *files, *options]
    path = {"PYTHONPATH": ":".join(str(ROOT / room) for room in ("cli", "lab", "layers/trimtab"))}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=path) as running:
        running.stdout.close()
        told = running.stderr.read()

    assert (running.returncode, told) == (0, b"")


@pytest.mark.parametrize(
    "content", ["{", "[]", "{}", '{"taskDefinition": 1}', '{"containerDefinitions": [{"essential": true}]}']
)
def test_a_wrong_task_definition_is_one_line_and_the_events_are_still_explained(written, content):
    definition = written(content)

    result = explain(EXITED_ONE, "--json", "--task-definition", definition)

    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith(f"{definition}: ")
    assert len(rows(result)) == 1


def test_no_file_is_wrong_input():
    assert explain().exit_code == 2


def test_control_characters_of_an_event_do_not_reach_the_terminal(written):
    event = load("restart_stopped_task/exited_one")
    event["detail"]["stoppedReason"] = "\x1b[2J[red]Essential\ud800 container\r\nin task exited"

    result = explain(written(event))

    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    assert "?[2J[red]Essential? container in task exited" in result.stdout


def test_environment_and_command_of_a_task_are_not_shown():
    result = explain(EVENTS / "restart_stopped_task" / "running_standalone.json")

    assert "made-up-value" not in result.stdout
    assert "2026-11-02" not in result.stdout


@pytest.mark.parametrize(
    ("heading", "enumeration"), [("Actions", Action), ("Causes", Cause), ("Owners", Owner)]
)
def test_the_documentation_lists_every_word_with_a_sentence(heading, enumeration):
    text = (ROOT / "docs" / "explain.md").read_text()
    section = text.split(f"## {heading}\n")[1].split("\n## ")[0]
    listed = dict(re.findall(r"^\| `(\w+)` \| (.{7,}) \|$", section, re.MULTILINE))

    assert list(listed) == [word.value for word in enumeration]
