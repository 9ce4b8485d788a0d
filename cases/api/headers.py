"""Parameters and headers that several calls share, as the schema tells of them."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from cases.api.once import KEY_HEADER, REPLAYED_HEADER

REFERENCE = OpenApiParameter(
    "reference",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="As on every letter and page; case, hyphens and look-alike characters are forgiven.",
    examples=[OpenApiExample("example", value="HKC-7M2K-9QXV")],
)
UUID = OpenApiParameter(
    "uuid",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="The `uuid` of a referral of a case.",
    examples=[OpenApiExample("example", value="6f1c1f0e-8f0a-4c55-9a53-0f6f3ac1d7b2")],
)
AFTER = OpenApiParameter(
    "after",
    {"type": "integer", "minimum": 0, "maximum": 999_999_999, "default": 0},
    OpenApiParameter.QUERY,
    description="Only events with a greater `seq`.",
)
_KEY = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"}
_KEY_WORDS = "1 to 200 visible ASCII characters, chosen by you. The same key with the same body is done once."
KEY = OpenApiParameter(
    KEY_HEADER, _KEY, OpenApiParameter.HEADER, description=f"{_KEY_WORDS} Kept for a week."
)
KEY_NEEDED = OpenApiParameter(
    KEY_HEADER,
    _KEY,
    OpenApiParameter.HEADER,
    required=True,
    description=f"{_KEY_WORDS} Kept for as long as the concern is.",
    examples=[OpenApiExample("example", value="order-2026-1187")],
)
REPLAYED = OpenApiParameter(
    REPLAYED_HEADER,
    {"type": "string", "enum": ["true"]},
    OpenApiParameter.HEADER,
    response=[200, 201],
    description="Given when an earlier call with this key was done already.",
)
