"""Accounts, for administrators: made, changed and suspended here, never deleted.

History points at the people who made it, so an account that is no longer used is suspended. Whoever forgot a
password gets a link; nobody here ever types a password for somebody else. What was done stands in the account's
record (``accounts.acts``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _
from rest_framework.authtoken.models import TokenProxy

from accounts import acts
from accounts.acts import Refused, record
from accounts.home import administration_password, administration_sign_in
from accounts.invitations import link_to_set_password
from accounts.mails import tell_of
from accounts.models import OFFICE_ROLES, AccountEvent, Role, User

# Roles, not groups, say what a person may do; the others hold secrets, or say less than our own pages do.
for shown_elsewhere in (
    Group, Authenticator, EmailAddress, SocialAccount, SocialApp, SocialToken, TokenProxy, UserSession,
):  # fmt: skip
    if admin.site.is_registered(shown_elsewhere):
        admin.site.unregister(shown_elsewhere)

admin.site.site_header = admin.site.site_title = _("Causeway administration")
admin.site.login = administration_sign_in  # type: ignore[method-assign]
admin.site.password_change = administration_password  # type: ignore[method-assign, assignment]


#: As the page to sign in says it, where the framework's own translations use other words.
LABELS = {"username": _("User name"), "email": _("E-mail address")}


class _AccountForm(forms.ModelForm):
    """The constraints of the table, and who may give or lose which role, as sentences beside the fields."""

    by: User

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        role, office = cleaned.get("role"), cleaned.get("office")
        if role in OFFICE_ROLES and office is None:
            self.add_error("office", _("Choose the office this person works in."))
        elif role and role not in OFFICE_ROLES and office is not None:
            self.add_error("office", _("This role belongs to no office. Leave it empty."))
        if cleaned.get("heads_office") and role != Role.SUPERVISOR:
            self.add_error("heads_office", _("Only a supervisor can be head of an office."))
        if self.instance.pk and role and role != self.initial["role"]:
            self._check_change(role)
        return cleaned

    def clean_email(self) -> str:
        email = self.cleaned_data.get("email") or ""
        others = User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk)
        if email and others.exists():
            raise forms.ValidationError(_("Another account bears this e-mail address."))
        mine = self.instance.pk in (None, self.by.pk)
        if not mine and self.instance.role == Role.ADMINISTRATOR and email != self.initial["email"]:
            # Links and word of what is done to the account go there.
            raise forms.ValidationError(_("Administrators change their address themselves."))
        return email

    def _check_change(self, role: str) -> None:
        if role == Role.ADMINISTRATOR:
            words = _("An administrator has an account of their own: make a new one and suspend this one.")
            self.add_error("role", words)
        if self.initial["role"] == Role.ADMINISTRATOR:
            try:
                acts.check_may_lose_administration(User.objects.get(pk=self.instance.pk), self.by)
            except Refused as refused:
                self.add_error("role", str(refused))


class NewUserForm(_AccountForm):
    class Meta:
        model = User
        fields = ("username", "name", "email", "role", "office", "heads_office", "language")
        labels = LABELS


class UserForm(_AccountForm, UserChangeForm):
    """Refuses to save over what somebody else changed since the form was shown."""

    password = None  # type: ignore[assignment]
    #: What the account was when the form was shown.
    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = User
        fields = "__all__"  # noqa: DJ007  # the admin's fieldsets choose
        labels = LABELS
        help_texts = {"is_active": _("Change it with the acts on the list of accounts.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["shown"] = _as_it_is(self.instance)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("shown") != self.initial["shown"]:
            words = _(
                "Somebody changed this account after you opened this page, so nothing was saved. Open the page "
                "again and see what it says now."
            )
            self.add_error(None, words)
        return cleaned


def _as_it_is(user: User) -> str:
    """A digest of what the form shows of the account and of what can be changed in other ways meanwhile."""
    columns = ("username", "name", "email", "language", "role", "office_id", "heads_office", "is_active")
    return hashlib.sha256(json.dumps([getattr(user, name) for name in columns]).encode()).hexdigest()


Act = Callable[..., Any]


@admin.register(User)
class AccountAdmin(UserAdmin):
    form = UserForm
    add_form = NewUserForm  # type: ignore[assignment]
    list_display = ("username", "name", "role", "short_office", "heads_office", "is_active", "last_login")
    list_select_related = ("office",)
    list_filter = ("role", "office", "is_active")
    search_fields = ("username", "name", "email")
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("is_active", "last_login", "date_joined")
    actions = ["invite", "reset_second_factor", "sign_out", "hand_over", "suspend", "resume", "make_token",
               "revoke_token"]  # fmt: skip
    fieldsets = (
        (None, {"fields": ("username", "is_active", "shown")}),
        (_("Person"), {"fields": ("name", "email", "language")}),
        (_("Work"), {"fields": ("role", "office", "heads_office")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("username", "name", "email", "role", "office", "heads_office", "language"),
                "description": _(
                    "The person gets a link by e-mail to set a password. It works for 72 hours."
                ),
            },
        ),
    )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.by = request.user  # type: ignore[attr-defined]
        return form

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> User | None:
        """Under its lock while it is being changed: what the form compares with is what is saved over."""
        user = super().get_object(request, object_id, from_field)
        if user is None or request.method != "POST":
            return user
        acts.lock_administrators()
        return User.objects.select_for_update(no_key=True).get(pk=user.pk)

    @admin.display(description=_("office"), ordering="office", empty_value="–")
    def short_office(self, user: User) -> str | None:
        return user.office.short_in(get_language()) if user.office else None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Nobody sets a password for somebody else: a link does."""
        raise PermissionDenied

    # --- making and changing ----------------------------------------------------------------
    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        by = cast(User, request.user)
        if change:
            self._save_change(request, obj, form, by)
            return
        obj.set_unusable_password()
        # A first administrator is made on the machine; every further one is opened by a second.
        obj.is_active = obj.role != Role.ADMINISTRATOR
        super().save_model(request, obj, form, change)
        record(AccountEvent.Kind.MADE, obj, by=by, role=obj.role, office=obj.office_id)
        if not obj.is_active:
            record(AccountEvent.Kind.ADMINISTRATOR_ASKED, obj, by=by)
            words = _("This account waits until a second administrator opens it.")
            messages.warning(request, words)
        elif obj.email:
            acts.invite(obj, by=by)
            self._show_link(request, obj)

    def _save_change(self, request: HttpRequest, obj: User, form: Any, by: User) -> None:
        before = User.objects.get(pk=obj.pk)
        columns = [name for name in form.changed_data if name != "shown"]
        if columns:
            # Never the whole row: a password or a sign-out of this very moment stays what it is.
            obj.save(update_fields=[*columns, "is_staff", "is_superuser"])
        shown = ("role", "office_id", "heads_office")
        changes = {
            name: [getattr(before, name), getattr(obj, name)]
            for name in shown
            if getattr(before, name) != getattr(obj, name)
        }
        if changes or form.changed_data:
            others = sorted(set(form.changed_data) - {"role", "office", "heads_office"})
            event = record(AccountEvent.Kind.CHANGED, obj, by=by, fields=others, **changes)  # type: ignore[arg-type]
            if "email" in others and before.email:
                tell_of.enqueue(event.pk, before.email)
        if "role" in changes or "office_id" in changes:
            obj.end_sessions()
            acts.revoke_token(obj, by=by)
        elif "email" in form.changed_data:
            obj.end_sessions()  # and with them the links sent to the address before
        if acts.works_elsewhere(obj, before):
            # The form is saved in one transaction; the cases are moved one by one after it.
            transaction.on_commit(lambda: self._hand_over(request, obj, by))

    def _show_link(self, request: HttpRequest, user: User) -> None:
        if settings.EMBEDDED:  # the demo sends no mail: shown once, here
            words = _("Demonstration: the link for %(name)s is %(link)s")
            messages.info(request, words % {"name": user.username, "link": link_to_set_password(user)})

    def _hand_over(self, request: HttpRequest, user: User, by: User) -> None:
        given, left = acts.hand_over(user, by=by)
        if given:
            words = ngettext(
                "%(count)d open case of %(name)s was handed to a supervisor.",
                "%(count)d open cases of %(name)s were handed to a supervisor.",
                given,
            )
            messages.info(request, words % {"count": given, "name": user})
        if left:
            words = ngettext(
                "%(count)d open case of %(name)s waits without anybody: its office has no other supervisor.",
                "%(count)d open cases of %(name)s wait without anybody: their office has no other supervisor.",
                left,
            )
            messages.warning(request, words % {"count": left, "name": user})

    # --- acts on chosen accounts ------------------------------------------------------------
    @admin.action(description=_("Send a link to set a password"))
    def invite(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        words = _("Each gets a link by e-mail. It works once, for 72 hours.")
        return self._act(request, queryset, acts.invite, words, after=self._show_link)

    @admin.action(description=_("Reset the second factor"))
    def reset_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        words = _(
            "First make sure that it is really this person who asks: in person, or by calling back a number you "
            "already have. They are signed out, told by e-mail, and set up a new second factor when they sign in."
        )
        return self._act(request, queryset, acts.reset_second_factor, words)

    @admin.action(description=_("Sign out everywhere"))
    def sign_out(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        return self._act(request, queryset, acts.sign_out_everywhere, _("Their sessions end at once."))

    @admin.action(description=_("Hand over all open cases"))
    def hand_over(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        words = _("Their open cases go to a supervisor of the office. The accounts stay open.")

        def act(user: User, *, by: User) -> None:
            self._hand_over(request, user, by)

        return self._act(request, queryset, act, words)

    @admin.action(description=_("Suspend"))
    def suspend(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        words = _("Sessions and API tokens die at once. Their open cases go to a supervisor of the office.")

        def act(user: User, *, by: User) -> None:
            acts.suspend(user, by=by)
            if user.works_cases:
                self._hand_over(request, user, by)

        return self._act(request, queryset, act, words)

    @admin.action(description=_("Open again, or approve an administrator"))
    def resume(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        words = _("They can sign in again. An administrator's account is opened by a second administrator.")
        return self._act(request, queryset, acts.resume, words)

    @admin.action(description=_("Make an API token"))
    def make_token(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        made: list[tuple[User, str]] = []

        def act(user: User, *, by: User) -> None:
            made.append((user, acts.make_token(user, by=by)))

        words = _("A program that holds the token acts as this account. An earlier token stops working.")
        again = self._act(request, queryset, act, words)
        if again is not None or not made:
            return again
        context = {**self.admin_site.each_context(request), "title": _("API token"), "tokens": made}
        return TemplateResponse(request, "admin/accounts/token_once.html", context)

    @admin.action(description=_("Revoke the API token"))
    def revoke_token(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        return self._act(request, queryset, acts.revoke_token, _("Programs that use it are refused at once."))

    def _act(
        self,
        request: HttpRequest,
        queryset: QuerySet[User],
        act: Act,
        words: str | Promise,
        after: Callable[[HttpRequest, User], None] | None = None,
    ) -> HttpResponse | None:
        """Ask once more, then act on each account; whom it does not suit is named with the reason."""
        name = request.POST["action"]
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": dict(self.get_action_choices(request, []))[name],
                "words": words,
                "people": queryset,
                "action": name,
                "opts": self.model._meta,
            }
            return TemplateResponse(request, "admin/accounts/confirm_act.html", context)
        done = 0
        for user in queryset:
            try:
                act(user, by=cast(User, request.user))
            except Refused as refused:
                messages.error(request, f"{user}: {refused}")
            else:
                done += 1
                if after is not None:
                    after(request, user)
        if done:
            words = ngettext("Done for %(count)d account.", "Done for %(count)d accounts.", done)
            messages.success(request, words % {"count": done})
        return None


@admin.register(AccountEvent)
class AccountEventAdmin(admin.ModelAdmin):
    """The record of all accounts, to be read."""

    list_display = ("at", "kind", "about", "by", "changes")
    list_filter = ("kind",)
    list_select_related = ("about", "by")
    search_fields = ("about__username", "by__username")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
