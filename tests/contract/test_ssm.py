import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def ssm(aws):
    return aws.client("ssm")


def put(ssm, name: str, value: str = "512", **others) -> dict:
    return ssm.put_parameter(Name=name, Value=value, Type="String", **others)


def test_a_parameter_is_read_back_with_its_version(ssm):
    put(ssm, "/trimtab/size/orders")

    parameter = ssm.get_parameter(Name="/trimtab/size/orders")["Parameter"]

    assert (parameter["Value"], parameter["Version"], parameter["Type"]) == ("512", 1, "String")
    assert parameter["ARN"].endswith(":parameter/trimtab/size/orders")


def test_overwriting_raises_the_version_and_the_old_one_stays_readable(ssm):
    put(ssm, "/a/b", "one")

    answer = put(ssm, "/a/b", "two", Overwrite=True)

    assert answer["Version"] == 2
    assert ssm.get_parameter(Name="/a/b")["Parameter"]["Value"] == "two"
    assert ssm.get_parameter(Name="/a/b:1")["Parameter"]["Value"] == "one"


def test_a_parameter_is_not_overwritten_unasked(ssm):
    put(ssm, "/a/b")

    with pytest.raises(ssm.exceptions.ParameterAlreadyExists):
        put(ssm, "/a/b", "other")


def test_a_missing_parameter_is_not_found(ssm):
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        ssm.get_parameter(Name="/nowhere")


def test_many_are_read_at_once_and_the_missing_ones_named(ssm):
    put(ssm, "/a/b")

    answer = ssm.get_parameters(Names=["/a/b", "/a/c"])

    assert [parameter["Name"] for parameter in answer["Parameters"]] == ["/a/b"]
    assert answer["InvalidParameters"] == ["/a/c"]


def test_a_path_is_read_in_pages_and_not_below_unless_asked(ssm):
    for number in range(12):
        put(ssm, f"/sizes/{number:02}")
    put(ssm, "/sizes/deep/one")

    pages = ssm.get_paginator("get_parameters_by_path")
    flat = [p["Name"] for page in pages.paginate(Path="/sizes") for p in page["Parameters"]]
    deep = [p["Name"] for page in pages.paginate(Path="/sizes", Recursive=True) for p in page["Parameters"]]

    assert sorted(flat) == [f"/sizes/{number:02}" for number in range(12)]
    assert "/sizes/deep/one" in deep
    assert len(ssm.get_parameters_by_path(Path="/sizes")["Parameters"]) == 10


def test_a_value_above_4_kb_is_refused(aws, ssm):
    aws.skip_on("moto", "moto stores values of any length")
    with pytest.raises(ClientError) as caught:
        put(ssm, "/a/b", "x" * 4097)

    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_a_secure_string_is_only_clear_when_decrypted(ssm):
    ssm.put_parameter(Name="/secret", Value="hidden", Type="SecureString")

    dark = ssm.get_parameter(Name="/secret")["Parameter"]["Value"]
    clear = ssm.get_parameter(Name="/secret", WithDecryption=True)["Parameter"]["Value"]

    assert dark != "hidden"
    assert clear == "hidden"
