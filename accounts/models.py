"""People who sign in: one role each, and one office unless their work spans all of them."""

from typing import Any

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q
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
    ) -> "User":
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

    def __str__(self) -> str:
        return self.name or self.username

    def save(self, *args: object, **kwargs: object) -> None:
        self.is_staff = self.is_superuser = self.role == Role.ADMINISTRATOR
        super().save(*args, **kwargs)  # type: ignore[arg-type]

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
