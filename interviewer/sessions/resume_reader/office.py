"""Text of Word and OpenDocument files, with what of it a person can see."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import Any

from lxml import etree

from interviewer.sessions.resume_reader.kinds import DAMAGED, PROTECTED, Piece, Refused, open_zip

TINY_POINTS = 3.0
MIN_CONTRAST = 24
"""Of white: a lighter grey than this cannot be told from paper."""

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"


def parse_xml(archive: zipfile.ZipFile, name: str) -> Any:
    """The root element, without entities, DTDs or the network. Raises Refused."""
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
