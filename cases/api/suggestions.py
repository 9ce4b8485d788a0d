"""What the service would suggest for a text; a person decides."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api import examples
from cases.api.answers import Personal
from cases.api.views import WorksCases
from cases.states import Referable
from routing.models import Category, Division
from routing.suggestions import suggest
from text.strict import CleanText, StrictSerializer


@extend_schema_serializer(
    examples=[OpenApiExample("example", value={"text": "东莞的货物被海关扣留"}, request_only=True)]
)
class SuggestionRequest(StrictSerializer):
    """``division`` and ``category`` are codes of the reference data."""

    text = CleanText(multiline=True, max_length=4000)
    language = serializers.ChoiceField(choices=settings.LANGUAGES, required=False)
    division = CleanText(max_length=6, required=False)
    category = CleanText(max_length=10, required=False)

    def validate_division(self, code: str) -> str:
        if not Division.objects.filter(pk=code).exists():
            raise serializers.ValidationError(_("There is no such place."))
        return code

    def validate_category(self, code: str) -> str:
        if not Category.objects.filter(pk=code).exists():
            raise serializers.ValidationError(_("There is no such category."))
        return code


class WordsShape(serializers.Serializer):
    """One sentence in three languages."""

    en = serializers.CharField()
    zh_hant = serializers.CharField()
    zh_hans = serializers.CharField()


class SuggestedCategoryShape(serializers.Serializer):
    id = serializers.CharField()
    score = serializers.FloatField(help_text="Between 0 and 1; 1 was chosen in the form.")
    why = WordsShape()


class SuggestedAuthorityShape(serializers.Serializer):
    """``id`` is null where the directory has no such authority for this place yet."""

    type = serializers.CharField()
    level = serializers.CharField()
    id = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    names = WordsShape(allow_null=True)
    score = serializers.FloatField()
    why = WordsShape()


class QuestionShape(serializers.Serializer):
    """Something only a person can settle; ``options`` are codes of reference data, maybe none."""

    code = serializers.CharField()
    text = WordsShape()
    options = serializers.ListField(child=serializers.CharField())


class CoHandlerShape(serializers.Serializer):
    """Another office that the text concerns, by a place that it names there."""

    office = serializers.CharField()
    division = serializers.CharField()
    why = WordsShape()


@extend_schema_serializer(examples=examples.answer(examples.SUGGESTION))
class SuggestionShape(serializers.Serializer):
    """Best first, each with its reason; ``office`` is null where it must be asked."""

    office = serializers.CharField(allow_null=True)
    office_why = WordsShape(allow_null=True)
    liaison_unit = serializers.CharField(allow_null=True)
    co_office = serializers.CharField(allow_null=True)
    co_handlers = CoHandlerShape(many=True)
    urgency = serializers.ChoiceField(choices=["normal", "urgent", "distress"])
    urgency_why = WordsShape(allow_null=True)
    province = serializers.CharField(allow_null=True)
    prefecture = serializers.CharField(allow_null=True)
    division = serializers.CharField(allow_null=True)
    categories = SuggestedCategoryShape(many=True)
    authorities = SuggestedAuthorityShape(many=True)
    referable = serializers.ChoiceField(choices=Referable.choices)
    ask = QuestionShape(many=True)


class Suggestions(Personal):
    """Office, categories and authorities for a text, best first, each with its reason. Nothing is stored."""

    permission_classes = [WorksCases]

    @extend_schema(operation_id="suggestions", request=SuggestionRequest, responses=SuggestionShape)
    def post(self, request: Request) -> Response:
        asked: Any = SuggestionRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(suggest(**asked.validated_data).as_dict())
