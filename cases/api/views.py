"""Staff endpoints: list, detail, events, referrals and moves."""

from __future__ import annotations

import uuid as uuids
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from cases.actions import perform
from cases.api.answers import Personal
from cases.api.headers import AFTER, KEY, REFERENCE, REPLAYED, UUID
from cases.api.once import REPLAYED_HEADER, Call, make_once
from cases.api.pages import OrderedCasePages
from cases.api.shapes import CaseDetailShape, CaseShape, EventShape, ReferralShape
from cases.filters import CaseFilter
from cases.forms import MoveForm, form_of
from cases.forms.move_form import TEXT_LIMIT, WRONG_TYPE
from cases.models import Case, Event, Referral
from cases.models.case import sees
from cases.models.machine import moves_open_to
from cases.models.prepared import Prepared
from cases.permissions import Actor
from cases.refusals import InputRefused, Unseen
from text.fields import CleanCharField
from text.filtering import StrictFilters
from text.reference import parse_reference
from text.strict import whole_number

#: The bare row that a move is about: building the query of a page anew took a quarter of the time of a move.
_case_by_reference = Prepared(lambda reference: Case.objects.filter(reference=reference))


class WorksCases(BasePermission):
    """Caseworkers, supervisors and headquarters. Everybody else learns nothing."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user and request.user.is_authenticated and request.user.works_cases)


class CaseFilters(StrictFilters):
    """The filter of the queue, read strictly."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        return CaseFilter.strict(request.query_params, queryset, request).qs


class CaseViewSet(Personal, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Cases the caller may see; a case of another office does not exist for them."""

    permission_classes = [WorksCases]
    serializer_class = CaseShape
    pagination_class = OrderedCasePages
    filter_backends = [CaseFilters]
    filterset_class = CaseFilter
    lookup_field = "reference"
    lookup_value_regex = "[^/]+"
    queryset = Case.objects.none()

    def get_queryset(self) -> QuerySet[Case]:
        return Case.objects.visible_to(self.request.user).select_related("assignee")

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

    @extend_schema(responses=CaseDetailShape, parameters=[REFERENCE])
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One case with the business's words and the moves open to the caller. Who it is is not among them."""
        case = self.get_object()
        context = {"moves": moves_open_to(case, _staff(request))}
        return Response(CaseDetailShape(case, context=context).data)

    @extend_schema(
        parameters=[REFERENCE, AFTER],
        responses=EventShape(many=True),
        filters=False,
    )
    @action(detail=True, pagination_class=None, filter_backends=[])
    def events(self, request: Request, reference: str) -> Response:
        """The history after the event numbered ``after``, oldest first, at most 500 events."""
        after = whole_number(request.query_params.get("after", "0"), "after")
        rows = (
            self.get_object()
            .events.filter(seq__gt=after)
            .select_related("by_user", "message", "note", "referral")
        )
        return Response(EventShape(rows.order_by("seq")[:500], many=True).data)

    @extend_schema(responses=ReferralShape(many=True), parameters=[REFERENCE], filters=False)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def referrals(self, request: Request, reference: str) -> Response:
        """The letters to authorities, oldest first, each with the moves open to the caller."""
        actor = _staff(request)
        rows = self.get_object().referrals_now
        context = {"moves": {row.pk: moves_open_to(row, actor) for row in rows}}
        return Response(ReferralShape(rows, many=True, context=context).data)

    @extend_schema(request=OpenApiTypes.OBJECT, responses=EventShape, parameters=[REFERENCE, KEY, REPLAYED])
    @action(detail=True, methods=["post"], url_path="moves/(?P<move>[^/]+)", filter_backends=[])
    def moves(self, request: Request, reference: str, move: str) -> Response:
        """Answers with the event that the move made."""
        return make_move(request, _case_to_move(request, reference), move)


class ReferralViewSet(Personal, viewsets.GenericViewSet):
    """Moves of one referral."""

    permission_classes = [WorksCases]
    serializer_class = ReferralShape
    pagination_class = None
    lookup_field = "uuid"
    lookup_value_regex = "[^/]+"
    queryset = Referral.objects.none()

    @extend_schema(request=OpenApiTypes.OBJECT, responses=EventShape, parameters=[UUID, KEY, REPLAYED])
    @action(detail=True, methods=["post"], url_path="moves/(?P<move>[^/]+)")
    def moves(self, request: Request, uuid: str, move: str) -> Response:
        """Answers with the event that the move made, in the history of the case."""
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
        return make_move(request, referral, move)


def _staff(request: Request) -> Actor:
    """Who asks: ``WorksCases`` has let nobody through who is not signed in."""
    return Actor.staff(cast(User, request.user))


def _case_to_move(request: Request, reference: str) -> Case:
    """The case if the caller may see it, by the same rule as in lists; the gate asks again under its lock."""
    parsed = parse_reference(reference)
    case = next(iter(_case_by_reference(parsed)), None) if parsed else None
    if case is None or not sees(request.user, case):
        raise Unseen
    return case


def make_move(request: Request, subject: Case | Referral, move: str) -> Response:
    """Make the move, or answer as before if the caller's key says that it was made."""
    actor = _staff(request)
    call = Call.of(request, subject, move, actor)
    event, earlier = make_once(call, lambda: _make(subject, move, actor, request.data))
    return Response(EventShape(event).data, headers={REPLAYED_HEADER: "true"} if earlier else None)


def _make(subject: Case | Referral, move: str, actor: Actor, body: Any) -> Event:
    """Read the body through the move's own form and pass it to the gate."""
    try:
        form_class = form_of(subject, move)
    except KeyError:
        raise Unseen from None
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
    return perform(subject, move, by=actor, version=version, note=note, **form.inputs())
