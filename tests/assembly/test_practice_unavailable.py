"""Practice that cannot be opened is said, and the desk goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.assembly import desk_offices
from kiosk.assembly.desk_offices import DeskOffices, no_pictures
from kiosk.assembly.training_ground import training_ground
from kiosk.faults import PracticeUnavailable
from kiosk.station.clock import SystemClock
from kiosk.trust.permissions import Role
from kiosk.trust.presence import Authority, Presence, SignedIn
from kiosk.values import Masked, OperatorId
from kiosk.vault.trust_rows import OperatorRow


@pytest.fixture
def offices() -> Iterator[DeskOffices]:
    clock = SystemClock()
    with training_ground() as ground:
        tess = SignedIn(OperatorId("tess"), Role.TELLER, clock.now().wall)
        with ground.store.trust_rows() as rows:
            rows.add_operator(OperatorRow(tess.name, tess.role.value, Masked(b"secret"), 0, None, tess.at))
        presence = Presence(Authority(ground.store), tess)
        yield DeskOffices(ground, presence, clock, None, Path("build/models"), pictures=lambda: ())


@pytest.mark.parametrize("python", ["/nowhere/python", "/dev/null"])
def test_a_practice_program_that_does_not_start_is_a_fault_with_words(
    offices: DeskOffices, monkeypatch: pytest.MonkeyPatch, python: str
) -> None:
    monkeypatch.setattr(desk_offices.sys, "executable", python)
    with pytest.raises(PracticeUnavailable):
        offices.start_practice("en")


def test_a_build_without_simulated_people_says_so_before_anybody_tries(offices: DeskOffices, monkeypatch: pytest.MonkeyPatch) -> None:
    assert offices.practises
    monkeypatch.setattr(desk_offices, "find_spec", lambda name: None)
    assert not offices.practises
    with pytest.raises(PracticeUnavailable):
        offices.start_practice("en")
    assert no_pictures() == ()
