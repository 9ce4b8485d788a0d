"""The receipt of a concern as a PDF: what was received when, what happens next, and a QR code to the tracking page.

It holds no tracking code, no name and none of the words of the concern: it may lie on a table. It is in the language
of the page. The Python package that draws it needs libraries and fonts of the system (docs/decisions/0024); where
they are missing no receipt is offered, and the page itself can be printed.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
from functools import cache
from typing import Any
from urllib.parse import urlencode

import qrcode
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cases.history import category_names, division_names
from cases.models import Case
from feedback.browser import draft_of
from feedback.check import promised
from feedback.tracking import SeeOther, followed

log = logging.getLogger(__name__)


@followed
@require_safe
def of_followed(request: HttpRequest, case: Case) -> HttpResponse:
    """For whoever follows the case."""
    return _receipt(case)


@login_not_required
@never_cache
@require_safe
def of_sent(request: HttpRequest) -> HttpResponseBase:
    """For the browser that sent the form."""
    draft = draft_of(request)
    return SeeOther(reverse("filing_done")) if draft is None or draft.case is None else _receipt(draft.case)


@cache
def can_be_drawn(language: str) -> bool:
    """Whether this machine has what a receipt in the language needs."""
    try:
        import weasyprint  # noqa: F401  # takes half a second, and fails without libraries of the system
    except (ImportError, OSError) as missing:
        log.warning("no receipts as PDF: %s", missing)
        return False
    if language == "en":
        return True
    lister = shutil.which("fc-list")
    try:
        fonts = lister and _listed(lister)
    except (OSError, subprocess.SubprocessError):
        fonts = b""
    if not fonts or not fonts.strip():
        log.warning("no receipts in Chinese: no font for it is installed")
        return False
    return True


def _listed(lister: str) -> bytes:
    asked = [lister, ":lang=zh-cn", "family"]
    return subprocess.run(asked, capture_output=True, timeout=30, check=False).stdout  # noqa: S603


def _receipt(case: Case) -> HttpResponse:
    language = get_language() or "en"
    if not can_be_drawn(language):
        raise Http404
    answer = HttpResponse(_drawn(case, language), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{case.reference}.pdf"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store, private"
    return answer


def _drawn(case: Case, language: str) -> bytes:
    from weasyprint import HTML

    page = f"{settings.SITE_ORIGIN}{reverse('track')}?{urlencode({'reference': case.reference})}"
    facts: dict[str, Any] = {
        "reference": case.reference,
        "office": case.office.short_in(language),
        "unit": case.liaison_unit.short_in(language) if case.liaison_unit else "",
        "contact": case.office,
        "category": category_names()[case.category_id].name_in(language),
        "division": division_names()[case.division_id].name_in(language),
        "received_at": case.received_at,
        "promises": promised(case),
        "page": page,
        "modules": _modules(page),
    }
    html = render_to_string("feedback/receipt.html", facts)
    made: bytes = HTML(string=html, url_fetcher=_nothing_from_outside).write_pdf(pdf_variant="pdf/ua-1")
    return made


def _modules(text: str) -> dict[str, Any]:
    """The dark squares of a QR code as one path, and how many squares wide it is with its margin of four."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=4)
    code.add_data(text)
    rows = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return {"path": path, "size": len(rows), "label": gettext("QR code of the tracking page")}


def _nothing_from_outside(url: str, *_args: Any, **_kwargs: Any) -> Any:
    raise ValueError(f"a receipt loads nothing: {url}")
