"""The record of accounts. The database itself refuses to change or delete a line of it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from jobs.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="sign_in_round",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.CreateModel(
            name="AccountEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="time")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("made", "Account made"),
                            ("changed", "Account changed"),
                            ("suspended", "Account suspended"),
                            ("resumed", "Account opened again"),
                            ("handed_over", "Cases handed over"),
                            ("invited", "Link to set a password sent"),
                            ("password_set", "Password set"),
                            ("factor_added", "Second factor added"),
                            ("factor_removed", "Second factor removed"),
                            ("factor_reset", "Second factor reset by an administrator"),
                            ("codes_made", "Recovery codes made"),
                            ("code_used", "Recovery code used"),
                            ("signed_out", "Signed out everywhere by an administrator"),
                            ("token_made", "API token made"),
                            ("token_revoked", "API token revoked"),
                            ("linked", "Linked to the organisation's sign-in"),
                            ("administrator_asked", "Proposed as administrator"),
                        ],
                        max_length=20,
                        verbose_name="what happened",
                    ),
                ),
                ("changes", models.JSONField(blank=True, default=dict, verbose_name="changes")),
                (
                    "about",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="done by",
                    ),
                ),
            ],
            options={
                "verbose_name": "account record",
                "verbose_name_plural": "account records",
                "ordering": ["-at", "-id"],
                "indexes": [models.Index(fields=["about", "-at"], name="account_event_about")],
            },
        ),
        append_only("accounts_accountevent"),
    ]
