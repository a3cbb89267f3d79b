"""Whose account pays: asked by this station, answered by its bank, for this session, read by nobody else."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.face.enrolled import FaceTemplate
from kiosk.faults import PacketRefused
from kiosk.risk.returning import Holder, NoEnrolledFace, NoEnrolledFaceBecause
from kiosk.values import Masked, SessionId, StationClass
from kiosk.wire.hpke import OpeningKey
from kiosk.wire.keys import draw_bank_identity, draw_station_identity
from kiosk.wire.lookup import Enrolled, make_answer, make_question, open_question, read_answer, read_question
from kiosk.wire.template import template_from_bytes, template_to_bytes
from tests.wire.specimens import ENROLLED, SESSION

BANK = draw_bank_identity()
KEY = OpeningKey(BANK.mlkem, BANK.x25519)
KEYS = (BANK.public().answers,)
BOOTH, OTHER = (draw_station_identity(name, StationClass.QA) for name in ("booth-1", "booth-2"))
ACCOUNT = Masked("UT00 0000 0001")
ASKED = make_question(SESSION, ACCOUNT, BOOTH, BANK.public())
QUESTION = read_question(ASKED)
HOLDER = Holder("ERIKSSON", "ANNA MARIA", date(1974, 8, 12))
TOLD = make_answer(QUESTION, Enrolled(Masked(HOLDER), template_from_bytes(ENROLLED)), BANK.answers)


def test_the_bank_learns_the_account_and_nobody_on_the_way_does() -> None:
    assert open_question(QUESTION, BOOTH.enrolled(), KEY) == ACCOUNT
    assert b"UT00 0000" not in ASKED and b"0000 0001" not in ASKED and b"0000000001" not in ASKED


def test_a_question_is_of_the_station_that_signed_it() -> None:
    with pytest.raises(PacketRefused):
        open_question(QUESTION, OTHER.enrolled(), KEY)
    with pytest.raises(PacketRefused):
        open_question(replace(QUESTION, signature=OTHER.signing_key.sign(QUESTION.signed)), BOOTH.enrolled(), KEY)


def test_the_station_is_told_holder_and_face() -> None:
    found = read_answer(TOLD, QUESTION.about, SESSION, KEYS)
    assert isinstance(found, Enrolled)
    assert found.holder.reveal() == HOLDER
    assert template_to_bytes(found.template) == ENROLLED


@pytest.mark.parametrize("because", NoEnrolledFaceBecause)
def test_the_station_is_told_why_there_is_none(because: NoEnrolledFaceBecause) -> None:
    told = make_answer(QUESTION, NoEnrolledFace(because), BANK.answers)
    assert read_answer(told, QUESTION.about, SESSION, KEYS) == NoEnrolledFace(because)


def test_an_answer_counts_for_its_question_session_and_bank_alone() -> None:
    again = read_question(make_question(SESSION, ACCOUNT, BOOTH, BANK.public()))
    assert again.about != QUESTION.about
    for about, session, keys in (
        (again.about, SESSION, KEYS),
        (QUESTION.about, SessionId("f" * 32), KEYS),
        (QUESTION.about, SESSION, (draw_bank_identity().public().answers,)),
    ):
        with pytest.raises(PacketRefused):
            read_answer(TOLD, about, session, keys)


@settings(max_examples=200)
@given(st.integers(0, len(TOLD) * 8 - 1))
def test_no_bit_of_an_answer_can_be_changed(bit: int) -> None:
    changed = bytearray(TOLD)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(PacketRefused):
        read_answer(bytes(changed), QUESTION.about, SESSION, KEYS)


@settings(max_examples=200)
@given(st.integers(0, len(ASKED) * 8 - 1))
def test_no_bit_of_a_question_can_be_changed(bit: int) -> None:
    changed = bytearray(ASKED)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(PacketRefused):
        open_question(read_question(bytes(changed)), BOOTH.enrolled(), KEY)


@settings(max_examples=200)
@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda rest: b"IDLQ\0\1" + rest))
def test_whatever_is_asked_only_packet_refused_comes_out(data: bytes) -> None:
    with pytest.raises(PacketRefused):
        read_question(data)


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_whatever_the_bank_signs_only_packet_refused_comes_out(statement: bytes) -> None:
    signed = b"IDHO\0\1" + len(statement).to_bytes(4, "big") + statement
    with pytest.raises(PacketRefused):
        read_answer(signed + BANK.answers.sign(b"identity-desk holder 1\0" + signed), QUESTION.about, SESSION, KEYS)


def test_a_template_survives_as_text_and_does_not_print_itself() -> None:
    template = FaceTemplate("face-print-1", np.full(64, 0.125, np.float32))
    again = template_from_bytes(template_to_bytes(template))
    assert again.print_name == "face-print-1" and np.array_equal(again.face_print, template.face_print)
    assert "0.125" not in repr(template)


@settings(max_examples=200)
@given(
    st.binary(max_size=100)
    | st.sampled_from([ENROLLED.replace(b"0.125", b"1.5"), ENROLLED.replace(b"0.125", b"1"), ENROLLED.replace(b"face-print-1", b"")])
)
def test_what_is_no_unit_print_is_refused(data: bytes) -> None:
    with pytest.raises(PacketRefused):
        template_from_bytes(data)
