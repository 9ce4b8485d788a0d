"""A change of a calendar or a rule moves the dates of open cases, once, and says so in their history."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from cases import recounting
from cases.history import Names, sentence
from cases.models import Case, Recount
from cases.recounting import count_again
from routing import kept
from routing.models import CalendarDay, CalendarYear, ClockRule, ClockStep
from tests.cast import file_case, move, triage_inputs

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def received(monkeypatch):
    """A case received on Monday 16 November 2026: it has to be assessed by Wednesday the 25th, the seventh
    working day."""
    at = datetime(2026, 11, 16, 4, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: at)
    case = file_case()
    assert case.due_on == date(2026, 11, 25)
    assert count_again() == 0
    yield case
    kept.forget()  # what the test changed is rolled back


def a_day_off(day):
    CalendarDay.objects.create(
        jurisdiction="CN",
        day=day,
        working=False,
        name_en="Storm",
        name_zh_hant="風暴",
        name_zh_hans="风暴",
        source="decree",
    )
    kept.changed()


def test_a_new_day_off_moves_the_dates_once_and_the_history_says_so(cast, received):
    a_day_off(date(2026, 11, 19))
    assert count_again() == 1
    case = Case.objects.get(pk=received.pk)
    assert case.due_on == date(2026, 11, 26)
    assert case.alarm_on >= received.alarm_on
    event = case.events.get(move="recount")
    assert (event.by_kind, event.public_seq, event.state_after) == ("system", None, case.state)
    assert event.changes["due_on"] == ["2026-11-25", "2026-11-26"]
    assert "a calendar or a rule has changed" in sentence(event, Names(case, [event]))
    assert count_again() == 0
    assert case.events.filter(move="recount").count() == 1


def test_nothing_is_read_of_cases_while_nothing_has_changed(cast, received, django_assert_num_queries):
    recounting.digest_of_time()
    with django_assert_num_queries(1):
        assert count_again() == 0


def test_a_change_without_another_date_leaves_no_event(cast, received):
    CalendarYear.objects.filter(jurisdiction="CN", year=2027).update(confirmed=True)
    kept.changed()
    assert count_again() == 0
    assert Case.objects.get(pk=received.pk).seq == received.seq
    assert Recount.objects.get().done


def test_a_new_time_limit_moves_open_cases(cast, received):
    ClockRule.objects.filter(stage="request_information").update(limit=4, target=3)
    kept.changed()
    assert count_again() == 1
    assert Case.objects.get(pk=received.pk).due_on == date(2026, 11, 20)


def test_an_ended_case_keeps_its_dates(cast, received):
    move(received, "triage", cast.staff("amina"), **triage_inputs(received))
    move(received, "close", cast.staff("amina"), outcome="explained", text="This is how it works.")
    Case.objects.filter(pk=received.pk).update(due_on=date(2026, 11, 1))
    ended = Case.objects.get(pk=received.pk)
    a_day_off(date(2026, 11, 19))
    assert count_again() == 0
    assert Case.objects.get(pk=received.pk).seq == ended.seq


def test_whoever_dies_between_batches_is_gone_on_from(cast, received, monkeypatch):
    monkeypatch.setattr(recounting, "BATCH", 1)
    others = [file_case(), file_case()]
    a_day_off(date(2026, 11, 19))

    class Died(Exception):
        pass

    deaths = iter([True, False, False, False, False])

    def die(name):
        if name == "between_batches" and next(deaths):
            raise Died

    monkeypatch.setattr(recounting, "failpoint", die)
    with pytest.raises(Died):
        count_again()
    assert Case.objects.filter(due_on=date(2026, 11, 26)).count() == 1
    assert count_again() == 2
    assert {case.events.filter(move="recount").count() for case in [received, *others]} == {1}


def test_a_case_that_cannot_be_counted_does_not_hold_up_those_behind_it(cast, received, monkeypatch):
    behind = file_case()
    usual = recounting.recount

    def counting(case):
        if case.pk == received.pk:
            raise ValueError("broken")
        return usual(case)

    monkeypatch.setattr(recounting, "recount", counting)
    a_day_off(date(2026, 11, 19))
    with pytest.raises(RuntimeError, match="could not be counted"):
        count_again()
    assert Case.objects.get(pk=behind.pk).due_on == date(2026, 11, 26)
    assert count_again() == 0


def test_a_step_that_holds_from_a_later_day_on_is_looked_for_on_that_day(cast, received, monkeypatch):
    Case.objects.filter(pk=received.pk).update(alarm_on=None)  # nothing else to wait for
    ClockStep.objects.create(
        code="office-early",
        owner="office",
        measure="after_start",
        amount=1,
        action="remind",
        told="head",
        valid_from=date(2026, 11, 18),
        source="an order of the head",
    )
    kept.changed()
    count_again()
    Case.objects.filter(pk=received.pk).update(alarm_on=None)
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 18, 4, tzinfo=UTC))
    assert count_again() == 0
    assert Case.objects.get(pk=received.pk).alarm_on is not None
