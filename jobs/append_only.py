"""Rows that nobody changes or deletes: the database itself refuses, on SQLite and on PostgreSQL."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython

ACTS = ("UPDATE", "DELETE")


def append_only(*tables: str) -> RunPython:
    """The step of a migration from which on every change of a row of these tables is an error."""

    def guard(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        postgresql = schema_editor.connection.vendor == "postgresql"
        if postgresql:
            schema_editor.execute(
                "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'rows of %% are append-only', TG_TABLE_NAME; END $$"
            )
        for table in tables:
            body = (
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
                if postgresql
                else f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are append-only'); END"
            )
            for act in ACTS:
                schema_editor.execute(
                    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} {body}"
                )

    def release(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            on = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
            for act in ACTS:
                schema_editor.execute(f"DROP TRIGGER {table}_no_{act.lower()}{on}")

    return RunPython(guard, release)
