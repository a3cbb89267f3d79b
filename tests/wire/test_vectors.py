"""Every packet and receipt version ever written opens for ever. The keys here were made for these files and are worth nothing.

To write vectors for a new version: `python -m tests.wire.write_vectors tests/wire/vectors/packet-2`. Old folders are never touched.
"""

import json
from pathlib import Path

import pytest

from kiosk.values import SessionId
from kiosk.wire.keys import bank_identity_from_text, bank_public_keys_from_text, enrolment_from_text, station_identity_from_text
from kiosk.wire.packet import PACKET_VERSION, open_packet
from kiosk.wire.plain import RECORD_FORMAT, decode_record, encode_record
from kiosk.wire.receipt import RefusalCode, verify_receipt, verify_refusal

FOLDERS = sorted((Path(__file__).parent / "vectors").glob("packet-*"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_past_packet_opens(folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    bank = bank_identity_from_text((folder / "TEST-KEY-bank.json").read_text("utf-8"))
    station = enrolment_from_text((folder / "enrolment.json").read_text("utf-8"))
    for name in ("opening", "transfer"):
        content = open_packet((folder / f"{name}.packet").read_bytes(), station, bank)
        beside = decode_record((folder / f"{name}.record.json").read_bytes(), expected["record_format"])
        assert encode_record(content.record) == encode_record(beside)
        assert content.record.session == expected[name]["session"]
        jpegs = (content.pictures.page, content.pictures.portrait, content.pictures.live)
        assert [None if jpeg is None else len(jpeg.reveal()) for jpeg in jpegs] == expected[name]["picture_bytes"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_past_answer_verifies(folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    keys = bank_public_keys_from_text((folder / "bank-keys.json").read_text("utf-8"))
    digest = bytes.fromhex(expected["transfer"]["digest"])
    receipt = verify_receipt((folder / "transfer.receipt").read_bytes(), digest, (keys.answers,))
    assert (receipt.packet_id, receipt.station, receipt.position) == (SessionId(expected["transfer"]["session"]), "vector-station", 2)
    assert verify_refusal((folder / "transfer.refusal").read_bytes(), digest, (keys.answers,)).code is RefusalCode.NOT_PRODUCTION


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_past_key_text_is_read(folder: Path) -> None:
    identity = station_identity_from_text((folder / "TEST-KEY-station.json").read_text("utf-8"))
    assert identity.key_id == enrolment_from_text((folder / "enrolment.json").read_text("utf-8")).key_id


def test_there_is_a_vector_for_this_version() -> None:
    written = [json.loads((folder / "expected.json").read_text("utf-8")) for folder in FOLDERS]
    assert [one["packet_version"] for one in written] == list(range(1, PACKET_VERSION + 1))
    assert max(one["record_format"] for one in written) == RECORD_FORMAT
