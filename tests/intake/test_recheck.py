"""The bank looks again: an honest case holds, a case made up by a station does not, and an unknown policy is said."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.intake.ceremony import enrol, init_bank, open_bank
from kiosk.intake.command import EXIT_DOUBT, main
from kiosk.intake.reception import Reception
from kiosk.intake.recheck import POLICY_UNKNOWN, doubts_of, recheck_cases
from kiosk.intake.service import system_clock
from kiosk.liveness.challenge import Live
from kiosk.liveness.recheck import Discrepancy
from kiosk.policy import DEMO
from kiosk.values import Channel, ConsentPurpose, StationClass
from kiosk.wire.keys import draw_station_identity, enrolment_to_text
from kiosk.wire.packet import make_packet
from tests.fakes.branch import NOW
from tests.liveness.test_light import drawn, lit, perform, verdict_of
from tests.wire.specimens import APPROVED, PICTURES, of_station

STATION = draw_station_identity("booth-1", StationClass.DEMO)
OF_STATION = of_station(APPROVED, STATION.name, STATION.station_class)
AGREED = replace(OF_STATION.consent, purposes=(*OF_STATION.consent.purposes, ConsentPurpose.CONTACT))
DEMONSTRATED = replace(OF_STATION.station, policy_version=DEMO.version)
OF_DEMO = replace(OF_STATION, channel=Channel.BOOTH, station=DEMONSTRATED, consent=AGREED)


def honest() -> Live:
    verdict = verdict_of(perform(drawn(), change=lit(0.3)))
    assert isinstance(verdict, Live)
    return verdict


def test_a_person_who_was_there_holds_and_swapped_answers_do_not() -> None:
    live = honest()
    assert doubts_of(replace(OF_DEMO, liveness=live)) == ()
    swapped = replace(live.evidence, done=live.evidence.done[::-1])
    assert Discrepancy.ANSWERS_NOT_THE_SCRIPT.value in doubts_of(replace(OF_DEMO, liveness=Live(swapped)))


def test_evidence_under_a_policy_the_bank_does_not_know_is_not_called_sound() -> None:
    unknown = replace(OF_DEMO, station=replace(OF_DEMO.station, policy_version="home-made"))
    assert doubts_of(replace(unknown, liveness=honest())) == (POLICY_UNKNOWN,)


def test_the_command_names_the_case_whose_evidence_does_not_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bank = tmp_path / "bank"
    keys = init_bank(bank, production=False)
    enrol(bank, enrolment_to_text(STATION), StationClass.DEMO, NOW)
    live = honest()
    bad = Live(replace(live.evidence, done=live.evidence.done[::-1]))
    cases = [replace(OF_DEMO, session="1" * 32, liveness=live), replace(OF_DEMO, session="2" * 32, liveness=bad)]
    opened = open_bank(bank)
    with opened.store:
        reception = Reception(opened.store, opened.keys, opened.acceptance, system_clock)
        for case in cases:
            packet = make_packet(case, PICTURES, STATION, keys)
            reception.receive(packet.sealed, packet.packet_id)
    found = {case.packet_id: case.found for case in recheck_cases(bank)}
    assert found["1" * 32] == ()
    assert Discrepancy.ANSWERS_NOT_THE_SCRIPT.value in found["2" * 32]
    assert main(["recheck", "--folder", str(bank), "--json"]) == EXIT_DOUBT
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["packet"] for line in lines if line["found"]] == ["2" * 32]
