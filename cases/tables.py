"""A table of concerns that somebody hands in: CSV as programs and years have left it, or a workbook, read into rows."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext, override, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cases import confined
from cases.forms.intake import FOR_WHOM, PHONE_COUNTRIES
from cases.history import category_names, division_names
from cases.inspecting.table import FORMULA
from cases.states import TOLD_BY, Authorisation, FilerKind, Proceedings, Sharing
from text.fold import fold

MAX_ROWS = 5000
MAX_BYTES = 10 * 1024 * 1024

#: The headings, in the order of the empty table that is offered; ``reference`` names a row where it comes from.
COLUMNS: dict[str, Any] = {
    "reference": _("Own reference"),
    "channel": _("How it reached us"),
    "received_on": _("Date of receipt"),
    "text": _("What happened"),
    "wanted": _("What would help the business"),
    "division": _("Place of the problem"),
    "category": _("Category"),
    "authority_named": _("Authority or body involved"),
    "proceedings": _("Proceedings"),
    "sharing": _("Who may see who the business is"),
    "agreed": _("The business agreed that the authority may be told"),
    "filer_kind": _("Enterprise or individual"),
    "company": _("Name of the company"),
    "registration_no": _("Hong Kong business registration number"),
    "name": _("Full name"),
    "email": _("E-mail address"),
    "phone_country": _("Country or region of the phone number"),
    "phone": _("Phone number"),
    "language": _("Language of the business"),
    "for_whom": _("For whom they contact us"),
    "on_behalf_of": _("Name of the client or member"),
    "authorisation": _("Their authority to speak for them"),
    "authorised_on": _("Date of the authority"),
}
NEEDED = ("channel", "received_on", "text", "division", "filer_kind", "language")
#: What a row means that leaves these empty.
DEFAULTS = {"proceedings": Proceedings.NONE.value, "sharing": Sharing.OFFICE_ONLY.value, "for_whom": "own"}
DAYS = ("received_on", "authorised_on")
_SHARING = {
    Sharing.NAMED.value: _("The authority may be told"),
    Sharing.OFFICE_ONLY.value: _("Only the office"),
    Sharing.ANONYMOUS.value: _("No name given"),
}
_YES_NO = {"on": pgettext_lazy("a cell of a table", "Yes"), "": pgettext_lazy("a cell of a table", "No")}
#: Columns of few words, which are told to whoever wrote another.
_FEW_WORDS: dict[str, Any] = {
    "channel": [(c.value, c.label) for c in TOLD_BY],
    "proceedings": Proceedings.choices,
    "sharing": list(_SHARING.items()),
    "agreed": list(_YES_NO.items()),
    "filer_kind": FilerKind.choices,
    "phone_country": PHONE_COUNTRIES,
    "language": settings.LANGUAGES,
    "for_whom": FOR_WHOM,
    "authorisation": Authorisation.choices,
}
#: Far more frequent in Chinese letters of business than what a wrong decoding makes of any text.
_FREQUENT = frozenset(
    "的一是不了在人有我他这這中大来來上国國个個到说們们为為和地时時年得就那要下以生会會自着去过過对對公司货貨关關港限有批海口被未"
)
_ENCODINGS = ("gb18030", "big5hkscs")


class UnreadableTable(Exception):  # noqa: N818  # says something of the file, not of us
    """The whole file is refused; ``code`` is one of ``WHY``."""

    def __init__(self, code: str, *columns: str) -> None:
        super().__init__(code)
        self.code, self.columns = code, columns


WHY = {
    "empty": _("The file has no rows under its headings."),
    "too_big": _("The file is larger than 10 MB."),
    "too_many": _("The file has more than 5,000 rows. Divide it."),
    "encoding": _("The characters of the file cannot be read. Save it as CSV in UTF-8 or as XLSX."),
    "format": _("This is neither a CSV nor an XLSX file that can be read."),
    "headings": _("These columns are missing in the first row: %(columns)s"),
    "twice": _("These columns stand there twice: %(columns)s"),
    "busy": _("Too many files are being read at this moment. Try again."),
}


@dataclass(frozen=True)
class Row:
    number: int
    cells: dict[str, str]
    #: There are cells without a heading above them.
    spills: bool = False


@dataclass(frozen=True)
class Table:
    rows: list[Row]
    unread: list[str]


def read(data: bytes) -> Table:
    """Raises ``UnreadableTable``."""
    if len(data) > MAX_BYTES:
        raise UnreadableTable("too_big")
    lines = _workbook(data) if data.startswith(b"PK\x03\x04") else _csv(data)
    if not lines:
        raise UnreadableTable("empty")
    _number, head = lines[0]
    known = headings()
    codes = [known.get(_plain(cell), "") for cell in head]
    twice = sorted({code for code in codes if code and codes.count(code) > 1})
    if twice:
        raise UnreadableTable("twice", *twice)
    if missing := [code for code in NEEDED if code not in codes]:
        raise UnreadableTable("headings", *missing)
    rows = []
    for number, cells in lines[1:]:
        if any(cell.strip() for cell in cells):
            named = {code: cell.strip() for code, cell in zip(codes, cells, strict=False) if code}
            rows.append(Row(number, named, any(cell.strip() for cell in cells[len(codes) :])))
    if not rows:
        raise UnreadableTable("empty")
    if len(rows) > MAX_ROWS:
        raise UnreadableTable("too_many")
    return Table(
        rows, [cell.strip() for cell, code in zip(head, codes, strict=True) if cell.strip() and not code]
    )


def _plain(cell: str) -> str:
    return re.sub(r"\s+", " ", fold(cell)).strip()


def words_of(column: str) -> str:
    """The words that can stand in a column of few, in the reader's language; of any other column nothing."""
    return pgettext("between items", ", ").join(str(label) for _code, label in _FEW_WORDS.get(column, ()))


def headings() -> dict[str, str]:
    """Every heading that is known, in three languages and as its code."""
    found = {code: code for code in COLUMNS}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found |= {_plain(str(label)): code for code, label in COLUMNS.items()}
    return found


# --- bytes to cells -----------------------------------------------------------------------------
def _workbook(data: bytes) -> list[tuple[int, list[str]]]:
    try:
        found = confined.table(data)
    except confined.Broken:
        found = None
    except confined.Busy:
        raise UnreadableTable("busy") from None
    if found is None:
        raise UnreadableTable("format")
    return [(number, cells) for number, cells in found]


def _csv(data: bytes) -> list[tuple[int, list[str]]]:
    text = _decoded(data)
    known = headings()
    first = text.partition("\n")[0]
    by = max(",;\t", key=lambda mark: sum(_plain(c.strip('"')) in known for c in first.split(mark)))
    lines: list[tuple[int, list[str]]] = []
    try:
        for number, cells in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=by, strict=True), 1
        ):
            if any(cells):
                lines.append((number, cells))
            if len(lines) > MAX_ROWS + 1:
                raise UnreadableTable("too_many")
    except csv.Error as broken:
        raise UnreadableTable("format") from broken
    return lines


def _decoded(data: bytes) -> str:
    """UTF-8 if it is; otherwise the one of the two old Chinese encodings that makes sense of it."""
    if b"\x00" in data:
        raise UnreadableTable("encoding")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    readings = []
    for encoding in _ENCODINGS:
        try:
            readings.append(data.decode(encoding))
        except UnicodeDecodeError:
            continue
    if not readings:
        raise UnreadableTable("encoding")
    return max(readings, key=_sense)


def _sense(text: str) -> float:
    letters = [c for c in text if ord(c) > 0x2000]
    return sum(c in _FREQUENT for c in letters) / max(len(letters), 1)


# --- cells to codes ------------------------------------------------------------------------------
class Codes:
    """What the words of a cell mean, in any of the three languages; made once for a table."""

    def __init__(self) -> None:
        self.of: dict[str, dict[str, set[str]]] = {}
        for language, _name in settings.LANGUAGES:
            with override(language):
                for column, choices in _FEW_WORDS.items():
                    self._learn(column, choices)
                self._learn("agreed", [("on", "1"), ("on", "on"), ("on", "yes"), ("", "0")])
                self._learn("sharing", Sharing.choices)
                self._learn("division", [(k, row.name_in(language)) for k, row in division_names().items()])
                self._learn("category", [(k, row.name_in(language)) for k, row in category_names().items()])

    def _learn(self, column: str, pairs: Any) -> None:
        words = self.of.setdefault(column, {})
        for code, label in pairs:
            words.setdefault(_plain(str(label)), set()).add(code)
            words.setdefault(_plain(str(code)), set()).add(code)

    def _unknown(self, column: str) -> str:
        """What would have been understood instead; the cell itself is not repeated, for this is not sealed."""
        if words := words_of(column):
            return gettext("Write one of these: %(words)s") % {"words": words}
        if column == "division":
            return gettext(
                "This place is not known. Write its name in English or Chinese, or its six-digit code."
            )
        return gettext("This category is not known. Write its name in English or Chinese, or its code.")

    def read(self, row: Row) -> tuple[dict[str, str], list[tuple[str, Any]]]:
        """The row as the form takes it, and what is wrong with its cells."""
        data = dict(DEFAULTS)
        wrong: list[tuple[str, Any]] = []
        for column, cell in row.cells.items():
            if cell == FORMULA:
                wrong.append((column, _("This cell holds a formula. Put its value there.")))
            elif column in self.of and cell:
                meant = self.of[column].get(_plain(cell), set())
                if len(meant) == 1:
                    data[column] = next(iter(meant))
                elif meant:
                    codes = ", ".join(sorted(meant))
                    wrong.append(
                        (column, _("This can mean several: write one of %(codes)s.") % {"codes": codes})
                    )
                else:
                    wrong.append((column, self._unknown(column)))
            elif cell:
                data[column] = _day(cell) if column in DAYS else cell
        if row.spills:
            wrong.append(("", _("There are cells without a heading above them.")))
        return data, wrong


def _day(cell: str) -> str:
    """A workbook keeps a day as the number of days since 30 December 1899."""
    if re.fullmatch(r"[345]\d{4}(\.\d+)?", cell):
        return (date(1899, 12, 30) + timedelta(days=int(float(cell)))).isoformat()
    return cell
