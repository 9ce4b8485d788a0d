"""Filing and following through the API (contracts.md). Outsiders get the public projection and nothing else."""

from __future__ import annotations

import hashlib
import math
import re
import uuid
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, viewsets
from rest_framework.authentication import TokenAuthentication
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle

from accounts.models import Role, User
from cases.actions import open_case
from cases.forms import form_of
from cases.models import Case
from cases.permissions import Actor
from cases.public import events_after, project
from cases.refusals import Conflict, InputRefused, Refusal, Unseen
from feedback.api.shapes import (
    ConcernBody,
    ConcernEventShape,
    ConcernShape,
    ReceiptShape,
    concern_as_dict,
    filing_of,
)
from feedback.attempts import Refused, Visitor, case_opened_by
from feedback.once import perform_once
from text.reference import parse_reference, parse_tracking_code

#: What a business may do with its concern here.
MOVES = ("reply", "send_message", "withdraw", "request_reopen")
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_COUNT = re.compile(r"[0-9]{1,9}")

CODE_HEADER = OpenApiParameter(
    "X-Tracking-Code",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The 16 digits given when the concern was filed; not needed by the partner that filed it.",
)


def key_header(*, required: bool) -> OpenApiParameter:
    return OpenApiParameter(
        "Idempotency-Key",
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        required=required,
        description="1 to 200 visible ASCII characters. The same key with the same body is done once.",
    )


class KeyRefused(Refusal):
    """The key that makes a repeated request harmless is missing or not usable."""

    status = 400
    code = "idempotency_key"
    message = _("Send an Idempotency-Key header of 1 to 200 visible ASCII characters.")


class NotNow(Refusal):
    """A move that the present stage does not allow. Who changed it stays inside the office."""

    status = 409
    code = "not_allowed"

    def __init__(self, conflict: Conflict, case: Case) -> None:
        super().__init__(conflict.message)
        self.stage = str(case.stage)

    def detail(self) -> dict[str, Any]:
        return {"stage": self.stage}


class OutsiderThrottle(SimpleRateThrottle):
    """Counts callers without a token by their address; headers that a caller can write do not count."""

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        if request.user.is_authenticated:
            return None
        return f"throttle:{self.scope}:{Visitor.of(request).address}"


class FilingThrottle(OutsiderThrottle):
    scope = "filing"


class FollowingThrottle(OutsiderThrottle):
    scope = "following"


class ConcernViewSet(viewsets.GenericViewSet):
    """A business files a concern and follows it."""

    # No session counts here: neither a browser's cookie nor its CSRF token decides who files or follows.
    authentication_classes = [TokenAuthentication]
    permission_classes = [AllowAny]
    serializer_class = ConcernShape
    queryset = Case.objects.none()
    lookup_field = "reference"
    lookup_value_regex = "[^/]+"
    pagination_class = None

    def get_throttles(self) -> list[BaseThrottle]:
        return [FilingThrottle() if self.action == "create" else FollowingThrottle()]

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        return response

    @extend_schema(request=ConcernBody, responses={201: ReceiptShape}, parameters=[key_header(required=True)])
    def create(self, request: Request) -> Response:
        """File a concern. The tracking code in the answer stands nowhere else."""
        partner = _partner(request)
        key = _key(request)
        if key is None:
            raise KeyRefused
        body: Any = ConcernBody(data=request.data)
        body.is_valid(raise_exception=True)
        filer = str(partner.pk) if partner else "anyone"
        filing = filing_of(body.validated_data, f"api:{filer}:{hashlib.sha256(key.encode()).hexdigest()}")
        actor = Actor.partner(partner) if partner else Actor.new_business()
        opened = open_case(filing, by=actor, reissue=True)
        return Response(_receipt(opened.case, opened.tracking_code), status=201)

    @extend_schema(parameters=[CODE_HEADER], responses=ConcernShape)
    def retrieve(self, request: Request, reference: str) -> Response:
        """The concern, what happened, what comes next and whom it waits for."""
        case, _actor = _opened(request, reference)
        return Response(concern_as_dict(project(case)))

    @extend_schema(
        parameters=[CODE_HEADER, OpenApiParameter("after", OpenApiTypes.INT)],
        responses=ConcernEventShape(many=True),
    )
    @action(detail=True)
    def events(self, request: Request, reference: str) -> Response:
        """What happened after the event numbered ``after``, oldest first; 304 if the ETag still holds."""
        case, _actor = _opened(request, reference)
        after = request.query_params.get("after", "0")
        if not _COUNT.fullmatch(after):
            raise InputRefused({"after": _("Enter a whole number.")})
        tag = f'"{case.public_seq}-{int(after)}-{get_language()}"'
        given = [seen.removeprefix("W/") for seen in parse_etags(request.headers.get("If-None-Match", ""))]
        if tag in given:
            response = Response(status=304)
        else:
            response = Response(ConcernEventShape(events_after(case, int(after)), many=True).data)
        response["ETag"] = tag
        response["X-Last-Seq"] = str(case.public_seq)
        response["Cache-Control"] = "private, no-cache"
        patch_vary_headers(response, ["X-Tracking-Code", "Authorization"])
        return response

    @extend_schema(
        request=OpenApiTypes.OBJECT,
        responses=ConcernShape,
        parameters=[CODE_HEADER, key_header(required=False)],
    )
    @action(detail=True, methods=["post"], url_path="moves/(?P<move>[^/]+)")
    def moves(self, request: Request, reference: str, move: str) -> Response:
        """Make a move of the business: ``reply``, ``send_message``, ``withdraw`` or ``request_reopen``."""
        case, actor = _opened(request, reference)
        if move not in MOVES:
            raise Unseen
        key = _key(request)
        form = form_of(case, move).from_json(dict(request.data), subject=case, actor=actor)
        if not form.is_valid():
            raise InputRefused({name: [*errors] for name, errors in form.errors.items()})
        try:
            token = None if key is None else uuid.uuid5(uuid.NAMESPACE_OID, f"{move}\n{key}")
            perform_once(case, move, actor, form.inputs(), token)
        except Conflict as conflict:
            raise NotNow(conflict, Case.objects.get(pk=case.pk)) from None
        return Response(concern_as_dict(project(Case.objects.select_related("office").get(pk=case.pk))))


def _opened(request: Request, reference: str) -> tuple[Case, Actor]:
    """The case that the caller filed or has the code of, and who they are in it.

    An unknown reference and a wrong code are one answer (404); no code at all is 401, whatever the reference.
    """
    canonical = parse_reference(reference)
    partner = _partner(request)
    if partner is not None and canonical:
        own = Case.objects.visible_to(partner).select_related("office").filter(reference=canonical).first()
        if own is not None:
            return own, Actor.partner(partner)
    given = request.headers.get("X-Tracking-Code", "")
    if not given:
        if partner is not None:
            raise Unseen
        raise exceptions.NotAuthenticated
    code = parse_tracking_code(given[:100])
    if canonical is None or code is None:
        raise Unseen
    try:
        case = case_opened_by(canonical, code, Visitor.of(request))
    except Refused as refused:
        raise exceptions.Throttled(math.ceil((refused.until - timezone.now()).total_seconds())) from None
    if case is None:
        raise Unseen
    return case, Actor.business(case)


def _partner(request: Request) -> User | None:
    user = request.user
    return user if isinstance(user, User) and user.role == Role.PARTNER else None


def _key(request: Request) -> str | None:
    """The caller's key, None if there is none; raises ``KeyRefused`` for one that cannot be used."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise KeyRefused
    return key


def _receipt(case: Case, code: str) -> dict[str, Any]:
    here = reverse("concern-detail", args=[case.reference])
    links = {
        "concern": settings.SITE_ORIGIN + here,
        "events": f"{settings.SITE_ORIGIN}{here}events/",
        "page": settings.SITE_ORIGIN + reverse("track_case", args=[case.reference]),
    }
    return {
        "reference": case.reference,
        "tracking_code": code,
        "state": str(case.state),
        "stage": str(case.stage),
        "office": {"id": case.office_id, "name": case.office.short_in(get_language())},
        "links": links,
    }
