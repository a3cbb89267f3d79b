"""`app.py booth` and `app.py desk`: the self-service kiosk, and the teller's window.

With --camera (the default) they serve people. With --recording they are driven by a clip and a document picture, for QA; such a station is
never of class production, and every record says that its frames were recorded.

Without settings (no branch.toml here and none named) a practice station is made that lasts as long as the window: a bank beside it, class
demo, nothing kept.
"""

import argparse
import json
import os
import secrets
import signal
import sys
import time
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.faults import Fault, SettingsRefused
from kiosk.settings import FILE_NAME, Settings, load_settings
from kiosk.values import Capture, Channel, OperatorId, StationClass
from ui.phrases import LANGUAGES

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from kiosk.assembly.branch import Branch
    from kiosk.assembly.desk_access import DeskAccess
    from kiosk.assembly.desk_offices import Spot
    from kiosk.assembly.equipment import Equipment
    from kiosk.assembly.maintenance import BoothMaintenance
    from kiosk.assembly.qa_recording import QaRecorder
    from kiosk.camera.source import FrameSource
    from kiosk.station.ports import ScriptSource
    from kiosk.trust.operators import Operators
    from kiosk.trust.self_checks import Check
    from ui.bridge import Bridge

EXIT_FAULT = 1
WINDOW_SIZE = (1280, 800)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The command line, checked."""

    channel: Channel
    settings: Settings | None
    camera: int | str
    recording: Path | None
    documents: tuple[Path, ...]
    script: tuple[str, ...]
    record: Path | None
    windowed: bool
    size: tuple[int, int]
    fast: bool
    language: str
    models: Path
    scans: Path | None
    first_paint_probe: bool

    @property
    def is_qa(self) -> bool:
        return self.recording is not None or self.record is not None or bool(self.script)


def parse(words: list[str]) -> Chosen:
    """Return the checked command line. Raises SystemExit for usage, SettingsRefused for a branch.toml that will not do."""
    channel = Channel(words[0])
    parser = argparse.ArgumentParser(prog=f"app.py {channel}", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", type=Path, help=f"default: ./{FILE_NAME} where it is; else a practice station")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--camera", metavar="N", help="the system's number of the camera, or its path (default: the settings', else 0)")
    source.add_argument("--recording", type=Path, metavar="CLIP", help="a video file or a folder of frames instead of a camera (QA)")
    documents = parser.add_argument("--document", type=Path, action="append", default=[], metavar="PICTURE")
    documents.help = "with --recording: the document; twice for two sides"
    parser.add_argument("--script", default="", metavar="LIST", help="fix the challenges, for example turn-left,turn-right,blink (QA)")
    parser.add_argument("--record", type=Path, metavar="DIR", help="keep a QA recording of the journey in a new folder")
    fast = parser.add_argument("--fast", action="store_true")
    fast.help = "with --recording: no window, as fast as the models allow; prints the outcome as JSON"
    parser.add_argument("--windowed", action="store_true", help="the booth in a window instead of full screen")
    parser.add_argument("--language", choices=LANGUAGES, help="what the screen starts in")
    parser.add_argument("--scans", type=Path, metavar="FOLDER", help="the desk takes new pictures a scanner puts into this folder")
    parser.add_argument("--models", type=Path, default=Path("build/models"))
    parser.add_argument("--first-paint-probe", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(words[1:])
    if given.recording and not given.document:
        parser.error("--recording needs --document: a journey starts with a document")
    if given.fast and not given.recording:
        parser.error("--fast needs --recording")
    path = given.settings or (Path(FILE_NAME) if Path(FILE_NAME).is_file() else None)
    settings = load_settings(path) if path is not None else None
    language = given.language or (settings.languages.default if settings else LANGUAGES[0])
    if language not in LANGUAGES:
        raise SettingsRefused(f"languages.default: there are no phrases for {language}")
    camera = given.camera if given.camera is not None else (settings.camera.device if settings else 0)
    return Chosen(
        channel=channel,
        settings=settings,
        camera=int(camera) if str(camera).isdigit() else str(camera),
        recording=given.recording,
        documents=tuple(given.document),
        script=tuple(name for name in given.script.split(",") if name),
        record=given.record,
        windowed=given.windowed or (settings is not None and not settings.window.full_screen),
        size=(settings.window.width_px, settings.window.height_px) if settings is not None else WINDOW_SIZE,
        fast=given.fast,
        language=language,
        models=given.models,
        scans=given.scans,
        first_paint_probe=given.first_paint_probe,
    )


def main(words: list[str]) -> int:
    try:
        chosen = parse(words)
        if chosen.fast:
            return _fast(chosen)
        return _window(chosen)
    except Fault as fault:
        print(f"{type(fault).__name__}: {fault}", file=sys.stderr)
        return EXIT_FAULT


def equipment_for(chosen: Chosen) -> "AbstractContextManager[Equipment]":
    """Return the station's equipment. Raises SettingsRefused when a production station is asked to do QA."""
    from kiosk.assembly.equipment import for_practice, from_settings

    if chosen.settings is None:
        return for_practice(f"practice-{chosen.channel}", StationClass.QA if chosen.is_qa else StationClass.DEMO)
    if chosen.is_qa and chosen.settings.station.station_class is StationClass.PRODUCTION:
        raise SettingsRefused("a production station takes no recordings and no fixed scripts: use a station of class qa")
    return from_settings(chosen.settings)


def source_for(chosen: Chosen) -> "FrameSource":
    """Return the camera, or the staged recording. Raises PictureUnreadable."""
    from kiosk.camera.chosen import ChosenCamera
    from kiosk.camera.picture import decode_picture
    from kiosk.camera.recording import Recording
    from kiosk.camera.staged import Staged, StillPictures
    from kiosk.camera.webcam import Webcam
    from kiosk.policy import BRANCH
    from kiosk.trust.endpoint import EndpointWatch

    if chosen.recording is None:
        watch = EndpointWatch(time.monotonic_ns)
        return ChosenCamera(chosen.camera, lambda address: Webcam(address, time.monotonic_ns, choose=secrets.randbelow, beside=watch))
    pictures = [decode_picture(_bytes_of(path), BRANCH.document) for path in chosen.documents]
    return Staged([StillPictures(pictures, time.monotonic_ns)], [Recording(chosen.recording, time.monotonic_ns)])


def scripts_for(chosen: Chosen, equipment: "Equipment") -> "ScriptSource":
    """Return where scripts come from. Raises SettingsRefused for a script with unknown words."""
    from kiosk.assembly.scripts import DrawnScripts, FixedScripts
    from kiosk.liveness.challenge import Script
    from kiosk.liveness.script import fixed_script

    if not chosen.script:
        return DrawnScripts(equipment.context.policy.liveness)
    script = fixed_script(chosen.script)
    if not isinstance(script, Script):
        raise SettingsRefused(f"--script: `{script.name}` is no challenge; known: blink, turn-left, turn-right")
    return FixedScripts(script)


def _bytes_of(path: Path) -> bytes:
    from kiosk.faults import PictureUnreadable

    try:
        return path.read_bytes()
    except OSError as error:
        raise PictureUnreadable(f"the document picture cannot be read: {error.strerror}") from error


def _window(chosen: Chosen) -> int:
    """Open the window first and load the models behind it: a person sees the screen at once."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    import ui.bridge
    from kiosk.assembly.branch import Branch, Parts
    from kiosk.station.crew import install_quiet_hooks

    application = QApplication.instance() or QApplication([])
    with equipment_for(chosen) as equipment:
        recorder = _recorder(chosen, equipment)
        source = source_for(chosen)
        branch = Branch(
            Parts(
                context=equipment.context,
                source=source,
                models=chosen.models,
                scripts=scripts_for(chosen, equipment),
                store=equipment.store,
                identity=equipment.identity,
                bank=equipment.bank,
                connector=equipment.connector,
                extra_views=() if recorder is None else (recorder.frames,),
                renew_keys=equipment.renew_keys,
                lookup=equipment.lookup,
                desk=equipment.desk,
                referred=equipment.referred,
                withdrawals=equipment.withdrawals,
                heartbeat=equipment.heartbeat,
                hours=equipment.hours,
            )
        )
        follow(branch, source)
        if recorder is not None:
            branch.station.on_watch(recorder.watch)
            branch.station.witness(recorder.witness)
            recorder.start()
        bridge = ui.bridge.Bridge(branch.station)
        window = _make_window(chosen, branch, bridge, equipment, source)
        show(window, chosen.size, full_screen=chosen.channel is Channel.BOOTH and not chosen.windowed)
        QTimer.singleShot(0, lambda: _after_first_paint(chosen, branch, bridge))
        for number in (signal.SIGINT, signal.SIGTERM):
            # The bridge's timer lets Python look for signals ten times a second; stopping then goes the same way as closing the window.
            signal.signal(number, lambda *_: application.quit())
        install_quiet_hooks(branch.station.service_ended)
        status = int(application.exec())
        bridge.stop()
        branch.stop()
        window.close()
        if recorder is not None:
            recorder.stop()
        return status


def follow(branch: "Branch", source: "FrameSource") -> None:
    """Let a staged recording follow what the journey looks for."""
    from kiosk.camera.staged import Staged
    from kiosk.journey.effects import Watch

    if isinstance(source, Staged):
        branch.station.on_watch(lambda wanted: source.follow(face=wanted.watch is Watch.FACE))


def show(window: "QWidget", size: tuple[int, int], *, full_screen: bool) -> None:
    window.resize(*size)
    if full_screen:
        window.showFullScreen()
    else:
        window.show()


def _make_window(chosen: Chosen, branch: "Branch", bridge: "Bridge", equipment: "Equipment", source: "FrameSource") -> "QWidget":
    capture = Capture.RECORDING if chosen.recording is not None else Capture.LIVE_CAMERA
    if chosen.channel is Channel.BOOTH:
        from ui.booth import BoothWindow

        settings = chosen.settings
        return BoothWindow(
            bridge,
            station_class=equipment.station_class,
            capture=capture,
            language=chosen.language,
            maintenance=None if settings is None else booth_maintenance(chosen, settings, branch, equipment),
            locked=settings is not None and not chosen.windowed,
        )
    from kiosk.assembly.desk_offices import DeskOffices
    from kiosk.camera.chosen import ChosenCamera
    from kiosk.station.clock import SystemClock
    from ui.desk import DeskWindow

    camera = source if isinstance(source, ChosenCamera) else None
    offices = DeskOffices(
        equipment, branch.presence, SystemClock(), camera, chosen.models, pictures=lambda: training_pictures(chosen.models)
    )
    access = desk_access(branch, equipment, practice=chosen.settings is None, scans=chosen.scans)
    return DeskWindow(
        bridge,
        access,
        station_class=equipment.station_class,
        capture=capture,
        language=chosen.language,
        offices=offices,
        has_scanner=chosen.scans is not None,
    )


def booth_maintenance(chosen: Chosen, settings: Settings, branch: "Branch", equipment: "Equipment") -> "BoothMaintenance":
    """Return what an operator may do at the booth. What works is looked at as by `doctor`, but for the camera, which is in use."""
    from kiosk.assembly.maintenance import BoothMaintenance
    from kiosk.commands.doctor import running_checks
    from kiosk.station.clock import SystemClock
    from kiosk.trust.operators import Operators

    def examine() -> "tuple[Check, ...]":
        return running_checks(settings, chosen.models, branch.station.overview)

    training = equipment.context.policy.training
    return BoothMaintenance(equipment.store, Operators(equipment.store), SystemClock(), examine, branch.grabber.reopen, training)


def training_pictures(models: Path) -> "tuple[Spot, ...]":
    """Return pictures for training; none where this build was made without simulated people."""
    from kiosk.assembly.desk_offices import no_pictures

    try:
        from kiosk.commands.spot_pictures import fresh_pictures
    except ModuleNotFoundError:
        return no_pictures()
    return fresh_pictures(models)


def desk_access(branch: "Branch", equipment: "Equipment", *, practice: bool, scans: Path | None = None) -> "DeskAccess":
    """Return the desk's access. A practice station makes people of its own and says so. scans: the folder a scanner writes to."""
    from kiosk.assembly.desk_access import DeskAccess
    from kiosk.camera.scan_folder import ScanFolder
    from kiosk.station.clock import SystemClock
    from kiosk.trust.desk_looks import DeskLooks
    from kiosk.trust.operators import Operators
    from kiosk.trust.typing_rhythm import RhythmBook

    operators = Operators(equipment.store)
    if practice:
        make_practice_people(operators)
    watched = ScanFolder(scans) if scans is not None else None
    document, rhythms = equipment.context.policy.document, RhythmBook(equipment.store)
    return DeskAccess(branch.station, operators, branch.presence, document, SystemClock(), watched, rhythms, DeskLooks(equipment.store))


def make_practice_people(operators: "Operators") -> None:
    """Make an administrator, who adds a teller, a supervisor and an auditor, each with a drawn password and recovery codes."""
    from datetime import UTC, datetime

    from kiosk.trust.factors import FactorKind, code_of, draw_offer
    from kiosk.trust.operators import FactorEnrolled, NeedsFactor
    from kiosk.trust.permissions import Role
    from kiosk.trust.presence import SignedIn
    from kiosk.values import Masked

    now = datetime.now(UTC)
    administrator = SignedIn(OperatorId("ada"), Role.ADMINISTRATOR, now, FactorKind.TOTP)
    for name, role in (("ada", Role.ADMINISTRATOR), ("tess", Role.TELLER), ("sam", Role.SUPERVISOR), ("udo", Role.AUDITOR)):
        password = "-".join(secrets.token_hex(3) for _ in range(3))
        if role is Role.ADMINISTRATOR:
            operators.first_administrator(name, Masked(password), now)
        else:
            operators.add(name, Masked(password), role, administrator, now)
        offer = draw_offer(name, "practice")
        enrolled = operators.enrol_totp(NeedsFactor(OperatorId(name), now), offer.totp, code_of(offer.totp, now), now)
        if not isinstance(enrolled, FactorEnrolled):
            raise ValueError("a practice operator's second factor was refused")
        codes = " ".join(code.reveal() for code in enrolled.recovery[:3])
        print(f"Practice operator made for this run: {name} ({role.value}), password {password}, codes for one sign-in each: {codes}")
        print(f"  or type into an authenticator app: {offer.typed.reveal()}", flush=True)


def _recorder(chosen: Chosen, equipment: "Equipment") -> "QaRecorder | None":
    from kiosk.assembly.qa_recording import QaRecorder

    return QaRecorder(chosen.record, equipment.station_class) if chosen.record is not None else None


def _after_first_paint(chosen: Chosen, branch: "Branch", bridge: "Bridge") -> None:
    from PySide6.QtWidgets import QApplication

    if chosen.first_paint_probe:
        print(json.dumps({"first_paint_s": round(time.time() - _process_started_at(), 3)}), flush=True)
        QApplication.quit()
        return
    branch.start()
    bridge.start()


def _process_started_at() -> float:
    """Return when this process began, as wall time (Linux: field 22 of /proc/self/stat, clock ticks since boot)."""
    after_name = Path("/proc/self/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    since_boot_s = float(after_name[19]) / os.sysconf("SC_CLK_TCK")
    return time.time() - (time.clock_gettime(time.CLOCK_BOOTTIME) - since_boot_s)


def _fast(chosen: Chosen) -> int:
    """Run one recorded journey without threads or windows and print what came of it."""
    from datetime import UTC, datetime

    from kiosk.assembly.recorded_journey import JourneyRunner, summary_of
    from kiosk.camera.picture import decode_picture
    from models.catalogue import open_catalogue

    if chosen.recording is None:
        raise ValueError("--fast without --recording was refused already")
    with equipment_for(chosen) as equipment:
        policy = equipment.context.policy
        pictures = [decode_picture(_bytes_of(path), policy.document) for path in chosen.documents]
        runner = JourneyRunner(open_catalogue(chosen.models), equipment.context, lambda: datetime.now(UTC).date())
        record = runner.run(pictures, chosen.recording, scripts_for(chosen, equipment))
    print(json.dumps(asdict(summary_of(record)), indent=1))
    return 0
