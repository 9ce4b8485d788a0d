"""History cannot be rewritten: the database itself refuses to change or delete an event, letter or disclosure."""

from django.db import migrations

from jobs.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]
    operations = [append_only("cases_event", "cases_letter", "cases_disclosure", "cases_reading")]
