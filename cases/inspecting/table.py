"""The first shown sheet of a workbook as rows of text. A formula is told from a value and is never worked out."""

from __future__ import annotations

import re
import zipfile
import zlib
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError

import defusedxml.ElementTree as ElementTree
from defusedxml.common import DefusedXmlException

from cases.inspecting.office import checked
from cases.inspecting.verdict import Refused

#: More than any table we take: a sheet that has more is given up here, and refused by its number of rows there.
MAX_ROWS = 5002
MAX_COLUMNS = 100
#: Stands for a cell that holds a formula: no value can begin with this character.
FORMULA = "\x00formula"
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    ValueError,
    NotImplementedError,
    OSError,
    EOFError,
    ParseError,
)
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def rows_of(data: bytes) -> list[list[Any]]:
    """Pairs of a row's number and its cells. Raises ``Refused``."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            checked(package, len(data))
            names = {entry.filename for entry in package.infolist()}
            strings = _strings(package) if "xl/sharedStrings.xml" in names else []
            return _rows(package, _first_sheet(package), strings)
    except DefusedXmlException as trick:
        raise Refused("entities") from trick
    except _BROKEN as broken:
        raise Refused("unreadable") from broken


def _parsed(package: zipfile.ZipFile, name: str) -> Any:
    with package.open(name) as part:
        return ElementTree.parse(part, forbid_dtd=True).getroot()


def _local(node: Any) -> str:
    return str(node.tag).rpartition("}")[2]


def _text(node: Any) -> str:
    """All of a string's runs; how a character is pronounced is no part of it."""
    said = []
    for child in node:
        if _local(child) == "t":
            said.append(child.text or "")
        elif _local(child) == "r":
            said += [part.text or "" for part in child if _local(part) == "t"]
    return "".join(said)


def _strings(package: zipfile.ZipFile) -> list[str]:
    return [_text(node) for node in _parsed(package, "xl/sharedStrings.xml")]


def _first_sheet(package: zipfile.ZipFile) -> str:
    sheets = [node for node in _parsed(package, "xl/workbook.xml").iter() if _local(node) == "sheet"]
    shown = [node for node in sheets if node.get("state", "visible") == "visible"]
    if not shown:
        raise Refused("unreadable")
    relation = shown[0].get(_RELATION)
    for node in _parsed(package, "xl/_rels/workbook.xml.rels"):
        if node.get("Id") == relation:
            target = node.get("Target", "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise Refused("unreadable")


def _rows(package: zipfile.ZipFile, sheet: str, strings: list[str]) -> list[list[Any]]:
    found: list[list[Any]] = []
    with package.open(sheet) as part:
        for _event, node in ElementTree.iterparse(part, forbid_dtd=True):
            if _local(node) != "row":
                continue
            cells: list[str] = []
            for place, cell in enumerate(node):
                at = _column(cell.get("r", ""), place)
                value = _value(cell, strings)
                if value and at >= MAX_COLUMNS:
                    raise Refused("unreadable")
                if value:
                    cells += [""] * (at + 1 - len(cells))
                    cells[at] = value
            if cells:
                found.append([int(node.get("r", len(found) + 1)), cells])
            node.clear()
            if len(found) >= MAX_ROWS:
                break
    return found


def _column(reference: str, place: int) -> int:
    letters = re.match(r"[A-Z]{1,3}", reference)
    if letters is None:
        return place
    number = 0
    for letter in letters.group():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _value(cell: Any, strings: list[str]) -> str:
    kind, value = cell.get("t", "n"), ""
    for part in cell:
        name = _local(part)
        if name == "f":
            return FORMULA
        if name == "is":
            value = _text(part)
        elif name == "v":
            value = part.text or ""
    if kind == "s" and value:
        return strings[int(value)]
    # A number typed as such: 2 is kept as 2.0 by some programs.
    return value.removesuffix(".0") if kind == "n" else value
