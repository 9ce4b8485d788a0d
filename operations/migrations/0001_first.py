"""What administrators did about failures. The database itself refuses to change or delete a line of it."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

TABLE = "operations_intervention"


def guard(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    for act in ("UPDATE", "DELETE"):
        body = (
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            if postgresql
            else f"BEGIN SELECT RAISE(ABORT, 'rows of {TABLE} are append-only'); END"
        )
        schema_editor.execute(f"CREATE TRIGGER {TABLE}_no_{act.lower()} BEFORE {act} ON {TABLE} {body}")


def release(apps, schema_editor):
    on = f" ON {TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
    for act in ("update", "delete"):
        schema_editor.execute(f"DROP TRIGGER {TABLE}_no_{act}{on}")


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("cases", "0002_append_only"),  # the function that refuses
    ]

    operations = [
        migrations.CreateModel(
            name="Alarm",
            fields=[
                ("trouble", models.CharField(max_length=30, primary_key=True, serialize=False)),
                ("since", models.DateTimeField(null=True)),
                ("told_at", models.DateTimeField(null=True)),
                ("told_count", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Intervention",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "act",
                    models.CharField(
                        choices=[("retry", "Tried again"), ("give_up", "Given up")], max_length=10
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("task", "Background task"), ("notice", "Mail")], max_length=10
                    ),
                ),
                ("subject", models.UUIDField()),
                ("what", models.CharField(max_length=200)),
                ("why", models.CharField(blank=True, max_length=200)),
                ("reason", models.CharField(blank=True, max_length=300)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-id"],
                "indexes": [
                    models.Index(fields=["subject", "act"], name="intervention_subject"),
                    models.Index(fields=["-at", "-id"], name="intervention_at"),
                ],
            },
        ),
        migrations.RunPython(guard, release),
    ]
