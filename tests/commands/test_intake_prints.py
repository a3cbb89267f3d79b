"""Face prints at the bank, end to end: off by default; allowed, one face under two names is told; forbidden, none is left."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.assembly.face_printing import ModelFacePrinter
from kiosk.commands.intake import main
from kiosk.intake.stream.folding import LINKS
from kiosk.intake.stream.opening import open_results
from kiosk.measure.analysis_bank import AnalysisBank
from kiosk.measure.made_up_case import made_up_case
from kiosk.record import EvidencePictures
from kiosk.values import Masked, SessionId
from kiosk.wire.packet import make_packet


def jpeg_of(portrait: Path, quality: int) -> bytes:
    image = cv2.imread(str(portrait))
    assert image is not None
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


@pytest.fixture
def bank(tmp_path: Path) -> AnalysisBank:
    return AnalysisBank(tmp_path / "bank", "", "")


def bring(bank: AnalysisBank, number: int, surname: str, live: bytes) -> None:
    case = made_up_case(SessionId(f"{number:032x}"), "booth-1")
    fields = case.document.fields
    assert fields is not None
    case = replace(case, document=replace(case.document, fields=replace(fields, surname=Masked(surname))))
    assert bank.bring(make_packet(case, EvidencePictures(None, None, Masked(live)), bank.station, bank.keys))


def test_a_face_under_two_names_is_told_where_prints_are_allowed_and_forgotten_when_they_are_forbidden(
    bank: AnalysisBank, pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--folder", str(bank.folder)]
    portrait = pack / "specimen_portrait.png"
    bring(bank, 1, "BEFORE", jpeg_of(portrait, 90))
    assert main(["analyse", *where, "--until-idle"]) == 0
    assert main(["prints", *where, "--allow", "a law of Utopia that says so", "--by", "the board"]) == 0
    bring(bank, 2, "EXAMPLE", jpeg_of(portrait, 90))
    bring(bank, 3, "ANOTHER", jpeg_of(portrait, 60))
    bring(bank, 4, "NOBODY", b"\xff\xd8\xff no picture")
    assert main(["analyse", *where, "--until-idle"]) == 0
    with open_results(bank.at) as results:  # type: ignore[attr-defined]
        assert (results.counts().cases, results.counts().faces) == (4, 2)
        found = results.found_faces(0, 4)
        assert set(found) == {SessionId(f"{3:032x}")}
        links = LINKS.read(found[SessionId(f"{3:032x}")])
        assert [(link.earlier, link.same) for link in links] == [(SessionId(f"{2:032x}"), True)]
    assert main(["prints", *where, "--forbid"]) == 0
    assert "2 prints were due and are erased." in capsys.readouterr().out
    with open_results(bank.at) as results:  # type: ignore[attr-defined]
        assert results.counts().faces == 0


def test_a_picture_without_a_face_has_no_print(pack: Path) -> None:
    printer = ModelFacePrinter(pack)
    plain = cv2.imencode(".jpg", np.full((200, 200, 3), 90, np.uint8))[1].tobytes()
    assert (printer.side_of(plain), printer.side_of(b"\xff\xd8\xff"), printer.side_of(b"")) == (None, None, None)
    side = printer.side_of(jpeg_of(pack / "specimen_portrait.png", 90))
    assert side is not None and side.face_print.shape == (printer.length,)
