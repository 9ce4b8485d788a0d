"""Files that people give us: checked by what they contain, kept under a random key, never under their name."""

from __future__ import annotations

import hashlib
import logging
import os
import uuid
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import filetype
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from cases import confined
from cases.models import Attachment
from cases.refusals import AlreadyThere, InputRefused
from cases.tasks import scan_files
from jobs.clock import this_moment
from text.clean import UnusableText, clean_line

log = logging.getLogger(__name__)

MAX_SIZE = 10 * 1024 * 1024
MAX_FILES = 10
MAX_TOTAL = 50 * 1024 * 1024
MAX_NAME = 255
#: A picture drawn anew may be longer than it came; the scanner takes this much.
MAX_COPY = 11 * 1024 * 1024

WRONG_TYPE = _("The selected file must be a PDF, JPG, PNG, HEIC, DOCX, XLSX, TXT or CSV")
TOO_LARGE = _("The selected file must be smaller than 10MB")
EMPTY = _("The selected file is empty")
LOCKED = _("The selected file is password protected")
WITH_MACROS = _("The selected file contains macros. Save it without macros and add it again")
NOT_STORED = _("The selected file could not be uploaded – try again")
TOO_MANY = _("You can only add up to 10 files")
TOO_MUCH = _("Your files must be smaller than 50MB altogether")
ALREADY = _("You have already added this file")
UNREADABLE = _("The selected file could not be read. It may be damaged")
TOO_BIG_INSIDE = _("The selected file holds too much packed data to be opened safely")
#: What the reader says, in the words of a person.
REASONS = {
    "unreadable": UNREADABLE,
    "locked": LOCKED,
    "pages": _("The selected file must have no more than 500 pages"),
    "pixels": _("The selected picture must have no more than 40 million pixels"),
    "trailing": _(
        "The selected file contains other data besides the document. Save it as a new file and add that"
    ),
    "moving": _("The selected picture must not be animated"),
    "bomb": TOO_BIG_INSIDE,
    "entities": _(
        "The selected file contains instructions that could do harm. Save it as a PDF and add that"
    ),
}


@dataclass(frozen=True)
class Kind:
    """A type of file we take; a name that ends otherwise gets the first of ``endings`` added."""

    content_type: str
    endings: tuple[str, ...]

    @property
    def code(self) -> str:
        """What its reader calls it: the first ending without its dot."""
        return self.endings[0][1:]


PDF = Kind("application/pdf", (".pdf",))
JPG = Kind("image/jpeg", (".jpg", ".jpeg"))
PNG = Kind("image/png", (".png",))
HEIC = Kind("image/heic", (".heic", ".heif"))
DOCX = Kind("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx",))
XLSX = Kind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (".xlsx",))
TXT = Kind("text/plain", (".txt",))
CSV = Kind("text/csv", (".csv",))
KINDS = (PDF, JPG, PNG, HEIC, DOCX, XLSX, TXT, CSV)

#: An animated PNG is told apart by its name only to be refused by its own.
_SNIFFED = {kind.content_type: kind for kind in (PDF, JPG, PNG, HEIC)} | {"image/apng": PNG}
_MAIN_PART = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX}
_MACRO_PARTS = ("vbaproject.bin", "vbadata.xml", "/macrosheets/", "/activex/")
#: As much of a package's table of contents as is looked at; a real one is far smaller.
MAX_LISTING = 1024 * 1024
#: More entries than this are not even listed; how many a package may have is said by its reader.
MAX_LISTED = 5000
_ENCODINGS = ("utf-8-sig", "gb18030", "big5hkscs")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_LOCKED = "EncryptedPackage".encode("utf-16-le")


def keep_upload(
    upload: UploadedFile[Any],
    *,
    case: Any = None,
    held_for: str = "",
    from_business: bool,
    by_user: Any = None,
) -> Attachment:
    """Check and store one upload for a case, or held for a draft whose key is ``held_for``.

    The bytes are on the disk before this returns. Raises ``InputRefused`` under ``files``.
    """
    size = upload.size or 0
    if not size:
        raise _refusal(EMPTY)
    if size > MAX_SIZE:
        raise _refusal(TOO_LARGE)
    holder = Attachment.objects.filter(
        case=case, held_for=held_for, from_business=from_business, original=None
    )
    if holder.count() >= MAX_FILES:
        raise _refusal(TOO_MANY)
    if (holder.aggregate(total=Sum("size"))["total"] or 0) + size > MAX_TOTAL:
        raise _refusal(TOO_MUCH)
    upload.seek(0)
    data = upload.read()
    kind = _kind_of(data, upload.name or "")
    sha256 = hashlib.sha256(data).hexdigest()
    if holder.filter(sha256=sha256).exists():
        raise AlreadyThere({"files": ALREADY})
    inside = _read(data, kind)
    name = _display_name(upload.name or "", kind)
    try:
        key = store(data)
    except OSError as failed:
        log.error("an upload could not be stored: %s", failed)
        raise _refusal(NOT_STORED) from failed
    try:
        with transaction.atomic():
            kept = Attachment.objects.create(
                case=case,
                held_for=held_for,
                file=key,
                name=name,
                content_type=kind.content_type,
                size=len(data),
                sha256=sha256,
                inside=inside,
                from_business=from_business,
                uploaded_by=by_user,
                at=this_moment(),
            )
            if settings.CLAMD_URL:
                scan_files.enqueue()
            return kept
    except BaseException as failed:
        default_storage.delete(key)
        if isinstance(failed, IntegrityError) and holder.filter(sha256=sha256).exists():
            raise AlreadyThere({"files": ALREADY}) from failed  # the same file came twice in the same moment
        raise


def held(key: str) -> list[Attachment]:
    """The files of a draft, in the order they were added."""
    return list(Attachment.objects.filter(held_for=key).order_by("pk")) if key else []


def remove_held(key: str, file_uuid: uuid.UUID | str) -> bool:
    """Take a file out of a draft again; False if the draft holds no such file. A case's files stay."""
    try:
        wanted = uuid.UUID(str(file_uuid))
    except ValueError:
        return False
    attachment = Attachment.objects.filter(held_for=key, uuid=wanted).first() if key else None
    if attachment is None:
        return False
    stored = str(attachment.file.name)
    attachment.delete()
    transaction.on_commit(lambda: default_storage.delete(stored), robust=True)
    return True


# --- what it is ---------------------------------------------------------------------------------
def _kind_of(data: bytes, name: str) -> Kind:
    """What the bytes are. The name decides only between kinds of plain text, which look alike."""
    guess = filetype.guess(data)
    if guess is not None and guess.mime in _SNIFFED:
        return _SNIFFED[guess.mime]
    if data.startswith(b"PK\x03\x04"):
        return _office_kind(data)
    if data.startswith(_OLE) and _OLE_LOCKED in data:
        raise _refusal(LOCKED)
    for kind in (TXT, CSV):
        if name.lower().endswith(kind.endings) and _is_text(data):
            return kind
    raise _refusal(WRONG_TYPE)


def _office_kind(data: bytes) -> Kind:
    """DOCX or XLSX by their parts. Macros hide in both, whatever the file is called."""
    if data.count(b"PK\x01\x02") > MAX_LISTED:
        raise _refusal(TOO_BIG_INSIDE)
    try:
        with zipfile.ZipFile(BytesIO(data)) as parts:
            names = {info.filename.lower() for info in parts.infolist()}
            if any(info.flag_bits & 1 for info in parts.infolist()):
                raise _refusal(LOCKED)
            with parts.open("[Content_Types].xml") as listing:
                types = listing.read(MAX_LISTING).lower()
    except (
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        ValueError,
        NotImplementedError,
        OSError,
        EOFError,
    ) as broken:
        raise _refusal(WRONG_TYPE) from broken
    kind = next((kind for part, kind in _MAIN_PART.items() if part in names), None)
    if kind is None:
        raise _refusal(WRONG_TYPE)
    if any(sign in part for sign in _MACRO_PARTS for part in names) or any(
        sign in types for sign in (b"vbaproject", b"macroenabled")
    ):
        raise _refusal(WITH_MACROS)
    return kind


def _read(data: bytes, kind: Kind) -> list[str]:
    """The file read to its end, out of harm's way: what it holds that its owner may not know of."""
    if kind in (TXT, CSV):
        return []
    try:
        answer = confined.inspect(data, kind.code)
    except confined.Busy as busy:
        raise _refusal(NOT_STORED) from busy
    except confined.Broken as broken:
        raise _refusal(UNREADABLE) from broken
    if "refused" in answer:
        raise _refusal(REASONS[answer["refused"]])
    return list(answer["facts"])


def _is_text(data: bytes) -> bool:
    """Readable in an encoding people here use, and without a zero byte, which no text has."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = _ENCODINGS
    for encoding in encodings:
        try:
            return "\x00" not in data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return False


# --- where it stands ------------------------------------------------------------------------------
def _display_name(given: str, kind: Kind) -> str:
    """The name as a person knows the file, without folders or hidden characters; it ends as its kind does."""
    try:
        name = clean_line(given.replace("\\", "/").rsplit("/", 1)[-1])
    except UnusableText:
        name = ""
    stem, dot, ending = name.rpartition(".")
    if not dot or f".{ending.lower()}" not in kind.endings:
        stem, ending = name, kind.endings[0][1:]
    stem = stem.strip(". ") or "file"
    return f"{stem[: MAX_NAME - len(ending) - 1]}.{ending}"


def store(data: bytes) -> str:
    """Write under a random key and wait until the disk has it."""
    key = default_storage.save(f"evidence/{uuid.uuid4().hex}", ContentFile(data))
    try:
        path = default_storage.path(key)
    except NotImplementedError:  # object storage answers only when it has the bytes
        return key
    for place in (path, os.path.dirname(path)):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    return key


def _refusal(message: Any) -> InputRefused:
    return InputRefused({"files": message})
