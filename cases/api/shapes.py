"""How rows look in JSON to staff. Every field is named here; nothing is shown by being on the model."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from cases.api import examples
from cases.models import Case, Event, Referral
from cases.states import Channel, Level, Outcome, Referable, RefusalReason, Why


def _or_empty(choices: Any) -> serializers.ChoiceField:
    """One of these words, or an empty string while nobody has said."""
    return serializers.ChoiceField(choices=choices.choices, allow_blank=True, read_only=True)


@extend_schema_serializer(examples=examples.answer(examples.CASE))
class CaseShape(serializers.ModelSerializer):
    """A case in a list."""

    version = serializers.IntegerField(source="seq", read_only=True)
    assignee: Any = serializers.SlugRelatedField(slug_field="username", read_only=True, allow_null=True)
    level = _or_empty(Level)
    referable = _or_empty(Referable)
    outcome = _or_empty(Outcome)
    outcome_why = _or_empty(Why)
    due_before = serializers.DateField(source="due_on", read_only=True, allow_null=True)

    class Meta:
        model = Case
        fields = [
            "reference",
            "state",
            "stage",
            "version",
            "title",
            "office",
            "co_office",
            "liaison_unit",
            "moving_to",
            "category",
            "division",
            "level",
            "proceedings",
            "referable",
            "priority",
            "escalation_level",
            "assignee",
            "waiting_for",
            "due_before",
            "due_time",
            "due_paused",
            "language",
            "sharing",
            "filer_kind",
            "enquiry",
            "outcome",
            "outcome_why",
            "received_at",
            "updated_at",
            "ended_at",
        ]
        read_only_fields = fields


class StatementShape(serializers.Serializer):
    text = serializers.CharField()
    wanted = serializers.CharField()
    started = serializers.CharField()
    authority_named = serializers.CharField()
    sector = serializers.CharField()
    declared_proceedings = serializers.CharField()


@extend_schema_serializer(examples=examples.answer(examples.CASE_DETAIL))
class CaseDetailShape(CaseShape):
    """One case with the business's own words and the moves open to the caller.

    No identity: that is read with a reason.
    """

    statement = StatementShape(read_only=True)
    suggestion = serializers.JSONField(read_only=True)
    moves = serializers.SerializerMethodField()

    class Meta(CaseShape.Meta):
        fields = [*CaseShape.Meta.fields, "statement", "suggestion", "moves"]
        read_only_fields = fields

    def get_moves(self, case: Case) -> list[str]:
        moves: list[str] = self.context["moves"]
        return moves


class _InOrder(serializers.JSONField):
    """Keys in their order, so that a repeated answer has the same bytes: PostgreSQL keeps an order of its own."""

    def to_representation(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self.to_representation(value[key]) for key in sorted(value)}
        if isinstance(value, list):
            return [self.to_representation(one) for one in value]
        return super().to_representation(value)


@extend_schema_serializer(examples=examples.answer(examples.EVENT))
class EventShape(serializers.ModelSerializer):
    by = serializers.SerializerMethodField()
    message = serializers.SerializerMethodField()
    note = serializers.SerializerMethodField()
    referral: Any = serializers.SlugRelatedField(slug_field="uuid", read_only=True, allow_null=True)
    changes = _InOrder(read_only=True)
    data: Any = _InOrder(read_only=True)

    class Meta:
        model = Event
        fields = [
            "seq",
            "public_seq",
            "at",
            "move",
            "kind",
            "by",
            "by_kind",
            "on_behalf",
            "channel",
            "state_before",
            "state_after",
            "referral",
            "referral_before",
            "referral_after",
            "changes",
            "data",
            "message",
            "note",
        ]
        read_only_fields = fields

    def get_by(self, event: Event) -> str:
        return str(event.by_user or "")

    def get_message(self, event: Event) -> str:
        return event.message.text if event.message else ""

    def get_note(self, event: Event) -> str:
        return event.note.text if event.note else ""


@extend_schema_serializer(examples=examples.answer(examples.REFERRAL))
class ReferralShape(serializers.ModelSerializer):
    authority_name = serializers.SerializerMethodField()
    channel = _or_empty(Channel)
    refusal_reason = _or_empty(RefusalReason)
    moves = serializers.SerializerMethodField()

    class Meta:
        model = Referral
        fields = [
            "uuid",
            "authority",
            "authority_name",
            "state",
            "kind",
            "disclose",
            "is_lead",
            "number",
            "channel",
            "sent_on",
            "acknowledged_on",
            "reminders",
            "ended_on",
            "refusal_reason",
            "moves",
        ]
        read_only_fields = fields

    def get_authority_name(self, referral: Referral) -> dict[str, str]:
        return referral.authority.names()

    def get_moves(self, referral: Referral) -> list[str]:
        moves: dict[int, list[str]] = self.context["moves"]
        return moves[referral.pk]
