"""The index of all words. What was filed before is found after ``manage.py reindex``."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import cases.models.terms
from cases.models.terms import FTS

# ruff: noqa: S608  # names of ours alone

TABLE = "cases_searchtext"
#: The triggers that SQLite's documentation gives for an index whose texts stand in another table.
SQLITE = (
    f"CREATE VIRTUAL TABLE {FTS} USING fts5"
    f"(terms, content='{TABLE}', content_rowid='case_id', tokenize='ascii')",
    f"CREATE TRIGGER {FTS}_in AFTER INSERT ON {TABLE} BEGIN "
    f"INSERT INTO {FTS}(rowid, terms) VALUES (new.case_id, new.terms); END",
    f"CREATE TRIGGER {FTS}_out AFTER DELETE ON {TABLE} BEGIN "
    f"INSERT INTO {FTS}({FTS}, rowid, terms) VALUES ('delete', old.case_id, old.terms); END",
    f"CREATE TRIGGER {FTS}_new AFTER UPDATE ON {TABLE} BEGIN "
    f"INSERT INTO {FTS}({FTS}, rowid, terms) VALUES ('delete', old.case_id, old.terms); "
    f"INSERT INTO {FTS}(rowid, terms) VALUES (new.case_id, new.terms); END",
    f"INSERT INTO {FTS}({FTS}) VALUES ('rebuild')",
)


def make_index(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"CREATE INDEX {FTS} ON {TABLE} USING gin (terms)")
        return
    for statement in SQLITE:
        schema_editor.execute(statement)


def drop_index(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX {FTS}")
        return
    for name in ("in", "out", "new"):
        schema_editor.execute(f"DROP TRIGGER {FTS}_{name}")
    schema_editor.execute(f"DROP TABLE {FTS}")


class Migration(migrations.Migration):
    dependencies = [("cases", "0025_imports")]

    operations = [
        migrations.AddField(
            model_name="searchtext",
            name="terms",
            field=cases.models.terms.TermsField(db_default="", default="", editable=False),
        ),
        migrations.CreateModel(
            name="NameKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=64)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="name_keys",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("key", "case"), name="one_name_key_a_case")],
            },
        ),
        migrations.RunPython(make_index, drop_index),
    ]
