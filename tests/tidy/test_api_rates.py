"""The table of ECS request rates: what functions may call, as the laboratory and the page have it."""

import re

from tests.docs.tables import document
from tests.tidy.stack import actions, functions, role_statements, written
from trimtab.model.api_rates import BUCKET_OF, BUCKETS
from trimtab_lab.ecs import rates


def test_every_call_of_ecs_that_a_function_may_make_has_its_bucket_and_no_other_has():
    resources = written()
    allowed = {
        action.removeprefix("ecs:")
        for function in functions(resources)
        for statement in role_statements(resources, function)
        if statement["Effect"] == "Allow"
        for action in actions(statement)
        if action.startswith("ecs:")
    }

    assert allowed == BUCKET_OF.keys()


def test_the_laboratory_counts_by_the_same_buckets():
    theirs = {
        operation: (burst, refill)
        for burst, refill, operations in rates.BUCKETS.values()
        for operation in operations
    }

    assert {name: (one.burst, one.refill_per_second) for name, one in BUCKET_OF.items()} == {
        name: theirs[name] for name in BUCKET_OF
    }


def test_reads_and_writes_lie_in_buckets_of_their_own():
    for bucket in BUCKETS:
        assert {not name.startswith(("Describe", "List")) for name in bucket.operations} == {bucket.writes}


def test_the_page_has_the_same_figures():
    told = re.findall(r"^\| (\S+) \| (`.+`) \| (\d+) \| (\d+) \|", document("limits.md"), re.MULTILINE)

    assert told == [
        (
            one.name,
            " ".join(f"`{name}`" for name in one.operations),
            str(one.burst),
            str(one.refill_per_second),
        )
        for one in BUCKETS
    ]
