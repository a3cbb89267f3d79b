"""`app.py doctor`: what works on this station, what does not, and what to do about it, in plain words.

Exit code 0 if the station can work, 1 if not. Without a branch.toml the parts that need none are looked at: models, text engine, camera,
fonts, disk.
"""

import argparse
import os
import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from kiosk.camera.webcam import Webcam
from kiosk.commands.display import has_display
from kiosk.faults import ModelRefused, SettingsRefused
from kiosk.policy import FacePolicy
from kiosk.settings import FILE_NAME, Settings, load_settings
from kiosk.station.doctor import Probes, as_json, as_text, examine, examine_bare, examine_running, exit_code, http_health
from kiosk.station.overview import StationOverview
from kiosk.trust import self_checks
from kiosk.trust.self_checks import Check, ModelState, Status
from models.catalogue import open_catalogue
from models.face_prints import PrintTableWrong, installed_specs, makers_of
from models.face_verifier import open_verifier
from models.text_reader import TextReader

SAMPLE = "UTOPIA 2026"


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py doctor", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", type=Path, help=f"default: ./{FILE_NAME} where it is")
    parser.add_argument("--models", type=Path, default=Path("build/models"))
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(argv)
    checks = _checks(chosen.settings or Path(FILE_NAME), chosen.models)
    print(as_json(checks) if chosen.json else as_text(checks))
    return exit_code(checks)


def _checks(path: Path, models: Path) -> tuple[Check, ...]:
    try:
        settings = load_settings(path)
    except SettingsRefused as refused:
        found = path.is_file()
        says = "; ".join(str(refused).splitlines()) if found else f"There is no {path.name} here: only practice and the demo can run."
        remedy = "Correct it; resources/branch.example.toml explains every key." if found else "Copy resources/branch.example.toml."
        return (Check("settings", Status.FAIL, says, remedy), *examine_bare(probes(models, 0)), face_print_check(models))
    found_well = Check("settings", Status.OK, f"{path.name} is complete.", "")
    return (found_well, *examine(settings, _probes_for(settings, models)), face_print_check(models))


def running_checks(settings: Settings, models: Path, overview: StationOverview) -> tuple[Check, ...]:
    """Return what can be seen while the station works: the camera's state is the station's own, the store stays as it is."""
    trouble = overview.camera_problem
    camera = Check("camera", Status.FAIL if trouble else Status.OK, trouble or "It gives pictures.", "Open it anew." if trouble else "")
    waiting = Check("deliveries", Status.OK, f"{overview.backlog.waiting} waiting, {overview.backlog.set_aside} set aside.")
    return (camera, waiting, *examine_running(settings, _probes_for(settings, models)))


def _probes_for(settings: Settings, models: Path) -> Probes:
    return probes(models, settings.camera.device)


def probes(models: Path, device: int | str) -> Probes:
    return Probes(
        models=lambda: model_states(models),
        text_engine=lambda: text_engine_trouble(models),
        camera=lambda: take_picture(device),
        missing_fonts=missing_fonts,
        health=http_health,
        now=lambda: datetime.now(UTC),
    )


def model_states(folder: Path) -> Sequence[ModelState]:
    """Return every model of the manifest with what is wrong with its file. Raises ModelRefused without a pack."""
    return [ModelState(f"{one.role} ({one.licence})", one.trouble) for one in open_catalogue(folder).installed()]


def face_print_check(folder: Path) -> Check:
    """Say which prints decide here, what they were measured to reach and what they must not be used for."""
    try:
        catalogue = open_catalogue(folder)
        verifier = open_verifier(catalogue, folder)
        makers = makers_of(verifier, catalogue, folder)
        installed = installed_specs(folder)
    except (ModelRefused, PrintTableWrong) as trouble:
        return self_checks.face_print("", "", (), (), str(trouble))
    policy = FacePolicy()
    rate = policy.accept_at_fmr
    below = verifier.miss_rate(policy.refer_at_fmr)
    reaches = (
        f"at a false match rate of 1 in {1 / rate:,.0f} it misses {verifier.miss_rate(rate):.1%} of the people it was fitted among: "
        f"{verifier.miss_rate(rate) - below:.1%} go to a person and {below:.1%} are taken for another face"
    )
    used = {maker.spec.name for maker in makers}
    left_out = [spec.name for spec in installed if spec.name not in used]
    uses = f"{', '.join(maker.spec.title for maker in makers)} with verifier {verifier.version}"
    return self_checks.face_print(uses, reaches, [maker.spec.unfit_for for maker in makers], left_out, "")


def text_engine_trouble(folder: Path) -> str:
    """Return empty if the text engine reads a drawn line, else what is wrong."""
    page = np.full((120, 640, 3), 255, np.uint8)
    cv2.putText(page, SAMPLE, (20, 80), cv2.FONT_HERSHEY_SIMPLEX, 2.0, (0, 0, 0), 4, cv2.LINE_AA)
    try:
        read = " ".join(line.text for _, line in TextReader(open_catalogue(folder)).read(page, 640))
    except ModelRefused as refused:
        return str(refused)
    return "" if read.replace(" ", "") == SAMPLE.replace(" ", "") else "it does not read a plain drawn line rightly"


def take_picture(device: int | str) -> str:
    """Open the camera, ask it for random changes and take one picture; return what it is and how it answered. Raises CameraUnavailable
    or CameraLost."""
    camera = Webcam(device, time.monotonic_ns, choose=secrets.randbelow)
    camera.open()
    try:
        camera.read()
        return camera.provenance.device
    finally:
        camera.close()


def missing_fonts() -> Sequence[str]:
    """Return the scripts the program writes that no installed font covers."""
    if not has_display():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QFontDatabase, QGuiApplication

    application = QGuiApplication.instance() or QGuiApplication([])
    if application is None:
        raise RuntimeError("Qt made no application")
    wanted = {"Latin": QFontDatabase.WritingSystem.Latin, "Arabic": QFontDatabase.WritingSystem.Arabic}
    return [name for name, system in wanted.items() if not QFontDatabase.families(system)]
