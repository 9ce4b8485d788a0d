import django.db.models.deletion
from django.db import migrations, models

import text.sealed


def carry_over(apps, schema_editor):
    """Whom a concern was filed for stood plain among the words of the statement; by what authority nobody was asked."""
    behalf = apps.get_model("cases", "OnBehalf")
    said = apps.get_model("cases", "Statement").objects.exclude(on_behalf_of="").only("on_behalf_of")
    for statement in said.iterator(chunk_size=500):
        behalf.objects.create(case_id=statement.pk, name=statement.on_behalf_of)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0019_quick_questions"),
    ]

    operations = [
        migrations.CreateModel(
            name="OnBehalf",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="on_behalf",
                        serialize=False,
                        to="cases.case",
                    ),
                ),
                ("name", text.sealed.SealedTextField(blank=True)),
                (
                    "authorisation",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("written", "A power of attorney or a letter of authority"),
                            ("engaged", "We are engaged as their lawyer, accountant or agent"),
                            ("request", "A written request of the member or client"),
                            ("spoken", "By word of mouth only"),
                        ],
                        max_length=10,
                    ),
                ),
                ("authorised_on", models.DateField(blank=True, null=True)),
            ],
        ),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name="statement",
            name="on_behalf_of",
        ),
    ]
