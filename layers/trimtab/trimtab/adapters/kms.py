"""AWS KMS: sealing what may hold secrets, in pieces of what one call takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

BYTES_PER_CALL: Final = 4096
"""Encrypt takes at most 4,096 bytes. Source: AWS KMS API Reference, Encrypt (read 2026-11-22)."""


class KmsSeal:
    """Seals and opens with a KMS key; RunTask's overrides are at most 8,192 characters, so few pieces."""

    def __init__(self, client: KMSClient, key_arn: str) -> None:
        self._client, self._key_arn = client, key_arn

    def seal(self, clear: bytes, subject: str) -> list[bytes]:
        """Encrypt; only whoever names the same ``subject`` can open it."""
        pieces = [clear[i : i + BYTES_PER_CALL] for i in range(0, len(clear), BYTES_PER_CALL)]
        return [
            self._client.encrypt(
                KeyId=self._key_arn, Plaintext=piece, EncryptionContext={"trimtab": subject}
            )["CiphertextBlob"]
            for piece in pieces
        ]

    def open(self, sealed: list[bytes], subject: str) -> bytes:
        """Decrypt what ``seal`` made for the same subject."""
        return b"".join(
            self._client.decrypt(
                KeyId=self._key_arn, CiphertextBlob=piece, EncryptionContext={"trimtab": subject}
            )["Plaintext"]
            for piece in sealed
        )
