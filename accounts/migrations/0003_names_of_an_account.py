from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_record")]

    operations = [
        migrations.AlterModelOptions(
            name="user", options={"verbose_name": "account", "verbose_name_plural": "accounts"}
        ),
    ]
