"""Every parser of bytes from outside: whatever comes in, a value or the named error comes out, in bounded time and memory.

Each parser is fed noise, and honest examples with bits flipped, pieces cut out, doubled and overwritten: most of an honest example is left,
so that the deeper stages are reached too. Time is the processor's, so that a busy machine changes nothing.
"""

import gzip
import io
import os
import sys
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from kiosk.camera.picture import decode_picture
from kiosk.camera.recording import Pacing, Recording
from kiosk.document.aamva import AamvaParsed, AamvaRefused, parse_aamva
from kiosk.document.codes import CodeKind, content_of
from kiosk.faults import Fault, PacketRefused, PictureUnreadable, RecordingUnreadable, SettingsRefused
from kiosk.policy import BRANCH
from kiosk.risk.returning import NoEnrolledFace, NoEnrolledFaceBecause
from kiosk.settings import settings_from
from kiosk.values import Masked
from kiosk.wire import canonical
from kiosk.wire.hash_tree import EMPTY_ROOT, TreeHead
from kiosk.wire.hpke import OpeningKey
from kiosk.wire.keys import (
    bank_identity_from_text,
    bank_identity_to_text,
    bank_public_keys_from_text,
    bank_public_keys_to_text,
    enrolment_from_text,
    enrolment_to_text,
    station_identity_from_text,
    station_identity_to_text,
)
from kiosk.wire.limits import MAX_PACKET
from kiosk.wire.log_proof import Asked, judge, proven_receipt, read_proven
from kiosk.wire.lookup import make_answer, make_question, open_question, read_answer, read_question
from kiosk.wire.packet import open_packet, packet_from_bytes, read_body, read_envelope, unseal
from kiosk.wire.plain import RECORD_FORMAT, decode_record, encode_record
from kiosk.wire.receipt import (
    Receipt,
    Refusal,
    RefusalCode,
    read_head,
    read_receipt,
    receipt_leaf,
    sign_head,
    sign_receipt,
    sign_refusal,
    verify_head,
    verify_receipt,
    verify_refusal,
)
from kiosk.wire.reply import Reply, Word, open_reply, seal_reply
from kiosk.wire.succession import (
    bank_succession_from_text,
    bank_succession_to_text,
    station_succession_from_text,
    station_succession_to_text,
)
from kiosk.wire.template import template_from_bytes
from tests.fakes.branch import NOW, draw_branch
from tests.wire.specimens import APPROVED, ENROLLED, PICTURES, SESSION, TRANSFER

LONGEST_S = 2.0
MOST_BYTES = 120_000_000
"""A picture of 60 megapixels is refused before it is decoded; what is decoded here is small."""

BRANCH_KEYS = draw_branch()
BANK, BOOTH = BRANCH_KEYS.bank, BRANCH_KEYS.booth
PACKET = BRANCH_KEYS.packet(TRANSFER, PICTURES)
ENVELOPE = read_envelope(PACKET.sealed)
BODY = unseal(ENVELOPE, BANK).reveal()
ANSWERS = (BANK.public().answers,)
RECEIPT = sign_receipt(Receipt(SESSION, PACKET.digest, "booth-1", NOW, 1), BANK.answers)
HEAD = TreeHead(1, receipt_leaf(RECEIPT))
SIGNED_HEAD = sign_head(HEAD, NOW, BANK.answers)
PROVEN = proven_receipt(RECEIPT, 1, HEAD, SIGNED_HEAD, 0, lambda place: receipt_leaf(RECEIPT)).to_bytes()
REFUSAL = sign_refusal(Refusal(PACKET.digest, RefusalCode.MALFORMED, NOW), BANK.answers)
SEALING = BOOTH.enrolled().sealing
assert SEALING is not None
REPLY = seal_reply(Reply(Word.ACCEPTED, PROVEN), PACKET.digest, BOOTH.key_id, SEALING)
QUESTION = make_question(SESSION, Masked("UT00 0000 0001"), BOOTH, BANK.public())
TOLD = make_answer(read_question(QUESTION), NoEnrolledFace(NoEnrolledFaceBecause.REVOKED), BANK.answers)


def _question(question: bytes) -> object:
    return open_question(read_question(question), BOOTH.enrolled(), OpeningKey(BANK.mlkem, BANK.x25519))


OTHER = draw_branch()
LICENCE = (
    "@\n\x1e\rANSI 636000100002DL00410278ZV03190008DLDAQT64235789\nDCSSAMPLE\nDDEN\nDACMICHAEL\nDDFN\nDADJOHN\nDDGN\n"
    "DCUJR\nDCAD\nDCBK\nDCDPH\nDBD06062019\nDBB06061986\nDBA12102024\nDBC1\nDAU068 in\nDAYBRO\nDAG2300 WEST BROAD STREET\n"
    "DAIRICHMOND\nDAJVA\nDAK232690000  \nDCF2424244747474786102204\nDCGUSA\nDCK123456789\nDDAF\nDDB06062018\nDDC06062020\nDDD1\r"
)
"""The example of the AAMVA card design standard, annex D."""


def _text(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda content: parse(content.decode("utf-8", errors="replace"))


@cache
def _jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (160, 120), (90, 120, 150)).save(buffer, "JPEG")
    return buffer.getvalue()


@cache
def _png() -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (140, 130), 90).save(buffer, "PNG")
    return buffer.getvalue()


@dataclass(frozen=True)
class Parser:
    """named: the only error that may come out; honest: examples it takes."""

    parse: Callable[[bytes], object]
    named: type[Exception] | tuple[type[Exception], ...]
    honest: tuple[bytes, ...]


def _open_body(body: bytes) -> object:
    return read_body(body, ENVELOPE.header, ENVELOPE.header_bytes, BOOTH.enrolled())


def _judge(answer: bytes) -> object:
    return judge(answer, Asked(PACKET.packet_id, PACKET.digest, "booth-1", TreeHead(0, EMPTY_ROOT)), ANSWERS)


def _licence(content: bytes) -> object:
    parsed = parse_aamva(content.decode("latin-1"))
    assert isinstance(parsed, AamvaParsed | AamvaRefused)
    return parsed


def _digits(content: bytes) -> bytes:
    """As the secure QR code of Aadhaar packs it: zipped, and the whole as one decimal number."""
    sys.set_int_max_str_digits(0)
    try:
        return str(int.from_bytes(gzip.compress(content, mtime=0), "big")).encode()
    finally:
        sys.set_int_max_str_digits(sys.int_info.default_max_str_digits)


PARSERS = {
    "packet envelope": Parser(read_envelope, PacketRefused, (PACKET.sealed,)),
    "packet": Parser(lambda packet: open_packet(packet, BOOTH.enrolled(), BANK), PacketRefused, (PACKET.sealed,)),
    "kept packet": Parser(packet_from_bytes, PacketRefused, (PACKET.sealed,)),
    "packet body": Parser(_open_body, PacketRefused, (BODY,)),
    "record": Parser(
        lambda record: decode_record(record, RECORD_FORMAT), PacketRefused, (encode_record(APPROVED), encode_record(TRANSFER))
    ),
    "record of format 1": Parser(lambda record: decode_record(record, 1), PacketRefused, (encode_record(APPROVED),)),
    "canonical JSON": Parser(
        lambda spelled: canonical.parse(spelled, 10_000), PacketRefused, (b'{"a":[1,2.5,"x",null,true]}', b"[[[[]]]]")
    ),
    "receipt": Parser(lambda receipt: verify_receipt(receipt, PACKET.digest, ANSWERS), PacketRefused, (RECEIPT,)),
    "receipt, later": Parser(lambda receipt: read_receipt(receipt, ANSWERS), PacketRefused, (RECEIPT,)),
    "tree head": Parser(lambda head: verify_head(head, ANSWERS), PacketRefused, (SIGNED_HEAD,)),
    "kept tree head": Parser(read_head, PacketRefused, (SIGNED_HEAD,)),
    "proven receipt": Parser(read_proven, PacketRefused, (PROVEN,)),
    "proof": Parser(_judge, PacketRefused, (PROVEN,)),
    "refusal": Parser(lambda refusal: verify_refusal(refusal, PACKET.digest, ANSWERS), PacketRefused, (REFUSAL,)),
    "sealed reply": Parser(lambda reply: open_reply(reply, PACKET.digest, BOOTH.key_id, BOOTH.opening_key()), PacketRefused, (REPLY,)),
    "bank's keys": Parser(_text(bank_public_keys_from_text), PacketRefused, (bank_public_keys_to_text(BANK.public()).encode(),)),
    "bank's identity": Parser(_text(bank_identity_from_text), PacketRefused, (bank_identity_to_text(BANK).encode(),)),
    "enrolment": Parser(_text(enrolment_from_text), PacketRefused, (enrolment_to_text(BOOTH).encode(),)),
    "station's identity": Parser(_text(station_identity_from_text), PacketRefused, (station_identity_to_text(BOOTH).encode(),)),
    "bank's succession": Parser(
        _text(lambda text: bank_succession_from_text(text, BANK.public())),
        PacketRefused,
        (bank_succession_to_text(BANK, OTHER.bank.public(), NOW).encode(),),
    ),
    "station's succession": Parser(
        _text(station_succession_from_text), PacketRefused, (station_succession_to_text(BOOTH, OTHER.booth).encode(),)
    ),
    "question about an account": Parser(_question, PacketRefused, (QUESTION,)),
    "answer about an account": Parser(
        lambda answer: read_answer(answer, read_question(QUESTION).about, SESSION, ANSWERS), PacketRefused, (TOLD,)
    ),
    "enrolled face": Parser(template_from_bytes, PacketRefused, (ENROLLED,)),
    "settings": Parser(
        lambda content: settings_from(content, Path("/nowhere")),
        SettingsRefused,
        (Path("resources/branch.example.toml").read_bytes(),),
    ),
    "picture": Parser(lambda picture: decode_picture(picture, BRANCH.document), PictureUnreadable, (_jpeg(), _png())),
    "driving licence": Parser(_licence, (), (LICENCE.encode("latin-1"),)),
    "QR code": Parser(
        lambda content: content_of(CodeKind.QR, content),
        (),
        (
            b'<?xml version="1.0"?><PrintLetterBarcodeData uid="999941057058" name="Anna" gender="F" dob="1974-08-12"/>',
            _digits(b"V2\xff3\xff269720190308114407437\xffAnna\xff12-08-1974\xffF\xff" + b"\xff" * 300),
        ),
    ),
}


def spoiled(honest: tuple[bytes, ...]) -> st.SearchStrategy[bytes]:
    """Noise, or an honest example after one to four mishaps."""

    @st.composite
    def mishaps(draw: st.DrawFn) -> bytes:
        content = bytearray(draw(st.sampled_from(honest)))
        for _ in range(draw(st.integers(1, 4))):
            at = draw(st.integers(0, max(0, len(content) - 1)))
            length = draw(st.integers(0, 24))
            match draw(st.sampled_from(("flip", "cut", "double", "overwrite", "insert", "end", "length"))):
                case "flip" if content:
                    content[at] ^= 1 << draw(st.integers(0, 7))
                case "cut":
                    del content[at : at + length]
                case "double":
                    content[at:at] = content[at : at + length]
                case "overwrite":
                    content[at : at + length] = draw(st.binary(min_size=length, max_size=length))
                case "insert":
                    content[at:at] = draw(st.binary(max_size=length))
                case "end":
                    del content[at:]
                case "length":
                    content[at : at + 4] = draw(st.sampled_from((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\0\0\0\x01")))
        return bytes(content)

    return mishaps() | st.binary(max_size=400)


@pytest.mark.parametrize("name", PARSERS)
def test_an_honest_example_is_taken(name: str) -> None:
    """Or the fuzzing below would only ever see the first line of a parser."""
    for honest in PARSERS[name].honest:
        if name != "record of format 1":
            assert PARSERS[name].parse(honest) is not None


@pytest.mark.parametrize("name", PARSERS)
def test_only_the_named_error_comes_out_and_soon(name: str) -> None:
    parser = PARSERS[name]

    @settings(max_examples=60, suppress_health_check=[HealthCheck.data_too_large], database=None)
    @given(spoiled(parser.honest))
    def holds(content: bytes) -> None:
        began = time.process_time()
        with suppress(parser.named):
            parser.parse(content)
        assert time.process_time() - began < LONGEST_S

    holds()


BOMBS = {
    "nested": b"[" * 200_000,
    "long": b"x" * (MAX_PACKET + 1),
    "digits": b"9" * 300_000,
    "keys": b"{" + b",".join(b'"%d":1' % number for number in range(60_000)) + b"}",
    "zipped": _digits(bytes(3_000_000)),
    "toml": b"a.b.c.d.e = 1\n" * 40_000,
    "wide picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\x86\xa0\0\1\x86\xa0\x08\x02\0\0\0" + os.urandom(4),
    "zeros": bytes(5_000_000),
}


@pytest.mark.parametrize("name", PARSERS)
def test_what_is_made_to_exhaust_is_refused_in_bounded_time_and_memory(name: str) -> None:
    parser = PARSERS[name]
    for bomb in BOMBS.values():
        tracemalloc.start()
        began = time.process_time()
        with suppress(parser.named):
            parser.parse(bomb)
        took, (_, most) = time.process_time() - began, tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert took < 2 * LONGEST_S, "tracing memory doubles the time"
        assert most < MOST_BYTES


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(content=spoiled((_jpeg(), _png(), b"RIFF\x24\0\0\0AVI LIST", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom")))
def test_a_recording_of_noise_is_a_recording_that_cannot_be_read(tmp_path: Path, content: bytes) -> None:
    """As a video file and as a folder of frames."""
    video, frames = tmp_path / "clip.mp4", tmp_path / "frames"
    frames.mkdir(exist_ok=True)
    video.write_bytes(content)
    (frames / "0001.jpg").write_bytes(content)
    for path in (video, frames):
        recording = Recording(path, lambda: 0, Pacing.AS_FAST_AS_POSSIBLE)
        try:
            with suppress(RecordingUnreadable):
                recording.open()
                recording.read()
        finally:
            recording.close()


def test_every_named_error_is_a_fault_of_the_closed_list() -> None:
    for parser in PARSERS.values():
        named = parser.named if isinstance(parser.named, tuple) else (parser.named,)
        assert all(issubclass(one, Fault) for one in named)
