"""A file of directory entries: read, compared with the directory, and applied as it was shown.

Lines name entries by ``code``. A column that the file does not have is left alone; an empty cell empties its column.
Entries that the file does not name are left as they are, and none is ever deleted: one that is over gets a
``valid_until``.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jobs.clock import this_moment
from routing.kept import changed
from routing.models import (
    Authority,
    AuthorityContact,
    AuthorityType,
    CustomsDistrict,
    DirectoryFile,
    Division,
    Level,
)
from text.clean import UnusableText, clean_line, clean_text

MOST_BYTES = 2 * 1024 * 1024
MOST_LINES = 20_000

COLUMNS = {
    "code": "code",
    "type": "type_id",
    "level": "level",
    "division": "division_id",
    "customs_district": "customs_district_id",
    "name_en": "name_en",
    "name_zh_hant": "name_zh_hant",
    "name_zh_hans": "name_zh_hans",
    "conduit": "conduit",
    "contact_name": "contact_name",
    "email": "email",
    "address": "address",
    "valid_from": "valid_from",
    "valid_until": "valid_until",
    "source": "source",
}
CONTACT = ("contact_name", "email", "address")
DATES = ("valid_from", "valid_until")
#: Columns that are null when their cell is empty.
NULLABLE = ("division", "customs_district", *DATES)
_CODE = re.compile(r"[A-Z0-9_-]+")
NEEDED_TO_ADD = ("type", "level", "name_en", "name_zh_hant", "name_zh_hans")


class Unreadable(ValueError):
    """The file as a whole cannot be used; the sentence is for whoever sent it."""

    def __init__(self, says: str | Promise) -> None:
        super().__init__(str(says))


class ChangedMeanwhile(Exception):
    """The directory is no longer what the preview was made from, or the file was applied already."""


@dataclass(frozen=True)
class Change:
    """One entry; ``fields`` are (column, before, after), for a new entry all that is given."""

    line: int
    code: str
    name: str
    fields: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class RefusedLine:
    """A line that is left out; ``reasons`` are (column, sentence)."""

    line: int
    code: str
    reasons: tuple[tuple[str, str], ...]


@dataclass
class Preview:
    """What a file would do. ``ended`` are changes that give a last day where there was none, or an earlier one."""

    added: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    ended: list[Change] = field(default_factory=list)
    refused: list[RefusedLine] = field(default_factory=list)
    unchanged: int = 0
    rows: list[Authority] = field(default_factory=list)

    @property
    def fingerprint(self) -> str:
        """A digest of what would be written over what; the wording of refusals does not count."""
        parts = (self.added, self.changed, self.ended)
        said = [[(change.line, change.code, change.fields) for change in part] for part in parts]
        refused = [(row.line, row.code) for row in self.refused]
        written = json.dumps([said, refused, self.unchanged], ensure_ascii=False)
        return hashlib.sha256(written.encode()).hexdigest()


def decode(content: bytes) -> str:
    """The text of a file in UTF-8, with or without a byte-order mark. Raises ``Unreadable``.

    GB 18030 is refused, not guessed: every byte sequence of another Chinese encoding reads as some text in it.
    """
    if len(content) > MOST_BYTES:
        raise Unreadable(_("This file is larger than 2 MB. Split it."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(
            _(
                "This file is not in UTF-8; it may be in GB 18030 or Big5. Save it again as “CSV UTF-8” and send that."
            )
        ) from None
    if "\0" in text:
        raise Unreadable(_("This is not a text file."))
    return text


def preview(text: str) -> Preview:
    """What the file would change in the directory as it stands. Raises ``Unreadable`` for the file as a whole."""
    lines = _lines(text)
    codes = [cells.get("code", "") for _line, cells in lines]
    stored = {row.code: row for row in _stored(codes)}
    known = _Known()
    result, seen = Preview(), set[str]()
    for line, cells in lines:
        code = cells.get("code", "")
        if code in seen:
            again = str(_("This code stands in the file twice."))
            result.refused.append(RefusedLine(line, code, (("code", again),)))
            continue
        seen.add(code)
        _judge(result, line, cells, stored.get(code), known)
    return result


def apply(file_id: int, *, shown: str, by: str) -> Preview:
    """Write what the preview of this file with the fingerprint ``shown`` said; ``by`` is who confirmed, by user name.

    Raises ``ChangedMeanwhile`` if it would no longer do the same, or was applied before. All or nothing.
    """
    try:
        return _apply(file_id, shown, by)
    except IntegrityError:
        # An entry that is not there yet cannot be locked: somebody else has just added one with the same code.
        raise ChangedMeanwhile from None


def _apply(file_id: int, shown: str, by: str) -> Preview:
    with transaction.atomic():
        file = DirectoryFile.objects.select_for_update().get(pk=file_id)
        if file.applied_at is not None:
            raise ChangedMeanwhile
        # Locked before they are compared: what an administrator saves at this moment comes before or after it.
        codes = [cells.get("code", "") for _line, cells in _lines(file.text)]
        before = {row.code: row for row in _stored(codes, lock=True)}
        result = preview(file.text)
        if result.fingerprint != shown:
            raise ChangedMeanwhile
        new = {change.code for change in result.added}
        columns = [name for name in COLUMNS if name != "code"]
        Authority.objects.bulk_create([row for row in result.rows if row.code in new], batch_size=500)
        Authority.objects.bulk_update(
            [row for row in result.rows if row.code not in new], columns, batch_size=200
        )
        keep_contacts(((before[row.code], row) for row in result.rows if row.code not in new), by=by)
        file.applied_at, file.applied_by = this_moment(), by
        file.save(update_fields=["applied_at", "applied_by"])
        changed()
    return result


def keep_contacts(pairs: Iterable[tuple[Authority, Authority]], *, by: str) -> None:
    """Keep the contact of each entry before where the entry after has another one. Nothing known is nothing kept."""
    AuthorityContact.objects.bulk_create(
        AuthorityContact(
            authority=before, until=this_moment(), by=by, **{name: getattr(before, name) for name in CONTACT}
        )
        for before, after in pairs
        if any(getattr(before, name) for name in CONTACT)
        and any(getattr(before, name) != getattr(after, name) for name in CONTACT)
    )


# --- reading -------------------------------------------------------------------------------------
def _lines(text: str) -> list[tuple[int, dict[str, str]]]:
    """Each line with its number in the file and its cells by column. Blank lines are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        _check_header(header)
        lines: list[tuple[int, dict[str, str]]] = []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(lines) == MOST_LINES:
                raise Unreadable(_("This file has more than 20,000 lines. Split it."))
            named = dict(zip(header, cells, strict=False))
            if len(cells) != len(header):
                named["cells"] = str(len(cells))
            named = {name: cell.strip() for name, cell in named.items()}
            # Cleaned before it is looked up: what nobody can see would make another entry of a known code.
            named["code"] = clean_line(named.get("code", ""))
            lines.append((reader.line_num, named))
    except csv.Error:
        says = _("Line %(line)d cannot be read: look for a quotation mark that is not closed.")
        raise Unreadable(says % {"line": reader.line_num}) from None
    if not lines:
        raise Unreadable(_("This file has no line below its header."))
    return lines


def _check_header(header: list[str]) -> None:
    if "code" not in header:
        raise Unreadable(_("The first line must name the columns, separated by commas; “code” is missing."))
    unknown = [name for name in header if name not in COLUMNS]
    if unknown:
        says = _("Unknown columns: %(names)s. Known are: %(known)s.")
        raise Unreadable(says % {"names": ", ".join(unknown), "known": ", ".join(COLUMNS)})
    if len(set(header)) != len(header):
        raise Unreadable(_("A column stands in the header twice."))


class _Known:
    """Codes that lines may refer to."""

    def __init__(self) -> None:
        self.codes = {
            "type": set(AuthorityType.objects.values_list("pk", flat=True)),
            "division": set(Division.objects.values_list("pk", flat=True)),
            "customs_district": set(CustomsDistrict.objects.values_list("pk", flat=True)),
        }


def _stored(codes: Iterable[str], *, lock: bool = False) -> list[Authority]:
    rows = Authority.objects.order_by("pk")
    if lock:
        rows = rows.select_for_update(no_key=True)
    wanted = sorted(set(codes))
    # In parts, as SQLite takes a limited number of values.
    return [row for at in range(0, len(wanted), 500) for row in rows.filter(pk__in=wanted[at : at + 500])]


# --- judging a line ------------------------------------------------------------------------------
def _judge(result: Preview, line: int, cells: dict[str, str], old: Authority | None, known: _Known) -> None:
    code = cells.get("code", "")
    values, reasons = _values(cells, known)
    if old is None:
        empty = [name for name in NEEDED_TO_ADD if not cells.get(name)]
        reasons += [(name, str(_("A new entry needs this."))) for name in empty if name not in dict(reasons)]
    row = (
        Authority(**{COLUMNS[name]: getattr(old, COLUMNS[name]) for name in COLUMNS}) if old else Authority()
    )
    if old is not None:
        row.loaded_hash, row._state.adding = old.loaded_hash, False
    for name, value in values.items():
        setattr(row, COLUMNS[name], value)
    if not reasons:
        reasons = _row_says(row, new=old is None)
    if reasons:
        result.refused.append(RefusedLine(line, code, tuple(reasons)))
        return
    fields = tuple(
        (name, _shown(getattr(old, COLUMNS[name]) if old else None), _shown(value))
        for name, value in values.items()
        if (_shown(value) if old is None else getattr(old, COLUMNS[name]) != value) and name != "code"
    )
    if old is not None and not fields:
        result.unchanged += 1
        return
    result.rows.append(row)
    change = Change(line, code, str(row), fields)
    if old is None:
        result.added.append(change)
    elif _ends(old.valid_until, row.valid_until):
        result.ended.append(change)
    else:
        result.changed.append(change)


def _values(cells: dict[str, str], known: _Known) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    values: dict[str, Any] = {}
    reasons: list[tuple[str, str]] = []
    if "cells" in cells:
        words = _("This line has %(found)s cells, the header another number.")
        reasons.append(("", str(words % {"found": cells["cells"]})))
    for name, cell in cells.items():
        if name == "cells":
            continue
        try:
            value: Any = clean_text(cell, multiline=name in ("address", "source"))
        except UnusableText:
            reasons.append((name, str(_("This text contains a broken character."))))
            continue
        if name in known.codes and value and value not in known.codes[name]:
            reasons.append((name, str(_("There is no “%(code)s”.") % {"code": value})))
        elif name in DATES and value:
            try:
                value = date.fromisoformat(value)
            except ValueError:
                reasons.append((name, str(_("Write the date as 2026-11-23."))))
        if name == "conduit" and not value:
            value = Authority.Conduit.DIRECT.value
        values[name] = None if name in NULLABLE and not value else value
    return values, reasons


def _row_says(row: Authority, *, new: bool) -> list[tuple[str, str]]:
    """What is wrong with the entry as a whole: lengths, choices, an e-mail that is none, days in the wrong order."""
    reasons = []
    if new and row.code and not _CODE.fullmatch(row.code):
        reasons.append(("code", str(_("A code has capital letters, digits, “-” and “_” only."))))
    if row.level == Level.NATIONAL and row.division_id:
        reasons.append(("division", str(_("A national body has no place."))))
    elif row.level != Level.NATIONAL and not row.division_id:
        reasons.append(("division", str(_("Only a national body has no place."))))
    try:
        # What a line refers to has been looked up.
        row.clean_fields(exclude=["type", "division", "customs_district"])
        row.clean()
    except ValidationError as wrong:
        reasons += [(name, " ".join(words)) for name, words in wrong.message_dict.items()]
    return reasons


def _ends(before: date | None, after: date | None) -> bool:
    return after is not None and (before is None or after < before)


def _shown(value: Any) -> str:
    return "" if value is None else str(value)
