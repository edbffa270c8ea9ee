"""`trimtab plan --format sizes`: the file for the team's repository."""

import json
from datetime import datetime, timedelta

import pytest

from trimtab_cli.proposals.sizes_file import read_sizes


@pytest.fixture
def written(run, fleet, tmp_path):
    path = tmp_path / "sizes.json"
    answer = run("plan", "--format", "sizes", "--output", path)
    assert answer.exit_code == 0 and answer.stdout == ""
    return path


def test_a_new_size_is_in_it_with_the_limits_of_its_containers(written):
    told = json.loads(written.read_text("utf-8"))
    orders = told["services"]["prod/orders"]
    assert (orders["cpu"], orders["memory"]) == (512, orders["containers"]["app"]["memory"])
    assert orders["why"].startswith("too_large: ")
    lasts = datetime.fromisoformat(orders["until"]) - datetime.fromisoformat(told["written_at"])
    assert lasts == timedelta(days=30)


def test_what_stays_or_is_only_to_be_seen_has_the_size_in_force(written):
    sizes = {name: (one.size.cpu_units, one.size.memory_mib) for name, one in read_sizes(written).items()}
    assert sizes["prod/search"] == (1024, 4096)
    assert sizes["prod/legacy"] == (1024, 2048)
    assert sizes["prod/asked"] == (2048, 4096)


def test_what_runs_on_instances_is_not_in_it(written):
    assert "prod/ledger" not in read_sizes(written)


def test_without_a_name_it_is_called_trimtab_sizes_json(run, fleet, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("plan", "--format", "sizes", "--service", "search").exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["trimtab.sizes.json"]


def test_with_no_size_to_hand_over_nothing_is_written_and_the_answer_is_no(run, fleet, tmp_path):
    path = tmp_path / "sizes.json"
    answer = run("plan", "--format", "sizes", "--service", "ledger", "--output", path)
    assert answer.exit_code == 1 and not path.exists()


def test_a_place_that_cannot_be_written_is_wrong_input(run, fleet, tmp_path):
    answer = run("plan", "--format", "sizes", "--service", "search", "--output", tmp_path / "no" / "file")
    assert answer.exit_code == 2 and "cannot write" in answer.stderr
