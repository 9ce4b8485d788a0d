"""Running and failed tasks are looked for every few seconds, among all those of the last week that went well."""

from django.db import migrations

TABLE = "django_tasks_database_dbtaskresult"


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0001_initial"),
        ("django_tasks_database", "0021_conditional_partial_index_ordering"),
    ]
    operations = [
        migrations.RunSQL(
            f"CREATE INDEX jobs_task_status ON {TABLE} (status, finished_at)",
            "DROP INDEX jobs_task_status",
        )
    ]
