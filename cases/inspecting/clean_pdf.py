"""A PDF again with nothing but its pages: what was typed about it, runs in it or hangs on it stays behind.

qpdf writes only what the pages refer to, so earlier versions of the document and loose objects are gone as well.
"""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from cases.inspecting.pdf import opened
from cases.inspecting.pictures import bare_jpeg
from cases.inspecting.verdict import Refused

_OF_ROOT = {"/Type", "/Pages", "/Lang", "/Version"}
_OF_PAGE = {
    "/Type", "/Parent", "/Resources", "/Contents", "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox",
    "/Rotate", "/Group", "/UserUnit", "/Annots",
}  # fmt: skip
#: Wherever they stand: properties, traces of programs, other files, other forms of a picture.
_NOWHERE = ("/Metadata", "/PieceInfo", "/LastModified", "/Alternates", "/OPI", "/EF", "/AF", "/Thumb")
#: Marks that are seen on the page. Notes that open, links, films and attached files are not among them.
_MARKS = {
    "/Highlight", "/Underline", "/StrikeOut", "/Squiggly", "/Square", "/Circle", "/Line", "/Polygon", "/PolyLine",
    "/Ink", "/Stamp", "/FreeText", "/Widget",
}  # fmt: skip
_HIDDEN, _NOT_SHOWN, _PRINTED = 2, 32, 4
_DEEPEST = 20


def cleaned(data: bytes) -> bytes:
    """Raises ``Refused`` if part of it cannot be made bare."""
    with opened(data) as document:
        _keep_only(document.Root, _OF_ROOT)
        if Name.Info in document.trailer:
            del document.trailer[Name.Info]
        for page in document.pages:
            _keep_only(page.obj, _OF_PAGE)
            if Name.Annots in page.obj:
                page.obj.Annots = Array([_bare_mark(mark) for mark in page.obj.Annots if _is_seen(mark)])
        for each in document.objects:
            _strip(each)
            if isinstance(each, Stream) and each.get(Name.Subtype) == Name.Image:
                _strip_picture(each)
        out = BytesIO()
        document.save(
            out,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            deterministic_id=True,
            encryption=False,
            fix_metadata_version=False,
        )
    return out.getvalue()


def _keep_only(dictionary: Any, wanted: set[str]) -> None:
    for key in list(dictionary.keys()):
        if key not in wanted:
            del dictionary[key]


def _is_seen(mark: Any) -> bool:
    return (
        str(mark.get(Name.Subtype)) in _MARKS
        and not int(mark.get(Name.F, 0)) & (_HIDDEN | _NOT_SHOWN)
        and _look_of(mark) is not None
    )


def _look_of(mark: Any) -> Any:
    """The drawing a reader shows, of several the one that is switched on."""
    look = mark.get(Name.AP, Dictionary()).get(Name.N)
    if isinstance(look, Dictionary) and not isinstance(look, Stream):
        look = look.get(str(mark.get(Name.AS, "")) or "/Off")
    return look if isinstance(look, Stream) else None


def _bare_mark(mark: Any) -> Any:
    """The drawing at its place: who made it, when, and the words behind it are gone."""
    return Dictionary(
        Type=Name.Annot, Subtype=Name.Stamp, Rect=mark.Rect, F=_PRINTED, AP=Dictionary(N=_look_of(mark))
    )


def _strip(each: Any, depth: int = 0) -> None:
    if depth > _DEEPEST:
        raise Refused("unreadable")
    inner: list[Any]
    if isinstance(each, Array):
        inner = list(each)
    elif isinstance(each, (Dictionary, Stream)):
        for key in _NOWHERE:
            if key in each:
                del each[key]
        inner = [each.get(key) for key in each.keys()]  # noqa: SIM118  # a stream is no mapping
    else:
        return
    for one in inner:
        if isinstance(one, (Array, Dictionary)) and not one.is_indirect:
            _strip(one, depth + 1)


def _strip_picture(picture: Any) -> None:
    """A photo stands in a PDF as the camera wrote it, with the place it was taken at."""
    given = picture.get(Name.Filter, Array())
    filters = [str(one) for one in given] if isinstance(given, Array) else [str(given)]
    if "/JPXDecode" in filters:
        raise Refused("unreadable")  # a format with boxes of its own for such things, and rare
    if "/DCTDecode" not in filters:
        return
    if filters == ["/DCTDecode"]:
        data = picture.read_raw_bytes()
    elif filters == ["/FlateDecode", "/DCTDecode"]:
        data = zlib.decompress(picture.read_raw_bytes())
    else:
        raise Refused("unreadable")
    picture.write(bare_jpeg(data), filter=Name.DCTDecode)
