"""A security key made of software: a CTAP2 authenticator below Yubico's own client, so that the whole way to a key but the USB is
tested."""

import hashlib
import os
import struct
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256
from fido2.ctap import CtapDevice
from fido2.hid import CAPABILITY

MAKE, ASSERT, INFO = 0x01, 0x02, 0x04
NO_CREDENTIALS, OPERATION_DENIED, INVALID, EXCLUDED = 0x2E, 0x27, 0x01, 0x19
USER_PRESENT, ATTESTED = 0x01, 0x40


class SoftKey(CtapDevice):
    """touched: whether its owner touches it when it blinks; counts: whether its counter rises (a copy's would stand still)."""

    def __init__(self) -> None:
        self.touched = True
        self.counts = True
        self.counter = 0
        self.credentials: dict[bytes, ec.EllipticCurvePrivateKey] = {}

    @property
    def capabilities(self) -> int:
        return int(CAPABILITY.CBOR)

    @classmethod
    def list_devices(cls) -> Iterator[CtapDevice]:
        return iter(())

    def devices(self) -> Iterator[CtapDevice]:
        return iter((self,))

    def call(self, cmd: int, data: bytes = b"", event: object = None, on_keepalive: object = None) -> bytes:
        asked: Any = cbor.decode(data[1:]) if len(data) > 1 else {}
        match data[0]:
            case 0x04:
                return b"\0" + cbor.encode({1: ["FIDO_2_0"], 3: bytes(16), 4: {"rk": False, "up": True, "plat": False}, 5: 1200})
            case 0x01:
                return self._make(asked)
            case 0x02:
                return self._assert(asked)
            case _:
                return bytes([INVALID])

    def _make(self, asked: Any) -> bytes:
        if any(one["id"] in self.credentials for one in asked.get(5, [])):
            return bytes([EXCLUDED])
        if not self.touched:
            return bytes([OPERATION_DENIED])
        key, name = ec.generate_private_key(ec.SECP256R1()), os.urandom(32)
        self.credentials[name] = key
        public = cbor.encode(dict(ES256.from_cryptography_key(key.public_key())))
        attested = bytes(16) + struct.pack(">H", len(name)) + name + public
        return b"\0" + cbor.encode({1: "none", 2: self._data(asked[2]["id"], USER_PRESENT | ATTESTED) + attested, 3: {}})

    def _assert(self, asked: Any) -> bytes:
        known = [one["id"] for one in asked.get(3, []) if one["id"] in self.credentials]
        if not known:
            return bytes([NO_CREDENTIALS])
        if not self.touched:
            return bytes([OPERATION_DENIED])
        data = self._data(asked[1], USER_PRESENT)
        signature = self.credentials[known[0]].sign(data + asked[2], ec.ECDSA(SHA256()))
        return b"\0" + cbor.encode({1: {"type": "public-key", "id": known[0]}, 2: data, 3: signature})

    def _data(self, relying_party: str, flags: int) -> bytes:
        self.counter += 1 if self.counts else 0
        return hashlib.sha256(relying_party.encode()).digest() + struct.pack(">BI", flags, self.counter)
