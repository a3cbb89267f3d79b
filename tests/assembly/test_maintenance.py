"""At the booth itself: who may, what they can do, and the line that says they did."""

from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.assembly.maintenance import BoothMaintenance
from kiosk.faults import NotPermitted
from kiosk.policy import TrainingPolicy
from kiosk.station.stepped import SteppedClock
from kiosk.trust.operators import UnknownOperator, WrongSecret
from kiosk.trust.permissions import Role
from kiosk.trust.presence import SignedIn
from kiosk.trust.self_checks import Check, Status
from tests.trust.people import staffed
from tests.vault.specimen import NOW, store_in

LATER = NOW + timedelta(minutes=5)
RIGHT = "correct horse battery"
FINE = Check("camera", Status.OK, "It gives pictures.")


def test_an_administrator_and_a_supervisor_maintain_and_every_deed_is_in_the_log(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        operators, people = staffed(store, ("sam", Role.SUPERVISOR))
        for name in ("ada", "sam"):
            reopened: list[bool] = []
            booth = BoothMaintenance(store, operators, SteppedClock(LATER), lambda: (FINE,), lambda: reopened.append(True))  # noqa: B023
            assert isinstance(booth.sign_in(name, RIGHT, people[name].code(LATER).text.reveal()), SignedIn)
            assert booth.checks() == (FINE,)
            booth.restart_camera()
            booth.leave()
            booth.sign_out()
            assert reopened == [True]
            lines = [(line.who, line.detail) for line in store.audit_lines() if line.event == "booth-maintained" and line.who == name]
            assert lines == [(name, what) for what in ("opened", "camera-restarted", "left", "closed")]


def test_a_teller_and_a_stranger_may_not_and_that_is_in_the_log_too(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        operators, people = staffed(store, ("tess", Role.TELLER))
        booth = BoothMaintenance(store, operators, SteppedClock(LATER), tuple, lambda: None)
        with pytest.raises(NotPermitted):
            booth.sign_in("tess", RIGHT, people["tess"].code(LATER).text.reveal())
        assert isinstance(booth.sign_in("tess", "wrong", "123456"), WrongSecret)
        assert isinstance(booth.sign_in("nobody", RIGHT, "123456"), UnknownOperator)
        for deed in (booth.checks, booth.restart_camera, booth.leave):
            with pytest.raises(NotPermitted):
                deed()
        events = {line.event for line in store.audit_lines()}
        assert "denied" in events
        assert "booth-maintained" not in events


def test_after_signing_out_nothing_can_be_done(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        operators, people = staffed(store)
        booth = BoothMaintenance(store, operators, SteppedClock(LATER), tuple, lambda: None)
        booth.sign_in("ada", RIGHT, people["ada"].code(LATER).text.reveal())
        booth.sign_out()
        with pytest.raises(NotPermitted):
            booth.leave()


def test_whoever_needs_a_certificate_and_has_none_does_not_maintain_either(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        operators, people = staffed(store)
        needed = TrainingPolicy(required_for=("administrator",))
        booth = BoothMaintenance(store, operators, SteppedClock(LATER), tuple, lambda: None, needed)
        with pytest.raises(NotPermitted):
            booth.sign_in("ada", RIGHT, people["ada"].code(LATER).text.reveal())
        with pytest.raises(NotPermitted):
            booth.leave()
