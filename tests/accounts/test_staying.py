"""How long a sign-in lasts, what keeps it alive, and that its end loses nothing typed."""

import re
import time

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts import idle
from tests.accounts.conftest import is_signed_in, sign_in
from tests.cast import make_case


def sets(client, **values):
    """Turn the session's clock back."""
    session = client.session
    session.update(values)
    session.save()


def ago(**units):
    return int(time.time() - units.get("minutes", 0) * 60 - units.get("hours", 0) * 3600)


def test_T40_a_sign_in_ends_30_minutes_after_the_last_thing_done(client, amina):
    sign_in(client)
    sets(client, last_act=ago(minutes=29))
    assert client.get("/en/cases/").status_code == 200
    sets(client, last_act=ago(minutes=31))
    assert client.get("/en/cases/").status_code == 302
    assert not is_signed_in(client)


def test_T40_a_sign_in_ends_after_10_hours_whatever_is_done(client, amina):
    sign_in(client)
    sets(client, signed_in_at=ago(hours=10, minutes=1))
    assert client.get("/en/cases/").status_code == 302


def test_the_end_stands_in_the_session_itself_so_that_sockets_find_it_gone(client, amina):
    sign_in(client)
    left = Session.objects.get(pk=client.session.session_key).expire_date.timestamp() - time.time()
    assert idle.IDLE - 60 < left <= idle.IDLE
    sets(client, signed_in_at=ago(hours=9, minutes=50), last_act=ago(minutes=5))
    client.get("/en/cases/")
    left = Session.objects.get(pk=client.session.session_key).expire_date.timestamp() - time.time()
    assert 9 * 60 < left <= 10 * 60


@pytest.mark.parametrize("background", [True, False])
def test_T40_a_page_that_asks_by_itself_keeps_nobody_signed_in(client, amina, background):
    sign_in(client)
    then = ago(minutes=20)
    sets(client, last_act=then)
    client.get("/en/cases/", **({"HTTP_X_REQUESTED_WITH": "fetch"} if background else {}))
    assert (client.session["last_act"] == then) is background


def test_a_request_writes_the_session_at_most_once_a_minute(client, amina, django_assert_max_num_queries):
    sign_in(client)
    before = client.session["last_act"]
    client.get("/en/cases/")
    assert client.session["last_act"] == before


def test_a_page_learns_how_long_is_left_without_changing_it(client, amina):
    sign_in(client)
    sets(client, last_act=ago(minutes=25))
    answer = client.get("/accounts/session/", HTTP_X_REQUESTED_WITH="fetch").json()
    assert 4 * 60 < answer["left"] <= 5 * 60
    assert answer["longest"] > 9 * 3600
    assert answer["token"]
    assert client.post("/accounts/session/").json()["left"] > 29 * 60


def test_a_page_learns_that_the_sign_in_is_over(client, db):
    assert client.get("/accounts/session/").status_code == 401


def test_the_limits_are_not_for_the_session_of_a_business(client, db):
    session = client.session
    session["draft"] = "x"
    session.save()
    client.cookies["session"] = session.session_key
    client.get("/en/")
    assert client.session.get_expiry_age() > 24 * 3600
    assert idle.BEGAN not in client.session


# --- nothing typed is lost ----------------------------------------------------------------------
WORDS = "The declaration number is 5200-1234 & <b>urgent</b>.\nSecond line."


def test_bad_input_75_words_sent_after_the_sign_in_ended_come_back_and_are_sent(cast, amina):
    case = make_case("assessing", cast)
    client = Client(enforce_csrf_checks=True)

    def token():
        return client.get("/accounts/session/").json()["token"]

    client.force_login(amina)
    where = f"/en/cases/{case.reference}/moves/add_note/"
    data = {"text": WORDS, "version": case.seq, "csrfmiddlewaretoken": token()}
    sets(client, last_act=ago(minutes=31))
    answer = client.post(where, data)
    assert answer.status_code == 401
    sealed = re.search(r'name="kept" value="([^"]+)"', answer.content.decode())[1]
    # Still nobody: asked to sign in once more, and nothing is lost.
    assert client.post("/accounts/send-again/", {"kept": sealed}).status_code == 401
    client.force_login(amina)
    page = client.post("/accounts/send-again/", {"kept": sealed})
    assert "5200-1234 &amp; &lt;b&gt;urgent" in page.content.decode()
    assert page.context["path"] == where
    again = dict(page.context["fields"]) | {"csrfmiddlewaretoken": page.context["csrf_token"]}
    assert client.post(where, again).status_code == 302
    assert case.events.latest("seq").note.text.replace("\r\n", "\n") == WORDS


def test_words_that_we_did_not_seal_are_not_shown(client, amina):
    client.force_login(amina)
    assert client.post("/accounts/send-again/", {"kept": "e30:forged"}).status_code == 302


def test_a_password_is_never_kept(client, db):
    data = {"oldpassword": "a long secret phrase", "password1": "another long phrase", "password2": "x y"}
    assert client.post("/accounts/password/change/", data).status_code == 302


def test_an_empty_form_of_nobody_is_sent_to_sign_in(client, db):
    assert client.post("/en/cases/HKC-0000-0000/moves/claim/", {"version": "1"}).status_code == 302
