"""Accounts made, changed, suspended and handed over by an administrator, and what is recorded of it."""

import re

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from rest_framework.authtoken.models import Token

from accounts import acts
from accounts.invitations import link_to_set_password
from accounts.mails import send_invitation
from accounts.models import AccountEvent, User
from cases.actions import perform
from cases.handover import hand_over_strays
from cases.models import Case
from cases.permissions import Actor
from cases.refusals import InputRefused
from tests.accounts.conftest import is_signed_in, sign_in
from tests.cast import PASSWORD, make_case, move

CHANGE_LIST = "/admin/accounts/user/"


def new_account(**changes):
    return {
        "username": "kim",
        "name": "Kim",
        "email": "kim@example.invalid",
        "role": "caseworker",
        "office": "GDETO",
        "language": "zh-hant",
    } | changes


def changed(user, **changes):
    return (
        new_account(
            username=user.username,
            name=user.name,
            email=user.email,
            role=user.role,
            office=user.office_id or "",
            heads_office="on" if user.heads_office else "",
            language=user.language,
        )
        | changes
    )


def act(client, name, *people):
    """Choose the act in the list, and confirm it on the page that asks once more."""
    data = {"action": name, "_selected_action": [person.pk for person in people]}
    asked = client.post(CHANGE_LIST, data)
    assert asked.status_code == 200
    return client.post(CHANGE_LIST, data | {"confirmed": "yes"}, follow=True)


def save(client, user, **changes):
    """Open the account's form, change it, and save."""
    return send(client, user, shown_to(client, user), **changes)


def shown_to(client, user):
    page = client.get(reverse("admin:accounts_user_change", args=[user.pk]))
    return re.search(r'name="shown" value="(\w+)"', page.content.decode())[1]


def send(client, user, shown, **changes):
    """The form as it was when ``shown`` stood in it, with these changes."""
    address = reverse("admin:accounts_user_change", args=[user.pk])
    return client.post(address, changed(user, **changes) | {"shown": shown})


# --- making -----------------------------------------------------------------------------------
def test_an_administrator_makes_an_account_and_the_person_sets_the_password(admin, cast):
    admin.post(reverse("admin:accounts_user_add"), new_account())
    kim = User.objects.get(username="kim")
    assert not kim.has_usable_password()
    send_invitation.func(kim.pk)
    letter = mail.outbox[-1]
    assert letter.to == ["kim@example.invalid"]
    link = re.search(r"http://\S+(/accounts/password/\S+)", letter.body)[1]
    client = Client()
    assert client.get(link).status_code == 200
    client.post(link, {"new_password1": PASSWORD, "new_password2": PASSWORD})
    assert client.get(link).status_code == 410
    sign_in(client, username="kim")
    assert is_signed_in(client)
    kinds = list(AccountEvent.objects.filter(about=kim).order_by("pk").values_list("kind", "by__username"))
    assert kinds == [("made", "ada"), ("invited", "ada"), ("password_set", "kim")]


def test_a_link_to_set_a_password_dies_after_72_hours_and_with_the_account(client, amina, settings):
    link = link_to_set_password(amina).removeprefix(settings.SITE_ORIGIN)
    assert client.get(link).status_code == 200
    User.objects.filter(pk=amina.pk).update(is_active=False)
    assert client.get(link).status_code == 410
    User.objects.filter(pk=amina.pk).update(is_active=True)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert client.get(link).status_code == 410


@pytest.mark.parametrize("link", ["x/y-z", "MQ/abc-def", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OQ/a-b", "%00/%00"])
def test_a_forged_link_says_that_it_does_not_work(client, db, link):
    assert client.get(f"/accounts/password/{link}/").status_code == 410


def test_a_password_that_is_too_weak_is_refused_at_the_link_too(client, amina, settings):
    link = link_to_set_password(amina).removeprefix(settings.SITE_ORIGIN)
    assert client.post(link, {"new_password1": "amina", "new_password2": "amina"}).status_code == 200
    assert User.objects.get(pk=amina.pk).check_password(PASSWORD)


@pytest.mark.parametrize(
    "changes",
    [
        {"office": ""},
        {"role": "official"},
        {"heads_office": "on"},
        {"role": ""},
        {"username": "amina"},
        {"email": "AMINA@example.invalid"},
    ],
)
def test_an_account_that_breaks_a_rule_is_refused_with_a_sentence(admin, changes):
    response = admin.post(reverse("admin:accounts_user_add"), new_account(**changes))
    assert response.status_code == 200
    assert response.context["adminform"].form.errors
    assert not User.objects.filter(username="kim").exists()


def test_bad_input_126_an_administrators_account_is_opened_by_a_second_administrator(admin, cast):
    admin.post(reverse("admin:accounts_user_add"), new_account(role="administrator", office=""))
    kim = User.objects.get(username="kim")
    assert not kim.is_active
    assert "by a second administrator" in act(admin, "resume", kim).content.decode()
    assert not User.objects.get(pk=kim.pk).is_active
    second = User.objects.create(
        username="sol", name="Sol", role="administrator", email="sol@example.invalid"
    )
    other = Client()
    other.force_login(second)
    act(other, "resume", kim)
    assert User.objects.get(pk=kim.pk).is_active
    assert AccountEvent.objects.filter(about=kim, kind="invited", by=second).exists()


def test_bad_input_126_nobody_is_promoted_to_administrator(admin, cast):
    assert save(admin, cast.amina, role="administrator", office="").status_code == 200
    assert User.objects.get(pk=cast.amina.pk).role == "caseworker"


# --- changing ---------------------------------------------------------------------------------
def test_an_administrator_cannot_suspend_or_demote_themselves_or_the_last_one(admin, cast):
    assert save(admin, cast.ada, role="official").status_code == 200
    assert "cannot suspend" in act(admin, "suspend", cast.ada).content.decode()
    cast.ada.refresh_from_db()
    assert (cast.ada.role, cast.ada.is_active) == ("administrator", True)
    with pytest.raises(acts.Refused):
        acts.suspend(cast.ada, by=cast.olivia)


def test_a_new_role_ends_the_sessions_and_is_recorded(admin, cast):
    client = Client()
    client.force_login(cast.chi)
    save(admin, cast.chi, role="supervisor")
    assert client.get("/en/cases/").status_code == 302
    event = AccountEvent.objects.get(about=cast.chi)
    assert (event.kind, event.by, event.changes["role"]) == (
        "changed",
        cast.ada,
        ["caseworker", "supervisor"],
    )


def test_nobody_sets_a_password_for_somebody_else(admin, cast):
    url = reverse("admin:auth_user_password_change", args=[cast.amina.pk])
    assert admin.post(url, {"password1": PASSWORD, "password2": PASSWORD}).status_code == 403


def test_nobody_deletes_an_account(admin, cast):
    url = reverse("admin:accounts_user_delete", args=[cast.amina.pk])
    assert admin.post(url, {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=cast.amina.pk).exists()


@pytest.mark.parametrize("name", ["amina", "wing", "hana", "olivia", "partner"])
def test_the_administration_is_closed_to_everybody_else(cast, name):
    client = Client()
    client.force_login(cast.users[name])
    assert client.get(CHANGE_LIST).status_code in (302, 403)
    assert client.get("/admin/login/?next=/admin/").status_code == 403


def test_an_administrator_finds_no_case_and_no_secret_in_the_administration(admin):
    from django.contrib import admin as site

    # A run of the retention schedule names references, which open nothing, and must be approved by somebody.
    shown = {model._meta.label for model in site.site._registry} - {"cases.RetentionRun"}
    assert not {
        label for label in shown if label.startswith(("cases.", "mfa.", "socialaccount.", "authtoken."))
    }


# --- suspending and handing over ----------------------------------------------------------------
def test_T40_a_suspended_account_loses_sessions_and_tokens_at_once_and_for_good(admin, cast):
    client, program = Client(), Client()
    client.force_login(cast.chi)
    key = Token.objects.create(user=cast.chi).key
    told = {"HTTP_AUTHORIZATION": f"Token {key}"}
    assert program.get("/api/v1/cases/", **told).status_code == 200
    act(admin, "suspend", cast.chi)
    assert client.get("/en/cases/").status_code == 302
    assert program.get("/api/v1/cases/", **told).status_code == 401
    act(admin, "resume", cast.chi)
    assert client.get("/en/cases/").status_code == 302
    assert program.get("/api/v1/cases/", **told).status_code == 401


def held_by(user):
    return Case.objects.open().filter(assignee=user)


def given(case, user, cast):
    move(case, "assign", cast.staff("hana"), user=user)


@pytest.mark.both
def test_a_leavers_open_cases_go_to_the_head_of_the_office_by_moves_with_an_author(admin, cast):
    cases = [make_case(state, cast) for state in ("assessing", "referred", "closed")]
    for case in cases[:2]:
        given(case, cast.amina, cast)
    page = act(admin, "suspend", cast.amina)
    assert "2 open cases of Amina were handed to a supervisor" in page.content.decode()
    assert set(held_by(cast.wing)) == set(cases[:2])
    for case in cases[:2]:
        event = case.events.latest("seq")
        assert (event.move, event.by_kind, event.by_user) == ("assign", "system", cast.ada)
        assert "Amina no longer works on it" in event.note.text
    assert AccountEvent.objects.get(kind="handed_over").changes == {"given": 2, "left": 0}


@pytest.mark.parametrize("changes", [{"office": "SHETO"}, {"role": "official", "office": ""}])
def test_a_new_office_or_role_hands_the_cases_over_too(
    admin, cast, changes, django_capture_on_commit_callbacks
):
    case = make_case("assessing", cast)
    given(case, cast.chi, cast)
    with django_capture_on_commit_callbacks(execute=True):
        assert save(admin, cast.chi, **changes).status_code == 302
    assert set(held_by(cast.wing)) == {case}


def test_a_promotion_within_the_office_leaves_the_cases_where_they_are(
    admin, cast, django_capture_on_commit_callbacks
):
    case = make_case("assessing", cast)
    given(case, cast.chi, cast)
    with django_capture_on_commit_callbacks(execute=True):
        save(admin, cast.chi, role="supervisor")
    assert set(held_by(cast.chi)) == {case}


def test_a_supervisor_without_another_leaves_the_cases_to_the_office_and_the_count_says_so(admin, cast):
    case = make_case("assessing", cast)
    given(case, cast.wing, cast)
    User.objects.filter(pk=cast.may.pk).update(is_active=False)
    page = act(admin, "suspend", cast.wing)
    assert "waits without anybody" in page.content.decode()
    event = case.events.latest("seq")
    assert (event.move, event.by_user) == ("release", cast.ada)
    assert not held_by(cast.wing).exists()


def test_the_clock_finds_a_case_whose_assignee_is_gone(cast):
    strays = [make_case("assessing", cast) for _ in range(2)]
    for case in strays:
        given(case, cast.chi, cast)
    kept = make_case("assessing", cast)
    given(kept, cast.amina, cast)
    User.objects.filter(pk=cast.chi.pk).update(is_active=False)
    hand_over_strays.func()
    assert set(held_by(cast.wing)) == set(strays)
    assert set(held_by(cast.amina)) == {kept}
    assert {case.events.latest("seq").by_user for case in strays} == {None}


# --- tokens and the record ----------------------------------------------------------------------
def test_a_partners_token_is_shown_once_replaced_and_revoked(admin, cast):
    page = act(admin, "make_token", cast.partner).content.decode()
    key = Token.objects.get(user=cast.partner).key
    assert page.count(key) == 1
    assert key not in admin.get(CHANGE_LIST).content.decode()
    act(admin, "make_token", cast.partner)
    assert Token.objects.get(user=cast.partner).key != key
    act(admin, "revoke_token", cast.partner)
    assert not Token.objects.filter(user=cast.partner).exists()
    kinds = AccountEvent.objects.filter(about=cast.partner).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["token_made", "token_made", "token_revoked"]


def test_T40_an_administrator_signs_somebody_out_everywhere(admin, cast):
    client = Client()
    client.force_login(cast.chi)
    act(admin, "sign_out", cast.chi)
    assert client.get("/en/cases/").status_code == 302


def test_the_record_is_read_by_administrators_and_changed_by_nobody(admin, cast):
    event = acts.record(AccountEvent.Kind.MADE, cast.amina, by=cast.ada)
    page = admin.get("/admin/accounts/accountevent/")
    assert "Account made" in page.content.decode()
    url = reverse("admin:accounts_accountevent_change", args=[event.pk])
    assert admin.post(url, {"kind": "changed"}).status_code == 403


@pytest.mark.both
@pytest.mark.parametrize(
    "statement", ["UPDATE accounts_accountevent SET kind = 'x'", "DELETE FROM accounts_accountevent"]
)
def test_the_database_refuses_to_change_the_record(cast, statement):
    acts.record(AccountEvent.Kind.MADE, cast.amina, by=cast.ada)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_T40_a_link_dies_when_its_owner_is_signed_out_everywhere_or_given_another_role(cast):
    first = link_to_set_password(cast.chi)
    acts.sign_out_everywhere(cast.chi, by=cast.ada)
    assert Client().get("/" + first.split("/", 3)[3]).status_code == 410
    second = "/" + link_to_set_password(cast.chi).split("/", 3)[3]
    assert Client().get(second).status_code == 200
    User.objects.filter(pk=cast.chi.pk).update(role="supervisor")
    assert Client().get(second).status_code == 410


def test_only_a_partner_gets_a_token_from_an_administrator(cast):
    with pytest.raises(acts.Refused):
        acts.make_token(cast.amina, by=cast.ada)
    assert not Token.objects.exists()


def test_a_handover_leaves_a_case_with_whoever_was_given_it_meanwhile(cast):
    case = make_case("assessing", cast)
    given(case, cast.chi, cast)
    given(case, cast.amina, cast)
    with pytest.raises(InputRefused):
        perform(case, "assign", by=Actor.accounts(cast.ada), user=cast.wing, of=cast.chi)
    with pytest.raises(InputRefused):
        perform(case, "release", by=Actor.accounts(cast.ada), of=cast.chi)
    assert Case.objects.get(pk=case.pk).assignee == cast.amina


def test_whoever_is_no_longer_an_administrator_suspends_nobody(cast):
    User.objects.filter(pk=cast.ada.pk).update(is_active=False)
    with pytest.raises(acts.Refused):
        acts.suspend(cast.chi, by=cast.ada)
    assert User.objects.get(pk=cast.chi.pk).is_active
