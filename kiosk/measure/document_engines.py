"""Document readers behind one interface: ours, and others to compare with or to ask for a second opinion.

None of the others is a dependency of the product. PassportEye and tesseract: `pip install -r packaging/requirements/engines.txt` and
Debian's `tesseract-ocr`. RapidOCR: `pip install --no-deps rapidocr==3.10.0 pyclipper shapely omegaconf PyYAML tqdm requests colorlog six
antlr4-python3-runtime==4.9.3` (without `--no-deps` it brings a second OpenCV, with a Qt of its own).
"""

import importlib
import importlib.util
import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import cv2
import numpy as np

from kiosk.camera.picture import decode_picture
from kiosk.document.engines import Engines
from kiosk.document.layouts import ALPHABET, LAYOUTS
from kiosk.document.mrz import MrzParsed, parse
from kiosk.document.mrz_find import find_zones
from kiosk.document.mrz_rows import straightened
from kiosk.document.read import read_document
from kiosk.document.reading import DocumentOutcome, FindingCode, Read, Unreadable, Weight
from kiosk.faults import PictureUnreadable
from kiosk.imaging.geometry import gray_of
from kiosk.measure.document_cases import EngineReading, Lines
from kiosk.policy import BRANCH
from models.catalogue import open_catalogue
from models.code_reader import CodeReader
from models.face_finder import FaceFinder
from models.mrz_reader import MrzReader
from models.text_reader import TextReader

PACK = Path(__file__).resolve().parents[2] / "build" / "models"
TODAY = date(2026, 7, 1)
"""A fixed day, so that two runs agree."""


class EngineMissing(Exception):
    """The engine asked for is not installed here; the message says what to do."""


class DocumentEngine(Protocol):
    def read(self, data: bytes) -> EngineReading:
        """Return what the engine makes of a picture file; raises nothing for any bytes."""
        ...


def load_engines(pack: Path = PACK) -> Engines:
    """Raises ModelRefused where the pack is not right."""
    catalogue = open_catalogue(pack)
    return Engines(MrzReader(catalogue), TextReader(catalogue), FaceFinder(catalogue), CodeReader())


class Ours:
    """The product's own reader, whole: MRZ, page, portrait, printed text, cross-checks."""

    def __init__(self, pack: Path) -> None:
        self._engines = load_engines(pack)

    def read(self, data: bytes) -> EngineReading:
        try:
            picture = decode_picture(data, BRANCH.document)
        except PictureUnreadable:
            return EngineReading(None, False, why="picture refused")
        return read_by_us(read_document(picture, self._engines, BRANCH.document, TODAY, one_side_only=False))


def read_by_us(outcome: DocumentOutcome) -> EngineReading:
    if not isinstance(outcome, Read):
        return EngineReading(None, False, why=outcome.because.value if isinstance(outcome, Unreadable) else "unknown")
    against = [f for f in outcome.findings if f.weight in (Weight.CONTRADICTS, Weight.DOUBTS)]
    stops = (FindingCode.CHECK_DIGIT, FindingCode.LOW_CONFIDENCE)
    lines = outcome.raw_lines.reveal()
    return EngineReading(
        lines=lines or None,
        accepted=bool(lines) and not any(finding.code in stops for finding in against),
        portrait_px=outcome.portrait.face_width_px if outcome.portrait else 0.0,
        doubts=tuple(f"{finding.code.value}:{finding.about}" for finding in against if finding.code is not FindingCode.EXPIRED),
    )


class PassportEye:
    """passporteye.read_mrz as it comes."""

    def __init__(self, pack: Path) -> None:
        _need("passporteye", "pip install -r packaging/requirements/engines.txt")
        _need_tesseract()
        self._read_mrz: Callable[..., Any] = importlib.import_module("passporteye").read_mrz

    def read(self, data: bytes) -> EngineReading:
        with _private_temporary_files():
            try:
                found = self._read_mrz(io.BytesIO(data))
            except (ValueError, OSError, TypeError, IndexError, RuntimeError, SyntaxError) as trouble:
                return EngineReading(None, False, why=type(trouble).__name__)
        if found is None:
            return EngineReading(None, False, why="none found")
        lines = tuple(line.replace(" ", "") for line in str(found.aux.get("text", "")).splitlines() if len(line) > 20)
        return EngineReading(lines or None, bool(found.valid))


class Tesseract:
    """Stock tesseract (`eng`) on the band our finder locates, both ways up: what it does when the hard part is done for it."""

    def __init__(self, pack: Path) -> None:
        _need_tesseract()

    def read(self, data: bytes) -> EngineReading:
        try:
            gray = gray_of(decode_picture(data, BRANCH.document))
        except PictureUnreadable:
            return EngineReading(None, False, why="picture refused")
        readings = []
        for zone in find_zones(gray)[:2]:
            band = cv2.resize(straightened(gray, zone).gray, None, fx=2.5, fy=2.5, interpolation=cv2.INTER_CUBIC)
            for way in (band, band[::-1, ::-1]):
                readings.append(lines_of_text(self._text(np.ascontiguousarray(way)).splitlines()))
                if readings[-1] is not None and _fits(readings[-1]):
                    return _with_check_digits(readings[-1])
        return _with_check_digits(next((lines for lines in readings if lines is not None), None))

    def _text(self, band: Any) -> str:
        _, coded = cv2.imencode(".png", band)
        allowed = f"tessedit_char_whitelist={ALPHABET}"
        command = ["tesseract", "stdin", "stdout", "--psm", "6", "-l", "eng", "-c", allowed]
        one_thread = os.environ | {"OMP_THREAD_LIMIT": "1"}
        answer = subprocess.run(command, input=coded.tobytes(), capture_output=True, check=False, env=one_thread)
        return answer.stdout.decode("utf-8", "replace")


class RapidOcr:
    """RapidOCR over the whole picture; lines that look like an MRZ's are taken as they are."""

    def __init__(self, pack: Path) -> None:
        _need("rapidocr", "see kiosk/measure/document_engines.py")
        module = importlib.import_module("rapidocr")
        quiet = {"Global.log_level": "critical", "EngineConfig.onnxruntime.intra_op_num_threads": 1}
        self._engine: Callable[..., Any] = module.RapidOCR(params=quiet)

    def read(self, data: bytes) -> EngineReading:
        try:
            picture = decode_picture(data, BRANCH.document)
        except PictureUnreadable:
            return EngineReading(None, False, why="picture refused")
        answer = self._engine(picture)
        return _with_check_digits(lines_of_text([str(text) for text in answer.txts or ()]))


ENGINES: Mapping[str, Callable[[Path], DocumentEngine]] = MappingProxyType(
    {"ours": Ours, "passporteye": PassportEye, "tesseract": Tesseract, "rapidocr": RapidOcr}
)


def lines_of_text(texts: Sequence[str]) -> Lines | None:
    """Return the MRZ among lines of general text as it stands: neighbours of one layout's length, give or take three characters."""
    plain = ["".join(c for c in text.upper().replace("«", "<<") if c in ALPHABET) for text in texts]
    long = [text for text in plain if len(text) >= 26]
    best: tuple[float, Lines] | None = None
    for row in LAYOUTS:
        for first in range(len(long) - row.lines + 1):
            lines = tuple(long[first : first + row.lines])
            miss = sum(abs(len(line) - row.length) for line in lines) / row.lines
            if miss <= 3 and any("<<" in line for line in lines) and (best is None or miss < best[0]):
                best = miss, lines
    return None if best is None else best[1]


def _with_check_digits(lines: Lines | None) -> EngineReading:
    return EngineReading(lines, lines is not None and _fits(lines), why="" if lines else "none found")


def _fits(lines: Lines) -> bool:
    parsed = parse(lines)
    return isinstance(parsed, MrzParsed) and parsed.all_fit


def _need(module: str, how: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise EngineMissing(f"{module} is not installed: {how}")


def _need_tesseract() -> None:
    if shutil.which("tesseract") is None:
        raise EngineMissing("tesseract is not installed: apt install tesseract-ocr")


class _private_temporary_files:  # noqa: N801 - used as `with`
    """pytesseract writes the page to a file that would survive a kill: into a folder of memory that goes away with this."""

    def __enter__(self) -> None:
        memory = Path("/dev/shm")  # noqa: S108 - a folder in memory is the point
        self._folder = tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)
        self._before, tempfile.tempdir = tempfile.tempdir, self._folder.name

    def __exit__(self, *trouble: object) -> None:
        tempfile.tempdir = self._before
        self._folder.cleanup()
