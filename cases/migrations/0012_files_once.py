"""Cleaned copies; and the rule that no draft holds a file twice, in a transaction after the rows keep it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0011_files_read"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                condition=models.Q(("scan", "waiting")), fields=["at"], name="attachment_to_scan"
            ),
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                condition=models.Q(("scan__in", ["waiting", "clean"]), _negated=True),
                fields=["scanned_at"],
                name="attachment_held_back",
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="original",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="cleaned",
                to="cases.attachment",
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="cleaning",
            field=models.CharField(
                blank=True,
                choices=[("made", "Cleaned copy"), ("cannot", "No cleaned copy can be made")],
                max_length=6,
                default="",
            ),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                condition=models.Q(("case__isnull", False), ("cleaning", ""), ("from_business", True)),
                fields=["at"],
                name="attachment_to_clean",
            ),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("held_for", ""), _negated=True),
                fields=("held_for", "sha256"),
                name="no_file_twice_in_a_draft",
            ),
        ),
    ]
