"""There is one representation of everything, and ``OPTIONS`` tells little.

Nothing here may import a view: the framework reads these classes while it is itself being imported.
"""

from __future__ import annotations

from typing import Any

from rest_framework.metadata import BaseMetadata
from rest_framework.negotiation import DefaultContentNegotiation


class AlwaysJSON(DefaultContentNegotiation):
    """What a caller would rather have than JSON changes nothing."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class MethodsOnly(BaseMetadata):
    """The answer to ``OPTIONS``: the methods, as in the ``Allow`` header. All else stands in the schema."""

    def determine_metadata(self, request: Any, view: Any) -> dict[str, Any]:
        return {"methods": view.allowed_methods}
