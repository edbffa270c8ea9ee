import pytest
from botocore.exceptions import ClientError

CONTEXT = {"family": "nightly-report"}


@pytest.fixture
def kms(aws):
    return aws.client("kms")


@pytest.fixture
def key(kms) -> str:
    return kms.create_key()["KeyMetadata"]["Arn"]


def test_what_is_encrypted_decrypts_under_the_same_context(kms, key):
    blob = kms.encrypt(KeyId=key, Plaintext=b"password", EncryptionContext=CONTEXT)["CiphertextBlob"]

    answer = kms.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT)

    assert answer["Plaintext"] == b"password"
    assert answer["KeyId"] == key
    assert b"password" not in blob


@pytest.mark.parametrize("context", [{}, {"family": "other"}])
def test_another_context_does_not_decrypt(kms, key, context):
    blob = kms.encrypt(KeyId=key, Plaintext=b"password", EncryptionContext=CONTEXT)["CiphertextBlob"]

    with pytest.raises(kms.exceptions.InvalidCiphertextException):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)


def test_changed_ciphertext_does_not_decrypt(kms, key):
    blob = kms.encrypt(KeyId=key, Plaintext=b"password")["CiphertextBlob"]

    with pytest.raises(kms.exceptions.InvalidCiphertextException):
        kms.decrypt(CiphertextBlob=blob[:-1] + bytes([blob[-1] ^ 1]))


def test_more_than_4096_bytes_are_refused(kms, key):
    with pytest.raises(ClientError) as caught:
        kms.encrypt(KeyId=key, Plaintext=b"x" * 4097)

    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_an_alias_stands_for_its_key(kms, key):
    kms.create_alias(AliasName="alias/trimtab", TargetKeyId=key)

    blob = kms.encrypt(KeyId="alias/trimtab", Plaintext=b"a")

    assert blob["KeyId"] == key


def test_a_disabled_key_encrypts_nothing(aws, kms, key):
    aws.skip_on("moto", "moto encrypts with disabled keys")
    kms.disable_key(KeyId=key)

    with pytest.raises(kms.exceptions.DisabledException):
        kms.encrypt(KeyId=key, Plaintext=b"a")


def test_a_key_that_does_not_exist_is_not_found(kms):
    with pytest.raises(kms.exceptions.NotFoundException):
        kms.encrypt(KeyId="1234abcd-12ab-34cd-56ef-1234567890ab", Plaintext=b"a")
