"""Handing out a kept file: always as a download, never shown by the browser on our address.

Who may have it is for the calling view to check; a download by staff is logged there as a ``Reading``.
"""

from __future__ import annotations

import logging
import re
from urllib.parse import quote

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render

from cases.models import Attachment

log = logging.getLogger(__name__)


def download(
    attachment: Attachment, request: HttpRequest, *, template: str = "cases/file_unavailable.html"
) -> FileResponse | HttpResponse:
    """The file, or a page with status 404 that says it is unavailable; never an error of the server.

    Nobody gets a file the virus scanner has not called clean (see ``Attachment.may_leave``). ``template`` is that
    page in the frame of whoever asks.
    """
    if not attachment.may_leave:
        return render(request, template, {"scan": attachment.scan_shown}, status=404)
    try:
        content = default_storage.open(str(attachment.file.name))
    except (OSError, ValueError):
        log.error("file of attachment %s is missing", attachment.uuid)
        return render(request, template, status=404)
    response = FileResponse(content, content_type=attachment.content_type)
    response["Content-Disposition"] = disposition(attachment)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "no-store, private"
    return response


def disposition(attachment: Attachment) -> str:
    """``attachment`` with a neutral ASCII name for old clients and the real one as RFC 5987 says."""
    ending = attachment.name.rpartition(".")[2]
    ending = ending.lower() if re.fullmatch(r"[A-Za-z0-9]{1,5}", ending) else "bin"
    real = quote(attachment.name, safe="")
    return f"attachment; filename=\"document.{ending}\"; filename*=UTF-8''{real}"
