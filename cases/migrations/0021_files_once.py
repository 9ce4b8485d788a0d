"""The rule that no draft holds a file twice, in a transaction of its own after the rows keep it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0020_files_read"),
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
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("held_for", ""), _negated=True),
                fields=("held_for", "sha256"),
                name="no_file_twice_in_a_draft",
            ),
        ),
    ]
