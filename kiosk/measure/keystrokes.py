"""How well typing tells people apart: `app.py measure keystrokes CSV [--json FILE]`.

CSV has the columns of the CMU benchmark (subject, sessionIndex, rep, H.*, DD.*, UD.*: seconds), and is measured by its protocol (Killourhy
and Maxion 2009): of each subject the first 200 typings are enrolled, all later ones are genuine tries, the first 5 of every other subject
are strangers'. Per subject an equal-error rate; mean and deviation over subjects are reported. Their scaled Manhattan had 0.096 (0.069).

A file with less than 400 typings of a subject is measured with the first half enrolled, and says so. `Rhythm` is our model
(kiosk/risk/keystrokes.py): it uses holds and up-down times only, since a down-down time is their sum.

Exit status: 0 done, 2 wrong usage or a file that is not such data.
"""

import argparse
import csv
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kiosk.arguments import new_file
from kiosk.risk.keystrokes import LEAST_SAMPLES, Times, equal_error_rate, rhythm, scaled_manhattan

ENROLLED, TYPINGS, STRANGERS = 200, 400, 5
PUBLISHED_SCALED_MANHATTAN = 0.0962


class NotSuchData(ValueError):
    """The file has not the columns or not enough rows; the text says what is missing."""


@dataclass(frozen=True, slots=True, eq=False)
class Benchmark:
    """times: by subject, (typings, columns) in the order of session and rep; columns: their names, H.* DD.* UD.*."""

    times: dict[str, Times]
    columns: tuple[str, ...]

    @property
    def ours(self) -> tuple[list[int], int]:
        """Return the columns our model uses, holds first, and how many holds there are."""
        holds = [at for at, name in enumerate(self.columns) if name.startswith("H.")]
        return holds + [at for at, name in enumerate(self.columns) if name.startswith("UD.")], len(holds)


def read_benchmark(file: Path) -> Benchmark:
    """Raises NotSuchData, OSError."""
    with file.open(encoding="utf-8", newline="") as opened:
        reader = csv.reader(opened)
        header = next(reader, [])
        if header[:3] != ["subject", "sessionIndex", "rep"]:
            raise NotSuchData("the first columns must be subject, sessionIndex, rep")
        columns = tuple(header[3:])
        kinds = {name.partition(".")[0] for name in columns}
        if not columns or not {"H", "UD"} <= kinds <= {"H", "DD", "UD"}:
            raise NotSuchData("all other columns must be H.*, DD.* or UD.*, with H and UD among them")
        found: dict[str, list[tuple[int, int, list[float]]]] = {}
        for number, row in enumerate(reader, start=2):
            if len(row) != len(header):
                raise NotSuchData(f"line {number} has not as many values as the header")
            try:
                times = [float(value) for value in row[3:]]
                found.setdefault(row[0], []).append((int(row[1]), int(row[2]), times))
            except ValueError as trouble:
                raise NotSuchData(f"line {number} holds something that is no number") from trouble
            if not all(np.isfinite(times)):
                raise NotSuchData(f"line {number} holds a number that is none")
    ordered = {subject: np.array([times for _, _, times in sorted(rows, key=lambda row: row[:2])]) for subject, rows in found.items()}
    if len(ordered) < 2 or min(len(rows) for rows in ordered.values()) < 2 * LEAST_SAMPLES:
        raise NotSuchData(f"at least two subjects with {2 * LEAST_SAMPLES} typings each are needed")
    return Benchmark(ordered, columns)


def measured(data: Benchmark) -> dict[str, list[float]]:
    """Return the equal-error rates of every subject, by model."""
    chosen, holds = data.ours
    rates: dict[str, list[float]] = {"scaled_manhattan": [], "rhythm": []}
    for subject, times in data.times.items():
        enrolled = times[: enrolled_of(times)]
        tries = times[len(enrolled) :]
        strangers = np.concatenate([other[:STRANGERS] for name, other in data.times.items() if name != subject])
        plain = scaled_manhattan(enrolled)
        rates["scaled_manhattan"].append(equal_error_rate(plain.score(tries), plain.score(strangers)))
        own = rhythm(enrolled[:, chosen], holds)
        rates["rhythm"].append(equal_error_rate(own.score(tries[:, chosen]), own.score(strangers[:, chosen])))
    return rates


def enrolled_of(times: Times) -> int:
    return ENROLLED if len(times) >= TYPINGS else len(times) // 2


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="app.py measure keystrokes", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("csv", type=Path, metavar="CSV")
    parser.add_argument("--json", type=new_file, metavar="FILE", help="write the figures there")
    options = parser.parse_args(arguments)
    try:
        data = read_benchmark(options.csv)
    except (OSError, UnicodeDecodeError, NotSuchData) as trouble:
        print(f"{options.csv.name} cannot be measured: {trouble}", file=sys.stderr)
        return 2
    rates = measured(data)
    enrolled = sorted({enrolled_of(times) for times in data.times.values()})
    by_protocol = enrolled == [ENROLLED]
    note = "" if by_protocol else " (NOT the protocol of 200)"
    print(f"{len(data.times)} subjects, {', '.join(map(str, enrolled))} typings enrolled{note}")
    for name, each in rates.items():
        print(f"{name:<17} equal-error rate {np.mean(each):.4f} (deviation {np.std(each, ddof=1):.4f})")
    if options.json is not None:
        figures = {
            "subjects": len(data.times),
            "enrolled": enrolled,
            "by_protocol": by_protocol,
            "scaled_manhattan_eer": float(np.mean(rates["scaled_manhattan"])),
            "scaled_manhattan_eer_sd": float(np.std(rates["scaled_manhattan"], ddof=1)),
            "rhythm_eer": float(np.mean(rates["rhythm"])),
            "rhythm_eer_sd": float(np.std(rates["rhythm"], ddof=1)),
            "eer": float(np.mean(rates["rhythm"])),
            "published_scaled_manhattan_eer": PUBLISHED_SCALED_MANHATTAN,
        }
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
