"""How a document gets into the case in front otherwise than by the camera: a file, a dropped file, a scanner's folder, an MRZ reader."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from kiosk.values import SessionId
from ui.bridge import Bridge, DeskPort, Done
from ui.desk_panels.arrivals import Arrivals
from ui.desk_scenes import CaseView
from ui.phrases import Phrases


class PicturesIn:
    """view: the case in front, if there is one; working: whether somebody is signed in and the window not locked; trouble: told what went
    wrong with the case in front."""

    def __init__(
        self,
        window: QWidget,
        bridge: Bridge,
        desk: DeskPort,
        view: Callable[[], CaseView | None],
        working: Callable[[], bool],
        trouble: Callable[[str], None],
        *,
        has_scanner: bool,
    ) -> None:
        self._window, self._bridge, self._desk = window, bridge, desk
        self._view, self._working, self._trouble = view, working, trouble
        self._phrases: Phrases | None = None
        self._dialog: QFileDialog | None = None
        self.looking, self.has_scanner = False, has_scanner
        self._scanning_for: SessionId | None = None
        self.arrivals = Arrivals(
            window,
            self._waiting,
            partial(self._waiting, swipes=True),
            lambda: bridge.station.now().monotonic_ns,
            dropped=self.load,
            swiped=self.load_swiped,
            look_for_scans=self._look_for_scans,
        )

    def translate(self, phrases: Phrases) -> None:
        self._phrases = phrases

    def choose(self) -> None:
        """Ask for a file beside the work: the dialog is not modal and closes with the case."""
        self.close_dialog()
        view = self._view()
        if view is None or self._phrases is None:
            return
        dialog = QFileDialog(self._window, self._phrases.text("desk.load-picture"))
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(f"{self._phrases.text('desk.picture-filter')} (*.jpg *.jpeg *.png *.bmp *.tif *.tiff *.webp)")
        dialog.setModal(False)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(partial(self.load, view.session))
        dialog.finished.connect(self._dialog_closed)
        self._dialog = dialog
        dialog.show()

    def load(self, session: SessionId, path: str) -> None:
        """session: the case the picture was chosen for; a slow file never lands in the next one."""
        self._bridge.away(lambda: self._desk.load_picture(Path(path), session), partial(self._loaded, session))

    def load_swiped(self, session: SessionId, lines: tuple[str, ...]) -> None:
        """Hand over what an MRZ reader sent. session: the case in front when it was sent."""
        self._bridge.away(lambda: self._desk.load_swiped(lines, session), partial(self._loaded, session))

    def stop(self) -> None:
        self.arrivals.stop()
        self.close_dialog()

    def close_dialog(self) -> None:
        if self._dialog is not None:
            self._dialog.close()
            self._dialog = None

    def _dialog_closed(self) -> None:
        self._dialog = None

    def _waiting(self, *, swipes: bool = False) -> SessionId | None:
        """Return the case that waits for a picture of its document, or for swiped lines; None where nobody works at one."""
        view = self._view()
        if view is None or not self._working():
            return None
        return view.session if (view.can.swipe if swipes else view.can.load_picture) else None

    def _look_for_scans(self, session: SessionId | None) -> None:
        """Look into the scanner's folder, away from the window. What lies there when a case begins to wait is nobody's."""
        if not self.has_scanner or self.looking or self._bridge.stopped or session is None:
            return
        self.looking = True
        is_new, self._scanning_for = session != self._scanning_for, session
        look = self._desk.forget_scanned if is_new else partial(self._desk.load_scanned, session)
        self._bridge.away(look, partial(self._scans_seen, session))

    def _scans_seen(self, session: SessionId, done: Done) -> None:
        self.looking = False
        self._loaded(session, done)

    def _loaded(self, session: SessionId, done: Done) -> None:
        view = self._view()
        if done.fault is not None and self._phrases is not None and view is not None and view.session == session:
            self._trouble(f"{self._phrases.text(done.fault.phrase)}. {self._phrases.text(done.fault.remedy)}")
