"""The MRZ reader's own training: rows come from their seed alone, show what their text says, and the trainer runs end to end."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from kiosk.document.mrz_decode import free_text
from models.catalogue import Catalogue
from models.mrz_reader import MrzReader, log_softmax, normalised
from models.train.mrz.synthesise import LegibleSource, main

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "models" / "weights" / "mrz_lines.onnx"


def test_the_same_seed_draws_the_same_rows_and_another_seed_others() -> None:
    one, same, other = (LegibleSource(seed) for seed in (5, 5, 6))
    rows = [[source.line() for _ in range(3)] for source in (one, same, other)]
    assert all(np.array_equal(a, b) and x == y for (a, x), (b, y) in zip(rows[0], rows[1], strict=True))
    assert [text for _, text in rows[0]] != [text for _, text in rows[2]]


def test_a_drawn_row_shows_what_its_text_says(catalogue: Catalogue) -> None:
    source = LegibleSource(7)
    drawn = [source.line_at(16.0) for _ in range(4)]
    read = MrzReader(catalogue).read([row for row, _, _ in drawn])
    assert [free_text(chances)[0] for chances in read] == [lines[at] for _, lines, at in drawn]


@pytest.fixture(scope="module")
def validation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("torch", reason="training's own dependency, in no lock")
    stem = tmp_path_factory.mktemp("training") / "rows"
    assert main([str(stem), "20", "3"]) == 0
    return stem


def trained(validation: Path, name: str, *options: str) -> NDArray[np.float32]:
    """Train for a token number of steps, export, and return the logits (rows, 160, 38) of the validation's rows."""
    weights, network = (validation.with_name(f"{name}.{kind}") for kind in ("pt", "onnx"))
    for module, words in (("train", (validation, weights, "--minutes", "9", *options)), ("export", (weights, network))):
        command = [sys.executable, "-m", f"models.train.mrz.{module}", *map(str, words)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return logits(network, validation)


def logits(network: Path, validation: Path) -> NDArray[np.float32]:
    rows = normalised(np.load(f"{validation}.npy"))
    return np.asarray(onnxruntime.InferenceSession(str(network)).run(None, {"lines": rows})[0], np.float32)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_going_on_from_the_shipped_weights_keeps_the_share_of_the_new_that_was_asked_for(validation: Path) -> None:
    before = logits(SHIPPED, validation)
    kept, blended = (trained(validation, f"b{share}", "--start", str(SHIPPED), "--steps", "3", "--blend", share) for share in ("0", "0.6"))
    assert np.allclose(kept, before, atol=1e-3)
    moved = float(np.abs(blended - before).mean())
    assert 1e-3 < moved < 0.2 * float(np.abs(before).mean())


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_training_from_nothing_begins_to_learn(validation: Path) -> None:
    """Untrained columns name every class about equally often; the first thing CTC learns is that most columns hold no character."""
    learnt = trained(validation, "new", "--steps", "12", "--sought", "1")
    assert float(np.exp(log_softmax(learnt))[..., -1].mean()) > 0.2
