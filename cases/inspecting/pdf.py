"""PDF: read to its end, of a bearable length, with nothing behind it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO

import pikepdf
from pikepdf import Dictionary, Name, Pdf, Stream

from cases.inspecting.verdict import Refused

MAX_PAGES = 500
_END = b"%%EOF"


def facts(data: bytes) -> set[str]:
    """What the document holds beside its pages. Raises ``Refused``."""
    _ends(data)
    with opened(data) as document:
        root, found = document.Root, set()
        names = root.get(Name.Names, Dictionary())
        if Name.OpenAction in root or Name.AA in root or Name.JavaScript in names:
            found.add("active")
        if next(_files_in(document), None) is not None:
            found.add("embedded")
        if Name.Metadata in root or document.trailer.get(Name.Info, Dictionary()).get(Name.Author):
            found.add("author")
        if any(Name.Annots in page for page in document.pages):
            found.add("comments")
        return found


def files_in(data: bytes) -> bytes:
    """The files inside a PDF, unpacked from it, as one zip. Raises ``Refused``."""
    out = BytesIO()
    try:
        with opened(data) as document, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as all_of_them:
            for number, file in enumerate(_files_in(document), start=1):
                all_of_them.writestr(f"{number}", file.read_bytes())
    except (pikepdf.PdfError, ValueError, RuntimeError, MemoryError) as broken:
        raise Refused("unreadable") from broken
    return out.getvalue()


def _files_in(document: Pdf) -> Iterator[Stream]:
    """Each file inside once, whatever it hangs on: a list of the document, a page, a mark or nothing at all."""
    for each in document.objects:
        if isinstance(each, Stream) and each.get(Name.Type) == Name.EmbeddedFile:
            yield each
        elif isinstance(each, Dictionary) and isinstance(each.get(Name.EF), Dictionary):
            for key in each.EF.keys():  # noqa: SIM118  # no mapping
                file = each.EF.get(key)
                if isinstance(file, Stream) and file.get(Name.Type) != Name.EmbeddedFile:
                    yield file


def opened(data: bytes) -> Pdf:
    """The document, every object of it read and its pages counted. Raises ``Refused``."""
    try:
        document = pikepdf.open(BytesIO(data))
    except pikepdf.PasswordError as locked:
        raise Refused("locked") from locked
    except (pikepdf.PdfError, ValueError, RuntimeError, MemoryError, OSError) as broken:
        raise Refused("unreadable") from broken
    try:
        pages = len(document.pages)
        for _each in document.objects:
            pass
    except (pikepdf.PdfError, ValueError, RuntimeError, MemoryError, RecursionError) as broken:
        raise Refused("unreadable") from broken
    if not pages:
        raise Refused("unreadable")
    if pages > MAX_PAGES:
        raise Refused("pages")
    return document


def _ends(data: bytes) -> None:
    at = data.rfind(_END)
    if at < 0:
        raise Refused("unreadable")
    behind = data[at + len(_END) :].strip(b"\x00 \t\r\n\x1a")
    if behind:
        # A later part of the same document that was cut off, or something that is no part of it at all.
        raise Refused("unreadable" if b" obj" in behind else "trailing")
