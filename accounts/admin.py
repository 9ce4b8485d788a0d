"""Accounts, for administrators: made, changed and switched off here, never deleted.

History points at the people who made it, so an account that is no longer used is switched off.
"""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import OFFICE_ROLES, Role, User

admin.site.unregister(Group)  # roles, not groups, say what a person may do


def _check_office(cleaned: dict[str, Any], complain: Any) -> None:
    """The constraints of the table, as sentences beside the fields."""
    role, office = cleaned.get("role"), cleaned.get("office")
    if role in OFFICE_ROLES and office is None:
        complain("office", _("Choose the office this person works in."))
    elif role and role not in OFFICE_ROLES and office is not None:
        complain("office", _("This role belongs to no office. Leave it empty."))
    if cleaned.get("heads_office") and role != Role.SUPERVISOR:
        complain("heads_office", _("Only a supervisor can be head of an office."))


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("username", "name", "email", "role", "office", "heads_office", "language")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        _check_office(cleaned, self.add_error)
        return cleaned


class UserForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"  # noqa: DJ007  # the admin's fieldsets choose

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        _check_office(cleaned, self.add_error)
        return cleaned


@admin.register(User)
class AccountAdmin(UserAdmin):
    form = UserForm
    add_form = NewUserForm
    list_display = ("username", "name", "role", "office", "heads_office", "is_active", "last_login")
    list_filter = ("role", "office", "is_active")
    search_fields = ("username", "name", "email")
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password", "is_active")}),
        (_("Person"), {"fields": ("name", "email", "language")}),
        (_("Work"), {"fields": ("role", "office", "heads_office")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": (
                    "username",
                    "name",
                    "email",
                    "role",
                    "office",
                    "heads_office",
                    "language",
                    "usable_password",
                    "password1",
                    "password2",
                ),
            },
        ),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
