"""What is taken out of the XML of documents, sheets and drawings, by the names of elements and attributes."""

from __future__ import annotations

from typing import Any

from lxml import etree

_DROPPED = {
    "del", "moveFrom", "commentReference", "annotationRef", "object", "control", "dataBinding", "proofErr",
    "permStart", "permEnd", "bookmarkStart", "bookmarkEnd", "fldChar", "instrText", "delText", "delInstrText",
    "sdtPr", "sdtEndPr", "customXmlPr", "smartTagPr", "extLst", "altChunk", "subDoc", "hlinkClick", "hlinkHover",
    "docVars", "legacyDrawing", "legacyDrawingHF", "custDataLst", "cellIns", "cellDel",
}  # fmt: skip
#: Their contents stay: what was inserted, moved here, computed by a field or wrapped in a link.
_UNWRAPPED = {"ins", "moveTo", "fldSimple", "hyperlink", "smartTag", "customXml"}
_ATTRIBUTES = {
    "author", "date", "initials", "userId", "providerId", "descr", "title", "alt", "href", "paraId", "textId",
    "codeName", "macro", "textlink",
}  # fmt: skip
_NAMED = {"docPr", "cNvPr"}
#: Elements that hold a drawing; one that shows what is left out goes as a whole.
FRAMES = {"drawing", "pict", "twoCellAnchor", "oneCellAnchor", "absoluteAnchor"}


def clean_words(tree: Any) -> None:
    """Accept changes, take out comments, hidden text and fields, and forget who wrote and what files were called."""
    for element in list(tree.iter(etree.Element)):
        if element is tree or element.getparent() is None:
            continue
        name = _local(element)
        if name == "tr" and _has(element, "trPr", "del"):
            _take_out(element)
        elif name == "tc" and _has(element, "tcPr", "cellDel"):
            for words in list(element.iter()):
                if _local(words) == "t":
                    words.text = ""
        elif name == "r" and _has(element, "rPr", "vanish"):
            _take_out(element)
    for element in list(tree.iter(etree.Element)):
        name = _local(element)
        _forget(element, name)
        if element is tree or element.getparent() is None:
            continue
        if name == "graphicFrame":
            take_out_frame(element)
        elif name in _DROPPED or name.endswith(("Change", "RangeStart", "RangeEnd", "anish")):
            _take_out(element)
        elif name in _UNWRAPPED:
            _unwrap(element)


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _has(element: Any, properties: str, wanted: str) -> bool:
    """Whether a property is set, and not to "no"."""
    for group in element:
        if _local(group) == properties:
            for one in group:
                if _local(one) == wanted:
                    said = [v for name, v in one.attrib.items() if etree.QName(name).localname == "val"]
                    return not said or said[0] not in ("0", "false", "off")
    return False


def _forget(element: Any, name: str) -> None:
    for attribute in list(element.attrib):
        plain = etree.QName(attribute).localname
        if plain in _ATTRIBUTES or plain.startswith("rsid"):
            del element.attrib[attribute]
    if name in _NAMED and "name" in element.attrib:
        element.attrib["name"] = "Picture"


def _take_out(element: Any) -> None:
    """Remove it; words that follow it, which only markup with mixed content has, stay."""
    parent, before = element.getparent(), element.getprevious()
    if element.tail:
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def take_out_frame(element: Any) -> None:
    """Remove the drawing this element belongs to, or the element itself if it stands outside any."""
    frame = next((over for over in element.iterancestors() if _local(over) in FRAMES), element)
    if frame.getparent() is not None:
        _take_out(frame)


def _unwrap(element: Any) -> None:
    parent = element.getparent()
    at = parent.index(element)
    for child in list(element):
        parent.insert(at, child)
        at += 1
    _take_out(element)
