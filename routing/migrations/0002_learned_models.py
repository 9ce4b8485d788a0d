"""What was learned from sorted texts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="TriageModel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("version", models.PositiveIntegerField()),
                ("trained_at", models.DateTimeField()),
                ("examples", models.PositiveIntegerField()),
                ("labels", models.JSONField(default=dict)),
                ("accuracy", models.FloatField()),
                ("macro_f1", models.FloatField()),
                ("packed", models.BinaryField()),
            ],
            options={
                "verbose_name": "learned model",
                "verbose_name_plural": "learned models",
                "ordering": ["name", "-version"],
                "constraints": [
                    models.UniqueConstraint(fields=("name", "version"), name="one_version_of_a_model")
                ],
            },
        ),
    ]
