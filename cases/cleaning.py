"""Cleaned copies: what a business sent, without its author, place, comments, changes and telling name.

A worker makes one of each file of a case once the file may leave. The original stays as it is. Making one twice does
no harm: a file has one copy, and the database holds that.
"""

from __future__ import annotations

import hashlib
import logging

from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django_tasks import task

from cases import confined, files
from cases.models import Attachment
from cases.states import Cleaning
from jobs.clock import this_moment
from jobs.failpoints import failpoint
from jobs.periodic import every

log = logging.getLogger(__name__)

#: So many in one run of the task; a large one takes seconds.
AT_MOST = 20
#: What a copy may still hold: the drawn marks of a PDF, which have lost the words behind them.
_BEARABLE = {"comments"}


def make_copies() -> int:
    """Make copies of what has none yet, oldest first; how many files were settled."""
    due = Attachment.that_may_leave().filter(cleaning="", from_business=True, case__isnull=False)
    settled = 0
    for attachment in due.select_related("case").order_by("at", "pk")[:AT_MOST]:
        try:
            settled += _settle(attachment)
        except confined.Busy:
            log.warning("no process could be had for cleaning; files go on waiting")
            break
    return settled


def neutral_name(original: Attachment, ending: str) -> str:
    """The case's reference and the place of the file in it, for instance HKC-7K3M-9QXP_doc1.pdf."""
    assert original.case is not None
    sent = original.case.attachments.filter(from_business=True, pk__lte=original.pk)
    return f"{original.case.reference}_doc{sent.count()}.{ending}"


def _settle(original: Attachment) -> bool:
    try:
        with default_storage.open(str(original.file.name)) as content:
            data = content.read()
    except OSError:
        log.error("file of attachment %s is missing", original.uuid)
        return False
    kind = next(kind for kind in files.KINDS if kind.content_type == original.content_type)
    copy = _cleaned(data, kind.code)
    if copy is None:
        Attachment.objects.filter(pk=original.pk).update(cleaning=Cleaning.CANNOT)
        return True
    return _keep(original, copy, files.JPG if kind is files.HEIC else kind)


def _cleaned(data: bytes, code: str) -> bytes | None:
    """The copy, read once more to see that nothing is left in it; None if none can be made."""
    if code in ("txt", "csv"):
        return data
    try:
        copy = confined.clean(data, code)
        if copy is None or len(copy) > files.MAX_COPY:
            return None
        answer = confined.inspect(copy, "jpg" if code == "heic" else code)
    except confined.Broken:
        return None
    left = set(answer.get("facts", ["refused"]))
    if left - (_BEARABLE if code == "pdf" else set()):
        log.error("a cleaned %s was not clean: %s", code, sorted(left))
        return None
    return copy


def _keep(original: Attachment, copy: bytes, kind: files.Kind) -> bool:
    key = files.store(copy)
    failpoint("clean.stored")
    try:
        with transaction.atomic():
            # Under its lock the original is not erased meanwhile; if it was, the copy goes too.
            if not Attachment.objects.select_for_update().filter(pk=original.pk).values_list("pk").first():
                raise IntegrityError
            Attachment.objects.create(
                case=original.case,
                original=original,
                file=key,
                name=neutral_name(original, kind.code),
                content_type=kind.content_type,
                size=len(copy),
                sha256=hashlib.sha256(copy).hexdigest(),
                from_business=False,
                at=this_moment(),
            )
            Attachment.objects.filter(pk=original.pk).update(cleaning=Cleaning.MADE)
    except IntegrityError:
        default_storage.delete(key)  # another worker was faster, or the original was erased
        return False
    return True


@every(seconds=30)
@task
def clean_files() -> None:
    """Make cleaned copies of what businesses sent with and in their cases."""
    make_copies()
