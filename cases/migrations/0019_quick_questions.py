from django.conf import settings
from django.db import migrations, models


def carry_over(apps, schema_editor):
    """What was marked before stood in the suggestion."""
    cases = apps.get_model("cases", "Case")
    for case in cases.objects.filter(suggestion__has_key="review").only("suggestion"):
        mark = case.suggestion.pop("review")
        cases.objects.filter(pk=case.pk).update(flagged=str(mark)[:10], suggestion=case.suggestion)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0018_notice_address"),
        ("routing", "0012_retention"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="enquiry",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="case",
            name="flagged",
            field=models.CharField(
                blank=True,
                choices=[
                    ("honeypot", "a field that people do not see was filled in"),
                    ("hurry", "it was sent faster than a person types"),
                    ("many", "many concerns came from the same network in an hour"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(
                    ("enquiry", True),
                    ("state__in", ["received", "assessing", "awaiting_submitter", "referred", "answered"]),
                ),
                fields=["due_on", "id"],
                name="case_enquiry",
            ),
        ),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
    ]
