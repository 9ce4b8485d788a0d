"""A page that was read leaves its language behind in the thread; each test begins in English."""

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield
