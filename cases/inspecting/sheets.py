"""Workbooks and sheets: only what is shown, and values instead of formulas."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from cases.inspecting.verdict import Refused

#: Numbers of entries in the table of strings
Strings = set[int]

_OF_WORKBOOK = {"workbookPr", "sheets"}
_OF_SHEET = {"sheetFormatPr", "cols", "sheetData", "mergeCells", "pageMargins", "drawing"}
_YES = ("1", "true")


def clean_workbook(tree: Any) -> set[str]:
    """Keep the sheets that are shown; the ids of their relations. Raises ``Refused`` if there are none."""
    _keep(tree, _OF_WORKBOOK)
    shown = set()
    for child in list(tree):
        if _local(child) == "workbookPr":
            for name in list(child.attrib):
                if name != "date1904":
                    del child.attrib[name]
            continue
        for sheet in list(child):
            if sheet.get("state", "visible") != "visible":
                child.remove(sheet)
            else:
                shown |= {value for name, value in sheet.attrib.items() if name.endswith("/relationships}id")}
    if not shown:
        raise Refused("unreadable")
    return shown


def clean_sheet(tree: Any) -> Strings:
    """Keep shown rows and columns with their values; which strings they use."""
    _keep(tree, _OF_SHEET)
    hidden = _hidden_columns(tree)
    used: Strings = set()
    for row in [row for data in tree if _local(data) == "sheetData" for row in data]:
        if row.get("hidden") in _YES:
            row.getparent().remove(row)
            continue
        for cell in list(row):
            if hidden and _column(cell.get("r", "")) in hidden:
                row.remove(cell)
                continue
            for part in list(cell):
                if _local(part) not in ("v", "is"):
                    cell.remove(part)
                elif cell.get("t") == "s" and (part.text or "").strip().isdigit():
                    used.add(int(part.text))
            for name in ("cm", "vm"):
                cell.attrib.pop(name, None)
    return used


def clean_strings(tree: Any, used: Strings) -> None:
    """Empty the strings that nothing shown uses; the others keep their numbers."""
    for number, string in enumerate(list(tree)):
        if number not in used:
            for child in list(string):
                string.remove(child)
            etree.SubElement(string, etree.QName(etree.QName(tree).namespace, "t"))


def _hidden_columns(tree: Any) -> set[int]:
    hidden: set[int] = set()
    for column in [column for columns in tree if _local(columns) == "cols" for column in columns]:
        if column.attrib.pop("hidden", "") in _YES:
            hidden |= set(range(int(column.get("min", 1)), min(int(column.get("max", 1)), 16384) + 1))
    return hidden


def _column(cell: str) -> int:
    """The number of the column of a cell such as AB12."""
    letters = re.match(r"[A-Z]*", cell)
    number = 0
    for letter in letters.group() if letters else "":
        number = number * 26 + ord(letter) - 64
    return number


def _keep(tree: Any, wanted: set[str]) -> None:
    for child in list(tree):
        if _local(child) not in wanted:
            tree.remove(child)


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
