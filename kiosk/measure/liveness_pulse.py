"""Would the pulse tell people from pictures? `python app.py measure liveness-pulse LABELS.json [--json FILE]`.

Built thinly to be dropped or kept by its figures: the skin's measured light of labelled clips, ten seconds at a time, projected as POS does
(Wang, den Brinker, Stuijk, de Haan 2017, "Algorithmic principles of remote PPG"), and the power at the strongest beat of 42 to 180 a minute
and its double against the rest. What came out, and why no cue was made of it: docs/liveness.md.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kiosk.arguments import new_file
from kiosk.face.observed import FaceObservation
from kiosk.measure.attack_rates import curve_of
from kiosk.measure.liveness_clips import GENUINE, open_eyes, read_labels

WINDOW_S: Final = 10.0
EVERY_S: Final = 2.0
LEAST_S: Final = 8.0
LEAST_FRAMES: Final = 60
_SEEN_SHARE: Final = 0.8
_BEATS_HZ: Final = (0.7, 3.0)
_ALL_HZ: Final = (0.6, 5.0)
_NEAR_HZ: Final = 0.12

Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pulse:
    """decibels: median over the windows of the beat's power against the rest; beats_apart: spread of the beat between windows, a minute."""

    file: str
    kind: str
    windows: int
    decibels: float
    beats_apart: float


def strength(at_s: Series, skin: Series) -> tuple[float, float]:
    """Return the strongest beat's power against the rest, decibels, and the beat a minute. at_s: (n,) seconds; skin: (n, 3) blue, green,
    red."""
    blue, green, red = (skin / skin.mean(axis=0)).T
    one, other = green - blue, green + blue - 2 * red
    pulse = one + float(one.std()) / max(float(other.std()), 1e-9) * other
    rate = 1.0 / float(np.median(np.diff(at_s)))
    pulse = np.interp(np.arange(at_s[0], at_s[-1], 1.0 / rate), at_s, pulse)
    width = 2 * int(rate) + 1
    pulse = pulse - np.convolve(pulse, np.ones(width) / width, "same")
    power = np.abs(np.fft.rfft(pulse * np.hanning(len(pulse)), 8 * len(pulse))) ** 2
    hertz = np.fft.rfftfreq(8 * len(pulse), 1.0 / rate)
    beats = (hertz > _BEATS_HZ[0]) & (hertz < _BEATS_HZ[1])
    beat = float(hertz[beats][power[beats].argmax()])
    within = (hertz > _ALL_HZ[0]) & (hertz < _ALL_HZ[1])
    near = within & ((np.abs(hertz - beat) < _NEAR_HZ) | (np.abs(hertz - 2 * beat) < _NEAR_HZ))
    rest = max(float(power[within & ~near].sum()), 1e-12)
    return 10.0 * float(np.log10(max(float(power[near].sum()), 1e-12) / rest)), 60.0 * beat


def pulse_of(file: str, kind: str, seen: Sequence[FaceObservation]) -> Pulse | None:
    """Return None for a clip that is too short, or whose skin is seen too rarely."""
    measured = [(one.captured_ns / 1e9, one.light.skin) for one in seen if one.light is not None]
    if len(measured) < max(_SEEN_SHARE * len(seen), LEAST_FRAMES):
        return None
    at_s, skin = np.array([at for at, _ in measured]), np.array([light for _, light in measured])
    if at_s[-1] - at_s[0] < LEAST_S:
        return None
    starts = np.arange(at_s[0], max(at_s[-1] - WINDOW_S, at_s[0]) + 1e-6, EVERY_S)
    windows = [(at_s >= start) & (at_s < start + WINDOW_S) for start in starts]
    told = np.array([strength(at_s[window], skin[window]) for window in windows if int(window.sum()) > LEAST_FRAMES])
    return None if len(told) == 0 else Pulse(file, kind, len(told), float(np.median(told[:, 0])), float(told[:, 1].std()))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="app.py measure liveness-pulse", description=__doc__)
    parser.add_argument("labels", type=Path, help="labels.json beside a folder `clips`")
    parser.add_argument("--json", type=new_file, metavar="FILE", help="write the figures here")
    options = parser.parse_args(arguments)
    eyes, labelled, told = open_eyes(), read_labels(options.labels), list[Pulse]()
    for number, clip in enumerate(labelled, 1):
        print(f"\r{number} of {len(labelled)} clips", end="", file=sys.stderr, flush=True)
        one = pulse_of(clip.file, clip.kind, eyes.observe(options.labels.parent / "clips" / clip.file))
        told += [one] if one else []
    print(file=sys.stderr)
    print("| clip | kind | windows | beat against the rest, dB | spread of the beat, a minute |\n|---|---|---|---|---|")
    for one in sorted(told, key=lambda row: (row.kind, row.decibels)):
        print(f"| {one.file} | {one.kind} | {one.windows} | {one.decibels:.1f} | {one.beats_apart:.1f} |")
    genuine = [one.decibels for one in told if one.kind == GENUINE]
    areas = {}
    for kind in sorted({one.kind for one in told} - {GENUINE}):
        curve = curve_of(genuine, [one.decibels for one in told if one.kind == kind])
        areas[kind] = None if curve is None else round(curve.area, 3)
        print(f"\n{kind}: area under the curve {areas[kind]}, {len(genuine)} genuine against {sum(one.kind == kind for one in told)}")
    if options.json:
        options.json.write_text(json.dumps({"clips": [asdict(one) for one in told], "areas": areas}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
