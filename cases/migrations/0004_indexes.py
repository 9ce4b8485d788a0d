"""The indexes that lists need, and none besides: each change of a case writes to every index of its table."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0003_sent_call"),
        ("routing", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="case",
            name="case_office_due",
        ),
        migrations.RemoveIndex(
            model_name="case",
            name="case_office_received",
        ),
        migrations.RemoveIndex(
            model_name="case",
            name="case_office_updated",
        ),
        migrations.RemoveIndex(
            model_name="case",
            name="case_waiting",
        ),
        migrations.AlterField(
            model_name="case",
            name="assignee",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cases",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="category",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cases",
                to="routing.category",
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="co_office",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cohandled_cases",
                to="routing.office",
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="company_key",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name="case",
            name="division",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cases",
                to="routing.division",
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="ended_cases",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="filed_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="filed_cases",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="filing_key",
            field=models.CharField(max_length=200),
        ),
        migrations.AlterField(
            model_name="case",
            name="former_office",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="former_cases",
                to="routing.office",
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="liaison_unit",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="routing.liaisonunit",
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="moving_to",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="arriving_cases",
                to="routing.office",
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="office",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cases",
                to="routing.office",
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="reference",
            field=models.CharField(max_length=14),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ["received", "assessing", "awaiting_submitter", "referred", "answered"])
                ),
                fields=["due_on", "id"],
                name="case_open_due",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ["received", "assessing", "awaiting_submitter", "referred", "answered"])
                ),
                fields=["received_at", "id"],
                name="case_open_received",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ["received", "assessing", "awaiting_submitter", "referred", "answered"])
                ),
                fields=["updated_at", "id"],
                name="case_open_updated",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state__in", ["closed", "withdrawn"])),
                fields=["due_on", "id"],
                name="case_ended_due",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state__in", ["closed", "withdrawn"])),
                fields=["received_at", "id"],
                name="case_ended_received",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state__in", ["closed", "withdrawn"])),
                fields=["updated_at", "id"],
                name="case_ended_updated",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ["received", "assessing", "awaiting_submitter", "referred", "answered"])
                ),
                fields=["state", "due_on", "id"],
                name="case_state_due",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["waiting_for", "due_on", "id"], name="case_waiting_due"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["category"], name="case_category"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["division"], name="case_division"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["office"], name="case_office"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("co_office__isnull", False)), fields=["co_office"], name="case_co_office"
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("moving_to__isnull", False)), fields=["moving_to"], name="case_moving_to"
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("former_office__isnull", False)),
                fields=["former_office"],
                name="case_former_office",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("filed_by__isnull", False)), fields=["filed_by"], name="case_filed_by"
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ["received", "assessing", "awaiting_submitter", "referred", "answered"])
                ),
                fields=["office", "assignee", "waiting_for", "due_paused", "due_on", "state", "id"],
                name="case_open_views",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(fields=("reference",), name="one_case_a_reference"),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(fields=("filing_key",), name="one_case_a_filing"),
        ),
    ]
