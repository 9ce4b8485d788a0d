"""Files are asked about at the virus scanner by a worker. Until it says "clean" nobody gets them.

A worker may die at any point: a file is waiting until one statement says what was found, and asking twice does no
harm. With no scanner set up nothing is asked, and pages say so beside each file.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q

from cases import clamd, confined, live
from cases.models import Attachment
from cases.states import Scan
from jobs import measures
from jobs.clock import this_moment
from jobs.failpoints import failpoint

log = logging.getLogger(__name__)

#: So many files in one run of the task; the next run is seconds away.
AT_MOST = 50
#: A file the scanner could not look at is asked about again after this: its limits may have been raised.
AGAIN = timedelta(days=1)
_SIZE = 256 * 1024


def scan_waiting() -> int:
    """Ask about files that wait, those asked longest ago first; how many were settled.

    A scanner that is away ends the run: everything goes on waiting.
    """
    if not settings.CLAMD_URL:
        return 0
    settled = 0
    later = Q(scan=Scan.UNSCANNABLE, scanned_at__lt=this_moment() - AGAIN)
    due = Attachment.objects.filter(Q(scan=Scan.WAITING) | later)
    for attachment in due.order_by(F("scanned_at").asc(nulls_first=True), "pk")[:AT_MOST]:
        try:
            settled += _scan(attachment)
        except clamd.Away:
            measures.scans.labels("away").inc()
            log.warning("the virus scanner is away; files go on waiting")
            break
    return settled


def _scan(attachment: Attachment) -> bool:
    row = Attachment.objects.filter(pk=attachment.pk)
    # First, so that a file that brings scanner or worker down goes behind the others.
    row.update(scanned_at=this_moment())
    try:
        said = clamd.ask(_pieces(attachment))
        if said == "OK" and "embedded" in attachment.inside and attachment.content_type == "application/pdf":
            said = _said_of_files_in(attachment)
        failpoint("scan.answered")
        state, found = _meaning(said)
    except FileNotFoundError:
        state, found = Scan.UNSCANNABLE, "missing"
    except (clamd.NoAnswer, confined.Busy):
        measures.scans.labels("no_answer").inc()
        return False
    row.update(scan=state, scan_found=found[:100], scanned_at=this_moment())
    measures.scans.labels(str(state)).inc()
    _tell_pages(attachment)
    if state != Scan.CLEAN:
        log.error("file %s: %s %s", attachment.uuid, state, found)
    return True


def _tell_pages(attachment: Attachment) -> None:
    """Open pages show what was found. A file of a form not yet sent has no case: its page asks by itself."""
    # Read again: the form may have been sent while the scanner was at it.
    now = Attachment.objects.select_related("case").filter(pk=attachment.pk).first()
    case = now.case if now else None
    if case is None:
        return
    theirs = attachment.answer_id is None and (attachment.from_business or attachment.message_id is not None)
    tell = partial(live.files_checked, case, for_business=theirs)
    transaction.on_commit(tell, robust=True)


def _said_of_files_in(attachment: Attachment) -> str:
    """ClamAV 1.4 unpacks no file from a PDF whose dictionary holds another before its filter, as qpdf writes it."""
    try:
        files = confined.files_in_pdf(b"".join(_pieces(attachment)))
    except confined.Broken:
        files = None
    return clamd.ask([files]) if files is not None else "files inside cannot be unpacked ERROR"


def _meaning(said: str) -> tuple[Scan, str]:
    if said == "OK":
        return Scan.CLEAN, ""
    if said.endswith(" FOUND"):
        return Scan.INFECTED, said.removesuffix(" FOUND")
    return Scan.UNSCANNABLE, said


def _pieces(attachment: Attachment) -> Iterator[bytes]:
    with default_storage.open(str(attachment.file.name)) as content:
        while piece := content.read(_SIZE):
            yield piece
