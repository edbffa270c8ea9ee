"""The published schema and the reader in the functions allow the same documents, both ways."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from trimtab.model.errors import PolicyError
from trimtab.model.policy_document import read_policy
from trimtab.model.tags import PROFILES, Mode
from trimtab_cli.policy_file import schema

SCHEMA = schema()
VALIDATOR = Draft202012Validator(SCHEMA)

WORDS = (
    "",
    "true",
    "True",
    "wait",
    "ignore",
    "prod",
    "*",
    "off",
    "apply",
    "Apply",
    "spot-first",
    "h",
    "x" * 256,
)
LIMITS = ("20", "21", "020", "100", "101", "249856", "249857", "99999", "250000", "1" * 6)
FAMILIES = ("**", "?a", "[a]", "[!a]b", "[!]a]*", "[]a", "[", "_", "é*")
NUMBERS = ("3", "03", "-1", "1.5", "1h", "15m", "9" * 9, "9" * 10, "123456789s", "3\n", "1h\n", "٣")
text = st.sampled_from(WORDS + NUMBERS + LIMITS + FAMILIES)
scalar = text | st.integers(-2, 10**10) | st.booleans() | st.none()
KEYS = sorted(
    {key for part in SCHEMA["$defs"].values() for key in part.get("properties", {})} | {"smalest", "Name"}
)
value = scalar | st.lists(scalar, max_size=2) | st.dictionaries(st.sampled_from(KEYS), scalar, max_size=3)
entry = st.dictionaries(st.sampled_from(KEYS), value, max_size=4) | scalar
document = (
    st.dictionaries(
        st.sampled_from(["services", "standalone", "freezes", "orchestrators", "owner"]),
        st.lists(entry, max_size=2) | scalar,
        max_size=3,
    )
    | scalar
)


BEYOND_A_SCHEMA = (
    "holds the smallest one",  # bounds that hold nothing: a schema sees one setting at a time
    "later than the freeze begins",
    "is not a zone of the IANA",  # which zones there are, and which days a month has, a schema does not know
    "is not a day and an hour that there are",
    "is not a duration from",  # how long a duration is, a pattern does not know
    "is not at least as long as the base",
)
"""What the reader says of what a schema cannot see, and of nothing else."""


def _is_read(said):
    try:
        read_policy(said, 1)
    except PolicyError as fault:
        return any(told in str(fault) for told in BEYOND_A_SCHEMA)
    return True


@given(document)
@example({"services": [{"largest": {"cpu_units": "4096", "memory_mib": 8192}, "tags": {"team": "a"}}]})
@example({"standalone": [{"family": "x", "deadline": "1h", "classes": {"memory": {"raises": 3}}}]})
@example({"standalone": [{"family": "x", "exits": [{"do": "stop"}]}]})
@example({"orchestrators": [{"name": "x"}]})
@example({"orchestrators": [{"name": "x", "tag": "team=[a-c]*"}, {"group": "*", "cluster": "prod"}]})
def test_schema_and_reader_agree_on_any_document(said):
    assert VALIDATOR.is_valid(said) == _is_read(said)


WAYS = [
    *WORDS,
    *LIMITS,
    *FAMILIES,
    20,
    21,
    100,
    101,
    249856,
    249857,
    "general",
    "piggyback",
    "3",
    "1h",
    {"cpu_units": "1", "memory_mib": "2"},
    {"team": "a"},
    *(
        "0",
        "1",
        "2",
        "5",
        "6",
        "7",
        "007",
        "168",
        "169",
        "400",
        "401",
        "10000",
        "10001",
        0,
        1,
        2,
        5,
        6,
        7,
        168,
        169,
    ),
    *("0.1", "0.09", "0.5", "0.90", "0.91", ".5", "0.555", 0.05, 0.1, 0.5, 0.9, 0.91, True),
    [{"from": "22:00", "to": "02:00", "timezone": "UTC", "days": ["mon"]}],
    ["mon", "sun"],
    ["Mon"],
    [],
    "06:30",
    "24:00",
    "6:30",
    "06:30:00",
    "Europe/Berlin",
    "../UTC",
    "2026-12-22",
    "2026-12-22T06:30Z",
    "2026-12-22T06:30:15+01:00",
    "2026-12-22T06:30",
    "22.12.2026",
    *("at-most-one", "overlap", "next-run", "any-time", "false", "stop", "done", "10m", "9m", "30d", "0s"),
    *("arn:aws:sns:eu-west-1:111122223333:team", "arn:aws:sns:eu-west-1:1:team", "arn:aws:sqs:a:b:c"),
    *([{"codes": ["2", 78], "do": "stop"}], [{"codes": [2]}], [{"do": "done"}], [{"reason": "*", "do": "x"}]),
    *(["FARGATE"], ["FARGATE", "FARGATE"], ["as-launched", "FARGATE_SPOT"], ["hosts"], [2, "255"], [256]),
    *({"attempts": "1"}, {"attempts": 2}, {"attempts": 101}, {"window": "1h"}, {"backoff": {"base": "1m"}}),
    *({"base": "1m", "cap": "1s"}, {"factor": 11}, {"deadline": "6h"}, {"raises": 5}, {"raises": "6"}),
    *({"application": {"attempts": 3}}, {"application": {"tries": 3}}, {"disk": {}}, {}),
]


def _documents(part, key, way):
    """Return a document that gives one setting of one part of the schema in one way."""
    if part == "size":
        return {"services": [{"largest": {"cpu_units": "1", "memory_mib": "2"} | {key: way}}]}
    if part == "limits":
        return {"limits": {key: way}}
    if part == "window":
        whole = {"from": "22:00", "to": "02:00", "timezone": "Europe/Berlin"}
        return {"services": [{"windows": [whole | {key: way}]}]}
    if part == "freeze":
        return {"freezes": [{"from": "2026-12-20", "until": "2026-12-24", "reason": "sale"} | {key: way}]}
    if part == "standalone":
        return {"standalone": [{"family": "a"} | {key: way}]}
    if part == "exit":
        return {"standalone": [{"family": "a", "exits": [{"codes": ["2"], "do": "stop"} | {key: way}]}]}
    of_class = {
        "classes": {key: way},
        "capacity": {"capacity": {key: way}},
        "memory": {"memory": {key: way}},
        "backoff": {"network": {"backoff": {key: way}}},
    }
    if part in of_class:
        return {"standalone": [{"family": "a", "classes": of_class[part]}]}
    return {"services": [{key: way}]}


@pytest.mark.parametrize(
    "part",
    [
        "service",
        "standalone",
        "size",
        "window",
        "freeze",
        "limits",
        "exit",
        "classes",
        "capacity",
        "memory",
        "backoff",
    ],
)
def test_schema_and_reader_agree_on_every_setting_by_itself(part):
    for key in SCHEMA["$defs"][part]["properties"]:
        documents = [_documents(part, key, way) for way in WAYS]

        assert [VALIDATOR.is_valid(said) for said in documents] == [_is_read(said) for said in documents], key
        assert any(_is_read(said) for said in documents), f"no way to give {key}"


def test_the_schema_is_a_schema_that_lets_nothing_unknown_pass():
    Draft202012Validator.check_schema(SCHEMA)
    parts = [part for part in (SCHEMA, *SCHEMA["$defs"].values()) if part.get("type") == "object"]

    assert all(part["additionalProperties"] is False for part in parts)


families = st.text(st.sampled_from("*?[]!ab-é"), max_size=7)


@given(families)
@example("[!]a]*")
@example("[]")
def test_schema_and_reader_agree_on_which_family_patterns_name_something(family):
    said = {"standalone": [{"family": family}]}

    assert VALIDATOR.is_valid(said) == _is_read(said)


def test_the_schema_lists_the_modes_and_profiles_that_there_are():
    assert SCHEMA["$defs"]["mode"]["enum"] == [mode.name.lower() for mode in Mode]
    assert SCHEMA["$defs"]["service"]["properties"]["profile"]["enum"] == list(PROFILES)


def test_every_part_of_the_schema_says_what_it_allows():
    described = [*SCHEMA["$defs"].values(), *SCHEMA["properties"].values()]

    assert all(part["description"] for part in described)
