"""DOCX and XLSX: packages of XML. Unpacked within limits, every part read, nothing outside asked for."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO
from typing import IO
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

import defusedxml.sax
from defusedxml.common import DefusedXmlException

from cases.inspecting.verdict import Refused

MAX_ENTRIES = 1000
MAX_RATIO = 100
MAX_UNPACKED = 100 * 1024 * 1024
#: Below this a part may be packed as tightly as it likes: blank drawings pack a hundredfold.
SMALL = 1024 * 1024
_BROKEN = (zipfile.BadZipFile, zlib.error, KeyError, ValueError, NotImplementedError, OSError, EOFError)

_REVIEWING = {
    "ins",
    "del",
    "moveFrom",
    "moveTo",
    "rPrChange",
    "pPrChange",
    "sectPrChange",
    "cellIns",
    "cellDel",
}
#: Relations that lead outside and are opened without a click; a hyperlink is only followed by a person.
_HYPERLINK = "/hyperlink"


def facts(data: bytes) -> set[str]:
    """What the document holds beside what it shows. Raises ``Refused``."""
    found: set[str] = set()
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            entries = checked(package, len(data))
            for entry in entries:
                found |= _of_part(entry.filename.lower())
                with package.open(entry) as part:
                    _read_part(entry.filename.lower(), part, found)
    except _BROKEN as broken:
        raise Refused("unreadable") from broken
    return found


def checked(package: zipfile.ZipFile, size: int) -> list[zipfile.ZipInfo]:
    """The entries, if what they claim is within the limits and no two claim the same bytes."""
    entries = package.infolist()
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise Refused("bomb")
    if sum(entry.compress_size for entry in entries) > size:
        raise Refused("bomb")
    if len({entry.filename.lower() for entry in entries}) < len(entries):
        raise Refused("unreadable")
    for entry in entries:
        if entry.file_size > SMALL and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise Refused("bomb")
    if package.comment or _begins_late(entries):
        raise Refused("trailing")
    return entries


def _begins_late(entries: list[zipfile.ZipInfo]) -> bool:
    """Something stands before the first part: the package is the second half of another file."""
    return min((entry.header_offset for entry in entries), default=0) > 0


def _read_part(name: str, part: IO[bytes], found: set[str]) -> None:
    """To its end, where its sum is checked. A part never gives more than its entry claims, and what the entries
    claim has been counted: one that goes on is broken."""
    if not name.endswith((".xml", ".rels", ".vml")):
        while part.read(65536):
            pass
        return
    try:
        defusedxml.sax.parse(part, _Reader(name, found), forbid_dtd=True)
    except DefusedXmlException as trick:
        raise Refused("entities") from trick
    except (SAXException, RecursionError) as broken:
        if not name.endswith(".vml"):  # drawings of old are not always sound XML
            raise Refused("unreadable") from broken


def _of_part(name: str) -> set[str]:
    signs = {
        "author": ("docprops/core.xml", "docprops/custom.xml"),
        "comments": ("comments", "threadedcomments"),
        "embedded": ("/embeddings/",),
        "external": ("/externallinks/",),
    }
    return {fact for fact, parts in signs.items() if any(part in name for part in parts)}


class _Reader(ContentHandler):
    """Looks at every element once, whatever its prefix is called."""

    def __init__(self, part: str, found: set[str]) -> None:
        super().__init__()
        self.rels, self.found = part.endswith(".rels"), found
        self.words: list[str] | None = None

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        local = name.rpartition(":")[2]
        if local in _REVIEWING:
            self.found.add("changes")
        elif local == "instrText":
            self.words = []
        elif local == "ddeLink":
            self.found.add("active")
        elif local == "fldSimple":
            self._instruction(" ".join(attrs.values()))
        elif local == "Relationship" and self.rels and attrs.get("TargetMode", "").lower() == "external":
            if not attrs.get("Type", "").endswith(_HYPERLINK):
                self.found.add("external")
        elif _hides(local, attrs):
            self.found.add("hidden")

    def characters(self, content: str) -> None:
        if self.words is not None:
            self.words.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802
        if name.rpartition(":")[2] == "instrText" and self.words is not None:
            self._instruction("".join(self.words))
            self.words = None

    def _instruction(self, words: str) -> None:
        if any(word.startswith("DDE") for word in words.upper().split()):
            self.found.add("active")


def _hides(element: str, attrs: AttributesImpl) -> bool:
    if element == "sheet":
        return bool(attrs.get("state", "visible") != "visible")
    return element == "vanish" or (element in ("row", "col") and attrs.get("hidden") in ("1", "true"))
