"""Evidence leaves only as a download, and every download by staff is written down."""

from __future__ import annotations

import uuid as uuids

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cases.downloads import download
from cases.models import Case, Reading
from cases.views.seeing import officer
from jobs.clock import this_moment
from text.reference import parse_reference


@require_safe
@never_cache
def attachment(request: HttpRequest, reference: str, uuid: uuids.UUID) -> HttpResponseBase:
    """One file of a case this person sees. The reading is written first: no record, no file. What may not leave
    is not read by anybody."""
    user = officer(request)
    canonical = parse_reference(reference)
    if canonical is None:
        raise Http404
    case = get_object_or_404(Case.objects.visible_to(user), reference=canonical)
    found = get_object_or_404(case.attachments, uuid=uuid)
    if request.method == "GET" and found.may_leave:
        Reading.objects.create(case=case, user=user, what="file", attachment=found, at=this_moment())
    return download(found, request)
