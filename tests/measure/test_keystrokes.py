"""`app.py measure keystrokes` on typists of our own; the real benchmark is not in the repository."""

import json
from pathlib import Path

import pytest

import app
from tests.fakes.typists import rows


def measure(file: Path) -> int:
    return app.main(["measure", "keystrokes", str(file), "--json", str(file.with_suffix(".json"))])


def test_the_protocol_enrols_two_hundred_typings_and_tells_both_models(tmp_path: Path) -> None:
    file = tmp_path / "typed.csv"
    file.write_text("".join(rows(4)), encoding="utf-8")
    assert measure(file) == 0
    told = json.loads(file.with_suffix(".json").read_text())
    assert (told["subjects"], told["enrolled"], told["by_protocol"]) == (4, [200], True)
    assert 0.0 <= told["rhythm_eer"] < told["scaled_manhattan_eer"] < 0.4


def test_a_shorter_file_is_measured_by_halves_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "typed.csv"
    file.write_text("".join(rows(3, sessions=1, reps=40)), encoding="utf-8")
    assert measure(file) == 0
    assert "NOT the protocol" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "subject, sessionIndex, rep"),
        ("subject,sessionIndex,rep,H.a,X.b\n", "H.*, DD.* or UD.*"),
        ("subject,sessionIndex,rep,H.a,UD.a.b\ns1,1,1,0.1\n", "line 2"),
        ("subject,sessionIndex,rep,H.a,UD.a.b\ns1,1,1,0.1,nan\n", "line 2"),
        ("subject,sessionIndex,rep,H.a,UD.a.b\ns1,1,1,0.1,0.2\n", "at least two subjects"),
    ],
)
def test_a_file_that_is_not_such_data_is_refused_in_words(tmp_path: Path, text: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "typed.csv"
    file.write_text(text, encoding="utf-8")
    assert measure(file) == 2
    assert says in capsys.readouterr().err
