"""What a concern looks like in JSON, on the way in and on the way out."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from cases.api.examples import answer
from cases.filing import Filing
from cases.public import PublicCase, PublicEvent
from cases.states import Authorisation, FilerKind, Proceedings, Sharing
from feedback.api import examples
from feedback.questions.you import UNREADABLE_NUMBER
from jobs.clock import this_day
from routing.coverage import NotCovered, office_for
from routing.models import Category, Division
from text.emails import UnusableAddress, read_address
from text.fields import UNUSABLE_ADDRESS
from text.phones import UnreadableNumber, read_phone
from text.strict import CleanText, StrictSerializer

_STARTED = re.compile(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?")
#: What an anonymous business does not say (moves.md section 5). An e-mail for notices stays possible.
IDENTIFYING = ("name", "company", "registration_no", "phone")


class ContactBody(StrictSerializer):
    """Who files and how to reach them."""

    kind = serializers.ChoiceField(choices=FilerKind.choices)
    name = CleanText(max_length=200, required=False, allow_blank=True)
    company = CleanText(max_length=200, required=False, allow_blank=True)
    registration_no = CleanText(max_length=50, required=False, allow_blank=True)
    email = CleanText(max_length=254, required=False, allow_blank=True)
    phone = CleanText(
        max_length=50,
        required=False,
        allow_blank=True,
        help_text="As people write it; without a country code it is taken for Hong Kong's, then for the Mainland's",
    )

    def validate_email(self, address: str) -> str:
        if address:
            try:
                return read_address(address)
            except UnusableAddress as unusable:
                raise serializers.ValidationError(UNUSABLE_ADDRESS[unusable.code]) from None
        return address

    def validate_phone(self, typed: str) -> str:
        if typed:
            try:
                read_phone(typed)
            except UnreadableNumber:
                raise serializers.ValidationError(UNREADABLE_NUMBER) from None
        return typed


@extend_schema_serializer(
    examples=[OpenApiExample("example", value=examples.CONCERN_BODY, request_only=True)]
)
class ConcernBody(StrictSerializer):
    """A concern as it is filed. ``contact`` may be left out by an anonymous enterprise only."""

    category = CleanText(max_length=10, help_text="Code of a subcategory, such as CUS-1")
    division = CleanText(max_length=6, help_text="Code of a province, prefecture or county, such as 441900")
    text = CleanText(multiline=True, max_length=4000)
    language = serializers.ChoiceField(choices=settings.LANGUAGES)
    sharing = serializers.ChoiceField(choices=Sharing.choices)
    wanted = CleanText(multiline=True, max_length=1000, required=False, allow_blank=True)
    started = CleanText(
        max_length=10, required=False, allow_blank=True, help_text="YYYY-MM or YYYY-MM-DD, not in the future"
    )
    authority_named = CleanText(max_length=300, required=False, allow_blank=True)
    proceedings = serializers.ChoiceField(choices=Proceedings.choices, required=False)
    sector = CleanText(max_length=200, required=False, allow_blank=True)
    on_behalf_of = CleanText(
        max_length=200,
        required=False,
        allow_blank=True,
        help_text="The client or member for whom this is filed",
    )
    authorisation = serializers.ChoiceField(
        choices=Authorisation.choices, required=False, help_text="By what you file for them"
    )
    authorised_on = serializers.DateField(
        required=False, help_text="The day of that authority, not in the future"
    )
    contact = ContactBody(required=False)

    def validate_category(self, code: str) -> Category:
        category = Category.objects.filter(pk=code).first()
        if category is None or not category.holds_on(this_day()):
            raise serializers.ValidationError(_("There is no such category."))
        if category.parent_id is None:
            raise serializers.ValidationError(_("This is a main category. Choose one of its subcategories."))
        return category

    def validate_division(self, code: str) -> Division:
        division = Division.objects.filter(pk=code).first()
        try:
            if division is None:
                raise NotCovered(code)
            office_for(division, this_day())
        except NotCovered:
            raise serializers.ValidationError(_("There is no such place.")) from None
        return division

    def validate_started(self, written: str) -> str:
        if not written:
            return ""
        found = _STARTED.fullmatch(written)
        try:
            if found is None:
                raise ValueError(written)
            day = date(int(found[1]), int(found[2]), int(found[3] or 1))
        except ValueError:
            raise serializers.ValidationError(_("Write a date as YYYY-MM or YYYY-MM-DD.")) from None
        if day > this_day():
            raise serializers.ValidationError(_("This date is in the future."))
        return written

    def validate_authorised_on(self, day: date) -> date:
        if day > this_day():
            raise serializers.ValidationError(_("This date is in the future."))
        return day

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        contact: dict[str, Any] = attrs.get("contact", {})
        errors: dict[str, Any] = {}
        if attrs["sharing"] == Sharing.ANONYMOUS:
            named = [name for name in IDENTIFYING if contact.get(name)]
            refused = [_("Leave this out: you chose not to give your name.")]
            if named:
                errors["contact"] = dict.fromkeys(named, refused)
            if attrs.get("on_behalf_of"):
                errors["on_behalf_of"] = refused
        elif not contact:
            errors["contact"] = [self.error_messages["required"]]
        else:
            needed = ["name", "company"] if contact["kind"] == FilerKind.ENTERPRISE else ["name"]
            missing = [name for name in needed if not contact.get(name)]
            if missing:
                errors["contact"] = {name: [self.error_messages["required"]] for name in missing}
        if errors:
            raise serializers.ValidationError(errors)
        return attrs


def filing_of(answers: dict[str, Any], key: str) -> Filing:
    """The filing that a valid ``ConcernBody`` speaks of; ``key`` makes it the same when it comes again."""
    facts = {name: value for name, value in answers.items() if name != "contact"}
    contact = dict(answers.get("contact", {}))
    # Who gives no contact at all is taken for what nearly everybody here is.
    kind = contact.pop("kind", FilerKind.ENTERPRISE)
    if contact.get("phone"):
        contact["phone_e164"] = read_phone(contact["phone"]).e164
    return Filing(key=key, filer_kind=kind, **facts, **contact)


class LookingAfterShape(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()


class LinksShape(serializers.Serializer):
    concern = serializers.URLField()
    events = serializers.URLField()
    page = serializers.URLField()


@extend_schema_serializer(
    examples=[
        *answer(examples.RECEIPT),
        OpenApiExample("repeated too late", value=examples.RECEIPT_WITHOUT_CODE, response_only=True),
    ]
)
class ReceiptShape(serializers.Serializer):
    """What is given once: the tracking code stands nowhere else."""

    reference = serializers.CharField()
    tracking_code = serializers.CharField(
        allow_blank=True,
        help_text="16 digits. Empty if a filing without a token is repeated after 24 hours.",
    )
    state = serializers.CharField()
    stage = serializers.CharField()
    office = LookingAfterShape()
    links = LinksShape()


class FileShape(serializers.Serializer):
    name = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes")


@extend_schema_serializer(examples=answer(examples.EVENT))
class ConcernEventShape(serializers.Serializer):
    """``text`` is all there is to read; ``words`` are those that a person wrote, in ``words_language``."""

    seq = serializers.IntegerField()
    at = serializers.DateTimeField()
    kind = serializers.CharField()
    text = serializers.SerializerMethodField()
    words = serializers.CharField(source="text")
    words_language = serializers.CharField(source="text_language")
    by_business = serializers.BooleanField()
    office = serializers.CharField()
    files = FileShape(many=True)

    @extend_schema_field(serializers.CharField)
    def get_text(self, event: PublicEvent) -> str:
        return f"{event.sentence}\n\n{event.text}" if event.text else event.sentence

    def to_representation(self, instance: PublicEvent) -> dict[str, Any]:
        return dict(super().to_representation(instance))


class _WhereItStands(serializers.Serializer):
    """What every view of a concern begins with."""

    reference = serializers.CharField()
    stage = serializers.CharField()
    status = serializers.CharField()
    waiting_for = serializers.CharField()
    office = LookingAfterShape()
    last_seq = serializers.IntegerField()


@extend_schema_serializer(examples=answer(examples.LINE))
class ConcernLineShape(_WhereItStands):
    """A concern in the list of the partner that filed it; ``last_seq`` grows with every event."""

    question_open = serializers.BooleanField()
    on_behalf_of = serializers.CharField()
    received_at = serializers.DateTimeField()


class MayShape(serializers.Serializer):
    """What the business can do now."""

    reply = serializers.BooleanField()
    send_message = serializers.BooleanField()
    accept_outcome = serializers.BooleanField()
    contest_outcome = serializers.BooleanField()
    rate = serializers.BooleanField()
    set_sharing = serializers.BooleanField()
    set_contact = serializers.BooleanField()
    withdraw = serializers.BooleanField()
    request_reopen = serializers.BooleanField()
    request_erasure = serializers.BooleanField()


@extend_schema_serializer(examples=answer(examples.CONCERN))
class ConcernShape(_WhereItStands):
    """The concern as its business may see it; dates are Hong Kong dates."""

    next_step = serializers.DictField(
        child=serializers.CharField(), help_text="`code`, its dates, and `text` in the caller's language."
    )
    question_open = serializers.BooleanField()
    answer_by = serializers.DateField(allow_null=True)
    may = MayShape()
    received_at = serializers.DateTimeField()
    events = ConcernEventShape(many=True)


def concern_as_dict(seen: PublicCase) -> dict[str, Any]:
    return dict(ConcernShape(seen).data)
