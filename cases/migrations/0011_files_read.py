"""What a file holds beside what it shows, and what the virus scanner says of it; no file twice in one draft."""

from typing import Any

from django.db import migrations, models


def once_each(apps: Any, schema_editor: Any) -> None:
    """Of the same file twice in one unsent draft the first stays. Files of cases are not touched."""
    files = apps.get_model("cases", "Attachment").objects.filter(case=None)
    seen: set[tuple[str, str]] = set()
    for pk, held_for, sha256 in files.order_by("pk").values_list("pk", "held_for", "sha256"):
        if (held_for, sha256) in seen:
            files.filter(pk=pk).delete()
        seen.add((held_for, sha256))


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0010_sharing_confirmed"),
    ]

    operations = [
        migrations.AddField(
            model_name="attachment",
            name="inside",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="attachment",
            name="scan",
            field=models.CharField(
                choices=[
                    ("waiting", "Checking for viruses…"),
                    ("clean", "Checked"),
                    ("infected", "Contains a virus – nobody can open it"),
                    ("unscannable", "Could not be checked for viruses"),
                ],
                default="waiting",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="scanned_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="attachment",
            name="scan_found",
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.RunPython(once_each, migrations.RunPython.noop),
    ]
