"""A DOCX or XLSX again with nothing but what it shows.

The package is built anew from the parts a reader needs to show the pages or the sheets: properties, comments,
settings, macros, embedded files, other people's names and links to outside are not among them. Tracked changes are
accepted. Fields and formulas become the words and numbers they showed last. Hidden text, rows, columns and sheets
are left out, and so are charts, whose stored figures could come from them.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from lxml import etree

from cases.inspecting.office import checked
from cases.inspecting.sheets import Strings, clean_sheet, clean_strings, clean_workbook
from cases.inspecting.verdict import Refused
from cases.inspecting.words import clean_words, take_out_frame

_PACKAGE_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
#: Kinds of relations, by the end of their type, whose parts are needed to show the document.
_FOLLOWED = {
    "docx": {"styles", "numbering", "theme", "header", "footer", "footnotes", "endnotes", "image"},
    "xlsx": {"worksheet", "sharedStrings", "styles", "theme", "drawing", "image"},
}
_PICTURES = {"jpg": "jpg", "jpeg": "jpg", "png": "png"}
_DATE = (1980, 1, 1, 0, 0, 0)


def cleaned(data: bytes, kind: str) -> bytes:
    """Raises ``Refused`` if a part cannot be made bare."""
    with zipfile.ZipFile(BytesIO(data)) as package:
        checked(package, len(data))
        return _Copy(package, kind).made()


class _Copy:
    """The parts of the new package, found by following relations from the document."""

    def __init__(self, package: zipfile.ZipFile, kind: str) -> None:
        self.package, self.kind = package, kind
        self.parts: dict[str, bytes] = {}
        #: Of each part that was followed, its name in the copy.
        self.names: dict[str, str] = {}
        self.types = _Types(self._tree("[Content_Types].xml"))
        self.strings: Strings = set()

    def made(self) -> bytes:
        top = next(
            (there for _id, kind, there in self._relations("") if kind == "officeDocument" and there), None
        )
        if top is None:
            raise Refused("unreadable")
        self._follow(top)
        if self.kind == "xlsx":
            self._forget_strings()
        self.parts["_rels/.rels"] = _rels([("rId1", f"{_OFFICE}/officeDocument", top)])
        self.parts["[Content_Types].xml"] = self.types.of(self.names)
        out = BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
            for name in sorted(self.parts):
                copy.writestr(zipfile.ZipInfo(name, _DATE), self.parts[name], zipfile.ZIP_DEFLATED)
        return out.getvalue()

    def _follow(self, name: str) -> str:
        """Put this part and those it needs into the copy; its name there."""
        if name in self.names:
            return self.names[name]
        ending = name.rpartition(".")[2].lower()
        if ending != "xml":
            return self._picture(name, ending)
        self.names[name] = name
        tree = self._tree(name)
        needed = self._clean(tree, name)
        kept: dict[str, tuple[str, str]] = {}
        for rel, kind, there in self._relations(name):
            if (
                there
                and kind in _FOLLOWED[self.kind]
                and (needed is None or kind != "worksheet" or rel in needed)
            ):
                kept[rel] = (f"{_OFFICE}/{kind}", self._follow(there))
        _cut_loose(tree, set(kept))
        self.parts[name] = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)
        if kept:
            here = posixpath.dirname(name)
            rows = [(rel, kind, posixpath.relpath(there, here)) for rel, (kind, there) in kept.items()]
            self.parts[_rels_of(name)] = _rels(rows)
        return name

    def _clean(self, tree: Any, name: str) -> set[str] | None:
        """Make one part bare; of a workbook the relations of the sheets that are shown."""
        root = local(tree)
        if root == "worksheet":
            self.strings |= clean_sheet(tree)
        elif root == "workbook":
            return clean_workbook(tree)
        elif root != "sst":
            clean_words(tree)
        return None

    def _forget_strings(self) -> None:
        """What only hidden sheets and rows said stands in the table of strings, too."""
        for name in [name for name in self.parts if name.endswith(".xml")]:
            tree = etree.fromstring(self.parts[name], _parser())
            if local(tree) == "sst":
                clean_strings(tree, self.strings)
                self.parts[name] = etree.tostring(
                    tree, xml_declaration=True, encoding="UTF-8", standalone=True
                )

    def _picture(self, name: str, ending: str) -> str:
        """A picture under a name that tells nothing. One of a kind we cannot draw anew ends the cleaning."""
        from cases.inspecting import pictures

        kind = _PICTURES.get(ending)
        if kind is None:
            raise Refused("unreadable")
        number = 1 + sum(1 for there in self.names.values() if "/media/" in there)
        there = f"{'word' if self.kind == 'docx' else 'xl'}/media/image{number}.{ending}"
        self.parts[there] = pictures.cleaned(self.package.read(name), kind)
        self.names[name] = there
        return there

    def _tree(self, name: str) -> Any:
        try:
            return etree.fromstring(self.package.read(name), _parser())
        except (KeyError, etree.XMLSyntaxError) as broken:
            raise Refused("unreadable") from broken

    def _relations(self, name: str) -> Iterator[tuple[str, str, str]]:
        """Id, kind and target of each relation; the target is empty if it leads outside or nowhere."""
        path = _rels_of(name)
        there = set(self.package.namelist())
        if path not in there:
            return
        for row in self._tree(path):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), row.get("Target", "")))
            if row.get("Target", "").startswith("/"):
                target = row.get("Target").lstrip("/")
            inside = row.get("TargetMode", "").lower() != "external" and target in there
            yield row.get("Id", ""), row.get("Type", "").rpartition("/")[2], target if inside else ""


_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


class _Types:
    """What each part is said to be."""

    def __init__(self, tree: Any) -> None:
        self.by_part = {
            row.get("PartName"): row.get("ContentType") for row in tree if local(row) == "Override"
        }
        self.by_ending = {
            str(row.get("Extension")).lower(): row.get("ContentType")
            for row in tree
            if local(row) == "Default"
        }

    def of(self, names: dict[str, str]) -> bytes:
        root = etree.Element(f"{{{_TYPES}}}Types", nsmap={None: _TYPES})
        kind = "application/vnd.openxmlformats-package.relationships+xml"
        etree.SubElement(root, f"{{{_TYPES}}}Default", Extension="rels", ContentType=kind)
        for old, new in sorted(names.items()):
            said = self.by_part.get(f"/{old}") or self.by_ending.get(old.rpartition(".")[2].lower())
            if not said:
                raise Refused("unreadable")
            etree.SubElement(root, f"{{{_TYPES}}}Override", PartName=f"/{new}", ContentType=said)
        return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def local(element: Any) -> str:
    """The name of an element without its namespace: two editions of the format differ only in these."""
    return str(element.tag).rpartition("}")[2]


def _parser() -> Any:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )


def _rels_of(name: str) -> str:
    folder, _slash, last = name.rpartition("/")
    return f"{folder}/_rels/{last}.rels" if folder else f"_rels/{last}.rels"


def _rels(rows: list[tuple[str, str, str]]) -> bytes:
    root = etree.Element(f"{{{_PACKAGE_RELS}}}Relationships", nsmap={None: _PACKAGE_RELS})
    for rel, kind, target in rows:
        etree.SubElement(root, f"{{{_PACKAGE_RELS}}}Relationship", Id=rel, Type=kind, Target=target)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _cut_loose(tree: Any, kept: set[str]) -> None:
    """Take out whatever shows a part that is not in the copy."""
    # Found first and taken out then; a large sheet has a million elements, hardly any of which refers to a part.
    for element in [element for element in tree.iter() if _refers_elsewhere(element, kept)]:
        take_out_frame(element)


def _refers_elsewhere(element: Any, kept: set[str]) -> bool:
    return any(
        name.partition("}")[0].endswith("/relationships") and value not in kept
        for name, value in element.attrib.items()
    )
