"""The receipt on paper: one page A4, as PDF, to a printer, or as a picture for the screen. All three are one drawing."""

import os
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Final

from PySide6.QtCore import QMarginsF, QSizeF, Qt
from PySide6.QtGui import (
    QFont,
    QImage,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPaintDevice,
    QPainter,
    QPdfWriter,
    QTextDocument,
    QTextOption,
)

from kiosk.faults import DiskFull, StoreUnavailable
from ui.locales import load_locale
from ui.phrases import Phrases
from ui.receipt import ReceiptText

MARGINS_MM: Final = QMarginsF(22, 18, 22, 16)
FONTS: Final = ("Noto Sans", "Noto Sans Arabic", "Noto Sans Devanagari", "Noto Sans CJK SC", "WenQuanYi Micro Hei", "DejaVu Sans")
PREVIEW_DPI: Final = 96
A4_MM: Final = (210, 297)
STYLE: Final = """
h1 { font-size: 17pt; margin-bottom: 4px; } h2 { font-size: 11.5pt; margin-top: 16px; margin-bottom: 4px; color: #0B5563; }
p { margin-top: 0px; margin-bottom: 5px; } td p { margin-bottom: 0px; } td { padding-bottom: 3px; } .name { color: #46555B; }
.warning { font-weight: bold; color: #A32020; }
"""


def when_text(moment: datetime, language: str) -> str:
    """Return local date and time as the language writes them."""
    return load_locale(language).moment(moment.astimezone(), long=True)


def write_pdf(text: ReceiptText, phrases: Phrases, path: Path) -> None:
    """Write the receipt, readable by this account alone. Raises DiskFull, StoreUnavailable."""
    part = path.with_name(path.name + ".part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        writer = QPdfWriter(str(part))
        writer.setResolution(300)
        writer.setTitle(text.title)
        writer.setCreator("Identity desk")
        if not paint(text, phrases, writer):
            raise StoreUnavailable("the receipt cannot be written there")
        del writer
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        if error.errno == 28:
            raise DiskFull("the disk is full") from error
        raise StoreUnavailable(f"the receipt cannot be written there: {error.strerror}") from error


def paint(text: ReceiptText, phrases: Phrases, device: QPagedPaintDevice) -> bool:
    """Draw the page on a printer or into a PDF; return whether that could begin."""
    device.setPageLayout(
        QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, MARGINS_MM, QPageLayout.Unit.Millimeter)
    )
    document = laid_out(text, phrases, device, QSizeF(device.width(), device.height()))
    painter = QPainter()
    if not painter.begin(device):
        return False
    document.drawContents(painter)
    painter.end()
    return True


def preview(text: ReceiptText, phrases: Phrases) -> QImage:
    """Return the page as it will be printed, for the screen."""
    width, height = (round(side / 25.4 * PREVIEW_DPI) for side in A4_MM)
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.setDotsPerMeterX(round(PREVIEW_DPI / 0.0254))
    image.setDotsPerMeterY(round(PREVIEW_DPI / 0.0254))
    image.fill(Qt.GlobalColor.white)
    left, top, right, bottom = (
        side / 25.4 * PREVIEW_DPI for side in (MARGINS_MM.left(), MARGINS_MM.top(), MARGINS_MM.right(), MARGINS_MM.bottom())
    )
    document = laid_out(text, phrases, image, QSizeF(width - left - right, height - top - bottom))
    painter = QPainter(image)
    painter.translate(left, top)
    document.drawContents(painter)
    painter.end()
    return image


def laid_out(text: ReceiptText, phrases: Phrases, device: QPaintDevice, size: QSizeF) -> QTextDocument:
    document = QTextDocument()
    document.documentLayout().setPaintDevice(device)
    font = QFont()
    font.setFamilies(list(FONTS))
    font.setPointSizeF(9.5)
    document.setDefaultFont(font)
    document.setDocumentMargin(0)
    document.setDefaultStyleSheet(STYLE)
    option = QTextOption()
    direction = Qt.LayoutDirection.RightToLeft if phrases.right_to_left else Qt.LayoutDirection.LeftToRight
    option.setTextDirection(direction)
    # Left is where a line begins: Qt turns it round for text that runs from right to left.
    option.setAlignment(Qt.AlignmentFlag.AlignLeft)
    document.setDefaultTextOption(option)
    document.setHtml(as_html(text, "rtl" if phrases.right_to_left else "ltr"))
    document.setPageSize(size)
    return document


def as_html(text: ReceiptText, direction: str) -> str:
    """Every value is escaped: a printed name cannot inject anything."""
    parts = [f'<body dir="{direction}"><h1 dir="{direction}">{escape(text.title)}</h1>']
    if text.warning:
        parts.append(f'<p class="warning" dir="{direction}">{escape(text.warning)}</p>')
    for section in text.sections:
        parts.append(f'<h2 dir="{direction}">{escape(section.title)}</h2>')
        if section.rows:
            parts.append(f'<table dir="{direction}" width="100%" cellspacing="0" cellpadding="1">')
            for name, value in section.rows:
                cells = [
                    f'<td class="name" width="24%" valign="middle"><p dir="{direction}">{escape(name)}</p></td>',
                    f'<td valign="middle"><p dir="{direction}">{escape(value.reveal())}</p></td>',
                ]
                # Qt lays a table's columns out from left to right whatever its direction.
                parts.append(f"<tr>{''.join(reversed(cells) if direction == 'rtl' else cells)}</tr>")
            parts.append("</table>")
        parts += [f'<p dir="{direction}">{escape(point)}</p>' for point in section.points]
    return "".join(parts) + "</body>"
