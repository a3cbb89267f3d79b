"""The fitted verifier as a file: `weights/face_verifier.npz` (ours, in the pack) or one a bank fitted on its own people.

A NumPy archive without pickles: `facts` is JSON in UTF-8 bytes, the rest are arrays. It holds covariances, a drawn cohort of nobody and a
few weights; no print of a person can be had back from it (models/weights/face_verifier.md).
"""

import hashlib
import io
import json
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from kiosk.face.two_covariance import TwoCovariance
from kiosk.face.verifier_model import FEATURES, OperatingPoint, PrintVerifier, VerifierModel
from kiosk.faults import ModelRefused
from models.catalogue import Catalogue

ROLE = "face_verifier"
FITTED_HERE = "face_verifier_fitted.npz"
"""A bank's own, beside the pack's; it goes before it."""
_FORMAT = 2


def verifier_bytes(model: VerifierModel) -> bytes:
    """Return the file. The same model gives the same bytes."""
    facts = {
        "format": _FORMAT,
        "version": model.version,
        "prints": [{"name": part.print_name, "sha256": part.print_digest, "nearest": part.nearest} for part in model.prints],
        "offset": model.offset,
        "points": [asdict(point) for point in model.points],
        "cllr": model.cllr,
        "people": model.people,
        "pictures": model.pictures,
    }
    arrays: dict[str, Any] = {"facts": np.frombuffer(json.dumps(facts, sort_keys=True).encode(), np.uint8), "weights": model.weights}
    for number, part in enumerate(model.prints):
        arrays[f"mean_{number}"] = part.model.mean.astype(np.float32)
        arrays[f"basis_{number}"] = part.model.basis.astype(np.float32)
        arrays[f"between_{number}"] = part.model.between.astype(np.float32)
        arrays[f"whitening_{number}"] = part.model.whitening.astype(np.float32)
        arrays[f"cohort_{number}"] = part.cohort.astype(np.float16)
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def read_verifier(content: bytes, file: str) -> VerifierModel:
    """Return the verifier of a file's bytes. Raises ModelRefused if it is not what `verifier_bytes` writes."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
        facts = json.loads(arrays["facts"].tobytes())
        if facts["format"] != _FORMAT:
            raise ModelRefused(f"{file} is of another format than this program reads: fit it again")
        prints = tuple(
            PrintVerifier(
                print_name=str(row["name"]),
                print_digest=str(row["sha256"]),
                model=TwoCovariance(*(arrays[f"{part}_{number}"].astype(np.float64) for part in ("mean", "basis", "between", "whitening"))),
                cohort=arrays[f"cohort_{number}"].astype(np.float64),
                nearest=int(row["nearest"]),
            )
            for number, row in enumerate(facts["prints"])
        )
        model = VerifierModel(
            version=str(facts["version"]),
            prints=prints,
            weights=arrays["weights"].astype(np.float64),
            offset=float(facts["offset"]),
            points=tuple(OperatingPoint(**{key: float(value) for key, value in row.items()}) for row in facts["points"]),
            cllr=float(facts["cllr"]),
            people=int(facts["people"]),
            pictures=int(facts["pictures"]),
        )
    except (KeyError, TypeError, ValueError, OSError, EOFError, zipfile.BadZipFile) as trouble:
        raise ModelRefused(f"{file} is no face verifier ({type(trouble).__name__}): fit it again") from trouble
    if model.weights.shape != (len(FEATURES) * len(prints),) or not prints or not model.points or not all(map(_fits, prints)):
        raise ModelRefused(f"{file} is no face verifier (its parts do not fit together): fit it again")
    return model


def _fits(part: PrintVerifier) -> bool:
    """Return whether the arrays of a print's part have the shapes `TwoCovariance` and `PrintVerifier` say."""
    model = part.model
    if model.mean.ndim != 1 or model.between.ndim != 1:
        return False
    wide = (len(model.mean), len(model.between))
    return model.basis.shape == model.whitening.shape == wide and part.cohort.ndim == 2 and part.cohort.shape[1] == wide[0]


def open_verifier(catalogue: Catalogue, folder: Path) -> VerifierModel:
    """Return the verifier fitted on this machine if there is one, else the pack's. Raises ModelRefused."""
    own = folder / FITTED_HERE
    try:
        return read_verifier(own.read_bytes(), own.name)
    except FileNotFoundError:
        return read_verifier(catalogue.content(ROLE), catalogue.entry(ROLE).file)
    except OSError as trouble:
        raise ModelRefused(f"{own.name} cannot be read ({trouble.strerror})") from trouble


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
