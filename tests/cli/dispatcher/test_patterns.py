import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab_cli.dispatcher.operators import FILTER_OPERATORS, PatternError
from trimtab_cli.dispatcher.patterns import compile_pattern

TWO_CONTAINERS = {
    "detail": {
        "containers": [
            {"name": "web", "exitCode": 0, "reason": "done"},
            {"name": "sidecar", "exitCode": 137},
        ]
    }
}


def containers(**fields):
    return {"detail": {"containers": fields}}


VECTORS = [
    # exact values and their types
    ({"a": ["x"]}, {"a": "x"}, True),
    ({"a": ["x"]}, {"a": "xy"}, False),
    ({"a": ["x", "y"]}, {"a": "y"}, True),
    ({"a": [0]}, {"a": 0}, True),
    ({"a": [0]}, {"a": False}, False),
    ({"a": [False]}, {"a": 0}, False),
    ({"a": [1]}, {"a": True}, False),
    ({"a": [1]}, {"a": 1.0}, True),
    ({"a": [300]}, {"a": 3.0e2}, True),
    ({"a": ["1"]}, {"a": 1}, False),
    ({"a": ["false"]}, {"a": False}, False),
    ({"a": [None]}, {"a": None}, True),
    ({"a": [None]}, {}, False),
    ({"a": [None]}, {"a": "null"}, False),
    ({"a": [""]}, {"a": ""}, True),
    ({"a": {"b": ["x"]}}, {"a": {"b": "x", "c": 1}}, True),
    ({"a": {"b": ["x"]}}, {"a": "x"}, False),
    ({"a": ["x"], "b": ["y"]}, {"a": "x"}, False),
    # arrays of scalars: any element
    ({"a": ["x"]}, {"a": ["w", "x"]}, True),
    ({"a": ["x"]}, {"a": []}, False),
    ({"a": ["x"]}, {"a": [["x"]]}, True),
    # exists: leaves only; null is there, an empty array is not
    ({"a": [{"exists": True}]}, {"a": None}, True),
    ({"a": [{"exists": True}]}, {"a": 0}, True),
    ({"a": [{"exists": True}]}, {"a": {"b": 1}}, False),
    ({"a": [{"exists": False}]}, {"a": {"b": 1}}, True),
    ({"a": [{"exists": True}]}, {"a": []}, False),
    ({"a": [{"exists": True}]}, {"a": [1]}, True),
    ({"a": [{"exists": False}]}, {}, True),
    ({"a": [{"exists": False}]}, {"a": None}, False),
    ({"a": {"b": [{"exists": False}]}}, {"c": 1}, True),
    ({"a": [{"exists": False}, "x"]}, {"a": "x"}, True),
    ({"a": [{"exists": False}, "x"]}, {"a": "y"}, False),
    # prefix, suffix, letters, wildcard
    ({"a": [{"prefix": "service:"}]}, {"a": "service:web"}, True),
    ({"a": [{"prefix": "service:"}]}, {"a": "family:web"}, False),
    ({"a": [{"prefix": "1"}]}, {"a": 12}, False),
    ({"a": [{"suffix": ".png"}]}, {"a": "b.png"}, True),
    ({"a": [{"prefix": {"equals-ignore-case": "SER"}}]}, {"a": "service"}, True),
    ({"a": [{"equals-ignore-case": "Alice"}]}, {"a": "aLICE"}, True),
    ({"a": [{"equals-ignore-case": "Alice"}]}, {"a": "Bob"}, False),
    ({"a": [{"wildcard": "*Spot*interrupted*"}]}, {"a": "Your Spot Task was interrupted."}, True),
    ({"a": [{"wildcard": "*Spot*interrupted*"}]}, {"a": "interrupted, a Spot Task"}, False),
    ({"a": [{"wildcard": "a.c"}]}, {"a": "abc"}, False),
    ({"a": [{"wildcard": "a\\*c*"}]}, {"a": "a*c!"}, True),
    ({"a": [{"wildcard": "a\\*c"}]}, {"a": "abc"}, False),
    ({"a": [{"wildcard": "one\ntwo*"}]}, {"a": "one\ntwo\nthree"}, True),
    # anything-but needs a leaf, and one element of an array that differs is enough
    ({"a": [{"anything-but": "x"}]}, {"a": "y"}, True),
    ({"a": [{"anything-but": ["x", "y"]}]}, {"a": "y"}, False),
    ({"a": [{"anything-but": [1, 2]}]}, {"a": 2.0}, False),
    ({"a": [{"anything-but": [1]}]}, {"a": "1"}, True),
    ({"a": [{"anything-but": "x"}]}, {}, False),
    ({"a": [{"anything-but": "x"}]}, {"a": None}, True),
    ({"a": [{"anything-but": "x"}]}, {"a": ["x", "y"]}, True),
    ({"a": [{"anything-but": "x"}]}, {"a": ["x"]}, False),
    ({"a": [{"anything-but": {"prefix": "service:"}}]}, {"a": "service:web"}, False),
    ({"a": [{"anything-but": {"prefix": "service:"}}]}, {"a": "family:web"}, True),
    ({"a": [{"anything-but": {"prefix": "service:"}}]}, {}, False),
    ({"a": [{"anything-but": {"suffix": [".a", ".b"]}}]}, {"a": "x.b"}, False),
    ({"a": [{"anything-but": {"equals-ignore-case": ["on", "off"]}}]}, {"a": "OFF"}, False),
    ({"a": [{"anything-but": {"wildcard": "*/tmp/*"}}]}, {"a": "/var/tmp/x"}, False),
    # numbers
    ({"a": [{"numeric": ["=", 3.5]}]}, {"a": 3.5}, True),
    ({"a": [{"numeric": [">", 0, "<=", 5]}]}, {"a": 0}, False),
    ({"a": [{"numeric": [">", 0, "<=", 5]}]}, {"a": 5}, True),
    ({"a": [{"numeric": ["<", 1]}]}, {"a": "0"}, False),
    ({"a": [{"numeric": [">=", 0]}]}, {"a": False}, False),
    # one element of an array of objects satisfies all
    (containers(name=["web"], exitCode=[0]), TWO_CONTAINERS, True),
    (containers(name=["web"], exitCode=[137]), TWO_CONTAINERS, False),
    (containers(exitCode=[{"numeric": [">", 0]}]), TWO_CONTAINERS, True),
    (containers(exitCode=[{"anything-but": [0]}]), TWO_CONTAINERS, True),
    (containers(name=["sidecar"], reason=[{"exists": False}]), TWO_CONTAINERS, True),
    (containers(name=["web"], reason=[{"exists": False}]), TWO_CONTAINERS, False),
    # ... but `exists: false` before the other fields, in the order of names, looks everywhere
    (containers(name=["sidecar"], a=[{"exists": False}]), TWO_CONTAINERS, True),
    (
        containers(exitCode=[{"exists": False}], name=["web"]),
        {"detail": {"containers": [{"name": "web"}, {"name": "side", "exitCode": 1}]}},
        False,
    ),
    # arrays in arrays, and two arrays beside each other
    ({"a": {"b": {"c": [1], "d": [2]}}}, {"a": [{"b": [{"c": 1, "d": 3}, {"c": 2, "d": 2}]}]}, False),
    ({"a": {"b": {"c": [1]}, "e": [9]}}, {"a": [{"b": [{"c": 1}], "e": 8}, {"b": [], "e": 9}]}, False),
    ({"a": {"b": {"c": [1]}, "e": [9]}}, {"a": [{"b": [{"c": 1}], "e": 9}]}, True),
    ({"a": {"x": [1]}, "b": {"x": [2]}}, {"a": [{"x": 0}, {"x": 1}], "b": [{"x": 2}]}, True),
    # $or, with fields beside it; inside, a field takes the place of the one beside
    ({"s": ["t"], "$or": [{"a": ["x"]}, {"b": ["y"]}]}, {"s": "t", "b": "y"}, True),
    ({"s": ["t"], "$or": [{"a": ["x"]}, {"b": ["y"]}]}, {"s": "u", "b": "y"}, False),
    ({"d": {"$or": [{"a": ["x"]}, {"b": ["y"]}]}}, {"d": {"a": "x"}}, True),
    ({"a": ["x"], "$or": [{"a": ["y"]}, {"b": ["z"]}]}, {"a": "y"}, True),
    ({"a": ["x"], "$or": [{"a": ["y"]}, {"b": ["z"]}]}, {"a": "x"}, False),
    ({"$or": [{"a": [1]}, {"$or": [{"b": [2]}, {"c": [3]}]}]}, {"c": 3}, True),
    (
        {"$or": [{"a": [1]}, {"b": [2]}], "d": {"$or": [{"e": [3]}, {"f": [4]}]}},
        {"b": 2, "d": {"f": 4}},
        True,
    ),
]


@pytest.mark.parametrize(("pattern", "event", "expected"), VECTORS)
def test_a_pattern_matches_as_the_service_does(pattern, event, expected):
    assert compile_pattern(pattern).matches(event) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        {},
        {"a": {}},
        {"a": []},
        {"a": "x"},
        {"a": [["x"]]},
        {"a": [{"cidr": "10.0.0.0/8"}]},
        {"a": [{"unknown": 1}]},
        {"a": [{"prefix": "x", "suffix": "y"}]},
        {"a": [{"prefix": ["x", "y"]}]},
        {"a": [{"prefix": 1}]},
        {"a": [{"exists": "true"}]},
        {"a": [{"exists": 1}]},
        {"a": [{"wildcard": "a**b"}]},
        {"a": [{"wildcard": "a\\b"}]},
        {"a": [{"numeric": ["!", 1]}]},
        {"a": [{"numeric": [">", "1"]}]},
        {"a": [{"numeric": ["<", 1, ">", 0]}]},
        {"a": [{"numeric": [">", 0, "<"]}]},
        {"a": [{"numeric": []}]},
        {"a": [{"anything-but": []}]},
        {"a": [{"anything-but": ["x", 1]}]},
        {"a": [{"anything-but": [True]}]},
        {"a": [{"anything-but": {"prefix": ""}}]},
        {"a": [{"anything-but": {"numeric": [">", 1]}}]},
        {"$or": []},
        {"$or": [{"a": [1]}]},
        {"$or": {"a": [1]}},
        {"$or": [{"a": [1]}, {"prefix": ["x"]}]},
        {"$or": [{"a": [{"unknown": 1}]}, {"b": [1]}], "a": ["x"]},
    ],
)
def test_a_pattern_that_is_not_valid_or_not_modelled_is_refused_when_it_is_read(pattern):
    with pytest.raises(PatternError):
        compile_pattern(pattern)


def test_a_filter_of_a_mapping_knows_no_wildcard():
    with pytest.raises(PatternError, match="wildcard"):
        compile_pattern({"a": [{"wildcard": "x*"}]}, FILTER_OPERATORS)


def test_a_filter_on_a_stream_compares_numbers_as_the_text_they_travel_as():
    record = {"dynamodb": {"NewImage": {"count": {"N": "7"}}}}

    as_number = compile_pattern({"dynamodb": {"NewImage": {"count": {"N": [7]}}}}, FILTER_OPERATORS)
    as_text = compile_pattern({"dynamodb": {"NewImage": {"count": {"N": ["7"]}}}}, FILTER_OPERATORS)

    assert not as_number.matches(record)
    assert as_text.matches(record)


scalars = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "x", "y", "xy"])
elements = st.dictionaries(st.sampled_from("abc"), scalars, max_size=3)
operators = st.sampled_from(
    [{"exists": True}, {"prefix": "x"}, {"anything-but": ["x"]}, {"numeric": [">=", 0]}, {"suffix": "y"}]
)
demands = st.dictionaries(
    st.sampled_from("abc"), st.lists(scalars | operators, min_size=1, max_size=2), min_size=1, max_size=3
)


@given(demands, st.lists(elements, max_size=4))
def test_a_pattern_on_an_array_of_objects_holds_when_it_holds_for_one_of_them(demand, items):
    together = compile_pattern({"items": demand}).matches({"items": items})

    assert together == any(compile_pattern(demand).matches(item) for item in items)


@given(st.lists(demands, min_size=2, max_size=3), elements)
def test_or_holds_when_one_of_its_sides_does(sides, event):
    together = compile_pattern({"$or": sides}).matches(event)

    assert together == any(compile_pattern(side).matches(event) for side in sides)


@given(scalars, scalars)
def test_a_value_equals_itself_and_nothing_of_another_kind(wanted, value):
    matched = compile_pattern({"a": [wanted]}).matches({"a": value})

    assert matched == (type(wanted) is type(value) and wanted == value)


@given(st.lists(st.sampled_from(["x", "y", "z"]), min_size=1, max_size=2), elements)
def test_anything_but_is_the_opposite_of_the_values_where_there_is_one(values, event):
    but = compile_pattern({"a": [{"anything-but": values}]}).matches(event)
    equal = compile_pattern({"a": values}).matches(event)

    assert but == ("a" in event and not equal)
