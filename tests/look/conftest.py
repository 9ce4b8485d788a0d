"""A page that was read leaves its language behind in the thread; each test begins in English."""

import pytest
from django.utils import translation

from tests.look.stage import chromium, stage

__all__ = ["chromium", "stage"]


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield
