"""The child process of `resume_text`: bytes on stdin, one JSON object on stdout.

Run by path under `python -I`, so it imports nothing of the package. It limits itself before it
loads a parser: whatever a hostile file makes a parser do, it is this process that dies.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import json
import re
import resource
import sys
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 15
MAX_PAGES = 50
MAX_CHARACTERS = 200_000
MAX_ZIP_ENTRIES = 1_000
MAX_ZIP_RATIO = 100
MIN_LETTERS = 20
"""Fewer letters and digits than this is a scan or an empty page, not a resume."""

TINY_POINTS = 3.0
"""Text lower than this cannot be read on paper (a printed footnote has 7-8 pt)."""
MIN_CONTRAST = 24
"""Least distance (0-255, largest channel) of the ink from what is behind it."""
MIN_INK = 12
"""Least spread of the rendered pixels within the text's box: less means nothing is drawn."""
RENDER_SCALE = 2.0
MAX_PIXELS = 4_000_000

HIDDEN_EXCERPTS = 20
EXCERPT_CHARACTERS = 300

Piece = tuple[str, bool]
"""A stretch of text, and whether a person can see it."""

UNREADABLE = "unreadable_resume"
WITHOUT_TEXT = "resume_without_text"


class Refused(Exception):
    """This file is not taken. `code` for machines, `message` for the candidate."""

    def __init__(self, message: str, code: str = UNREADABLE) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


DAMAGED = "This file is damaged or was cut off while being saved. Please save and upload it again."
PROTECTED = "This file is protected with a password. Please upload a copy without one."
NO_TEXT = (
    "We found no text in this file; it looks like a scan or a picture. Please upload a resume "
    "whose text can be selected."
)
WRONG_KIND = "We can read PDF, Word (.docx), OpenDocument (.odt) and plain text files."


def limit_self() -> None:
    """Memory, CPU, no files written, no core dumped; what the system lacks is left out."""
    for what, amount in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (amount, amount))


def sniff(data: bytes, suffix: str) -> str:
    """`pdf`, `docx`, `odt` or `txt` by the content. Raises Refused for anything else."""
    if not data.strip(b"\0 \t\r\n"):
        raise Refused("This file is empty.", WITHOUT_TEXT)
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data[:4] == b"PK\x03\x04":
        return _sniff_zip(data)
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Refused(
            "This file is either protected with a password or in the old Word format (.doc). "
            "Please save it as a PDF or .docx without a password."
        )
    if data[:3] == b"\xff\xd8\xff" or data[:4] in (b"\x89PNG", b"GIF8", b"II*\0", b"MM\0*"):
        raise Refused(NO_TEXT, WITHOUT_TEXT)
    if suffix not in ("", ".txt", ".text", ".md"):
        raise Refused(f"This is not a {suffix} file inside. {WRONG_KIND}")
    if re.match(rb"\s*(\{\\rtf|<!doctype|<html|<\?xml)", data, re.IGNORECASE):
        raise Refused(WRONG_KIND)
    return "txt"


def _sniff_zip(data: bytes) -> str:
    with open_zip(data) as archive:
        names = set(archive.namelist())
        if "word/document.xml" in names:
            return "docx"
        if "mimetype" in names and b"opendocument.text" in archive.read("mimetype"):
            return "odt"
    raise Refused(WRONG_KIND)


def open_zip(data: bytes) -> zipfile.ZipFile:
    """Raises Refused for archives that are broken, encrypted or made to explode."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        raise Refused(DAMAGED) from error
    entries = archive.infolist()
    if any(e.flag_bits & 1 for e in entries):
        raise Refused(PROTECTED)
    unpacked = sum(e.file_size for e in entries)
    if len(entries) > MAX_ZIP_ENTRIES or unpacked > MAX_ZIP_RATIO * len(data):
        raise Refused(f"This file unpacks to far more than a resume. {WRONG_KIND}")
    return archive


# --- plain text ----------------------------------------------------------------------------


def read_txt(data: bytes) -> list[Piece]:
    for bom, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(bom):
            return [(data.decode(encoding, "replace"), True)]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    odd = sum(1 for c in text if c == "\ufffd" or (ord(c) < 32 and c not in "\t\n\r\f\v"))
    if odd > len(text) // 100:
        raise Refused(f"This is not a text file inside. {WRONG_KIND}")
    return [(text, True)]


# --- PDF -------------------------------------------------------------------------------------


def read_pdf(data: bytes) -> tuple[list[Piece], int]:
    import pypdfium2 as pdfium  # noqa: PLC0415 - only after the limits stand
    from pypdfium2 import raw  # noqa: PLC0415

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
            pieces += _page_pieces(page, raw)
            pieces.append(("\n\n", True))
            if sum(len(text) for text, _ in pieces) > MAX_CHARACTERS:
                break
    except pdfium.PdfiumError as error:
        raise Refused(DAMAGED) from error
    return pieces, len(document)


def _page_pieces(page: Any, raw: Any) -> list[Piece]:
    """The page's text by text object (one colour and size each), with its visibility."""
    width, height = page.get_size()
    scale = min(RENDER_SCALE, (MAX_PIXELS / max(1.0, width * height)) ** 0.5)
    pixels = page.render(scale=scale, rev_byteorder=True, may_draw_forms=False).to_numpy()
    pixels = pixels[..., :3].astype("int16")
    textpage = page.get_textpage()  # closes its handle when it is collected
    runs = list(_text_objects(textpage.raw, raw))
    # A scan with a recognised text layer: all text is drawn invisibly over a picture.
    scan = bool(runs) and all(_mode(raw, obj) == 3 for obj, _, _ in runs) and _has_picture(page)
    return [
        (text, scan or box is None or _visible(page, raw, obj, box, pixels))
        for obj, text, box in runs
    ]


def _has_picture(page: Any) -> bool:
    from pypdfium2 import raw  # noqa: PLC0415

    width, height = page.get_size()
    for obj in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=4):
        left, bottom, right, top = obj.get_bounds()
        if (right - left) * (top - bottom) > 0.5 * width * height:
            return True
    return False


def _text_objects(textpage: Any, raw: Any) -> Iterator[tuple[Any, str, list[float] | None]]:
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


def _mode(raw: Any, obj: Any) -> int:
    return int(raw.FPDFTextObj_GetTextRenderMode(obj)) if obj else 0


def _visible(page: Any, raw: Any, obj: Any, box: list[float], pixels: Any) -> bool:
    """Whether ink of this text object can be told from what is behind it."""
    if _mode(raw, obj) in (3, 7):
        return False
    height, width = pixels.shape[:2]
    device_x, device_y = ctypes.c_int(), ctypes.c_int()
    corners = []
    for x, y in ((box[0], box[1]), (box[2], box[3])):
        raw.FPDF_PageToDevice(page.raw, 0, 0, width, height, 0, x, y, device_x, device_y)
        corners.append((device_x.value, device_y.value))
    (x0, x1), (y0, y1) = (sorted(axis) for axis in zip(*corners, strict=True))
    if _points(raw, obj) < TINY_POINTS or x1 < 0 or y1 < 0 or x0 >= width or y0 >= height:
        return False
    inner = pixels[max(0, y0) : y1 + 1, max(0, x0) : x1 + 1].reshape(-1, 3)
    if inner.size == 0 or (inner.max(0) - inner.min(0)).max() < MIN_INK:
        return False
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not raw.FPDFPageObj_GetFillColor(obj, red, green, blue, alpha) or _mode(raw, obj) == 1:
        return True  # a pattern or an outline: the pixels have decided
    behind = _surroundings(pixels, x0 - 2, y0 - 2, x1 + 2, y1 + 2)
    ink = (red.value, green.value, blue.value)
    contrast = max(abs(int(a) - int(b)) for a, b in zip(ink, behind, strict=True))
    return contrast * alpha.value / 255 >= MIN_CONTRAST


def _points(raw: Any, obj: Any) -> float:
    """The height of the font on the page: its nominal size times what the matrix makes of it."""
    size = ctypes.c_float()
    matrix = raw.FS_MATRIX()
    raw.FPDFTextObj_GetFontSize(obj, size)
    raw.FPDFPageObj_GetMatrix(obj, matrix)
    return float(size.value * max(abs(matrix.d), abs(matrix.b)))


def _surroundings(pixels: Any, x0: int, y0: int, x1: int, y1: int) -> Any:
    """Median colour of the frame around a box: what the text stands on."""
    import numpy as np  # noqa: PLC0415

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


# --- Word and OpenDocument -------------------------------------------------------------------

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"


def parse_xml(archive: zipfile.ZipFile, name: str) -> Any:
    """The root element, without entities, DTDs or the network. Raises Refused."""
    from lxml import etree  # noqa: PLC0415

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(archive.read(name), parser)
    except (etree.XMLSyntaxError, zipfile.BadZipFile, KeyError, EOFError, ValueError) as error:
        raise Refused(DAMAGED) from error


def near_white(colour: str | None) -> bool:
    """`RRGGBB`, with or without `#`; `auto`, None and nonsense are not white."""
    match = re.fullmatch(r"#?([0-9a-fA-F]{6})", colour or "")
    return match is not None and min(bytes.fromhex(match[1])) > 255 - MIN_CONTRAST


def read_docx(data: bytes) -> list[Piece]:
    with open_zip(data) as archive:
        names = archive.namelist()
        styles: dict[str, Any] = {}
        if "word/styles.xml" in names:
            root = parse_xml(archive, "word/styles.xml")
            styles = {s.get(f"{W}styleId"): s for s in root.iter(f"{W}style")}
        pieces: list[Piece] = []
        parts = [n for n in sorted(names) if re.fullmatch(r"word/header\d*\.xml", n)]
        parts += ["word/document.xml"]
        parts += [n for n in sorted(names) if re.fullmatch(r"word/footer\d*\.xml", n)]
        for part in parts:
            for paragraph in parse_xml(archive, part).iter(f"{W}p"):
                pieces += _docx_paragraph(paragraph, styles)
                pieces.append(("\n", True))
    return pieces


def _docx_paragraph(paragraph: Any, styles: dict[str, Any]) -> Iterator[Piece]:
    for run in paragraph.iter(f"{W}r"):
        if next(run.iterancestors(f"{W}p")) is not paragraph:
            continue  # a text box inside: its own paragraphs come later
        if next(run.iterancestors(f"{MC}Fallback"), None) is not None:
            continue  # the same text box again, for old readers
        text = "".join(
            {f"{W}t": part.text or "", f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n"}.get(
                part.tag, ""
            )
            for part in run
        )
        if text:
            yield text, _docx_visible(run, paragraph, styles)


def _docx_visible(run: Any, paragraph: Any, styles: dict[str, Any]) -> bool:
    def value(name: str, attribute: str = "val") -> str | None:
        for properties in _docx_properties(run, paragraph, styles):
            found = properties.find(f"{W}{name}")
            if found is not None:
                return str(found.get(f"{W}{attribute}", "true"))
        return None

    hidden = (value("vanish") or "false") not in ("false", "0", "off")
    size = value("sz")  # half-points
    tiny = bool(size and size.isdigit() and int(size) / 2 < TINY_POINTS)
    white = near_white(value("color")) and not _docx_shaded(run)
    return not (hidden or tiny or white)


def _docx_properties(run: Any, paragraph: Any, styles: dict[str, Any]) -> Iterator[Any]:
    """`w:rPr` elements that apply, nearest first: the run's, its style's, the paragraph's."""
    own = run.find(f"{W}rPr")
    if own is not None:
        yield own
    for holder, reference in ((own, "rStyle"), (paragraph.find(f"{W}pPr"), "pStyle")):
        name = None if holder is None else holder.find(f"{W}{reference}")
        style = None if name is None else styles.get(name.get(f"{W}val"))
        for _ in range(16):  # a style may be based on itself
            if style is None:
                break
            found = style.find(f"{W}rPr")
            if found is not None:
                yield found
            base = style.find(f"{W}basedOn")
            style = None if base is None else styles.get(base.get(f"{W}val"))


def _docx_shaded(run: Any) -> bool:
    """Something other than paper is behind it: shading, a highlight, a filled shape."""
    for holder in (run, *run.iterancestors()):
        if holder.tag in (f"{W}body", f"{W}hdr", f"{W}ftr"):
            return False
        if holder.tag.endswith("}wsp") or holder.tag.endswith("}shape"):
            return True
        for name in ("rPr", "pPr", "tcPr", "tblPr"):
            properties = holder.find(f"{W}{name}")
            if properties is None:
                continue
            if properties.find(f"{W}highlight") is not None:
                return True
            shade = properties.find(f"{W}shd")
            fill = None if shade is None else shade.get(f"{W}fill")
            if fill not in (None, "auto") and not near_white(fill):
                return True
    return False


def read_odt(data: bytes) -> list[Piece]:
    with open_zip(data) as archive:
        if "META-INF/manifest.xml" in archive.namelist() and b"encryption-data" in archive.read(
            "META-INF/manifest.xml"
        ):
            raise Refused(PROTECTED)
        roots = [parse_xml(archive, "content.xml")]
        if "styles.xml" in archive.namelist():
            roots.append(parse_xml(archive, "styles.xml"))
    styles = {s.get(f"{STYLE}name"): s for root in roots for s in root.iter(f"{STYLE}style")}
    pieces: list[Piece] = []
    for block in roots[0].iter(f"{TEXT}p", f"{TEXT}h"):
        pieces += _odt_inline(block, styles, visible=True)
        pieces.append(("\n", True))
    return pieces


def _odt_inline(node: Any, styles: dict[str, Any], *, visible: bool) -> Iterator[Piece]:
    visible = _odt_visible(node.get(f"{TEXT}style-name"), styles, visible)
    if node.tag in (f"{TEXT}hidden-text", f"{TEXT}hidden-paragraph"):
        visible = False
    yield node.text or "", visible
    for child in node:
        if isinstance(child.tag, str):
            if child.tag in (f"{TEXT}tab", f"{TEXT}line-break", f"{TEXT}s"):
                yield ("\n" if child.tag.endswith("break") else " "), visible
            elif child.tag == f"{TEXT}span" or child.tag.startswith((f"{TEXT}a", f"{TEXT}hidden")):
                yield from _odt_inline(child, styles, visible=visible)
        yield child.tail or "", visible


def _odt_visible(name: str | None, styles: dict[str, Any], inherited: bool) -> bool:
    for _ in range(16):  # a style may name itself as its parent
        style = styles.get(name) if name else None
        if style is None:
            return inherited
        properties = style.find(f"{STYLE}text-properties")
        if properties is not None:
            size = re.fullmatch(r"([\d.]+)pt", properties.get(f"{FO}font-size", ""))
            shaded = properties.get(f"{FO}background-color", "transparent") != "transparent"
            if (
                properties.get(f"{TEXT}display") == "none"
                or (size and float(size[1]) < TINY_POINTS)
                or (near_white(properties.get(f"{FO}color")) and not shaded)
            ):
                return False
        name = style.get(f"{STYLE}parent-style-name")
    return inherited


# --- what all kinds share --------------------------------------------------------------------


def strip_invisible(text: str) -> tuple[str, str]:
    """(text without characters that draw nothing, what was hidden in them).

    Unicode tag characters (U+E0020-E007E) spell ASCII that models read and people do not see.
    """
    tags = "".join(chr(ord(c) - 0xE0000) for c in text if 0xE0020 <= ord(c) <= 0xE007E)
    kept = "".join(
        c for c in text if c in "\t\n\r\f\v" or unicodedata.category(c) not in ("Cf", "Cc", "Co")
    )
    return kept, tags


def tidy(text: str) -> str:
    """One kind of line end, no runs of blanks, at most one empty line between paragraphs."""
    text = re.sub(r"\r\n?|[\f\v]", "\n", text)
    text = re.sub(r"[^\S\n]+", " ", text)
    return re.sub(r"\s*\n(?:[^\S\n]*\n)+\s*", "\n\n", text).strip()


def assemble(pieces: list[Piece], kind: str, pages: int) -> dict[str, Any]:
    """What the parent gets. Raises Refused when nothing readable is left."""
    hidden: list[str] = []
    shown: list[str] = []
    concealed = ""
    for text, visible in [*pieces, ("", True)]:
        kept, tags = strip_invisible(text)
        hidden += [tags] if tags else []
        if visible and (not kept or kept.strip() or not concealed):
            hidden += [tidy(concealed)] if concealed.strip() else []
            concealed = ""
        if visible:
            shown.append(kept)
        if not visible or concealed:
            concealed += kept
    visible_text = tidy("".join(shown))
    if sum(c.isalnum() for c in visible_text) < MIN_LETTERS:
        raise Refused(NO_TEXT, WITHOUT_TEXT)
    if len(visible_text) > MAX_CHARACTERS:
        raise Refused("This file has far more text than a resume. Please upload a shorter one.")
    excerpts = [h[:EXCERPT_CHARACTERS] for h in hidden if any(c.isalnum() for c in h)]
    return {
        "text": visible_text,
        "hidden": excerpts[:HIDDEN_EXCERPTS],
        "kind": kind,
        "pages": pages,
    }


READERS: dict[str, Callable[[bytes], list[Piece]]] = {
    "docx": read_docx,
    "odt": read_odt,
    "txt": read_txt,
}


def read(data: bytes, suffix: str) -> dict[str, Any]:
    """Raises Refused."""
    kind = sniff(data, suffix)
    if kind == "pdf":
        pieces, pages = read_pdf(data)
        return assemble(pieces, kind, pages)
    return assemble(READERS[kind](data), kind, 0)


def main() -> None:
    """Limit, read stdin, answer. A parser's crash or the end of memory is a non-zero exit."""
    limit_self()
    suffix = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        answer = read(sys.stdin.buffer.read(), suffix)
    except Refused as refusal:
        answer = {"error": {"code": refusal.code, "message": refusal.message}}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
