"""Trains LineNet on lines that synthesise.py draws, for a given wall time, on the CPU.

    python -m models.train.mrz.train VALIDATION_STEM OUT.pt [--minutes 60] [--start WEIGHTS.onnx --blend 0.6] [--legible 0.66] [--sought 3]

Recipe: CTC loss per character, AdamW (weight decay 0.02 on matrices only), warm-up over the first twentieth of the time and a cosine to
nothing, batches of 48, gradient norm at most 5, bfloat16 arithmetic, exponential moving average of the weights; the average is what
is kept. Rows are drawn as they are needed, each once, by a second process where a core is free and by this one where none is.
Of legible rows the network reads 99 in 100 already and learns nothing from most: `--sought` times as many are drawn, and those of which the
average is least sure are learnt from. They are chosen without looking at their text, so what a probability means stays as it is
(choosing by the loss would not leave it so). Wall-clock bound, so not bit-exact.
"""

import argparse
import copy
import math
import multiprocessing
import os
import queue
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from models.train.mrz.network import CLASSES, AlongTheLine, InPlace, LineNet, normalised
from models.train.mrz.synthesise import LONGEST, LegibleSource, LineSource
from models.train.mrz.texts import ALPHABET
from models.train.mrz.warm import loaded, new_blocks

BATCH = 48
PEAK_RATE = 2.0e-3
BLANK = CLASSES - 1
SMALLEST_LEGIBLE_PX = 6.5
LOOKALIKES = "0O0O0O1I8B5S2Z6GDQUVMNHWXYKR"


WAITING = 6
"""Batches that the drawing process may be ahead."""
Batch = tuple[NDArray[np.uint8], NDArray[np.int64], int]
"""Rows (n, 32, 640), texts (n, 44) with -1 after the last character, and how many at the front are hard ones, not to be chosen from."""


class TrainingSource(LegibleSource):
    """Legible rows, some of them nothing but look-alikes, so that it is the picture that is learnt and not what usually stands there."""

    def line(self) -> tuple[NDArray[np.uint8], str]:
        low, high = (9.0, 16.0) if self._dice.chance(0.6) else (SMALLEST_LEGIBLE_PX, 30.0)
        lines, index = self._content()
        return self._seen(lines, index, self._size_px(low, high)), lines[index]

    def _content(self) -> tuple[list[str], int]:
        lines, index = super()._content()
        if self._dice.chance(0.2):
            alike = "".join(self._texts.any_of(LOOKALIKES if self._dice.chance(0.7) else ALPHABET, 1) for _ in lines[index])
            lines[index] = alike
        return lines, index


def drawn(seed: int, legible: float, sought: int) -> Iterator[Batch]:
    """Yield for ever what batches are made from, each row drawn once and never again. legible: share of rows as a good camera sees
    them; sought: how many times as many of these."""
    hard, easy = LineSource(seed), TrainingSource(seed + 500)
    count = round(BATCH * (1 - legible))
    while True:
        pairs = [hard.line() for _ in range(count)] + [easy.line() for _ in range((BATCH - count) * sought)]
        texts = np.full((len(pairs), LONGEST), -1, np.int64)
        for i, (_, text) in enumerate(pairs):
            texts[i, : len(text)] = [ALPHABET.index(c) for c in text]
        yield np.stack([row for row, _ in pairs]), texts, count


def _draw_ahead(seed: int, legible: float, sought: int, ready: "multiprocessing.Queue[Batch]") -> None:
    os.nice(5)
    cv2.setNumThreads(1)
    for batch in drawn(seed, legible, sought):
        ready.put(batch)


def ahead(seed: int, legible: float, sought: int) -> Iterator[Batch]:
    """Yield what the second process has drawn; what it has not drawn yet is drawn here."""
    ready: multiprocessing.Queue[Batch] = multiprocessing.Queue(WAITING)
    multiprocessing.Process(target=_draw_ahead, args=(seed + 7, legible, sought, ready), daemon=True).start()
    own = drawn(seed, legible, sought)
    while True:
        try:
            yield ready.get_nowait()
        except queue.Empty:
            yield next(own)


def chosen(batch: Batch, reader: LineNet) -> tuple[Tensor, Tensor, Tensor]:
    """Return (normalised rows, their strokes as the reader sees them, texts), BATCH in all: the hard rows and those legible ones of which
    the reader is least sure."""
    rows, texts, hard = batch
    lines, names = normalised(torch.from_numpy(rows)).contiguous(memory_format=torch.channels_last), torch.from_numpy(texts)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        strokes = reader.strokes(lines)
        if len(strokes) > BATCH:
            kept = torch.cat([torch.arange(hard), hard + _doubt(reader.named(strokes[hard:])).topk(BATCH - hard).indices])
            lines, strokes, names = lines[kept], strokes[kept], names[kept]
    lines, strokes = (part.contiguous(memory_format=torch.channels_last) for part in (lines, strokes))
    return lines, strokes, names


def _doubt(logits: Tensor) -> Tensor:
    """Return (rows,) nats of entropy over a row's columns."""
    chances = functional.log_softmax(logits.float(), -1)
    return -(chances.exp() * chances).sum((1, 2))


def exact_share(model: LineNet, stem: str, count: int = 1000) -> float:
    """Return the share of lines whose greedy reading is right in every character."""
    lines, texts = np.load(f"{stem}.npy", mmap_mode="r")[:count], np.load(f"{stem}.text.npy")[:count]
    right = 0
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for start in range(0, len(lines), 50):
            best = model(normalised(torch.from_numpy(np.array(lines[start : start + 50])))).argmax(-1).numpy()
            right += sum(np.array_equal(greedy(row), text[text >= 0]) for row, text in zip(best, texts[start : start + 50], strict=True))
    return right / len(lines)


def greedy(best: NDArray[np.int64]) -> NDArray[np.int64]:
    changed = np.concatenate([[True], best[1:] != best[:-1]])
    kept = best[changed]
    return kept[kept != BLANK]


def loss_of(logits: Tensor, texts: Tensor) -> Tensor:
    lengths = (texts >= 0).sum(1)
    chances = functional.log_softmax(logits.float(), -1).permute(1, 0, 2)
    columns = torch.full((len(texts),), chances.shape[0])
    losses = functional.ctc_loss(chances, texts.clamp(min=0), columns, lengths, blank=BLANK, reduction="none", zero_infinity=True)
    return (losses / lengths).mean()


def train(start: Path | None, validations: list[str], out: Path, asked: argparse.Namespace) -> None:
    minutes, seed, legible, peak_rate = asked.minutes, asked.seed, asked.legible, asked.peak_rate
    torch.manual_seed(seed)
    model, has_grown = (LineNet(), False) if start is None else loaded(start)
    model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    print("start: validation", *(f"{exact_share(model.eval(), stem, 1500):.4f}" for stem in validations), flush=True)
    model.train()
    if start is not None:
        model.strokes.requires_grad_(False)
    origin, average = copy.deepcopy(model), copy.deepcopy(model).eval()
    learning = [p for p in model.parameters() if p.requires_grad]
    matrices, vectors = [p for p in learning if p.ndim > 1], [p for p in learning if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": 0.02}, {"params": vectors, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=peak_rate, betas=(0.9, 0.98))
    started, steps, shown = time.monotonic(), 0, 0.0
    for batch in ahead(seed, legible, asked.sought):
        share = max((time.monotonic() - started) / (minutes * 60), steps / asked.steps if asked.steps else 0.0)
        if share >= 1:
            break
        rate = peak_rate * (min(1.0, share / 0.05) if share < 0.05 else 0.5 * (1 + math.cos(math.pi * (share - 0.05) / 0.95)))
        for group in optimiser.param_groups:
            group["lr"] = rate
        lines, strokes, texts = chosen(batch, average)
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(lines) if start is None else model.named(strokes)
        loss = loss_of(logits, texts)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 5.0)
        optimiser.step()
        steps += 1
        _follow(average, model, min(0.998, (1 + steps) / (10 + steps)))
        if steps % 50 == 0:
            print(f"{steps} steps, {time.monotonic() - started:.0f} s, loss {loss.item():.4f}", flush=True)
        if time.monotonic() - started - shown > 360:
            shown = time.monotonic() - started
            torch.save(average.state_dict(), out)
            print("validation", *(f"{exact_share(average, stem, 1500):.4f}" for stem in validations), flush=True)
    average = average if start is None else _blended(origin, average, asked.blend, new_blocks(average) if has_grown else [])
    torch.save(average.state_dict(), out)
    print(f"{steps} steps, {steps * BATCH} lines seen, validation", *(f"{exact_share(average, stem, 4000):.4f}" for stem in validations))


def _blended(old: LineNet, new: LineNet, share: float, fresh: Sequence[InPlace | AlongTheLine]) -> LineNet:
    """Return weights between where training began and where it ended (Wortsman et al. 2022): less bent to what was drawn.

    fresh: blocks of `new` that the old network did not have. Of these only the last layer began at nothing, so only that one is blended."""
    blended = copy.deepcopy(new)
    kept = {id(p) for block in fresh for name, p in block.named_parameters() if not name.startswith("add.")}
    with torch.no_grad():
        for result, one, two in zip(blended.parameters(), old.parameters(), new.parameters(), strict=True):
            if id(two) not in kept:
                result.copy_(one.lerp(two, share))
    return blended


def _follow(average: LineNet, model: LineNet, keep: float) -> None:
    with torch.no_grad():
        for kept, new in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
            if kept.is_floating_point():
                kept.lerp_(new, 1 - keep)
            else:
                kept.copy_(new)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="train", description=__doc__)
    parser.add_argument("validation", help="stems of rows written by synthesise.py, separated by commas")
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--steps", type=int, default=0, help="stop after so many batches, if that is sooner (0: the minutes alone count)")
    parser.add_argument("--start", type=Path, help="ONNX weights to go on from")
    parser.add_argument("--seed", type=int, default=1, help="rows drawn for training are those of this seed")
    parser.add_argument("--legible", type=float, default=0.66, help="share of rows as a good camera sees them; the others are hard")
    parser.add_argument("--sought", type=int, default=3, help="legible rows that are drawn for each that is learnt from")
    parser.add_argument("--blend", type=float, default=0.6, help="share of the new weights in what is kept; the rest are those of --start")
    parser.add_argument("--peak-rate", type=float, default=PEAK_RATE)
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    train(asked.start, asked.validation.split(","), asked.out, asked)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
