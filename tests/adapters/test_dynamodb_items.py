"""Plain values through DynamoDB's types and back, held against boto3's own reading of the types."""

import pytest
from boto3.dynamodb.types import TypeDeserializer
from hypothesis import given
from hypothesis import strategies as st

from trimtab.adapters.dynamodb_items import from_dynamodb, to_dynamodb

whole = st.integers(-(10**37), 10**37)
ratios = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15).filter(
    lambda number: number == 0 or abs(number) > 1e-100
)
leaves = st.one_of(st.text(max_size=5), whole, ratios, st.booleans(), st.none(), st.binary(max_size=5))
names = st.text(min_size=1, max_size=5)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner))


@given(st.dictionaries(names, values))
def test_what_was_written_is_read_again(plain):
    assert from_dynamodb(to_dynamodb(plain)) == plain


@pytest.mark.parametrize(
    "text", ["0", "7", "-7", "1.5", "-0.25", "1E+2", "9007199254740993.5", "1" * 38, "1E-7"]
)
def test_a_number_is_what_boto3_reads_whole_as_int_and_others_as_float(text):
    read = from_dynamodb({"size": {"N": text}})["size"]

    exact = TypeDeserializer().deserialize({"N": text})
    assert read == (int(exact) if exact == exact.to_integral_value() else float(exact))
    assert isinstance(read, int) == (exact == exact.to_integral_value())
