"""History cannot be rewritten: the database itself refuses to change or delete an event, letter or disclosure."""

from django.db import migrations

TABLES = ["cases_event", "cases_letter", "cases_disclosure", "cases_reading"]


def guard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'rows of %% are append-only', TG_TABLE_NAME; END $$"
        )
    for table in TABLES:
        for act in ("UPDATE", "DELETE"):
            if schema_editor.connection.vendor == "postgresql":
                body = f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                schema_editor.execute(body + "FOR EACH ROW EXECUTE FUNCTION refuse_change()")
            else:
                schema_editor.execute(
                    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are append-only'); END"
                )


def release(apps, schema_editor):
    for table in TABLES:
        for act in ("update", "delete"):
            on = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
            schema_editor.execute(f"DROP TRIGGER {table}_no_{act}{on}")


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]
    operations = [migrations.RunPython(guard, release)]
