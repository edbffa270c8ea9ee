"""Simulated KMS: symmetric keys. The cipher hides and binds; it protects nothing."""

import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trimtab_lab.api_error import ApiError, NotModelled
from trimtab_lab.lab import Answer, Lab, Operation, Request
from trimtab_lab.plain import names, only

PLAINTEXT_BYTES_MAX = 4096  # API reference, Encrypt (read 2026-11-22)
_ALGORITHM = "SYMMETRIC_DEFAULT"
_MAC_BYTES, _NONCE_BYTES = 32, 16


@dataclass(slots=True)
class Key:
    """A key; ``arn`` is what answers call it."""

    id: str
    arn: str
    material: bytes
    created: Any
    enabled: bool = True


class Kms:
    """The keys of the account by id, with aliases."""

    def __init__(self, lab: Lab) -> None:
        self._lab, self._random = lab, lab.random("kms")
        self._keys: dict[str, Key] = {}
        self._aliases: dict[str, str] = {}
        self.operations: Mapping[str, Operation] = {
            "CreateAlias": self._create_alias,
            "CreateKey": self._create_key,
            "Decrypt": self._decrypt,
            "DescribeKey": self._describe_key,
            "DisableKey": lambda request: self._enable(request, False),
            "EnableKey": lambda request: self._enable(request, True),
            "Encrypt": self._encrypt,
        }
        lab.serve("kms", self)

    def create_key(self) -> Key:
        """Make a key and return it."""
        identity = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        key = Key(
            identity,
            self._lab.arn("kms", f"key/{identity}"),
            self._random.randbytes(32),
            self._lab.clock.today(),
        )
        self._keys[identity] = key
        return key

    def _create_key(self, request: Request) -> Answer:
        only("CreateKey", request, names("Description Policy Tags KeyUsage KeySpec"))
        if request.get("KeySpec", _ALGORITHM) != _ALGORITHM:
            raise NotModelled(f"the laboratory does not simulate keys of the kind {request['KeySpec']}")
        return {"KeyMetadata": self._described(self.create_key())}

    def _describe_key(self, request: Request) -> Answer:
        only("DescribeKey", request, {"KeyId"})
        return {"KeyMetadata": self._described(self._key(request["KeyId"]))}

    def _key(self, name: str) -> Key:
        short = name.rpartition(":")[2] if name.startswith("arn:") else name
        identity = self._aliases.get(short, short.removeprefix("key/"))
        if identity not in self._keys:
            raise ApiError(
                "NotFoundException", f"Key '{self._lab.arn('kms', f'key/{short}')}' does not exist"
            )
        return self._keys[identity]

    def _usable(self, name: str) -> Key:
        key = self._key(name)
        if not key.enabled:
            raise ApiError("DisabledException", f"{key.arn} is disabled.")
        return key

    def _create_alias(self, request: Request) -> Answer:
        if request["AliasName"] in self._aliases:
            raise ApiError(
                "AlreadyExistsException", f"An alias with the name {request['AliasName']} already exists"
            )
        self._aliases[request["AliasName"]] = self._key(request["TargetKeyId"]).id
        return {}

    def _enable(self, request: Request, enabled: bool) -> Answer:
        self._key(request["KeyId"]).enabled = enabled
        return {}

    def _described(self, key: Key) -> dict[str, Any]:
        return {
            "AWSAccountId": self._lab.account,
            "KeyId": key.id,
            "Arn": key.arn,
            "CreationDate": key.created,
            "Enabled": key.enabled,
            "KeyUsage": "ENCRYPT_DECRYPT",
            "KeyState": "Enabled" if key.enabled else "Disabled",
            "KeyManager": "CUSTOMER",
            "KeySpec": _ALGORITHM,
        }

    def _encrypt(self, request: Request) -> Answer:
        only("Encrypt", request, names("KeyId Plaintext EncryptionContext EncryptionAlgorithm"))
        key, plaintext = self._usable(request["KeyId"]), _bytes(request["Plaintext"])
        if not 1 <= len(plaintext) <= PLAINTEXT_BYTES_MAX:
            raise ApiError(
                "ValidationException",
                "Value at 'plaintext' failed to satisfy constraint: "
                "Member must have length between 1 and 4096",
            )
        nonce = self._random.randbytes(_NONCE_BYTES)
        hidden = _mix(key.material, nonce, plaintext)
        blob = key.id.encode() + nonce + _seal(key, nonce + hidden, request) + hidden
        return {"CiphertextBlob": blob, "KeyId": key.arn, "EncryptionAlgorithm": _ALGORITHM}

    def _decrypt(self, request: Request) -> Answer:
        only("Decrypt", request, names("CiphertextBlob KeyId EncryptionContext EncryptionAlgorithm"))
        blob = _bytes(request["CiphertextBlob"])
        identity, rest = blob[:36].decode(errors="replace"), blob[36:]
        if identity not in self._keys:
            raise ApiError("InvalidCiphertextException", "")
        if "KeyId" in request and self._key(request["KeyId"]).id != identity:
            raise ApiError(
                "IncorrectKeyException",
                "The key ID in the request does not identify a CMK that can perform this operation.",
            )
        key = self._usable(identity)
        nonce, seal, hidden = (
            rest[:_NONCE_BYTES],
            rest[_NONCE_BYTES : _NONCE_BYTES + _MAC_BYTES],
            rest[_NONCE_BYTES + _MAC_BYTES :],
        )
        if not hmac.compare_digest(seal, _seal(key, nonce + hidden, request)):
            raise ApiError("InvalidCiphertextException", "")
        plaintext = _mix(key.material, nonce, hidden)
        return {"Plaintext": plaintext, "KeyId": key.arn, "EncryptionAlgorithm": _ALGORITHM}


def _bytes(blob: str | bytes | bytearray) -> bytes:
    return blob.encode() if isinstance(blob, str) else bytes(blob)


def _seal(key: Key, text: bytes, request: Request) -> bytes:
    context = json.dumps(request.get("EncryptionContext", {}), sort_keys=True).encode()
    return hmac.new(key.material, context + b"|" + text, hashlib.sha256).digest()


def _mix(material: bytes, nonce: bytes, text: bytes) -> bytes:
    stream = hashlib.shake_256(material + nonce).digest(len(text))
    return bytes(one ^ other for one, other in zip(text, stream, strict=True))
