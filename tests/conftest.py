"""Every test has the reference data: loaded once a session, and left in place when a test empties the tables."""

import pytest
from django.apps import apps
from django.core.management.commands import flush

from routing import kept
from routing.learning import keeping
from routing.loading import load


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        load()
    # A count of queries must not depend on how long the run has been going.
    kept.RECHECK_SECONDS = float("inf")


@pytest.fixture(scope="session", autouse=True)
def _reference_data_survives_a_flush():
    """Tests that commit for real empty every table afterwards; the reference tables are spared."""
    spared = {model._meta.db_table for model in apps.get_app_config("routing").get_models()}
    sql_flush = flush.sql_flush

    def sparing(style, connection, reset_sequences=True, allow_cascade=False):
        tables = [
            table
            for table in connection.introspection.django_table_names(only_existing=True, include_views=False)
            if table not in spared
        ]
        emptying = connection.ops.sql_flush(
            style, tables, reset_sequences=reset_sequences, allow_cascade=allow_cascade
        )
        if connection.vendor != "sqlite":
            return emptying
        # SQLite empties by DELETE, which the triggers that keep history refuse: they stand aside meanwhile.
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
        return [
            *(f"DROP TRIGGER {name}" for name, _sql in triggers),
            *emptying,
            *(sql for _name, sql in triggers),
        ]

    flush.sql_flush = sparing
    yield
    flush.sql_flush = sql_flush


@pytest.fixture(autouse=True)
def no_model_of_another_test():
    """Which model is in use, and the model by the id of its row, are kept in the process; a rollback undoes both."""
    yield
    keeping.load.cache_clear()
    in_use = keeping.in_use.__wrapped__
    if any(key[0] is in_use and value for key, value in kept._values.items()):
        kept.forget()


@pytest.fixture(autouse=True)
def _changed_reference_is_rolled_back_here_too(monkeypatch):
    """Whoever changes reference rows says ``changed()``; the rows are rolled back, and so is what was read of them."""
    forget, changed = kept.forget, []

    def noted():
        changed.append(True)
        forget()

    monkeypatch.setattr(kept, "forget", noted)
    yield
    if changed:
        forget()


@pytest.fixture
def reread_reference():
    """For a test that changes reference rows without ``changed()``: they are read anew before and after."""
    kept.forget()
    yield
    kept.forget()


@pytest.fixture
def cast(db):
    """Everybody of ``tests.cast``, in the database."""
    from tests.cast import make_cast

    return make_cast()


@pytest.fixture(autouse=True)
def _in_english():
    """Every test begins in English, whatever language the one before left behind."""
    from django.utils import translation

    with translation.override("en"):
        yield
