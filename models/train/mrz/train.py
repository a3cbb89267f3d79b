"""Trains LineNet on lines that synthesise.py draws, for a given wall time, on the CPU.

    python -m models.train.mrz.train VALIDATION_STEM OUT.pt [--minutes 60] [--start WEIGHTS.onnx] [--legible 0.5]

Recipe: CTC loss per character, AdamW (weight decay 0.02 on matrices only), warm-up over the first twentieth of the time and a cosine to
nothing, batches of 48, gradient norm at most 5, bfloat16 arithmetic, exponential moving average of the weights; the average is what
is kept. Rows are drawn as they are needed, each once. Wall-clock bound, so not bit-exact.
"""

import argparse
import copy
import math
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from models.train.mrz.network import CLASSES, LineNet, normalised
from models.train.mrz.synthesise import HEIGHT, LONGEST, WIDTH, LegibleSource, LineSource
from models.train.mrz.texts import ALPHABET
from models.train.mrz.warm import loaded

BATCH = 48
PEAK_RATE = 2.0e-3
BLANK = CLASSES - 1


def batches(seed: int, legible: float) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield batches for ever, each row drawn once and never again. legible: share of rows as a good camera sees them."""
    hard, easy, dice = LineSource(seed), LegibleSource(seed + 500), np.random.default_rng(seed)
    while True:
        lines = np.zeros((BATCH, HEIGHT, WIDTH), np.uint8)
        texts = np.full((BATCH, LONGEST), -1, np.int64)
        for i in range(BATCH):
            lines[i], text = (easy if dice.random() < legible else hard).line()
            texts[i, : len(text)] = [ALPHABET.index(c) for c in text]
        yield torch.from_numpy(lines), torch.from_numpy(texts)


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


def train(start: Path | None, validation: str, out: Path, minutes: float, seed: int, legible: float, peak_rate: float) -> None:
    torch.manual_seed(seed)
    model = LineNet() if start is None else loaded(start, batches(seed + 1, legible))
    model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    print(f"start: validation {exact_share(model.eval(), validation):.4f}", flush=True)
    model.train()
    average = copy.deepcopy(model).eval()
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": 0.02}, {"params": vectors, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=peak_rate, betas=(0.9, 0.98))
    started, steps, shown = time.monotonic(), 0, 0.0
    for lines, texts in batches(seed, legible):
        share = (time.monotonic() - started) / (minutes * 60)
        if share >= 1:
            break
        rate = peak_rate * (min(1.0, share / 0.05) if share < 0.05 else 0.5 * (1 + math.cos(math.pi * (share - 0.05) / 0.95)))
        for group in optimiser.param_groups:
            group["lr"] = rate
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(normalised(lines).contiguous(memory_format=torch.channels_last))
        loss = loss_of(logits, texts)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        steps += 1
        _follow(average, model, min(0.998, (1 + steps) / (10 + steps)))
        if steps % 50 == 0:
            print(f"{steps} steps, {time.monotonic() - started:.0f} s, loss {loss.item():.4f}", flush=True)
        if time.monotonic() - started - shown > 240:
            shown = time.monotonic() - started
            torch.save(average.state_dict(), out)
            print(f"validation {exact_share(average, validation, 300):.4f}", flush=True)
    torch.save(average.state_dict(), out)
    print(f"{steps} steps, {steps * BATCH} lines seen, validation {exact_share(average, validation):.4f}")


def _follow(average: LineNet, model: LineNet, keep: float) -> None:
    with torch.no_grad():
        for kept, new in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
            if kept.is_floating_point():
                kept.lerp_(new, 1 - keep)
            else:
                kept.copy_(new)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="train", description=__doc__)
    parser.add_argument("validation", help="stem of rows written by synthesise.py")
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--start", type=Path, help="ONNX weights to go on from")
    parser.add_argument("--seed", type=int, default=1, help="rows drawn for training are those of this seed")
    parser.add_argument("--legible", type=float, default=0.0, help="share of rows as a good camera sees them; the others are hard")
    parser.add_argument("--peak-rate", type=float, default=PEAK_RATE)
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    train(asked.start, asked.validation, asked.out, asked.minutes, asked.seed, asked.legible, asked.peak_rate)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
