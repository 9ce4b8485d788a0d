"""T06 T07 T08: every address × role × method against a table typed by hand. See ``expected.txt``."""

import logging
import re

import pytest
from django.core.cache import cache

from tests.access.asking import Asker, address_of, got_in, inputs_of
from tests.access.routes import routes
from tests.access.table import DOCUMENT, document, table
from tests.access.world import ROLES
from text.reference import new_reference

#: Beside GET and POST. Nobody gets in by one of these who would not by those.
UNUSUAL = ("HEAD", "PUT", "PATCH", "DELETE")
#: Who tries the unusual methods.
BOLD = ("nobody", "other", "supervisor")
#: Who tries the administration: it knows no case, so that only the kind of account sets people apart.
KINDS = ("nobody", "partner", "supervisor", "headquarters", "official", "administrator", "suspended")


@pytest.fixture(autouse=True)
def _quiet():
    """Thousands of refusals need not be written to the log."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


#: It turns people away before it looks at the method: two kinds try to send something as well.
SENDS = ("supervisor", "administrator")

HOW = (
    "\n\nWrite or change the line in tests/access/expected.txt:\n"
    "    address  GET who may  POST who may\n"
    "(two spaces between the parts; roles and groups: tests/access/world.py and table.py; who is not named is out),\n"
    "then draw the document: .venv/bin/python -m tests.access"
)


def test_t06_every_address_of_the_router_stands_in_the_table_and_no_other():
    listed = {line.address for line in table() if not line.address.startswith("/ws/")}
    real = set(routes())
    missing = "\n".join(f"    {address}" for address in sorted(real - listed))
    gone = "\n".join(f"    {address}" for address in sorted(listed - real))
    assert not missing, f"These addresses are not in the table of who may open them:\n{missing}{HOW}"
    assert not gone, f"These lines of the table are about addresses that are not there any more:\n{gone}{HOW}"


def test_t06_nobody_gets_in_where_the_table_does_not_say_so_and_everybody_where_it_does(world):
    askers = {role: Asker(world, role) for role in ROLES}
    wrong = []
    real = routes()
    for line in table():
        if line.address not in real:
            continue  # sockets, and what the test above complains about
        address, inputs = address_of(line.address, line.example, world), inputs_of(line, world)
        cache.clear()  # of each kind of request a person may make only so many
        for role, asker in askers.items():
            if line.address.startswith("/admin/") and role not in KINDS:
                continue
            both = not line.address.startswith("/admin/") or role in SENDS
            for method in ("GET", "POST") if both else ("GET",):
                wrong += _try(asker, line, role, method, address, inputs, line.allows(role, method))
            if role in BOLD and not line.address.startswith("/admin/"):
                usual = line.allows(role, "GET") or line.allows(role, "POST")
                for method in UNUSUAL:
                    if not usual:
                        wrong += _try(asker, line, role, method, address, {}, False)
    assert not wrong, f"{len(wrong)} answers differ from the table:\n" + "\n".join(wrong[:60]) + HOW


def _try(asker, line, role, method, address, inputs, expected):
    answer = asker.ask(method, address, inputs)
    if (
        line.address == "/readyz" and answer.status_code == 503
    ):  # that something is missing it tells everybody too
        answer.status_code = 200
    try:
        let_in = got_in(answer)
    except AssertionError as neither:
        return [f"    line {line.number}: {method} {address} as {role}: {neither}"]
    if let_in == expected:
        return []
    where = f" to {answer.headers['Location']}" if "Location" in answer.headers else ""
    should = "may get in" if expected else "may not get in"
    return [
        f"    line {line.number}: {method} {address} as {role}: {answer.status_code}{where}, but {should}"
    ]


def test_the_document_is_drawn_from_the_table():
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run .venv/bin/python -m tests.access"


@pytest.mark.parametrize(
    ("role", "address", "status"),
    [
        ("other", "/en/cases/{}/", 404),
        ("other", "/api/v1/cases/{}/", 404),
        ("other_partner", "/api/v1/concerns/{}/", 404),
        ("other_business", "/en/track/{}/", 303),
        ("other_business", "/api/v1/concerns/{}/", 404),
    ],
)
def test_t06_a_case_of_others_and_one_that_is_not_there_answer_alike(world, role, address, status):
    """In the same words, so that nobody learns which cases exist."""
    asker, unknown = Asker(world, role), new_reference()
    there, not_there = (asker.ask("GET", address.format(one)) for one in (world.case.reference, unknown))
    assert there.status_code == not_there.status_code == status
    assert _told(there).replace(world.case.reference, unknown) == _told(not_there)


def _told(answer):
    """The page without the number that is new in each answer."""
    return re.sub(r'nonce="[^"]*"', "", answer.text)
