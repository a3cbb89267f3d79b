"""A run says how many came before it in the same session: the bank shall know how many scripts somebody saw."""

from dataclasses import replace

from kiosk.journey import events as ev
from kiosk.journey.states import PreparingFace, ProvingLive
from kiosk.liveness.blink import Blinking
from kiosk.liveness.challenge import ChallengeKind
from kiosk.liveness.run_state import Asking
from kiosk.values import ns
from tests.journey.build import SCRIPT
from tests.journey.walk import Journey


def test_who_cannot_do_what_is_asked_and_whose_camera_was_away_sees_a_script_of_which_the_record_counts_the_earlier_ones() -> None:
    journey = Journey().proving()
    assert isinstance(journey.state, ProvingLive)
    script = replace(journey.state.run.script, challenges=(ChallengeKind.BLINK,) * 3)
    asked = Asking(0, ns(8), Blinking(), 1, 0)
    journey.state = replace(journey.state, run=replace(journey.state.run, script=script, phase=asked))
    journey.send(ev.OtherWayTouched())
    assert isinstance(journey.state, PreparingFace)
    journey.send(ev.ScriptDrawn(journey.ticket, SCRIPT))
    journey.send(ev.CameraStopped("CameraLost")).send(ev.CameraReturned())
    journey.send(ev.ScriptDrawn(journey.ticket, SCRIPT))
    assert isinstance(journey.state, ProvingLive)
    assert journey.state.run.evidence().earlier_runs == 2
