"""Filing and following through the API (contracts.md). Outsiders get the public projection and nothing else."""

from __future__ import annotations

import hashlib
import math
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import exceptions, viewsets
from rest_framework.authentication import TokenAuthentication
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from accounts.models import Role, User
from cases.actions import open_case, perform
from cases.api.answers import Personal
from cases.api.headers import AFTER, KEY, KEY_NEEDED, REFERENCE, REPLAYED
from cases.api.once import REPLAYED_HEADER, Call, KeyRefused, key_of, make_once
from cases.api.pages import NewestFirst
from cases.forms import form_of
from cases.models import Case, Event
from cases.permissions import Actor
from cases.public import events_after, line_of, project
from cases.refusals import Conflict, InputRefused, Refusal, Unseen
from feedback.api.limits import CallerLimit, FilingLimit, FollowingLimit
from feedback.api.shapes import (
    ConcernBody,
    ConcernEventShape,
    ConcernLineShape,
    ConcernShape,
    ReceiptShape,
    concern_as_dict,
    filing_of,
)
from feedback.attempts import Refused, Visitor, case_opened_by
from jobs.clock import this_moment
from text.reference import parse_reference, parse_tracking_code
from text.strict import whole_number

#: What a business may do with its concern here.
MOVES = (
    "reply",
    "send_message",
    "accept_outcome",
    "contest_outcome",
    "rate",
    "set_sharing",
    "set_contact",
    "withdraw",
    "request_reopen",
    "request_erasure",
)

#: Who may follow a concern: whoever has its code, or the partner that filed it.
FOLLOWER: Any = [{"trackingCode": []}, {"tokenAuth": []}]
#: Who may list concerns, and who may file one.
PARTNER: Any = [{"tokenAuth": []}]
ANYONE: Any = [{"tokenAuth": []}, {}]
LOCATION = OpenApiParameter(
    "Location", OpenApiTypes.URI, OpenApiParameter.HEADER, response=[201], description="The concern."
)
ETAG = OpenApiParameter(
    "ETag",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    response=[200, 304],
    description="Send it as `If-None-Match`: 304 while nothing happened.",
)
LAST_SEQ = OpenApiParameter(
    "X-Last-Seq",
    OpenApiTypes.INT,
    OpenApiParameter.HEADER,
    response=[200, 304],
    description="The `seq` of the latest event.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description="An `ETag` of an earlier answer."
)


class NotNow(Refusal):
    """A move that the present stage does not allow. Who changed it stays inside the office."""

    status = 409
    code = "not_allowed"

    def __init__(self, conflict: Conflict, case: Case) -> None:
        super().__init__(conflict.message)
        self.stage = str(case.stage)

    def detail(self) -> dict[str, Any]:
        return {"stage": self.stage}


class ConcernViewSet(Personal, viewsets.GenericViewSet):
    """A business files a concern and follows it."""

    # No session counts here: neither a browser's cookie nor its CSRF token decides who files or follows.
    authentication_classes = [TokenAuthentication]
    permission_classes = [AllowAny]
    serializer_class = ConcernShape
    queryset = Case.objects.none()
    lookup_field = "reference"
    lookup_value_regex = "[^/]+"
    pagination_class: Any = NewestFirst

    def get_throttles(self) -> list[BaseThrottle]:
        return [CallerLimit(), FilingLimit() if self.action == "create" else FollowingLimit()]

    @extend_schema(responses=ConcernLineShape(many=True), auth=PARTNER)
    def list(self, request: Request) -> Response:
        """The concerns that this partner filed, the latest first."""
        partner = _partner(request)
        if partner is None:
            raise exceptions.PermissionDenied if request.auth else exceptions.NotAuthenticated
        unknown = set(request.query_params) - {"cursor", "page_size", "format"}
        if unknown:
            raise InputRefused({name: _("There is no such filter.") for name in sorted(unknown)[:20]})
        own = Case.objects.visible_to(partner).select_related("office", "on_behalf")
        rows = [line_of(case) for case in self.paginate_queryset(own) or ()]
        return self.get_paginated_response(ConcernLineShape(rows, many=True).data)

    @extend_schema(
        request=ConcernBody,
        responses={201: ReceiptShape},
        parameters=[KEY_NEEDED, REPLAYED, LOCATION],
        auth=ANYONE,
    )
    def create(self, request: Request) -> Response:
        """File a concern. The tracking code in the answer stands nowhere else.

        Repeated with the same key and body it is the same concern, with a fresh tracking code that voids the earlier
        one. Without a token this ends 24 hours after filing: from then on `tracking_code` is empty, and the code that
        the business has stays good.
        """
        partner = _partner(request)
        key = key_of(request)
        if key is None:
            raise KeyRefused
        body: Any = ConcernBody(data=request.data)
        body.is_valid(raise_exception=True)
        filer = str(partner.pk) if partner else "anyone"
        filing = filing_of(body.validated_data, f"api:{filer}:{hashlib.sha256(key.encode()).hexdigest()}")
        actor = Actor.partner(partner) if partner else Actor.new_business()
        opened = open_case(filing, by=actor, reissue=True)
        receipt = _receipt(opened.case, opened.tracking_code)
        headers = {"Location": receipt["links"]["concern"]}
        if opened.again:
            headers[REPLAYED_HEADER] = "true"
        return Response(receipt, status=201, headers=headers)

    @extend_schema(parameters=[REFERENCE], responses=ConcernShape, auth=FOLLOWER)
    def retrieve(self, request: Request, reference: str) -> Response:
        """The concern, what happened, what comes next and whom it waits for."""
        case, _actor = _opened(request, reference)
        return Response(concern_as_dict(project(case)))

    @extend_schema(
        parameters=[REFERENCE, AFTER, IF_NONE_MATCH, ETAG, LAST_SEQ],
        responses={
            200: ConcernEventShape(many=True),
            304: OpenApiResponse(description="Nothing happened since the answer with this ETag."),
        },
        auth=FOLLOWER,
    )
    @action(detail=True, pagination_class=None)
    def events(self, request: Request, reference: str) -> Response:
        """What happened after the event numbered ``after``, oldest first; 304 if the ETag still holds."""
        case, _actor = _opened(request, reference)
        after = whole_number(request.query_params.get("after", "0"), "after")
        tag = f'"{case.public_seq}-{after}-{get_language()}"'
        given = [seen.removeprefix("W/") for seen in parse_etags(request.headers.get("If-None-Match", ""))]
        if tag in given:
            response = Response(status=304)
        else:
            response = Response(ConcernEventShape(events_after(case, after), many=True).data)
        response["ETag"] = tag
        response["X-Last-Seq"] = str(case.public_seq)
        response["Cache-Control"] = "private, no-cache"
        patch_vary_headers(response, ["X-Tracking-Code"])
        return response

    @extend_schema(
        request=OpenApiTypes.OBJECT,
        responses=ConcernShape,
        parameters=[REFERENCE, KEY, REPLAYED],
        auth=FOLLOWER,
    )
    @action(detail=True, methods=["post"], url_path="moves/(?P<move>[^/]+)")
    def moves(self, request: Request, reference: str, move: str) -> Response:
        """Answers with the concern as it is then."""
        case, actor = _opened(request, reference)
        if move not in MOVES:
            raise Unseen
        call = Call.of(request, case, move, actor)
        try:
            _event, earlier = make_once(call, lambda: _make(case, move, actor, request.data))
        except Conflict as conflict:
            raise NotNow(conflict, Case.objects.get(pk=case.pk)) from None
        seen = concern_as_dict(project(Case.objects.select_related("office").get(pk=case.pk)))
        return Response(seen, headers={REPLAYED_HEADER: "true"} if earlier else None)


def _make(case: Case, move: str, actor: Actor, body: Any) -> Event:
    form = form_of(case, move).from_json(body, subject=case, actor=actor)
    if not form.is_valid():
        raise InputRefused({name: [*errors] for name, errors in form.errors.items()})
    return perform(case, move, by=actor, **form.inputs())


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
        raise exceptions.Throttled(math.ceil((refused.until - this_moment()).total_seconds())) from None
    if case is None:
        raise Unseen
    return case, Actor.business(case)


def _partner(request: Request) -> User | None:
    user = request.user
    return user if isinstance(user, User) and user.role == Role.PARTNER else None


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
