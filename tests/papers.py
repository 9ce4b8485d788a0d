"""Sound files of every type, and what a test wants changed in them."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pikepdf
import pillow_heif
from docx import Document
from PIL import Image

#: A part of a package carries a date; a fixed one makes the same bytes in every run.
_DATE = (2026, 1, 2, 3, 4, 6)


def a_pdf(pages: int = 1, **encryption: str) -> bytes:
    paper, out = pikepdf.new(), BytesIO()
    for _page in range(pages):
        paper.add_blank_page()
    if encryption:
        paper.save(out, encryption=pikepdf.Encryption(**encryption))
    else:
        paper.save(out, deterministic_id=True)
    return out.getvalue()


def a_picture(kind: str = "JPEG", size: tuple[int, int] = (8, 6), **how: object) -> bytes:
    if kind == "HEIF":
        pillow_heif.register_heif_opener()
    out = BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **how)
    return out.getvalue()


def a_package(parts: dict[str, bytes | str]) -> bytes:
    """A zip of these parts, packed tightly."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def a_word_document(text: str = "The goods were held.") -> bytes:
    paper, out = Document(), BytesIO()
    paper.add_paragraph(text)
    paper.save(out)
    return out.getvalue()


def with_parts(package: bytes, changes: dict[str, bytes | str]) -> bytes:
    """The same package with parts replaced or added."""
    with zipfile.ZipFile(BytesIO(package)) as old:
        parts: dict[str, bytes | str] = {name: old.read(name) for name in old.namelist()}
    return a_package(parts | changes)


def part_of(package: bytes, name: str) -> bytes:
    with zipfile.ZipFile(BytesIO(package)) as parts:
        return parts.read(name)


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE_REL = "http://schemas.openxmlformats.org/package/2006/relationships"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def a_workbook(sheets: dict[str, str] | None = None, *, more: dict[str, bytes | str] | None = None) -> bytes:
    """A workbook of sheets by name; a value is the XML of ``sheetData``. A name that begins with ``!`` is hidden."""
    sheets = sheets or {"Goods": '<row r="1"><c r="A1"><v>1</v></c></row>'}
    listed, types, rels = "", "", ""
    parts: dict[str, bytes | str] = {}
    for number, (name, rows) in enumerate(sheets.items(), start=1):
        state = ' state="hidden"' if name.startswith("!") else ""
        listed += f'<sheet name="{name.strip("!")}" sheetId="{number}"{state} r:id="rId{number}"/>'
        types += (
            f'<Override PartName="/xl/worksheets/sheet{number}.xml"'
            f' ContentType="{_SHEET_TYPE}.worksheet+xml"/>'
        )
        rels += (
            f'<Relationship Id="rId{number}" Type="{_REL}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        )
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{_MAIN}" xmlns:r="{_REL}"><sheetData>{rows}</sheetData></worksheet>'
        )
    parts["xl/workbook.xml"] = (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>{listed}</sheets></workbook>'
    )
    parts["xl/_rels/workbook.xml.rels"] = f'<Relationships xmlns="{_PACKAGE_REL}">{rels}</Relationships>'
    parts["_rels/.rels"] = (
        f'<Relationships xmlns="{_PACKAGE_REL}"><Relationship Id="rId1" Type="{_REL}/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>'
    )
    parts["[Content_Types].xml"] = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPE}.sheet.main+xml"/>{types}</Types>'
    )
    return a_package(parts | (more or {}))
