import json

import pytest

from trimtab.model.errors import ConflictError
from trimtab.model.tags import Mode

OFF = "services:\n  - cluster: prod\n    mode: off\n"
TWO_FAMILIES = (
    'standalone:\n  - family: "nightly-*"\n    start_by: any-time\n    deadline: 1h\n  - family: report\n'
)


def test_a_good_policy_is_checked_without_aws(run, policy_file):
    answer = run("policy", "check", policy_file(OFF))

    assert answer.exit_code == 0
    assert "1 entries for services" in answer.stdout
    assert answer.stderr == ""


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (
            "services:\n  - cluster: prod\n    mode: aply\n",
            3,
            "services[0].mode: 'aply' is not one of off, obs",
        ),
        ("services:\n  - mode: Apply\n", 2, "services[0].mode"),
        (
            "services:\n  - smalest: {}\n",
            2,
            "services[0].smalest: is no setting here; known are alerts_",
        ),
        (
            "services:\n  - mode: off\n    mode: apply\n",
            3,
            "services[0].mode is given twice, first in line 2",
        ),
        ("standalone:\n  - deadline: 3h\n", 2, "standalone[0]: does not say family"),
        ("standalone:\n  - family: a\n    deadline: 90\n", 3, "'90' is not a duration such as 30s"),
        ("services:\n  - largest: {cpu_units: 256}\n", 2, "services[0].largest: does not say memory_mib"),
        ("services:\n  - profile: fast\n", 2, "one of general, latency, batch, spot-first"),
        ("services:\n", 1, "'' is not a list"),
        ("- services\n", 1, "a list is not a policy: that is a mapping with `services` and `standalone`"),
        ("hello\n", 1, "'hello' is not a policy: that is a mapping with `services` and `standalone`"),
        (
            "owner: me\n",
            1,
            "owner: is no setting here; known are freezes, limits, orchestrators, services, standalone",
        ),
        ("services: [\n", 2, "is not YAML"),
        ("services: &all\n  - cluster: a\nstandalone: *all\n", 3, "is an alias"),
        ("services: !!set {}\n", 1, "is a YAML tag"),
        ("services:\n  - ? [a]\n    : b\n", 2, "a key must be plain text"),
    ],
)
def test_a_fault_is_told_with_its_file_line_and_place(run, policy_file, text, line, told):
    path = policy_file(text)

    answer = run("policy", "check", path)

    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert answer.stderr.startswith(f"{path}:{line}: ")
    assert told in answer.stderr
    assert answer.stderr.endswith("1 fault. Nothing was stored.\n")


def test_bounds_that_hold_nothing_are_a_fault_too(run, policy_file):
    path = policy_file("services:\n  - cluster: a\n    largest: {cpu_units: 256, memory_mib: 256}\n")

    answer = run("policy", "check", path)

    assert answer.exit_code == 2
    assert answer.stderr.startswith(f"{path}:3: services[0].largest: ")


def test_all_faults_are_told_at_once_in_the_order_of_their_lines(run, policy_file):
    path = policy_file("owner: me\nservices:\n  - mode: on\n  - profile: x\n")

    answer = run("policy", "check", path)

    starts = [line.split(": ")[0] for line in answer.stderr.splitlines()]
    assert starts == [f"{path}:1", f"{path}:3", f"{path}:4", f"{path}"]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"a: \x07", b"[" * 5000, b"# " + b"x" * 100_001])
def test_a_file_that_is_no_policy_at_all_is_wrong_input_in_one_line(run, tmp_path, content):
    path = tmp_path / "policy.yaml"
    path.write_bytes(content)

    answer = run("policy", "check", path)

    assert answer.exit_code == 2
    assert len(answer.stderr.splitlines()) == 2


def test_a_missing_file_is_wrong_input(run, tmp_path):
    answer = run("policy", "check", tmp_path / "no.yaml")

    assert answer.exit_code == 2
    assert "cannot be read" in answer.stderr


def test_a_stored_policy_is_what_the_functions_read(run, installation, policy_file):
    answer = run("policy", "put", policy_file(OFF))

    assert answer.exit_code == 0
    assert "in force as version 1" in answer.stdout
    _, policy = installation.steering.switch_and_policy()
    assert policy.version == 1
    assert policy.services[0].mode is Mode.OFF


def test_each_policy_gets_the_next_version_and_earlier_ones_are_kept(run, installation, policy_file):
    run("policy", "put", policy_file(OFF))
    run("policy", "put", policy_file(TWO_FAMILIES))

    now = json.loads(run("policy", "show", "--json").stdout)
    before = json.loads(run("policy", "show", "--version", "1", "--json").stdout)

    assert (now["version"], before["version"]) == (2, 1)
    assert before["document"] == {"services": [{"cluster": "prod", "mode": "off"}]}
    assert now["set_at"] == "2026-03-02T04:05:06Z"
    assert now["set_by"].startswith("arn:aws:")


def test_the_same_policy_again_is_not_a_new_version(run, installation, policy_file):
    run("policy", "put", policy_file(OFF))

    answer = run("policy", "put", policy_file("# only a comment is new\n" + OFF))

    assert answer.exit_code == 0
    assert "Version 1 in force says the same" in answer.stdout


def test_a_wrong_policy_leaves_the_one_in_force(run, installation, policy_file):
    run("policy", "put", policy_file(OFF))

    answer = run("policy", "put", policy_file("services:\n  - mode: on\n"))

    assert answer.exit_code == 2
    assert "The policy in force was left as it is." in answer.stderr
    assert json.loads(run("policy", "show", "--json").stdout)["version"] == 1


def test_a_policy_that_somebody_else_stored_meanwhile_stays(run, installation, policy_file, monkeypatch):
    run("policy", "put", policy_file(OFF))
    monkeypatch.setattr(installation.steering._client, "get_item", lambda **_: {})

    with pytest.raises(ConflictError, match="Theirs stays in force"):
        installation.steering.put_policy({})


def test_a_stored_policy_that_cannot_be_read_is_replaced_by_a_good_one(run, installation, policy_file):
    item = {"key": {"S": "policy"}, "part": {"S": "current"}, "version": {"N": "4"}, "document": {"S": "{"}}
    installation.dynamodb.put_item(TableName="control", Item=item)

    answer = run("policy", "put", policy_file(OFF))

    assert "version 5" in answer.stdout
    assert installation.steering.switch_and_policy()[1].version == 5


def test_what_show_prints_can_be_stored_again(run, installation, policy_file):
    run("policy", "put", policy_file(OFF + TWO_FAMILIES))
    shown = run("policy", "show").stdout

    answer = run("policy", "put", policy_file(shown))

    assert "says the same" in answer.stdout


def test_without_a_stored_policy_the_built_in_one_is_shown(run, installation, policy_file):
    answer = run("policy", "show")

    assert answer.exit_code == 0
    assert "version 0" in answer.stdout
    assert run("policy", "check", policy_file(answer.stdout)).exit_code == 0


def test_a_version_that_was_never_stored_is_a_no(run, installation):
    answer = run("policy", "show", "--version", "7")

    assert answer.exit_code == 1
    assert answer.stdout == ""


def test_a_stored_policy_that_cannot_be_read_is_shown_with_a_warning(run, installation):
    item = {"key": {"S": "policy"}, "part": {"S": "current"}, "version": {"N": "4"}}
    item["document"] = {"S": '{"services": [{"mode": "sometimes"}]}'}
    installation.dynamodb.put_item(TableName="control", Item=item)

    answer = run("policy", "show", "--json")

    assert answer.exit_code == 1
    assert json.loads(answer.stdout)["readable"] is False
    assert "writes nothing until" in answer.stderr
