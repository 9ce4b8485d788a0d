"""Where somebody is signed in, and signing out from afar."""

import pytest
from django.contrib.auth.signals import user_logged_out
from django.test import Client

from accounts.sessions import device
from tests.accounts.conftest import sign_in

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"


@pytest.fixture
def three(amina):
    clients = [Client(HTTP_USER_AGENT=agent) for agent in (FIREFOX, SAFARI, "")]
    for client in clients:
        sign_in(client)
    return clients


def works(client):
    return client.get("/en/cases/").status_code == 200


def test_a_person_sees_device_address_and_time_of_each_sign_in(three):
    page = three[0].get("/accounts/sessions/")
    seen = page.context["sessions"]
    assert [s.device for s in seen] == ["Firefox on Windows", "Safari on iPhone", "Unknown device"]
    assert [s.current for s in seen] == [True, False, False]
    assert {s.address for s in seen} == {"127.0.0.1"}
    assert all(s.last_act for s in seen)


def test_T21_signing_out_from_afar_ends_that_session_and_has_sockets_look_again(three):
    told = []

    def hear(user, **kwargs):
        told.append(user)

    user_logged_out.connect(hear)
    try:
        other = three[0].get("/accounts/sessions/").context["sessions"][1]
        three[0].post("/accounts/sessions/", {"end": str(other.pk)})
    finally:
        user_logged_out.disconnect(hear)
    assert [works(client) for client in three] == [True, False, True]
    assert [user.username for user in told] == ["amina"]


def test_T40_signing_out_everywhere_else_leaves_this_one(three):
    three[0].post("/accounts/sessions/", {"end": "others"})
    assert [works(client) for client in three] == [True, False, False]


@pytest.mark.parametrize("end", ["", "0", "nothing", "-1"])
def test_ending_a_session_that_is_not_there_changes_nothing(three, end):
    assert three[0].post("/accounts/sessions/", {"end": end}).status_code == 302
    assert all(works(client) for client in three)


def test_nobody_ends_somebody_elses_session(three, cast):
    other = Client()
    other.force_login(cast.bo)
    theirs = three[0].get("/accounts/sessions/").context["sessions"][0]
    other.post("/accounts/sessions/", {"end": str(theirs.pk)})
    assert works(three[0])


def test_a_browser_that_says_nothing_known_is_unknown():
    assert device("curl/8") == "Unknown device"
