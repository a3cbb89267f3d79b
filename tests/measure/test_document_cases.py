"""What the figures of `measure documents` count."""

from pathlib import Path

import pytest

from kiosk.measure.document_cases import Case, EngineReading, edits, judge, summarise
from kiosk.measure.document_engines import lines_of_text
from kiosk.measure.document_sheet import Tile, write_sheet

TRUE = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
LABEL: dict[str, object] = {"file": "images/a_b.png", "layout": "TD3", "mrz": list(TRUE), "face": True}
WITHOUT: dict[str, object] = {"file": "images/c_d.png", "layout": "none", "mrz": None, "face": False}


def case(lines: tuple[str, ...] | None, *, accepted: bool = False, label: dict[str, object] = LABEL) -> Case:
    return judge(label, EngineReading(lines, accepted, portrait_px=90.0), 0.2)


def test_edits_count_what_is_inserted_dropped_or_wrong() -> None:
    assert [edits("ABC", "ABC"), edits("ABC", "AXC"), edits("AC", "ABC"), edits("", "ABC"), edits("ABBC", "ABC")] == [0, 1, 1, 3, 1]


def test_rates_are_over_what_they_speak_of() -> None:
    wrong = (TRUE[0].replace("ANNA", "ANNE"), TRUE[1])
    cases = [case(TRUE, accepted=True), case(wrong, accepted=True), case(None), case(None, label=WITHOUT), case(TRUE, label=WITHOUT)]
    figures = summarise(cases, peak_mb=100.0)
    assert (figures.documents, figures.with_mrz) == (5, 3)
    assert figures.exact == pytest.approx(1 / 3, abs=1e-4)
    assert figures.accepted == 1.0
    assert figures.names == pytest.approx(1 / 3, abs=1e-4)
    assert figures.number == figures.birth == pytest.approx(2 / 3, abs=1e-4)
    assert figures.cer == pytest.approx((1 + 88) / 264, abs=1e-4)
    assert figures.wrong_accepts == pytest.approx(1 / 5)
    assert figures.false_reads == 0.5
    assert figures.portrait == 1.0
    assert len(figures.failures) == 3


def test_a_specimen_whose_own_digits_are_wrong_is_left_out_of_accepted_of_valid() -> None:
    forged = (TRUE[0], TRUE[1].replace("L898902C3", "L898902C4"))
    figures = summarise([case(forged, label=LABEL | {"mrz": list(forged)}), case(TRUE, accepted=True)], peak_mb=1.0)
    assert (figures.exact, figures.accepted, figures.accepted_of_valid) == (1.0, 0.5, 1.0)


def test_the_mrz_is_picked_out_of_other_text() -> None:
    assert lines_of_text(["REPUBLIC OF UTOPIA", "ERIKSSON", *TRUE, "12 APR 2012"]) == TRUE
    assert lines_of_text(["ONE LINE OF ORDINARY TEXT, LONG ENOUGH", "AND ANOTHER ONE THAT IS AS LONG AS IT"]) is None


def test_the_sheet_of_failures_is_refused_outside_the_build_folder(tmp_path: Path) -> None:
    build = tmp_path / "build"
    tile = Tile("a: 1 of 88 characters wrong", None, TRUE, TRUE)
    write_sheet(build / "sheet.png", build, [tile])
    assert (build / "sheet.png").stat().st_size > 1000
    with pytest.raises(ValueError, match="only be written under"):
        write_sheet(tmp_path / "docs" / "sheet.png", build, [tile])
