"""What every page here begins with: the case or referral that this person may see, or 404."""

from __future__ import annotations

from typing import cast

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Subquery
from django.http import Http404, HttpRequest

from accounts.models import User
from cases.models import Case, Composed, HeldMessage, IssueCase, Referral
from text.reference import parse_reference


def officer(request: HttpRequest) -> User:
    """The person signed in, if cases are their work; 403 for everybody else."""
    user = cast(User, request.user)
    if not user.works_cases:
        raise PermissionDenied
    return user


def case_or_404(request: HttpRequest, reference: str) -> Case:
    """The case under this reference, as a person may write it; invisible and unknown are the same 404."""
    canonical = parse_reference(reference)
    case = (
        Case.objects.visible_to(request.user)
        .select_related(
            "office",
            "co_office",
            "moving_to",
            "liaison_unit",
            "category",
            "division",
            "assignee",
            "statement",
            "on_behalf",
        )
        .prefetch_related("extensions")
        # Most cases have neither: the page then does not ask for them.
        .annotate(
            has_words=Exists(Composed.objects.filter(case=OuterRef("pk"), user=request.user.pk)),
            has_held=Exists(HeldMessage.objects.filter(case=OuterRef("pk"), state__in=HeldMessage.SHOWN)),
            issue_number=Subquery(
                IssueCase.objects.filter(case=OuterRef("pk"), left_at=None).values("issue__number")[:1]
            ),
        )
        .filter(reference=canonical)
        .first()
        if canonical
        else None
    )
    if case is None:
        raise Http404
    # Read once, above: the page asks for them twice, as clocks and as moves.
    case.extensions_pending = [e for e in case.extensions.all() if not e.decision]
    return case


def referral_or_404(case: Case, uuid: object) -> Referral:
    """A referral of this case, bound to it."""
    found = next((r for r in case.referrals_now if r.uuid == uuid), None)
    if found is None:
        raise Http404
    return found
