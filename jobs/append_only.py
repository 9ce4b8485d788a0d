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


def erasable(
    table: str, *, kept: tuple[str, ...], emptied: tuple[str, ...], unlinked: tuple[str, ...] = ()
) -> RunPython:
    """The step of a migration from which on one change of an append-only row is allowed: words of it may go.

    ``emptied`` are columns that may become empty and ``unlinked`` those that may become NULL, and nothing else may
    change: ``kept`` names all other columns of the table. Rows are still not deleted.
    """
    same = [f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in kept]
    gone = [f"(NEW.{name} IS NOT DISTINCT FROM OLD.{name} OR length(NEW.{name}) = 0)" for name in emptied]
    cut = [f"(NEW.{name} IS NOT DISTINCT FROM OLD.{name} OR NEW.{name} IS NULL)" for name in unlinked]
    unless = f"WHEN (NOT ({' AND '.join([*same, *gone, *cut])}))"

    def put(schema_editor: BaseDatabaseSchemaEditor, when: str) -> None:
        postgresql = schema_editor.connection.vendor == "postgresql"
        schema_editor.execute(f"DROP TRIGGER {table}_no_update" + (f" ON {table}" if postgresql else ""))
        if postgresql:
            body = f"FOR EACH ROW {when} EXECUTE FUNCTION refuse_change()"
        else:
            body = f"{when} BEGIN SELECT RAISE(ABORT, 'rows of {table} are append-only'); END"
        schema_editor.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {body}")

    def allow(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        put(schema_editor, unless)

    def forbid(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        put(schema_editor, "")

    return RunPython(allow, forbid)
