import boto3
import pytest

from trimtab.model.switch import Position, Switch


def position(installation):
    return installation.steering.switch().position


def test_a_new_installation_lets_only_rollbacks_through_until_it_is_resumed(run, installation):
    assert position(installation) is Position.ROLLBACK_ONLY

    answer = run("resume")

    assert answer.exit_code == 0
    assert position(installation) is Position.RUN
    assert "never set" in answer.stdout


def test_a_pause_lets_rollbacks_through_and_keeps_who_when_and_why(run, installation):
    run("resume")

    answer = run("pause", "--reason", "release day")

    switch = installation.steering.switch()
    assert answer.exit_code == 0
    assert (switch.position, switch.reason) == (Position.ROLLBACK_ONLY, "release day")
    assert switch.set_by.startswith("arn:aws:")
    assert switch.set_at.isoformat() == "2026-03-02T04:05:06+00:00"


def test_a_stop_lets_nothing_through(run, installation):
    run("resume")

    run("pause", "--stop", "--reason", "incident 12")

    assert position(installation) is Position.STOP


def test_a_pause_never_loosens_a_stop(run, installation):
    run("pause", "--stop", "--reason", "incident 12")

    answer = run("pause", "--reason", "release day")

    assert answer.exit_code == 1
    assert "incident 12" in answer.stderr
    assert position(installation) is Position.STOP


def test_a_stop_is_loosened_to_rollbacks_by_name(run, installation):
    run("pause", "--stop", "--reason", "incident 12")

    answer = run("resume", "--rollback-only")

    assert answer.exit_code == 0
    assert position(installation) is Position.ROLLBACK_ONLY


def test_resume_rollback_only_never_pauses_what_runs(run, installation):
    run("resume")

    answer = run("resume", "--rollback-only")

    assert answer.exit_code == 1
    assert position(installation) is Position.RUN


def test_a_pause_without_a_reason_is_wrong_input(run, installation):
    for words in (["pause"], ["pause", "--reason", " "]):
        assert run(*words).exit_code == 2

    assert position(installation) is Position.ROLLBACK_ONLY


def test_a_resume_does_not_undo_a_stop_that_it_did_not_see(run, installation, monkeypatch):
    seen = installation.steering.switch()
    run("pause", "--stop", "--reason", "incident 12")
    monkeypatch.setattr("trimtab.adapters.dynamodb_steering.DynamoDbSteering.switch", lambda _: seen)

    answer = run("resume")

    monkeypatch.undo()
    assert answer.exit_code == 1
    assert "somebody set it meanwhile" in answer.stderr
    assert position(installation) is Position.STOP


def test_a_switch_that_cannot_be_read_can_be_set_again(run, installation):
    item = {"key": {"S": "switch"}, "part": {"S": "-"}, "position": {"S": "sideways"}}
    installation.dynamodb.put_item(TableName="control", Item=item)
    assert position(installation) is Position.STOP

    assert run("resume").exit_code == 0
    assert position(installation) is Position.RUN


@pytest.mark.parametrize(
    "words",
    [
        ["resume"],
        ["pause", "--reason", "x"],
        ["pause", "--stop", "--reason", "x"],
        ["status", "--changes-table", "nothing"],
        ["policy", "show"],
    ],
)
def test_a_refusal_by_aws_is_one_line_that_says_what_stays(run, installation, words):
    answer = run(*words, "--control-table", "nothing")

    assert answer.exit_code == 3
    assert answer.stdout == ""
    assert answer.stderr.startswith("cannot ")
    assert len(answer.stderr.splitlines()) == 1
    assert "left as it is" in answer.stderr or "Nothing was changed" in answer.stderr


def test_a_region_that_nobody_named_is_wrong_input(run, monkeypatch):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    answer = run("resume", "--control-table", "nothing")

    assert answer.exit_code == 2
    assert "no AWS Region is set" in answer.stderr
    assert "left as it is" in answer.stderr or "left as it was" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_a_stack_that_is_not_there_is_wrong_input(run, installation):
    answer = run("resume", "--stack", "trimtap")

    assert answer.exit_code == 2
    assert "--stack" in answer.stderr


def test_a_switch_set_unconditionally_goes_through_whatever_stands(installation):
    installation.steering.set_switch(Switch(Position.RUN, "a", "b"))
    installation.steering.set_switch(Switch(Position.STOP, "a", "b"))

    assert position(installation) is Position.STOP
