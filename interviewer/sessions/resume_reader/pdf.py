"""Text of a PDF, with what of it a person can see: the page is rendered and looked at."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

import numpy as np
import pypdfium2 as pdfium
from pypdfium2 import raw

from interviewer.sessions.resume_reader.kinds import DAMAGED, PROTECTED, Piece, Refused

MAX_PAGES = 50
MAX_CHARACTERS = 200_000
TINY_POINTS = 1.6
"""Letters lower than this cannot be read on paper: a font of 3 pt, where footnotes have 7 or 8."""
MIN_CONTRAST = 24
"""Least distance (0-255, largest channel) of the ink from what is behind it."""
MIN_INK = 12
"""Least spread of the rendered pixels within the text's box: less means nothing is drawn."""
RENDER_SCALE = 2.0
MAX_PIXELS = 4_000_000


def read_pdf(data: bytes) -> tuple[list[Piece], int]:
    if b"%%EOF" not in data[-4096:]:
        raise Refused(DAMAGED)
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        # pypdfium2 gives the code in its message only; the raw one is still the last error.
        protected = raw.FPDF_GetLastError() == raw.FPDF_ERR_PASSWORD or "assword" in str(error)
        raise Refused(PROTECTED if protected else DAMAGED) from error
    if len(document) > MAX_PAGES:
        raise Refused(f"This file has more than {MAX_PAGES} pages. Please upload a shorter one.")
    pieces: list[Piece] = []
    try:
        for page in document:
            pieces += _page_pieces(page)
            pieces.append(("\n\n", True))
            if sum(len(text) for text, _ in pieces) > MAX_CHARACTERS:
                break
    except pdfium.PdfiumError as error:
        raise Refused(DAMAGED) from error
    return pieces, len(document)


def _page_pieces(page: Any) -> list[Piece]:
    """The page's text by text object (one colour and size each), with its visibility."""
    width, height = page.get_size()
    scale = min(RENDER_SCALE, (MAX_PIXELS / max(1.0, width * height)) ** 0.5)
    pixels = page.render(scale=scale, rev_byteorder=True, may_draw_forms=False).to_numpy()
    pixels = pixels[..., :3].astype("int16")
    textpage = page.get_textpage()  # closes its handle when it is collected
    runs = list(_text_objects(textpage.raw))
    # A scan with a recognised text layer: all text is drawn invisibly over a picture.
    scan = bool(runs) and all(_mode(obj) == 3 for obj, _, _ in runs) and _has_picture(page)
    return [
        (text, scan or box is None or (_is_legible(text, box) and _visible(page, obj, box, pixels)))
        for obj, text, box in runs
    ]


def _has_picture(page: Any) -> bool:
    width, height = page.get_size()
    for obj in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=4):
        left, bottom, right, top = obj.get_bounds()
        if (right - left) * (top - bottom) > 0.5 * width * height:
            return True
    return False


def _text_objects(textpage: Any) -> Iterator[tuple[Any, str, list[float] | None]]:
    """(text object, its text, its box as [left, bottom, right, top] in points or None)."""
    current, key, text, box = None, 0, "", None
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    for i in range(min(raw.FPDFText_CountChars(textpage), MAX_CHARACTERS + 1)):
        obj = raw.FPDFText_GetTextObject(textpage, i)
        address = ctypes.cast(obj, ctypes.c_void_p).value or key
        if address != key:
            if text:
                yield current, text, box
            current, key, text, box = obj, address, "", None
        code = raw.FPDFText_GetUnicode(textpage, i)
        # A high surrogate that pdfium left alone, or U+FFFE for a soft hyphen.
        text += chr(code) if code and not 0xD800 <= code < 0xE000 and code != 0xFFFE else ""
        if chr(code).isspace() or not obj:
            continue
        if raw.FPDFText_GetCharBox(textpage, i, left, right, bottom, top):
            corner = [left.value, bottom.value, right.value, top.value]
            box = (
                corner
                if box is None
                else [
                    min(box[0], corner[0]),
                    min(box[1], corner[1]),
                    max(box[2], corner[2]),
                    max(box[3], corner[3]),
                ]
            )
    if text:
        yield current, text, box


def _mode(obj: Any) -> int:
    return int(raw.FPDFTextObj_GetTextRenderMode(obj)) if obj else 0


def _visible(page: Any, obj: Any, box: list[float], pixels: Any) -> bool:
    """Whether ink of this text object can be told from what is behind it."""
    if _mode(obj) in (3, 7):
        return False
    height, width = pixels.shape[:2]
    device_x, device_y = ctypes.c_int(), ctypes.c_int()
    corners = []
    for x, y in ((box[0], box[1]), (box[2], box[3])):
        raw.FPDF_PageToDevice(page.raw, 0, 0, width, height, 0, x, y, device_x, device_y)
        corners.append((device_x.value, device_y.value))
    (x0, x1), (y0, y1) = (sorted(axis) for axis in zip(*corners, strict=True))
    if x1 < 0 or y1 < 0 or x0 >= width or y0 >= height:
        return False
    inner = pixels[max(0, y0) : y1 + 1, max(0, x0) : x1 + 1].reshape(-1, 3)
    if inner.size == 0 or (inner.max(0) - inner.min(0)).max() < MIN_INK:
        return False
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not raw.FPDFPageObj_GetFillColor(obj, red, green, blue, alpha) or _mode(obj) == 1:
        return True  # a pattern or an outline: the pixels have decided
    behind = _surroundings(pixels, x0 - 2, y0 - 2, x1 + 2, y1 + 2)
    ink = (red.value, green.value, blue.value)
    contrast = max(abs(int(a) - int(b)) for a, b in zip(ink, behind, strict=True))
    return contrast * alpha.value / 255 >= MIN_CONTRAST


def _is_legible(text: str, box: list[float]) -> bool:
    """By the glyphs' own extent on the page, which no nominal size or nested scale belies.

    One sign alone may be a dash or a dot; a word is as high as its letters, or as wide if it is
    turned.
    """
    if sum(c.isalnum() for c in text) < 2:
        return True
    return min(box[2] - box[0], box[3] - box[1]) >= TINY_POINTS


def _surroundings(pixels: Any, x0: int, y0: int, x1: int, y1: int) -> Any:
    """Median colour of the frame around a box: what the text stands on."""
    height, width = pixels.shape[:2]
    x0, x1 = (min(max(x, 0), width - 1) for x in (x0, x1))
    y0, y1 = (min(max(y, 0), height - 1) for y in (y0, y1))
    frame = np.concatenate(
        [
            pixels[y0, x0 : x1 + 1],
            pixels[y1, x0 : x1 + 1],
            pixels[y0 : y1 + 1, x0],
            pixels[y0 : y1 + 1, x1],
        ]
    )
    return np.median(frame, axis=0)
