"""Single pages, through all of Django but without a server."""

from functools import partial

from django.test import Client

from accounts.models import User
from cases.actions import open_case
from cases.permissions import Actor
from tests.bench.measuring import BareClient, a_filing, expect, interleaved, line
from tests.feedback.answers import hidden

STEP = "/en/concerns/new/for-whom/"


def form_step() -> None:
    bare, client = BareClient(), Client(SERVER_NAME="127.0.0.1")
    get, bare_get = interleaved(lambda: expect(client.get(STEP), 200), bare.ask)
    line("form step, GET", get, "ms", "bare Django view", bare_get)

    def post() -> None:
        expect(client.post(STEP, {"for_whom": "own", **hidden(client.get(STEP))}), 303)

    took, bare_post = interleaved(post, bare.ask)
    line("form step, GET and POST to redirect", took, "ms", "bare Django view", bare_post)


def case_page() -> None:
    bare, client = BareClient(), signed_in("amina")
    case = open_case(a_filing(), by=Actor.new_business()).case
    took, base = interleaved(partial(look_at, client, f"/en/cases/{case.reference}/"), bare.ask)
    line("case page", took, "ms", "bare Django view", base)


def signed_in(username: str) -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(username=username))
    return client


def look_at(client: Client, address: str) -> None:
    expect(client.get(address), 200)


BENCHES = {"form": form_step, "case": case_page}
