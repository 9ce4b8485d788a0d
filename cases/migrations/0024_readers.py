import django.db.models.deletion
from django.db import migrations, models

import text.sealed


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0023_composing"),
    ]

    operations = [
        migrations.CreateModel(
            name="Reader",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("email", text.sealed.SealedTextField()),
                (
                    "email_key",
                    text.sealed.FindingField(
                        blank=True, db_index=True, editable=False, max_length=64, of="email"
                    ),
                ),
                ("invited_at", models.DateTimeField()),
                ("first_read_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="readers", to="cases.case"
                    ),
                ),
            ],
        ),
    ]
