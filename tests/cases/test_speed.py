"""How often the database is asked, whatever the size of a history or a list (speed.md)."""

from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.models import Case
from cases.models.case import _holds, locked_cases, visibility
from cases.permissions import Actor
from cases.states import State
from tests.cast import file_case, make_case, move

pytestmark = pytest.mark.django_db


def asked(act):
    """The queries of an act, without those that only begin or end a transaction."""
    with CaptureQueriesContext(connection) as queries:
        act()
    begins_or_ends = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return [q["sql"] for q in queries if not q["sql"].startswith(begins_or_ends)]


@pytest.fixture
def long_case(cast):
    """A case with a letter, an answer and thirty events."""
    case = make_case(State.ANSWERED, cast)
    for number in range(20):
        move(case, "add_note", cast.staff("amina"), text=f"note {number}")
    return Case.objects.get(pk=case.pk)


def post_move(client, case, urgent):
    body = {
        "version": Case.objects.get(pk=case.pk).seq,
        "priority": "urgent" if urgent else "normal",
        "reason": "Perishable goods.",
    }
    address = f"/api/v1/cases/{case.reference}/moves/set_priority/"
    answered = []
    queries = asked(lambda: answered.append(client.post(address, body, content_type="application/json")))
    assert answered[0].status_code == 200, answered[0].content
    return queries


@pytest.mark.both
def test_a_move_over_http_asks_at_most_ten_times(client, cast, long_case):
    client.force_login(cast.amina)
    short = file_case()
    post_move(client, short, urgent=True)  # the first one reads reference data, kept from then on
    assert len(post_move(client, short, urgent=False)) <= 10
    assert len(post_move(client, long_case, urgent=True)) <= 11  # two more for its letters, less one


@pytest.mark.both
def test_a_move_writes_only_the_columns_that_changed(cast):
    case = file_case()
    queries = asked(lambda: move(case, "claim", cast.staff("amina")))
    (update,) = [q for q in queries if q.startswith("UPDATE")]
    assert "assignee_id" in update and "updated_at" in update
    assert "tracking_hash" not in update and "suggestion" not in update


def test_a_concern_is_accepted_with_one_insert_a_row(cast):
    file_case()
    queries = asked(file_case)
    assert not [q for q in queries if q.startswith("UPDATE")]
    assert len([q for q in queries if q.startswith('INSERT INTO "cases_case"')]) == 1


def test_the_case_page_asks_at_most_ten_times(client, cast, long_case):
    client.force_login(cast.amina)
    address = f"/en/cases/{long_case.reference}/"
    client.get(address)
    assert len(asked(lambda: client.get(address))) <= 10


def test_the_queue_asks_at_most_eight_times_and_the_list_of_the_api_five(client, cast):
    for _ in range(30):
        file_case()
    client.force_login(cast.amina)
    for address, most in (("/en/cases/", 8), ("/api/v1/cases/", 5)):
        client.get(address)
        assert len(asked(partial(client.get, address))) <= most, address


@pytest.mark.both
def test_who_may_see_is_the_same_asked_of_a_row_and_of_the_table(cast):
    """``visibility`` is one condition: the lists give it to the database, the gate holds it against the locked row."""
    cases = [
        file_case(),
        make_case(State.ASSESSING, cast),
        file_case(sharing="anonymous", name="", company=""),
    ]
    move(cases[0], "transfer", cast.staff("amina"), to_office=cast.bo.office, reason="Goods are there.")
    move(cases[1], "transfer", cast.staff("amina"), to_office=cast.bo.office, reason="Goods are there.")
    move(cases[1], "accept_transfer", cast.staff("shan"))
    actors = [*(cast.staff(name) for name in cast.users), Actor.system(), Actor.partner(cast.partner)]
    actors += [Actor.business(cases[0]), Actor.new_business()]
    for actor in actors:
        condition = visibility(actor)
        rows = locked_cases(*sorted(case.pk for case in cases))
        seen = {row.pk for row in rows if condition is not None and _holds(condition, row)}
        assert seen == set(Case.objects.visible_to(actor).values_list("pk", flat=True)), actor
        if actor.user is not None and actor.is_staff:
            parts = [set(p.values_list("pk", flat=True)) for p in Case.objects.visible_parts(actor.user)]
            assert sum(map(len, parts)) == len(seen) and set().union(*parts) == seen
