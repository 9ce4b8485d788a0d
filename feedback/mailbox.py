"""The development mailbox: what the embedded default would have sent, for the demo user to read.

Outside the embedded default these pages do not exist.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from jobs.mailbox import newest_messages
from jobs.models import MailboxMessage

A_PAGE = 50


@login_not_required
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """All mails, newest first; ``?to=`` narrows to one address."""
    _only_embedded()
    to = request.GET.get("to", "").strip().replace("\x00", "")
    page = Paginator(newest_messages(to), A_PAGE).get_page(request.GET.get("page"))
    rows = [(one, _language(one)) for one in page]
    return render(request, "feedback/mailbox.html", {"page": page, "rows": rows, "to": to})


@login_not_required
@require_safe
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail: its headers and its text part."""
    _only_embedded()
    found = get_object_or_404(newest_messages(), pk=pk)
    return render(request, "feedback/mailbox_mail.html", {"mail": found, "language": _language(found)})


def _language(mail: MailboxMessage) -> str:
    """The mail's own language for the ``lang`` attribute; empty if it does not say."""
    return str(mail.headers.get("Content-Language", ""))


def _only_embedded() -> None:
    if not settings.EMBEDDED:
        raise Http404
