from django.db import migrations, models

from routing.syncing import carry_over

LOADED = {
    "code", "name_en", "name_zh_hant", "name_zh_hans", "levels", "default_level", "vertical_management", "referable",
    "national_body", "provincial_pattern", "municipal_pattern", "subjects", "public_hotline", "note", "source",
}  # fmt: skip


def still_as_loaded(apps, schema_editor):
    carry_over(apps.get_model("routing", "AuthorityType"), LOADED, {"called"})


class Migration(migrations.Migration):
    dependencies = [("routing", "0009_guidance")]

    operations = [
        migrations.AddField(
            model_name="authoritytype",
            name="called",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text='A list of names in any language, such as ["税局", "tax bureau"]. Simplified covers Traditional.',
                verbose_name="what people call it",
            ),
        ),
        migrations.RunPython(still_as_loaded, migrations.RunPython.noop, elidable=True),
    ]
