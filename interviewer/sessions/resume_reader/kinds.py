"""What is taken and what is refused: the kind by content, archives within limits."""

from __future__ import annotations

import io
import re
import zipfile

MAX_ZIP_ENTRIES = 1_000
MAX_ZIP_RATIO = 100

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
