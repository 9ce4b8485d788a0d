"""People who sign in: one role each, and one office unless their work spans all of them; and what became of
their accounts."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    CASEWORKER = "caseworker", _("Caseworker")
    SUPERVISOR = "supervisor", _("Supervisor")
    HEADQUARTERS = "headquarters", _("Headquarters")
    OFFICIAL = "official", _("Official")
    ADMINISTRATOR = "administrator", _("Administrator")
    PARTNER = "partner", _("Partner organisation")


#: Roles that belong to exactly one office; all others belong to none.
OFFICE_ROLES = (Role.CASEWORKER, Role.SUPERVISOR)


class Language(models.TextChoices):
    ENGLISH = "en", "English"
    TRADITIONAL = "zh-hant", "繁體中文"
    SIMPLIFIED = "zh-hans", "简体中文"


class People(UserManager["User"]):
    """The first account of an installation is an administrator's (``manage.py createsuperuser``)."""

    def create_superuser(  # type: ignore[override]
        self, username: str, email: str | None = None, password: str | None = None, **more: Any
    ) -> User:
        return super().create_superuser(username, email, password, **{"role": Role.ADMINISTRATOR, **more})


class User(AbstractUser):
    """An account made by an administrator; nobody signs up alone.

    ``is_staff`` (Django's word for "may open the admin site") follows from the role, so that an administrator
    sees reference data and accounts but, having no office, no case.
    """

    first_name = None  # type: ignore[assignment]  # one name in the person's own order and script
    last_name = None  # type: ignore[assignment]
    name = models.CharField(_("full name"), max_length=200)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    office = models.ForeignKey(
        "routing.Office", on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("office")
    )
    heads_office = models.BooleanField(
        _("head of office"), default=False, help_text=_("A supervisor to whom level 2 escalations go.")
    )
    language = models.CharField(
        _("language"), max_length=10, choices=Language.choices, default=Language.ENGLISH
    )
    #: Part of what a session is checked against: counting on ends every session of this person at once, also one
    #: that would come back to life when a suspended account is opened again.
    sign_in_round = models.PositiveIntegerField(default=0, editable=False)

    REQUIRED_FIELDS = ["email", "name"]

    objects = People()  # type: ignore[misc]  # the stubs call the base class's manager an instance's

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="office_exactly_for_office_roles",
                condition=Q(role__in=OFFICE_ROLES, office__isnull=False)
                | (~Q(role__in=OFFICE_ROLES) & Q(office__isnull=True)),
            ),
            models.CheckConstraint(
                name="only_a_supervisor_heads_an_office",
                condition=Q(heads_office=False) | Q(role=Role.SUPERVISOR),
            ),
        ]
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.name or self.username

    def save(self, *args: object, **kwargs: object) -> None:
        self.is_staff = self.is_superuser = self.role == Role.ADMINISTRATOR
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        value = f"{self.password}:{self.sign_in_round}"
        return salted_hmac("accounts.User.session", value, secret=secret, algorithm="sha256").hexdigest()

    def end_sessions(self) -> None:
        """Sign this person out everywhere, at once; open pages lose their sockets within seconds."""
        self.sign_in_round = F("sign_in_round") + 1
        self.save(update_fields=["sign_in_round"])
        self.refresh_from_db(fields=["sign_in_round"])

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @property
    def works_cases(self) -> bool:
        """Whether this person handles cases at all."""
        return self.role in (Role.CASEWORKER, Role.SUPERVISOR, Role.HEADQUARTERS)

    @property
    def reads_reports(self) -> bool:
        return self.works_cases or self.role == Role.OFFICIAL


class AccountEvent(models.Model):
    """What happened to an account, and who did it. Rows are only ever added (a trigger refuses the rest).

    ``changes`` holds codes and numbers, never names, addresses or secrets.
    """

    class Kind(models.TextChoices):
        MADE = "made", _("Account made")
        CHANGED = "changed", _("Account changed")
        SUSPENDED = "suspended", _("Account suspended")
        RESUMED = "resumed", _("Account opened again")
        HANDED_OVER = "handed_over", _("Cases handed over")
        INVITED = "invited", _("Link to set a password sent")
        PASSWORD_SET = "password_set", _("Password set")
        FACTOR_ADDED = "factor_added", _("Second factor added")
        FACTOR_REMOVED = "factor_removed", _("Second factor removed")
        FACTOR_RESET = "factor_reset", _("Second factor reset by an administrator")
        CODES_MADE = "codes_made", _("Recovery codes made")
        CODE_USED = "code_used", _("Recovery code used")
        SIGNED_OUT = "signed_out", _("Signed out everywhere by an administrator")
        TOKEN_MADE = "token_made", _("API token made")
        TOKEN_REVOKED = "token_revoked", _("API token revoked")
        LINKED = "linked", _("Linked to the organisation's sign-in")
        ADMINISTRATOR_ASKED = "administrator_asked", _("Proposed as administrator")

    at = models.DateTimeField(_("time"), auto_now_add=True)
    kind = models.CharField(_("what happened"), max_length=20, choices=Kind.choices)
    about = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("account"))
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("done by")
    )
    changes = models.JSONField(_("changes"), default=dict, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["about", "-at"], name="account_event_about")]
        verbose_name = _("account record")
        verbose_name_plural = _("account records")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.about}"
