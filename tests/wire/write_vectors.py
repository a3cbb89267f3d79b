"""Write one folder of vectors with this version. Run once per version of packet or record; never over an old folder."""

import json
import sys
from pathlib import Path

from kiosk.values import SessionId, StationClass
from kiosk.wire.keys import (
    bank_identity_to_text,
    bank_public_keys_to_text,
    draw_bank_identity,
    draw_station_identity,
    enrolment_to_text,
    station_identity_to_text,
)
from kiosk.wire.packet import PACKET_VERSION, make_packet
from kiosk.wire.plain import RECORD_FORMAT, encode_record
from kiosk.wire.receipt import Receipt, Refusal, RefusalCode, sign_receipt, sign_refusal
from tests.wire.specimens import APPROVED, NO_PICTURES, NOON, PICTURES, TRANSFER, of_station


def write(folder: Path) -> None:
    folder.mkdir(parents=True)
    bank, station = draw_bank_identity(), draw_station_identity("vector-station", StationClass.QA)
    (folder / "TEST-KEY-bank.json").write_text(bank_identity_to_text(bank) + "\n", "utf-8")
    (folder / "TEST-KEY-station.json").write_text(station_identity_to_text(station) + "\n", "utf-8")
    (folder / "bank-keys.json").write_text(bank_public_keys_to_text(bank.public()) + "\n", "utf-8")
    (folder / "enrolment.json").write_text(enrolment_to_text(station) + "\n", "utf-8")
    expected: dict[str, object] = {"packet_version": PACKET_VERSION, "record_format": RECORD_FORMAT}
    for name, record, pictures in (("opening", APPROVED, NO_PICTURES), ("transfer", TRANSFER, PICTURES)):
        own = of_station(record, station.name, station.station_class)
        packet = make_packet(own, pictures, station, bank.public())
        (folder / f"{name}.packet").write_bytes(packet.sealed)
        (folder / f"{name}.record.json").write_bytes(encode_record(own))
        jpegs = (pictures.page, pictures.portrait, pictures.live)
        expected[name] = {
            "session": SessionId(own.session),
            "digest": packet.digest.hex(),
            "picture_bytes": [None if jpeg is None else len(jpeg.reveal()) for jpeg in jpegs],
        }
    receipt = Receipt(packet.packet_id, packet.digest, station.name, NOON, 2)
    (folder / "transfer.receipt").write_bytes(sign_receipt(receipt, bank.answers))
    (folder / "transfer.refusal").write_bytes(sign_refusal(Refusal(packet.digest, RefusalCode.NOT_PRODUCTION, NOON), bank.answers))
    (folder / "expected.json").write_text(json.dumps(expected, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
