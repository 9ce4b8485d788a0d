"""The demo: reached through real moves, repeatable, and never taken for somebody's real concern."""

import pytest
from django.core.management import call_command

from accounts.models import User
from cases.demo import bulk
from cases.models import Case, Contact, Event, Letter, Question
from cases.models.row import TRACKED
from cases.states import State
from text.reference import new_reference


@pytest.mark.django_db
def test_the_demo_has_every_state_and_language_and_several_offices():
    call_command("seed_demo", cases=24, password="a-demo-password")
    cases = Case.objects.all()
    assert cases.count() == 24
    assert set(cases.values_list("state", flat=True)) == set(State.values)
    assert set(cases.values_list("language", flat=True)) == {"en", "zh-hant", "zh-hans"}
    assert len(set(cases.values_list("office", flat=True))) >= 3
    assert all(
        "(demo)" in company
        for company in Contact.objects.exclude(company="").values_list("company", flat=True)
    )


@pytest.mark.django_db
def test_the_demo_accounts_are_those_of_the_contract_and_can_sign_in(client):
    call_command("seed_demo", cases=0, password="a-demo-password")
    for username in ("amina", "wing", "bo", "hana", "olivia", "admin"):
        assert User.objects.get(username=username).check_password("a-demo-password")


@pytest.mark.django_db
def test_a_second_run_makes_nothing_anew():
    call_command("seed_demo", cases=3, password="a-demo-password")
    before = set(Case.objects.values_list("reference", "seq"))
    call_command("seed_demo", cases=3, password="another-password")
    assert set(Case.objects.values_list("reference", "seq")) == before
    assert User.objects.get(username="amina").check_password("a-demo-password")


def replayed(events):
    """The tracked columns as the events tell them; each change begins where the one before ended."""
    now = {}
    for event in events:
        for name, (old, new) in event.changes.items():
            assert now.get(name) == old
            now[name] = new
    return {name: now.get(name) for name in TRACKED}


def code_of(case, name):
    value = getattr(case, Case._meta.get_field(name).attname)
    return value.isoformat() if hasattr(value, "isoformat") else value


@pytest.mark.both
@pytest.mark.django_db
def test_bulk_rows_keep_the_rules_of_the_tables():
    call_command("seed_demo", cases=150, bulk=True, password="a-demo-password")
    assert Case.objects.count() == 150
    for case in Case.objects.all():
        events = list(Event.objects.filter(case=case).order_by("seq"))
        assert [e.seq for e in events] == list(range(1, case.seq + 1))
        assert [e.public_seq for e in events if e.is_public] == list(range(1, case.public_seq + 1))
        assert replayed(events) == {name: code_of(case, name) for name in TRACKED}
        if case.is_open and case.state != State.RECEIVED:
            assert case.following() == case.state
        assert events[-1].state_after == case.state
        assert bool(case.outcome) == (case.state == "closed")
        assert Question.objects.filter(case=case, closed_at=None).exists() == (
            case.state == "awaiting_submitter"
        )
        assert case.statement.text and case.contact.company and case.search_text.folded
    sent = Letter.objects.order_by("office", "year", "number").values_list("office", "year", "number")
    assert sent and all(number == 1 or (office, year, number - 1) in sent for office, year, number in sent)
    call_command("seed_demo", cases=160, bulk=True, password="a-demo-password")
    assert Case.objects.count() == 160


@pytest.mark.django_db
def test_a_reference_drawn_twice_costs_its_chunk_a_second_draw_and_nothing_else(monkeypatch):
    drawn = iter(["HKC-0000-0000"] * 2)
    monkeypatch.setattr(bulk, "new_reference", lambda: next(drawn, None) or new_reference())
    call_command("seed_demo", cases=5, bulk=True, password="a-demo-password")
    assert Case.objects.count() == 5
