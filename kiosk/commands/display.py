"""Whether there is a display, and what Qt says where there is none."""

import os
import sys


def hush_offscreen() -> None:
    """Qt's offscreen platform complains at every resize that it has no window manager; everything else is still printed."""
    from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

    def said(kind: QtMsgType, context: QMessageLogContext, text: str | None) -> None:
        if text and "propagateSizeHints" not in text:
            print(f"Qt: {text}", file=sys.stderr)

    qInstallMessageHandler(said)


def has_display() -> bool:
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
