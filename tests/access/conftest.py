"""The world is built once for all tests here that ask for it; each leaves it as it was."""

import tempfile

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import override_settings

from tests.access.world import build_world


@pytest.fixture(scope="package")
def _built(django_db_setup, django_db_blocker):
    with (
        django_db_blocker.unblock(),
        tempfile.TemporaryDirectory() as folder,
        override_settings(MEDIA_ROOT=folder, SECURITY_CONTACT=["mailto:security@example.invalid"]),
        transaction.atomic(),
    ):
        yield build_world()
        transaction.set_rollback(True)


@pytest.fixture
def world(_built, db):
    """See ``tests.access.world``. What a test writes, and how often it called, is forgotten after it."""
    cache.clear()
    yield _built
    cache.clear()
