"""Staff endpoints: list, detail, events, referrals and moves."""

from __future__ import annotations

import uuid as uuids
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, mixins, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from cases.actions import perform
from cases.api.pages import CasePages
from cases.api.shapes import CaseDetailShape, CaseShape, EventShape, ReferralShape
from cases.filters import CaseFilter
from cases.forms import MoveForm, form_of
from cases.forms.move_form import TEXT_LIMIT, WRONG_TYPE
from cases.models import Case, Referral
from cases.models.machine import moves_open_to
from cases.permissions import Actor
from cases.refusals import InputRefused, Unseen
from text.fields import CleanCharField
from text.reference import parse_reference


class WorksCases(BasePermission):
    """Caseworkers, supervisors and headquarters. Everybody else learns nothing."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user and request.user.is_authenticated and request.user.works_cases)


class CaseViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Cases the caller may see; a case of another office does not exist for them."""

    permission_classes = [WorksCases]
    serializer_class = CaseShape
    pagination_class = CasePages
    lookup_field = "reference"
    lookup_value_regex = "[^/]+"
    queryset = Case.objects.none()

    def get_queryset(self) -> QuerySet[Case]:
        return Case.objects.visible_to(self.request.user).select_related("assignee")

    def filter_queryset(self, queryset: Any) -> Any:
        return CaseFilter.strict(self.request.query_params, queryset, self.request).qs

    def get_object(self) -> Case:
        reference = parse_reference(self.kwargs["reference"])
        case = (
            self.get_queryset().select_related("statement", "office").filter(reference=reference).first()
            if reference
            else None
        )
        if case is None:
            raise Unseen
        return case

    @extend_schema(responses=CaseDetailShape)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        case = self.get_object()
        context = {"moves": moves_open_to(case, _staff(request))}
        return Response(CaseDetailShape(case, context=context).data)

    @extend_schema(
        parameters=[OpenApiParameter("after", OpenApiTypes.INT)],
        responses=EventShape(many=True),
        filters=False,
    )
    @action(detail=True, pagination_class=None, filter_backends=[])
    def events(self, request: Request, reference: str) -> Response:
        after = whole_number(request.query_params.get("after", "0"), "after")
        rows = (
            self.get_object()
            .events.filter(seq__gt=after)
            .select_related("by_user", "message", "note", "referral")
        )
        return Response(EventShape(rows.order_by("seq")[:500], many=True).data)

    @extend_schema(responses=ReferralShape(many=True), filters=False)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def referrals(self, request: Request, reference: str) -> Response:
        actor = _staff(request)
        rows = self.get_object().referrals_now
        context = {"moves": {row.pk: moves_open_to(row, actor) for row in rows}}
        return Response(ReferralShape(rows, many=True, context=context).data)

    @extend_schema(request=OpenApiTypes.OBJECT, responses=EventShape)
    @action(detail=True, methods=["post"], url_path="moves/(?P<move>[^/]+)", filter_backends=[])
    def moves(self, request: Request, reference: str, move: str) -> Response:
        return make_move(self.get_object(), move, _staff(request), request.data)


class ReferralViewSet(viewsets.GenericViewSet):
    """Moves of one referral."""

    permission_classes = [WorksCases]
    serializer_class = ReferralShape
    pagination_class = None
    lookup_field = "uuid"
    lookup_value_regex = "[^/]+"
    queryset = Referral.objects.none()

    @extend_schema(request=OpenApiTypes.OBJECT, responses=EventShape)
    @action(detail=True, methods=["post"], url_path="moves/(?P<move>[^/]+)")
    def moves(self, request: Request, uuid: str, move: str) -> Response:
        try:
            number = uuids.UUID(uuid)
        except ValueError:
            raise Unseen from None
        visible = Case.objects.visible_to(request.user)
        referral = (
            Referral.objects.filter(uuid=number, case__in=visible)
            .select_related("case__office", "authority")
            .first()
        )
        if referral is None:
            raise Unseen
        return make_move(referral, move, _staff(request), request.data)


def _staff(request: Request) -> Actor:
    """Who asks: ``WorksCases`` has let nobody through who is not signed in."""
    return Actor.staff(cast(User, request.user))


def make_move(subject: Case | Referral, move: str, actor: Actor, body: Any) -> Response:
    """Read the body through the move's own form and pass it to the gate."""
    try:
        form_class = form_of(subject, move)
    except KeyError:
        raise Unseen from None
    if not isinstance(body, dict):
        raise exceptions.ParseError
    inputs = dict(body)
    version, note = inputs.pop("version", None), inputs.pop("note", "")
    if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
        raise InputRefused({"version": WRONG_TYPE})
    if not isinstance(note, str):
        raise InputRefused({"note": WRONG_TYPE})
    form: MoveForm = form_class.from_json(inputs, subject=subject, actor=actor)
    if not form.is_valid():
        raise InputRefused({name: [*errors] for name, errors in form.errors.items()})
    try:
        note = CleanCharField(required=False, max_length=TEXT_LIMIT, multiline=True).clean(note)
    except ValidationError as wrong:
        raise InputRefused({"note": list(wrong.messages)}) from None
    event = perform(subject, move, by=actor, version=version, note=note, **form.inputs())
    return Response(EventShape(event).data)


def whole_number(text: str, name: str) -> int:
    """A query parameter that counts; anything else is the caller's error."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InputRefused({name: WRONG_TYPE})
    return int(text)
