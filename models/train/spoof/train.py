"""Trains SpoofNet for a given wall time, on the CPU.

    python -m models.train.spoof.train POOL_STEM[,POOL_STEM...] VALIDATION_STEM OUT.pt MINUTES

Recipe: cross entropy to the teacher's soft answer and to what was drawn (smoothed by 0.05), AdamW (2e-3, weight decay 0.03 on matrices),
warm-up over the first twentieth of the time and a cosine to nothing, batches of 64, mirrored half of the time, small patches covered,
exponential moving average of the weights; the average is what is kept. The pool may still be growing. Seed 0; bound by time.
"""

import copy
import math
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.train.spoof.network import SIDE_PX, SpoofNet

BATCH = 64
PEAK_RATE = 2e-3
PERSON = 1
Batch = tuple[Tensor, Tensor, Tensor]


def alternating(stems: str) -> Iterator[Batch]:
    """Yield batches of each pool in turn."""
    pools = [batches(stem) for stem in stems.split(",")]
    while True:
        for pool in pools:
            yield next(pool)


def batches(stem: str) -> Iterator[Batch]:
    """Yield shuffled batches for ever, of as much of the pool as is ready at the start of each round."""
    rng = np.random.default_rng(0)
    crops, kinds, taught = (np.load(f"{stem}{part}.npy", mmap_mode="r") for part in ("", ".kind", ".taught"))
    used = 0
    while True:
        ready = int(Path(f"{stem}.count").read_text())
        fresh = ready - used >= BATCH * 16
        order = rng.permutation(ready) if not fresh or used == 0 else used + rng.permutation(ready - used)
        used = ready
        for start in range(0, len(order) - BATCH + 1, BATCH):
            chosen = np.sort(order[start : start + BATCH])
            yield _varied(crops[chosen], rng), torch.from_numpy(kinds[chosen].astype(np.int64)), torch.from_numpy(taught[chosen])


def _varied(crops: np.ndarray, rng: np.random.Generator) -> Tensor:  # type: ignore[type-arg]
    """crops: (batch, 2, 80, 80, 3) -> (batch, 2, 3, 80, 80), mirrored half of the time, a patch covered in a third."""
    values = torch.from_numpy(crops.astype(np.float32)).permute(0, 1, 4, 2, 3).contiguous()
    for number in range(len(values)):
        if rng.random() < 0.5:
            values[number] = values[number].flip(-1)
        if rng.random() < 0.33:
            size = int(rng.integers(8, 26))
            x, y = rng.integers(0, SIDE_PX - size, 2)
            values[number, int(rng.integers(2)), :, y : y + size, x : x + size] = float(rng.integers(256))
    return values * torch.from_numpy(rng.normal(1, 0.04, (len(values), 1, 3, 1, 1)).astype(np.float32))


def loss_of(model: SpoofNet, batch: Batch) -> Tensor:
    crops, kinds, taught = batch
    around, close = (crops[:, look].contiguous(memory_format=torch.channels_last) for look in range(2))
    like_teacher, as_drawn = model(around, close)
    imitation = functional.cross_entropy(like_teacher, taught)
    return imitation + functional.cross_entropy(as_drawn, kinds, label_smoothing=0.05)


def judged(model: SpoofNet, stem: str, count: int = 3000) -> str:
    """Return how the answers fare on people never trained on, for the log."""
    crops, kinds, taught = (np.load(f"{stem}{part}.npy", mmap_mode="r")[:count] for part in ("", ".kind", ".taught"))
    model.eval()
    answers = []
    with torch.no_grad():
        for start in range(0, len(crops), 250):
            values = torch.from_numpy(np.array(crops[start : start + 250]).astype(np.float32)).permute(0, 1, 4, 2, 3)
            answers.append([torch.softmax(part, 1)[:, PERSON].numpy() for part in model(values[:, 0], values[:, 1])])
    taught_like, drawn = (np.concatenate([answer[part] for answer in answers]) for part in range(2))
    person = kinds == PERSON
    worst = np.quantile(drawn[person], 0.03)
    return (
        f"error to the teacher {np.abs(taught_like - taught[:, PERSON]).mean():.3f}, "
        f"attacks over the people's 3 % quantile: drawn {np.mean(drawn[~person] > worst):.3f}, "
        f"taught {np.mean(taught_like[~person] > np.quantile(taught_like[person], 0.03)):.3f}, "
        f"teacher {np.mean(taught[~person, PERSON] > np.quantile(taught[person, PERSON], 0.03)):.3f}"
    )


def train(pool: str, validation: str, out: Path, minutes: float) -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    model = SpoofNet().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = copy.deepcopy(model)
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": 0.03}, {"params": vectors, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=PEAK_RATE, betas=(0.9, 0.98))
    started, steps, shown = time.monotonic(), 0, 0.0
    for batch in alternating(pool):
        passed = (time.monotonic() - started) / (60 * minutes)
        if passed >= 1:
            break
        rate = PEAK_RATE * min(passed / 0.05, 1.0) * (0.5 + 0.5 * math.cos(math.pi * passed))
        for group in optimiser.param_groups:
            group["lr"] = rate
        model.train()
        loss = loss_of(model, batch)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        steps += 1
        keep = min(0.998, steps / (steps + 20))
        with torch.no_grad():
            for mean, now in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
                if mean.is_floating_point():
                    mean.mul_(keep).add_(now, alpha=1 - keep)
        if passed - shown >= 0.04:
            shown = passed
            print(f"{passed:5.0%} {steps} steps, loss {loss.item():.3f}; {judged(average, validation)}", flush=True)
            torch.save(average.state_dict(), out)
    torch.save(average.state_dict(), out)
    print(f"{steps} steps of {BATCH}; {judged(average, validation)}", flush=True)


def main(arguments: list[str]) -> int:
    pool, validation, out, minutes = arguments
    train(pool, validation, Path(out), float(minutes))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
