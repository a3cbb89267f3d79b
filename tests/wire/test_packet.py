"""A packet is whole, the station's, for this bank, or it is refused."""

from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.document.reading import Weight
from kiosk.face.verdict import NoComparison, NotCompared
from kiosk.faults import PacketRefused
from kiosk.liveness.challenge import Undecided, UndecidedBecause
from kiosk.policy import SyncPolicy
from kiosk.record import Decision, EvidencePictures, HighValueTransaction, SessionRecord
from kiosk.risk.decision import Decline, Reason, ReasonCode, Refer
from kiosk.risk.returning import HolderCompared, NoEnrolledFace, NoEnrolledFaceBecause
from kiosk.values import Masked, OperatorId, SessionId, StationClass
from kiosk.wire import hpke
from kiosk.wire.keys import draw_bank_identity, draw_station_identity
from kiosk.wire.limits import MAX_PACKET, MAX_PICTURE, MAX_RECORD, MAX_TEMPLATE
from kiosk.wire.packet import Recipient, digest_of, make_packet, open_packet, packet_from_bytes, read_body, read_envelope, unseal
from tests.wire.specimens import AGREED, APPROVED, ENROLLED, NO_PICTURES, PICTURES, SESSION, TRANSFER, of_station

BANK = draw_bank_identity()
BOOTH = draw_station_identity("booth-1", StationClass.PRODUCTION)
PACKET = make_packet(TRANSFER, PICTURES, BOOTH, BANK.public())


@pytest.mark.parametrize("pictures", [PICTURES, NO_PICTURES, replace(PICTURES, portrait=None)], ids=["all", "none", "two"])
@pytest.mark.parametrize("record", [APPROVED, TRANSFER], ids=["opening", "transfer"])
def test_what_was_put_in_comes_out(record: SessionRecord, pictures: EvidencePictures) -> None:
    content = open_packet(make_packet(record, pictures, BOOTH, BANK.public()).sealed, BOOTH.enrolled(), BANK)
    assert (content.record, content.pictures) == (record, pictures)


def test_a_template_reaches_the_bank_and_never_a_desk() -> None:
    enrolled = replace(PICTURES, template=Masked(ENROLLED))
    to_bank = make_packet(AGREED, enrolled, BOOTH, BANK.public())
    to_desk = make_packet(AGREED, enrolled, BOOTH, BANK.public(), Recipient.DESK)
    assert open_packet(to_bank.sealed, BOOTH.enrolled(), BANK).pictures.template == Masked(ENROLLED)
    assert open_packet(to_desk.sealed, BOOTH.enrolled(), BANK, Recipient.DESK).pictures == PICTURES
    assert read_envelope(to_desk.sealed).header.recipient is Recipient.DESK


def test_another_template_than_the_one_signed_is_refused() -> None:
    envelope = read_envelope(PACKET.sealed)
    body = unseal(envelope, BANK).reveal()
    assert read_body(body, envelope.header, envelope.header_bytes, BOOTH.enrolled()).pictures.template is None
    with pytest.raises(PacketRefused, match="template"):
        read_body(b"\0\0\0\1x" + body[4:], envelope.header, envelope.header_bytes, BOOTH.enrolled())


@pytest.mark.parametrize("template", [b"", bytes(MAX_TEMPLATE + 1)], ids=["empty", "too large"])
def test_a_template_that_does_not_fit_is_not_sent(template: bytes) -> None:
    with pytest.raises(PacketRefused):
        make_packet(AGREED, replace(PICTURES, template=Masked(template)), BOOTH, BANK.public())


@pytest.mark.parametrize(
    "record",
    [
        APPROVED,
        replace(AGREED, purpose=TRANSFER.purpose, recommendation=TRANSFER.recommendation, disposition=TRANSFER.disposition),
        replace(AGREED, match=None, recommendation=TRANSFER.recommendation),
        replace(AGREED, liveness=None, recommendation=TRANSFER.recommendation),
    ],
    ids=["no consent to it", "no account opening", "no match", "not live"],
)
def test_no_face_is_enrolled_that_was_not_agreed_to_and_proved(record: SessionRecord) -> None:
    with pytest.raises(PacketRefused, match="template"):
        make_packet(record, replace(PICTURES, template=Masked(ENROLLED)), BOOTH, BANK.public())


@pytest.mark.parametrize(
    "returning",
    [
        None,
        NoEnrolledFace(NoEnrolledFaceBecause.BANK_SILENT),
        HolderCompared(False, APPROVED.match),
        HolderCompared(True, NotCompared(NoComparison.NO_LIVE_VIEW)),
    ],
)
def test_no_transaction_is_approved_by_the_machine_unless_the_person_is_the_accounts_holder(returning) -> None:
    held = replace(TRANSFER, recommendation=APPROVED.recommendation, disposition=None)
    with pytest.raises(PacketRefused, match="account"):
        make_packet(replace(held, returning=returning), PICTURES, BOOTH, BANK.public())
    make_packet(replace(held, returning=HolderCompared(True, APPROVED.match)), PICTURES, BOOTH, BANK.public())


def test_a_packet_of_version_2_cannot_pass_for_version_1() -> None:
    with pytest.raises(PacketRefused):
        read_envelope(PACKET.sealed[:4] + b"\0\1" + PACKET.sealed[6:])


def test_the_envelope_says_who_and_what_for_and_nothing_about_the_customer() -> None:
    assert read_envelope(PACKET.sealed).header_bytes.decode() == (
        f'{{"bank_key":"{BANK.public().sealing_key_id}","packet":"{SESSION}","purpose":"high-value-transaction",'
        f'"recipient":"bank","record_format":2,"station":"booth-1","station_key":"{BOOTH.key_id}"}}'
    )
    for personal in (b"ERIKSSON", b"Boatyard", b"UT00 0000", b"D23145890", b"teller-1", b"1250000", b"\xff\xd8\xffpage"):
        assert personal not in PACKET.sealed


def test_the_station_cannot_open_what_it_sealed() -> None:
    with pytest.raises(PacketRefused):
        open_packet(PACKET.sealed, BOOTH.enrolled(), draw_bank_identity())


def test_sealing_twice_gives_two_packets() -> None:
    assert make_packet(TRANSFER, PICTURES, BOOTH, BANK.public()).digest != PACKET.digest


def test_a_kept_packet_knows_its_id_and_digest_again() -> None:
    assert packet_from_bytes(PACKET.sealed) == PACKET
    assert PACKET.digest == digest_of(PACKET.sealed)


@settings(max_examples=300)
@given(st.integers(0, len(PACKET.sealed) * 8 - 1))
def test_no_bit_can_be_changed(bit: int) -> None:
    changed = bytearray(PACKET.sealed)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(PacketRefused):
        open_packet(bytes(changed), BOOTH.enrolled(), BANK)


@settings(max_examples=100)
@given(st.integers(0, len(PACKET.sealed) - 1))
def test_no_byte_can_be_missing(length: int) -> None:
    with pytest.raises(PacketRefused):
        open_packet(PACKET.sealed[:length], BOOTH.enrolled(), BANK)


def test_no_byte_can_be_added() -> None:
    with pytest.raises(PacketRefused):
        open_packet(PACKET.sealed + b"\0", BOOTH.enrolled(), BANK)


@settings(max_examples=300)
@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda rest: b"IDPK\0\2" + rest))
def test_whatever_the_bytes_only_packet_refused_comes_out(data: bytes) -> None:
    with pytest.raises(PacketRefused):
        read_envelope(data)


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_whatever_an_enrolled_station_signs_and_seals_only_packet_refused_comes_out(content: bytes) -> None:
    """A station gone bad: everything around the body is right, the body is anything."""
    with pytest.raises(PacketRefused):
        open_packet(_sealed_by_hand(content), BOOTH.enrolled(), BANK)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"purpose":"high-value-transaction"', b'"purpose":"account-opening"'),
        (b'"station":"booth-1"', b'"station":"booth-2"'),
        (b'"packet":"0', b'"packet":"1'),
        (b'"record_format":2', b'"record_format":3'),
        (b'"record_format":2', b'"record_format":true'),
        (b'"record_format":2', b'"record_format":2,"rest":1'),
        (b'"recipient":"bank",', b""),
        (b'"recipient":"bank"', b'"recipient":"desk"'),
        (b'"recipient":"bank"', b'"recipient":"post"'),
        (b'"packet":"0', b'"packet":"X'),
        (b'"station":"booth-1"', b'"station":"booth\\n1"'),
    ],
)
def test_a_header_that_says_something_else_is_refused_even_when_signed(old: bytes, new: bytes) -> None:
    header = read_envelope(PACKET.sealed).header_bytes
    assert old in header
    content = _content_of(PACKET.sealed)
    with pytest.raises(PacketRefused):
        open_packet(_sealed_by_hand(content, header.replace(old, new)), BOOTH.enrolled(), BANK)


def test_made_by_hand_as_the_document_says_it_opens() -> None:
    """The tests above would prove nothing if the hand-made packet were refused for its making."""
    content = open_packet(_sealed_by_hand(_content_of(PACKET.sealed)), BOOTH.enrolled(), BANK)
    assert content.record == TRANSFER


def test_a_changed_transaction_is_refused_even_when_the_seal_is_made_anew() -> None:
    """Who holds the bank's public key can seal, but cannot sign for the station, outside or inside."""
    content = _content_of(PACKET.sealed)
    assert b'"payee":"Utopia Boatyard"' in content
    forged = content.replace(b"Utopia Boatyard", b"Utopia Bookmark")
    signature = open_packet(PACKET.sealed, BOOTH.enrolled(), BANK).core.reveal()[-64:]
    with pytest.raises(PacketRefused):
        open_packet(_sealed_by_hand(forged, inner_signature=signature), BOOTH.enrolled(), BANK)


def test_another_station_is_refused() -> None:
    other = draw_station_identity("booth-1", StationClass.PRODUCTION)
    with pytest.raises(PacketRefused):
        open_packet(PACKET.sealed, other.enrolled(), BANK)


def test_a_key_enrolled_under_another_name_or_class_is_refused() -> None:
    enrolled = BOOTH.enrolled()
    for wrong in (replace(enrolled, name="booth-2"), replace(enrolled, station_class=StationClass.DEMO)):
        with pytest.raises(PacketRefused):
            open_packet(PACKET.sealed, wrong, BANK)


def test_a_demo_station_cannot_call_itself_production() -> None:
    demo = draw_station_identity("demo-1", StationClass.DEMO)
    with pytest.raises(PacketRefused):
        make_packet(of_station(APPROVED, "demo-1", StationClass.PRODUCTION), PICTURES, demo, BANK.public())


def _nonsense() -> dict[str, SessionRecord]:
    transfer = TRANSFER.purpose
    assert isinstance(transfer, HighValueTransaction)
    declined = replace(TRANSFER, recommendation=Decline((Reason(ReasonCode.ATTACK_SUSPECTED, Weight.CONTRADICTS),)))
    assert declined.disposition is not None
    return {
        "approved without a document": replace(APPROVED, document=replace(APPROVED.document, outcome="unknown", fields=None)),
        "approved without liveness": replace(APPROVED, liveness=None),
        "approved without a match": replace(APPROVED, match=None),
        "pictures from nowhere": replace(APPROVED, sources=()),
        "biometrics nobody agreed to": replace(APPROVED, consent=replace(APPROVED.consent, purposes=())),
        "no amount": replace(TRANSFER, purpose=replace(transfer, amount_minor=0)),
        "negative amount": replace(TRANSFER, purpose=replace(transfer, amount_minor=-5)),
        "no currency": replace(TRANSFER, purpose=replace(transfer, currency="eur")),
        "an id that is none": replace(APPROVED, session=SessionId("A" * 32)),
        "second person is the first": replace(TRANSFER, disposition=replace(declined.disposition, second=OperatorId("teller-1"))),
        "decline overridden alone": replace(declined, disposition=replace(declined.disposition, second=None)),
        "referral overridden alone": replace(TRANSFER, disposition=replace(declined.disposition, second=None)),
    }


@pytest.mark.parametrize("record", _nonsense().values(), ids=_nonsense())
def test_a_record_that_contradicts_itself_is_not_sent(record: SessionRecord) -> None:
    with pytest.raises(PacketRefused):
        make_packet(record, PICTURES, BOOTH, BANK.public())


def test_a_liveness_check_that_never_saw_a_frame_needs_no_source() -> None:
    assert APPROVED.liveness is not None
    unseen = Undecided(UndecidedBecause.CAMERA_LOST, replace(APPROVED.liveness.evidence, frames=0, done=()))
    record = replace(
        APPROVED,
        document=replace(APPROVED.document, outcome="not-shown", fields=None),
        liveness=unseen,
        match=None,
        recommendation=Refer((Reason(ReasonCode.LIVENESS_UNDECIDED, Weight.DOUBTS),)),
        sources=(),
    )
    assert open_packet(make_packet(record, NO_PICTURES, BOOTH, BANK.public()).sealed, BOOTH.enrolled(), BANK).record == record


def test_a_decline_approved_by_two_people_is_sent() -> None:
    record = replace(TRANSFER, recommendation=Decline((Reason(ReasonCode.ATTACK_SUSPECTED, Weight.CONTRADICTS),)))
    assert record.disposition is not None and record.disposition.decision is Decision.APPROVE
    assert open_packet(make_packet(record, PICTURES, BOOTH, BANK.public()).sealed, BOOTH.enrolled(), BANK).record == record


@pytest.mark.parametrize("picture", [b"\x89PNG", b"", b"\xff\xd8\xff" + bytes(MAX_PICTURE)], ids=["no JPEG", "empty", "too large"])
def test_a_picture_that_does_not_fit_is_not_sent(picture: bytes) -> None:
    with pytest.raises(PacketRefused):
        make_packet(APPROVED, replace(PICTURES, page=Masked(picture)), BOOTH, BANK.public())


def test_the_largest_pictures_and_record_fit_in_one_packet() -> None:
    largest = Masked(b"\xff\xd8\xff" + bytes(MAX_PICTURE - 3))
    pictures = EvidencePictures(largest, largest, largest)
    assert len(make_packet(APPROVED, pictures, BOOTH, BANK.public()).sealed) + MAX_RECORD < MAX_PACKET


def test_wire_and_policy_agree_on_the_largest_packet() -> None:
    assert SyncPolicy().max_packet_bytes == MAX_PACKET


def test_a_packet_of_a_later_version_is_refused_and_not_guessed_at() -> None:
    with pytest.raises(PacketRefused, match="version"):
        read_envelope(PACKET.sealed[:4] + b"\0\3" + PACKET.sealed[6:])


def test_refusals_name_no_personal_data() -> None:
    """The text of a fault goes to the log."""
    with pytest.raises(PacketRefused) as caught:
        open_packet(_sealed_by_hand(_content_of(PACKET.sealed).replace(b"ERIKSSON", b"ERIK\xffSON")), BOOTH.enrolled(), BANK)
    told = caught.value
    assert "ERIK" not in str(told)


def _content_of(sealed: bytes) -> bytes:
    return open_packet(sealed, BOOTH.enrolled(), BANK).core.reveal()[:-64]


def _sealed_by_hand(content: bytes, header: bytes | None = None, inner_signature: bytes | None = None) -> bytes:
    """Follow docs/protocol.md with the booth's key and no checks."""
    header = header or read_envelope(PACKET.sealed).header_bytes
    counted_header = len(header).to_bytes(4, "big") + header
    inner = inner_signature or BOOTH.signing_key.sign(b"identity-desk content 2\0" + sha256(counted_header + content).digest())
    sealed = hpke.SUITE.encrypt(b"\0\0\0\0" + content + inner, BANK.public().sealing_key, info=b"identity-desk seal 2\0" + header)
    signed = b"IDPK\0\2" + counted_header + len(sealed).to_bytes(4, "big") + sealed
    return signed + BOOTH.signing_key.sign(b"identity-desk packet 2\0" + sha256(signed).digest())
