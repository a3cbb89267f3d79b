"""`app.py models …`: the face prints of this station, and the verifier fitted to them.

  list                        what is installed, what it reaches, what it must not be used for
  install NAME                fetch a print the manifest names (sface), with progress; a broken line is gone on from
  install minifasnet          fetch a second opinion on print and replay (python -m models.minifasnet takes it from a folder)
  install FILE.toml           install a print of the bank's own: FILE.onnx beside the table or, if none is there, from the table's url
  remove NAME                 take an installed print away
  fit-verifier DIR            fit the verifier to every installed print on the bank's own pictures, one folder per person

Exit status: 0 done; 1 it did not arrive or could not be written, trying again may help; 2 wrong usage; 3 it is not what it should be.
"""

import argparse
import dataclasses
import hashlib
import json
import sys
from pathlib import Path

import cv2
import numpy as np

from kiosk.arguments import new_file
from kiosk.faults import ModelRefused
from kiosk.measure.fit_verifier import Enrolled, TooFewPeople, explained, fit
from kiosk.measure.stills import StageTimes, pictures_by_person, read_all
from models import minifasnet
from models.build import DEFAULT_FOLDER, CouldNotFinish, Refused, put_file
from models.catalogue import Catalogue, open_catalogue
from models.face_prints import (
    PRINTS_FOLDER,
    PrintMaker,
    PrintSpec,
    PrintTableWrong,
    checked_network,
    installed_specs,
    known_prints,
    makers_of,
    open_print,
    read_print_tables,
)
from models.face_reader import FaceReader
from models.face_verifier import FITTED_HERE, open_verifier, verifier_bytes
from models.fetch import Progress, fetch


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py models", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--models", type=Path, default=DEFAULT_FOLDER, metavar="DIR", help="the model pack (build/models)")
    shared.add_argument("--json", type=new_file, metavar="FILE", help="write what came of it there")
    kinds = parser.add_subparsers(dest="what", required=True)
    kinds.add_parser("list", parents=[shared], help="what is installed, what it reaches, what it is unfit for")
    install = kinds.add_parser("install", parents=[shared], help="fetch a print the manifest names, or install one of your own")
    install.add_argument("print", metavar="NAME|FILE.toml")
    install.add_argument("--url", help="fetch it from another place (a mirror within the bank); the digest stays the same")
    kinds.add_parser("remove", parents=[shared], help="take an installed print away").add_argument("print", metavar="NAME")
    fitting = kinds.add_parser("fit-verifier", parents=[shared], help="fit the verifier on your own pictures")
    fitting.add_argument("pictures", type=Path, metavar="DIR", help="one folder per person; 120 people, 30 of them with two pictures")
    fitting.add_argument("--seed", type=int, default=1, help="the same seed gives the same file (default: 1)")
    fitting.add_argument("--prints", help="fuse only these, separated by commas (default: all that are installed)")
    fitting.add_argument("--into", type=Path, metavar="FILE", help=f"default: {FITTED_HERE} in the model pack, where the station finds it")
    chosen = parser.parse_args(argv)
    try:
        outcome = _carry_out(chosen)
    except (CouldNotFinish, OSError) as trouble:
        print(f"models: {trouble}", file=sys.stderr)
        return 1
    except (Refused, ModelRefused, PrintTableWrong) as trouble:
        print(f"models: {trouble}", file=sys.stderr)
        return 3
    except _Usage as trouble:
        print(f"models: {trouble}", file=sys.stderr)
        return 2
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(outcome, indent=2) + "\n", encoding="utf-8")
    return 0


class _Usage(Exception):
    """What was asked for is not there; the text says what is."""


def _carry_out(chosen: argparse.Namespace) -> object:
    if chosen.what == "list":
        return _list(chosen.models)
    if chosen.what == "install":
        return _install(chosen.print, chosen.models, chosen.url)
    if chosen.what == "remove":
        return _remove(chosen.print, chosen.models)
    return _fit(chosen)


def _list(folder: Path) -> object:
    installed = installed_specs(folder)
    rows = [
        {"name": spec.name, "title": spec.title, "licence": spec.licence, "installed": spec in installed, "unfit_for": spec.unfit_for}
        for spec in (*installed, *(spec for spec in known_prints().values() if spec not in installed))
    ]
    for row in rows:
        print(f"{row['name']:10} {'installed' if row['installed'] else 'not installed':14} {row['title']} ({row['licence']})")
        print(f"{'':10} not to be used for {row['unfit_for']}")
    catalogue = open_catalogue(folder)
    verifier = open_verifier(catalogue, folder)
    makers_of(verifier, catalogue, folder)
    print(f"verifier {verifier.version}, on {verifier.name}:")
    print(explained(verifier))
    left_out = sorted(spec.name for spec in installed if spec.name not in {part.print_name for part in verifier.prints})
    if left_out:
        print(f"installed but in no decision until `python app.py models fit-verifier DIR` was run: {', '.join(left_out)}")
    return {"prints": rows, "verifier": verifier.version, "uses": verifier.name, "cllr": verifier.cllr, "in_no_decision": left_out}


def _install(wanted: str, folder: Path, url: str | None) -> object:
    if wanted == "minifasnet":
        lines = list(minifasnet.install(folder, minifasnet.from_network(url)))
        print("\n".join(lines))
        return {"installed": wanted, "files": lines}
    known = {name: spec for name, spec in known_prints().items() if not spec.model}
    if wanted in known:
        spec = known[wanted]
        path = folder / PRINTS_FOLDER / spec.file
        _fetched(spec, path, url)
    elif wanted.endswith(".toml"):
        spec = _install_own(Path(wanted), folder, url)
    else:
        raise _Usage(f"no print is called {wanted}; there are {', '.join(sorted(known))}, or name a FILE.toml of your own")
    print(f"installed {spec.name}: {spec.title} ({spec.licence})")
    print("It takes part in decisions once the verifier was fitted with it: python app.py models fit-verifier DIR")
    return {"installed": spec.name, "sha256": spec.sha256}


def _install_own(table: Path, folder: Path, url: str | None) -> PrintSpec:
    specs = read_print_tables(table)
    if len(specs) != 1 or specs[0].model or specs[0].name in known_prints():
        raise _Usage(f"{table.name} must describe one print of its own name, [print.NAME], without a model of the pack")
    spec = specs[0]
    place = folder / PRINTS_FOLDER
    beside = table.with_suffix(".onnx")
    if beside.is_file() or not (url or spec.url):
        content = beside.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != spec.sha256 or len(content) != spec.size_bytes:
            raise Refused(f"{beside.name} has SHA-256 {found} and {len(content)} bytes, its table says otherwise")
        checked_network(spec, content)
        place.mkdir(parents=True, exist_ok=True)
        put_file(place / spec.file, content)
    else:
        _fetched(spec, place / spec.file, url)
    put_file(place / f"{spec.name}.toml", table.read_bytes())
    return spec


def _fetched(spec: PrintSpec, path: Path, url: str | None) -> None:
    """Bring a print's network unless it is there, and load it; one that is not what its table says does not stay."""
    if not _is_there(path, spec):
        fetch(url or spec.url, path, spec.sha256, spec.size_bytes, _bar(spec.file))
    try:
        checked_network(spec, path.read_bytes())
    except ModelRefused:
        path.unlink()
        raise


def _is_there(path: Path, spec: PrintSpec) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == spec.sha256


def _remove(name: str, folder: Path) -> object:
    path = folder / PRINTS_FOLDER / f"{name}.onnx"
    if name not in {spec.name for spec in installed_specs(folder) if not spec.model}:
        raise _Usage(f"{name} is not installed")
    path.unlink()
    path.with_suffix(".toml").unlink(missing_ok=True)
    print(f"removed {name}. A verifier fitted with it no longer opens: fit again, or delete {FITTED_HERE}.")
    return {"removed": name}


def _fit(chosen: argparse.Namespace) -> object:
    cv2.setNumThreads(1)
    catalogue = open_catalogue(chosen.models)
    makers = _makers(catalogue, chosen.models, chosen.prints)
    people = pictures_by_person(chosen.pictures)
    paths = [path for pictures in people.values() for path in pictures]
    times = StageTimes()
    stills = read_all(FaceReader(catalogue), makers, paths, times)
    numbers = {name: number for number, name in enumerate(people)}
    who = np.array([numbers[path.parent.name] for path in paths if path in stills], np.intp)
    enrolled = (
        [
            Enrolled(
                maker.spec.name,
                maker.digest,
                np.stack([stills[path].sides[maker.spec.name].face_print for path in paths if path in stills]).astype(np.float64),
                np.array([stills[path].sides[maker.spec.name].unsteadiness for path in paths if path in stills]),
            )
            for maker in makers
        ]
        if stills
        else []
    )
    try:
        if not enrolled:
            raise TooFewPeople("no picture in which a face is seen")
        fitted = fit(enrolled, who, seed=chosen.seed, version="")
    except TooFewPeople as trouble:
        raise _Usage(f"{chosen.pictures}: {trouble}") from trouble
    # The version names the prints, the size and the very numbers, so that two fits never share one.
    unnamed = hashlib.sha256(verifier_bytes(fitted.model)).hexdigest()[:8]
    model = dataclasses.replace(
        fitted.model, version=f"{'+'.join(p.print_name for p in fitted.model.prints)}-{fitted.model.people}-{unnamed}"
    )
    place = chosen.into or chosen.models / FITTED_HERE
    content = verifier_bytes(model)
    put_file(place, content)
    print(explained(model))
    print(f"written to {place}: version {model.version}, {len(paths) - len(stills)} of {len(paths)} pictures showed no face")
    return {
        "file": str(place),
        "sha256": hashlib.sha256(content).hexdigest(),
        "version": model.version,
        "people": model.people,
        "pictures": model.pictures,
        "failed_to_enrol": len(paths) - len(stills),
        "cllr": model.cllr,
        "points": [dataclasses.asdict(point) for point in model.points],
    }


def _makers(catalogue: Catalogue, folder: Path, wanted: str | None) -> list[PrintMaker]:
    specs = {spec.name: spec for spec in installed_specs(folder)}
    names = list(specs) if wanted is None else [name.strip() for name in wanted.split(",")]
    unknown = [name for name in names if name not in specs]
    if unknown:
        raise _Usage(f"not installed: {', '.join(unknown)}; installed: {', '.join(specs)}")
    return [open_print(specs[name], catalogue, folder) for name in names]


def _bar(name: str) -> Progress:
    """Return what shows how far a download is."""
    told = [-1]

    def show(arrived: int, wanted: int) -> None:
        share = arrived * 100 // max(wanted, 1)
        if sys.stderr.isatty():
            print(f"\r{name}: {arrived / 1e6:.1f} of {wanted / 1e6:.1f} MB", end="\n" if arrived == wanted else "", file=sys.stderr)
        elif share // 10 != told[0]:
            told[0] = share // 10
            print(f"{name}: {share} %", file=sys.stderr, flush=True)

    return show
