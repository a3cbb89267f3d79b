"""A customer enrolled at an account opening comes back to pay, over a real connection."""

from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.bank.http import HttpConnector
from kiosk.faults import SettingsRefused
from kiosk.intake.ceremony import enrol, init_bank, open_account, open_bank, revoke_template
from kiosk.intake.reception import Reception, Sealed
from kiosk.intake.running import serve_in_thread
from kiosk.intake.service import create_app, system_clock
from kiosk.outbox import Accepted
from kiosk.risk.returning import NoEnrolledFace, NoEnrolledFaceBecause
from kiosk.values import Masked, SessionId, StationClass
from kiosk.wire.keys import draw_bank_identity, draw_station_identity, enrolment_to_text
from kiosk.wire.lookup import Enrolled, make_question
from kiosk.wire.packet import digest_of, make_packet
from kiosk.wire.reply import Word, open_reply
from kiosk.wire.succession import TrustedBank
from kiosk.wire.template import template_to_bytes
from tests.fakes.branch import NOW, QUICK
from tests.fakes.lying_bank import LyingBank, http
from tests.wire.specimens import AGREED, ENROLLED, PICTURES, SESSION, TRANSFER, numbered

BOOTH = draw_station_identity("booth-1", StationClass.PRODUCTION)
ACCOUNT = Masked("UT00 0000 0001")
VISIT = SessionId("ab" * 16)


def files_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_the_enrolled_face_comes_back_for_the_session_that_asks_until_it_is_revoked(tmp_path: Path) -> None:
    bank = tmp_path / "bank"
    keys = init_bank(bank, production=True)
    enrol(bank, enrolment_to_text(BOOTH), StationClass.PRODUCTION, NOW)
    enrolled = make_packet(AGREED, replace(PICTURES, template=Masked(ENROLLED)), BOOTH, keys)
    plain = make_packet(numbered(2), PICTURES, BOOTH, keys)
    transfer = make_packet(numbered(3, TRANSFER), PICTURES, BOOTH, keys)
    opened = open_bank(bank)
    with opened.store, serve_in_thread(create_app(opened.store, opened.keys, opened.acceptance)) as intake:
        connector = HttpConnector(intake.url, BOOTH, TrustedBank(keys), QUICK)
        for packet in (enrolled, plain, transfer):
            assert isinstance(connector.deliver(packet), Accepted)
        assert connector.look_up(VISIT, ACCOUNT) == NoEnrolledFace(NoEnrolledFaceBecause.UNKNOWN_ACCOUNT)
        open_account(bank, SESSION, ACCOUNT.reveal(), NOW)
        open_account(bank, plain.packet_id, "UT00 0000 0002", NOW)
        for packet_id, account in ((transfer.packet_id, "UT1"), ("0" * 32, "UT2"), (plain.packet_id, ACCOUNT.reveal())):
            with pytest.raises(SettingsRefused):
                open_account(bank, packet_id, account, NOW)
        found = connector.look_up(VISIT, Masked("ut00 00000001"))
        assert isinstance(found, Enrolled)
        assert (found.holder.reveal().surname, template_to_bytes(found.template)) == ("ERIKSSON", ENROLLED)
        assert connector.look_up(VISIT, Masked("UT00 0000 0002")) == NoEnrolledFace(NoEnrolledFaceBecause.NOT_ENROLLED)
        stranger = HttpConnector(intake.url, draw_station_identity("booth-1", StationClass.PRODUCTION), TrustedBank(keys), QUICK)
        assert isinstance(stranger.look_up(VISIT, ACCOUNT), NoEnrolledFace)
        sealed = opened.store._db.execute("SELECT sealed FROM templates").fetchone()[0]
        assert sealed[40:72] in files_of(bank) and not any(written in files_of(bank) for written in (b"UT00 0000", b"UT000000"))
        revoke_template(bank, ACCOUNT.reveal(), NOW)
        assert connector.look_up(VISIT, ACCOUNT) == NoEnrolledFace(NoEnrolledFaceBecause.REVOKED)
        with pytest.raises(SettingsRefused):
            revoke_template(bank, ACCOUNT.reveal(), NOW)
    assert sealed[40:72] not in files_of(bank)


def test_a_bank_that_is_gone_or_lies_enrols_nobody() -> None:
    bank = draw_bank_identity()
    with LyingBank(lambda _: http("200 OK", b"IDRS nonsense"), bank, BOOTH.enrolled()) as lying:
        connector = HttpConnector(lying.url, BOOTH, TrustedBank(bank.public()), QUICK)
        assert connector.look_up(VISIT, ACCOUNT) == NoEnrolledFace(NoEnrolledFaceBecause.ANSWER_WRONG)
        connector.close()
        assert connector.look_up(VISIT, ACCOUNT) == NoEnrolledFace(NoEnrolledFaceBecause.BANK_SILENT)


def test_a_question_that_is_turned_away_is_told_so_under_seal(tmp_path: Path) -> None:
    """Whoever listens inside the TLS end learns neither the answer nor that there is none."""
    bank = tmp_path / "bank"
    keys = init_bank(bank, production=True)
    enrol(bank, enrolment_to_text(BOOTH), StationClass.PRODUCTION, NOW)
    opened = open_bank(bank)
    with opened.store:
        reception = Reception(opened.store, opened.keys, opened.acceptance, system_clock)
        asked = make_question(VISIT, ACCOUNT, BOOTH, draw_bank_identity().public())
        told = reception.holder(asked)
        assert isinstance(told, Sealed)
        assert open_reply(told.reply, digest_of(asked), BOOTH.key_id, BOOTH.opening_key()).word is Word.REFUSED
        honest = reception.holder(make_question(VISIT, ACCOUNT, BOOTH, keys))
        assert isinstance(honest, Sealed) and len(honest.reply) == len(told.reply)
