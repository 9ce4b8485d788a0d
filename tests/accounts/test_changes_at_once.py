"""What an administrator changes while somebody else changes it too; addresses, tokens and old hashes of passwords."""

import threading
import time

import pytest
from argon2 import PasswordHasher
from django.contrib.auth.hashers import check_password
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from rest_framework.authtoken.models import Token

from accounts import acts, invitations
from accounts.invitations import link_to_set_password, links
from accounts.mails import tell_of
from accounts.models import AccountEvent, Role, User
from tests.accounts.conftest import is_signed_in, sign_in
from tests.accounts.test_administration import act, save, send, shown_to
from tests.cast import PASSWORD

SOMEBODY = "Somebody changed this account"


def second_administrator():
    return User.objects.create_user("eve", "eve@example.invalid", name="Eve", role=Role.ADMINISTRATOR)


@pytest.fixture
def told(monkeypatch):
    """Letters of the account's record are sent at once."""
    monkeypatch.setattr(type(tell_of), "enqueue", lambda task, *args: task.func(*args))


# --- addresses and tokens -----------------------------------------------------------------------
def test_a_change_of_address_is_told_to_the_old_one_and_ends_sessions_and_links(admin, amina, told):
    client = Client()
    sign_in(client)
    link = "/" + link_to_set_password(amina).split("/", 3)[3]
    assert save(admin, amina, email="new@example.invalid").status_code == 302
    assert [letter.to for letter in mail.outbox] == [["amina@example.invalid"]]
    assert User.objects.get(pk=amina.pk).email == "new@example.invalid"
    assert client.get("/en/cases/").status_code == 302
    assert client.get(link).status_code == 410


def test_what_is_no_change_of_address_ends_no_session(admin, amina, told):
    client = Client()
    sign_in(client)
    assert save(admin, amina, name="Amina Two").status_code == 302
    assert client.get("/en/cases/").status_code == 200
    assert not mail.outbox


def test_an_administrators_address_is_changed_by_nobody_but_its_owner(admin, cast):
    eve = second_administrator()
    answer = save(admin, eve, email="mine@example.invalid")
    assert "Administrators change their address themselves." in answer.content.decode()
    assert User.objects.get(pk=eve.pk).email == "eve@example.invalid"
    assert save(admin, cast.ada, email="mine@example.invalid").status_code == 302
    assert User.objects.get(pk=cast.ada.pk).email == "mine@example.invalid"


@pytest.mark.parametrize("changes", [{"role": "supervisor"}, {"office": "SHETO"}])
def test_a_new_role_or_office_revokes_the_token(admin, cast, changes):
    key = Token.objects.create(user=cast.chi).key
    program = {"HTTP_AUTHORIZATION": f"Token {key}"}
    assert Client().get("/api/v1/cases/", **program).status_code == 200
    assert save(admin, cast.chi, **changes).status_code == 302
    assert Client().get("/api/v1/cases/", **program).status_code == 401
    kinds = AccountEvent.objects.filter(about=cast.chi).values_list("kind", flat=True)
    assert set(kinds) >= {"changed", "token_revoked"}


# --- two who change one account -------------------------------------------------------------------
@pytest.mark.parametrize(
    "meanwhile",
    [{"role": "supervisor"}, {"office": "SHETO"}, {"email": "new@example.invalid"}, {"heads_office": "on"}],
)
def test_a_form_shown_before_another_change_saves_nothing_and_says_so(admin, cast, meanwhile):
    user, shown = cast.wing if "heads_office" in meanwhile else cast.chi, None
    User.objects.filter(pk=user.pk).update(heads_office=False)
    user.refresh_from_db()
    shown = shown_to(admin, user)
    assert save(admin, user, **meanwhile).status_code == 302
    now = User.objects.values().get(pk=user.pk)
    answer = send(admin, user, shown, name="Another Name")
    assert answer.status_code == 200
    assert SOMEBODY in answer.content.decode()
    assert User.objects.values().get(pk=user.pk) == now


def test_a_form_shown_before_a_suspension_saves_nothing_and_undoes_nothing(admin, cast):
    shown = shown_to(admin, cast.chi)
    act(admin, "suspend", cast.chi)
    assert SOMEBODY in send(admin, cast.chi, shown, name="Another Name").content.decode()
    now = User.objects.get(pk=cast.chi.pk)
    assert (now.is_active, now.name) == (False, cast.chi.name)


def test_a_form_that_does_not_say_what_it_showed_saves_nothing(admin, cast):
    assert SOMEBODY in send(admin, cast.chi, "", name="Another Name").content.decode()
    assert User.objects.get(pk=cast.chi.pk).name == cast.chi.name


def test_saving_a_name_leaves_a_password_and_a_sign_out_of_the_same_moment_as_they_are(
    admin, cast, monkeypatch
):
    """As if they had been committed between reading and writing, which the lock forbids other connections."""
    from accounts.admin import AccountAdmin

    before = AccountAdmin._save_change

    def change_meanwhile(*args):
        User.objects.filter(pk=cast.chi.pk).update(password="new", sign_in_round=7)
        before(*args)

    monkeypatch.setattr(AccountAdmin, "_save_change", change_meanwhile)
    assert save(admin, cast.chi, name="Another Name").status_code == 302
    now = User.objects.get(pk=cast.chi.pk)
    assert (now.name, now.password, now.sign_in_round) == ("Another Name", "new", 7)


def together(*acts_of_each):
    """What became of each act, made at one moment on a connection of its own."""
    ready, became = threading.Barrier(len(acts_of_each)), {}

    def make(number, do):
        try:
            ready.wait(30)
            became[number] = do()
        except Exception as trouble:
            became[number] = trouble
        finally:
            connection.close()

    threads = [threading.Thread(target=make, args=pair) for pair in enumerate(acts_of_each)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [became[number] for number in range(len(acts_of_each))]


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_who_suspend_each_other_at_one_moment_one_is_refused(cast):
    eve = second_administrator()
    for _ in range(5):
        User.objects.filter(role=Role.ADMINISTRATOR).update(is_active=True)
        ada, other = User.objects.get(pk=cast.ada.pk), User.objects.get(pk=eve.pk)
        became = together(lambda: acts.suspend(other, by=ada), lambda: acts.suspend(ada, by=other))  # noqa: B023
        assert sorted(type(one) for one in became if one is not None) == [acts.Refused], became
        assert User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).count() == 1


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_of_two_forms_shown_alike_and_saved_at_one_moment_one_is_refused(cast):
    eve, clients = second_administrator(), [Client(), Client()]
    clients[0].force_login(cast.ada)
    clients[1].force_login(eve)
    shown = [shown_to(client, cast.chi) for client in clients]
    became = together(
        lambda: send(clients[0], cast.chi, shown[0], role="supervisor").status_code,
        lambda: send(clients[1], cast.chi, shown[1], name="Another Name").status_code,
    )
    assert sorted(became) == [200, 302]
    now = User.objects.get(pk=cast.chi.pk)
    assert (now.role == "supervisor") != (now.name == "Another Name")


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_a_form_and_a_suspension_at_one_moment_do_not_stop_each_other(cast):
    eve, client = second_administrator(), Client()
    client.force_login(cast.ada)
    shown = shown_to(client, cast.chi)
    chi = User.objects.get(pk=cast.chi.pk)
    became = together(
        lambda: send(client, cast.chi, shown, name="Another Name").status_code,
        lambda: acts.suspend(chi, by=eve),
    )
    assert became[0] in (200, 302) and became[1] is None, became
    assert not User.objects.get(pk=cast.chi.pk).is_active


# --- a link, and a suspension that comes in between --------------------------------------------------
def test_a_link_whose_account_is_suspended_after_it_was_read_sets_nothing(cast):
    read, token = User.objects.get(pk=cast.chi.pk), links.make_token(cast.chi)
    acts.suspend(cast.chi, by=cast.ada)
    acts.resume(cast.chi, by=cast.ada)  # open again, but the link is of before
    assert not invitations._set(read, token, PASSWORD)
    acts.suspend(cast.chi, by=cast.ada)
    assert not invitations._set(read, links.make_token(User.objects.get(pk=cast.chi.pk)), PASSWORD)
    assert not User.objects.get(pk=cast.chi.pk).has_usable_password()


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_a_link_used_while_a_suspension_is_being_made_waits_for_it_and_sets_nothing(cast):
    read, token = User.objects.get(pk=cast.chi.pk), links.make_token(cast.chi)
    suspended, began = threading.Event(), threading.Event()

    def suspend():
        with transaction.atomic():
            acts.suspend(User.objects.get(pk=cast.chi.pk), by=cast.ada)
            suspended.set()
            began.wait(30)
            time.sleep(0.5)

    def set_password():
        assert suspended.wait(30)
        began.set()
        return invitations._set(read, token, PASSWORD)

    assert together(suspend, set_password) == [None, False]
    assert not User.objects.get(pk=cast.chi.pk).has_usable_password()


# --- hashes of passwords of earlier years ------------------------------------------------------------
def test_a_password_hashed_with_a_stronger_argon2_than_todays_still_signs_in(client, cast, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    strong = PasswordHasher(time_cost=4, memory_cost=128 * 1024, parallelism=2)
    User.objects.filter(pk=cast.amina.pk).update(password="argon2" + strong.hash(PASSWORD))
    held = User.objects.get(pk=cast.amina.pk).password
    assert check_password(PASSWORD, held)
    assert not check_password("another-password-of-tests", held)
    sign_in(client)
    assert is_signed_in(client)
