"""What administrators did about failures. The database itself refuses to change or delete a line of it."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from jobs.append_only import append_only


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
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
        append_only("operations_intervention"),
    ]
