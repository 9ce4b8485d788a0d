"""What the service would suggest for a text; a person decides."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cases.api.views import WorksCases
from routing.models import Category, Division
from routing.suggestions import suggest
from text.strict import CleanText, StrictSerializer


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


class Suggestions(APIView):
    """Office, categories and authorities for a text, best first, each with its reason. Nothing is stored."""

    permission_classes = [WorksCases]

    @extend_schema(operation_id="suggestions", request=SuggestionRequest, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request) -> Response:
        asked: Any = SuggestionRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(suggest(**asked.validated_data).as_dict())
