"""When something is due and why: the table of moves.md section 7, walked with real moves on real calendars."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from cases import clocks
from cases.models import Case
from cases.permissions import Actor
from cases.public import STEPS
from cases.states import State
from tests.cast import (
    an_authority,
    file_case,
    make_case,
    move,
    record_answer,
    sent_referral,
    triage_inputs,
)

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def on(monkeypatch):
    """``on("2026-09-24")`` makes it noon of that day in Hong Kong from then on."""

    def set_day(day):
        at = datetime.fromisoformat(f"{day}T04:00").replace(tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda: at)
        return at

    return set_day


def running(case, stage):
    """The last clock of a stage, read as a page reads it."""
    case = Case.objects.get(pk=case.pk)
    found = [c for c in clocks.clocks_of(case, list(case.events.order_by("seq"))) if c.stage == stage]
    return found[-1] if found else None


def step_of(case):
    case = Case.objects.get(pk=case.pk)
    step = clocks.next_step(case, clocks.clocks_of(case, list(case.events.order_by("seq"))))
    assert ("clock" in step) == ("date" in step)
    return {name: value for name, value in step.items() if name != "clock"}


def due_of(case):
    case = Case.objects.get(pk=case.pk)
    return case.due_on and case.due_on.isoformat(), case.due_clock, case.due_paused


def codes(clock):
    return [step.code for step in clock.working]


def test_the_day_of_the_event_is_day_0(cast, on):
    on("2026-11-16")  # a Monday
    clock = running(file_case(), "triage_decision")
    assert (clock.started, clock.target, clock.limit) == (
        date(2026, 11, 16),
        date(2026, 11, 23),
        date(2026, 11, 25),
    )
    assert clock.ends_at.isoformat() == "2026-11-25T23:59:00+08:00"


def test_a_concern_filed_late_at_night_counts_from_its_day_in_hong_kong(cast, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 15, 16, 30, tzinfo=UTC))
    assert running(file_case(), "triage_decision").started == date(2026, 11, 16)


def test_mainland_holidays_do_not_count_and_make_up_weekends_do(cast, on):
    on("2026-09-23")
    clock = running(file_case(), "triage_decision")
    # 25 Sep and 1-7 Oct are holidays on the Mainland; the working says so by name.
    steps = {s.code: s for s in clock.working}
    assert "holiday" in steps
    assert steps["holiday"].data["names"]["zh_hans"]
    assert clock.limit == date(2026, 10, 10)  # a Saturday on which the Mainland works
    assert [s.data["on"].isoformat() for s in clock.working if s.code == "make_up"][-1] == "2026-10-10"


def test_a_business_has_the_holidays_of_hong_kong(cast, on):
    at = on("2026-03-31")
    case = file_case()
    event = move(case, "ask", cast.staff("amina"), text="Which number?")
    # 3, 6 and 7 April are holidays in Hong Kong, and no Sunday is worked.
    assert event.data["answer_by"] == "2026-04-24"
    assert clocks.default_answer_by(at) == date(2026, 4, 24)


def test_a_limit_in_calendar_days_moves_off_a_holiday(cast, on):
    on("2026-11-18")
    clock = running(file_case(), "first_contact")
    assert (clock.target, clock.limit) == (date(2026, 11, 23), date(2026, 11, 30))  # 28 Nov is a Saturday
    assert "moved" in codes(clock)


def test_triage_is_no_first_contact_but_a_question_is(cast, on):
    on("2026-11-16")
    case, amina = file_case(), cast.staff("amina")
    move(case, "triage", amina, **triage_inputs(case))
    assert running(case, "first_contact").is_running
    assert not running(case, "triage_decision").is_running
    assert not running(case, "request_information").is_running
    on("2026-11-17")
    move(case, "ask", amina, text="Which number?")
    assert running(case, "first_contact").stopped == date(2026, 11, 17)


def test_a_question_pauses_the_office_and_the_working_says_so(cast, on):
    on("2026-11-16")
    case, amina = file_case(), cast.staff("amina")
    before = running(case, "triage_decision").limit
    on("2026-11-17")
    move(case, "ask", amina, text="Which number?")
    paused = running(case, "triage_decision")
    assert (paused.is_paused, paused.limit) == (True, None)
    assert due_of(case) == ("2026-12-08", "supplement", True)
    assert step_of(case) == {"code": "answer_by", "date": date(2026, 12, 8)}
    on("2026-11-20")
    move(case, "reply", Actor.business(case), text="This one.")
    after = running(case, "triage_decision")
    assert (after.is_paused, after.paused_days) == (False, 3)
    assert after.limit == date(2026, 11, 30) > before  # 18, 19 and 20 November did not count
    (pause,) = [s for s in after.working if s.code == "pause"]
    assert (pause.data["on"], pause.data["until"]) == (date(2026, 11, 18), date(2026, 11, 20))


def test_a_limit_that_passed_before_the_question_stays_passed(cast, on):
    on("2026-11-02")
    case = file_case()
    on("2026-11-20")
    move(case, "ask", cast.staff("amina"), text="Which number?")
    assert running(case, "triage_decision").limit == date(2026, 11, 11)


def test_urgent_cases_have_a_shorter_limit_from_the_day_they_became_so(cast, on):
    on("2026-11-16")
    case = file_case()
    on("2026-11-17")
    move(case, "set_priority", cast.staff("amina"), priority="urgent", reason="Perishable goods.")
    clock = running(case, "triage_decision")
    assert clock.limit == date(2026, 11, 18)
    assert "urgent_hours" in codes(clock)
    assert due_of(case)[0] == "2026-11-18"
    move(case, "set_priority", cast.staff("amina"), priority="normal")
    assert running(case, "triage_decision").limit == date(2026, 11, 25)


def test_the_referral_clock_runs_from_a_triage_that_allows_it_to_the_first_letter(cast, on):
    on("2026-11-16")
    case, amina = file_case(), cast.staff("amina")
    move(case, "triage", amina, **triage_inputs(case, proceedings="court"))
    assert running(case, "referral") is None
    on("2026-11-17")
    move(case, "triage", amina, **triage_inputs(case))
    assert running(case, "referral").limit == date(2026, 11, 24)
    assert due_of(case) == ("2026-11-24", "referral", False)
    on("2026-11-19")
    sent_referral(case, cast)
    assert running(case, "referral").stopped == date(2026, 11, 19)


def test_with_the_authority_the_queue_shows_the_next_reminder(cast, on):
    on("2026-11-16")
    case, amina = file_case(), cast.staff("amina")
    move(case, "triage", amina, **triage_inputs(case))
    referral = sent_referral(case, cast)
    assert due_of(case) == ("2026-12-14", "authority_response_standard", True)
    assert step_of(case) == {"code": "authority", "date": date(2026, 12, 14)}
    overall = running(case, "overall_office_share")
    assert (overall.is_paused, overall.limit) == (True, None)
    on("2026-12-14")
    move(referral, "chase", amina, channel="post")
    assert due_of(case)[0] == "2027-01-12"
    assert step_of(case)["provisional"] is True  # no calendar of 2027 has been published
    assert "provisional" in codes(running(case, "authority_response_standard"))


def test_a_late_reminder_is_not_promised_for_a_past_day(cast, on):
    on("2026-11-16")
    case = file_case()
    move(case, "triage", cast.staff("amina"), **triage_inputs(case))
    sent_referral(case, cast)
    on("2026-12-20")
    assert step_of(case) == {"code": "authority_no_date"}


def test_the_office_gives_up_only_after_the_limit_and_all_reminders(cast, on):
    on("2026-03-02")
    case, amina = file_case(), cast.staff("amina")
    move(case, "triage", amina, **triage_inputs(case))
    referral = sent_referral(case, cast, kind="enquiry")
    move(referral, "chase", amina, channel="post")
    move(referral, "chase", amina, channel="post")
    referral.refresh_from_db()
    limit = running(case, "authority_response_simple").limit
    on(limit.isoformat())
    assert not clocks.may_give_up(referral)
    on((limit + timedelta(days=1)).isoformat())
    assert clocks.may_give_up(referral)
    referral.reminders = 1
    assert not clocks.may_give_up(referral)
    assert due_of(case) == (limit.isoformat(), "authority_response_simple", True)


def test_the_first_clock_runs_on_when_the_authority_passes_the_letter_on(cast, on):
    on("2026-11-16")
    case, amina = file_case(), cast.staff("amina")
    move(case, "triage", amina, **triage_inputs(case))
    referral = sent_referral(case, cast)
    before = running(case, "authority_response_standard")
    on("2026-11-30")
    move(referral, "transfer", amina, to=an_authority("HKMAO-440000"), channel="post")
    after = running(case, "authority_response_standard")
    assert (after.started, after.limit, after.is_running) == (before.started, before.limit, True)
    assert after.referral_id != before.referral_id
    assert running(case, "authority_acknowledge").started == date(2026, 11, 30)


def test_an_answer_starts_the_reply_and_the_reply_the_time_to_object(cast, on):
    on("2026-11-02")
    case, amina = file_case(), cast.staff("amina")
    move(case, "triage", amina, **triage_inputs(case))
    referral = sent_referral(case, cast)
    on("2026-11-16")
    record_answer(case, referral, cast)
    assert running(case, "authority_response_standard").stopped == date(2026, 11, 16)
    assert running(case, "reply").limit == date(2026, 11, 23)
    assert step_of(case) == {"code": "reply_by", "date": date(2026, 11, 23)}
    on("2026-11-18")
    move(case, "relay_answer", amina, referrals=[referral], text="So.", proposed_outcome="resolved")
    assert running(case, "reply").stopped == date(2026, 11, 18)
    assert due_of(case) == ("2026-12-18", "feedback", True)
    assert step_of(case) == {"code": "tell_us_by", "date": date(2026, 12, 18)}
    assert running(case, "feedback").working[0].data["on"] == date(2026, 11, 18)


def test_an_ended_case_is_due_never_unless_it_is_asked_to_be_opened(cast, on):
    on("2026-11-16")
    case = file_case()
    move(case, "withdraw", Actor.business(case))
    assert due_of(case) == (None, "", False)
    assert not running(case, "triage_decision").is_running
    assert step_of(case) == {"code": "reopen_until", "date": date(2026, 12, 16)}
    move(case, "request_reopen", Actor.business(case), reason="Not settled.")
    assert due_of(case) == ("2026-12-14", "review", False)
    assert step_of(case) == {"code": "review_by", "date": date(2026, 12, 14)}


def test_nothing_follows_when_the_time_to_ask_again_is_over(cast, on):
    ended = on("2026-09-01")
    case = file_case()
    move(case, "withdraw", Actor.business(case))
    until = clocks.feedback_until(ended)
    on(until.isoformat())
    assert clocks.feedback_open(ended)
    on((until + timedelta(days=1)).isoformat())
    assert not clocks.feedback_open(ended)
    assert not clocks.feedback_open(None)
    assert step_of(case) == {"code": "nothing"}


def test_reopening_resumes_the_clocks_and_restarts_none(cast, on):
    on("2026-11-16")
    case = file_case()
    on("2026-11-18")  # two of seven working days are used
    move(case, "withdraw", Actor.business(case))
    on("2026-12-01")
    move(case, "request_reopen", Actor.business(case), reason="Not settled.")
    move(case, "reopen", cast.staff("wing"), reason="New facts.")
    clock = running(case, "triage_decision")
    assert (clock.started, clock.stopped) == (date(2026, 11, 16), None)
    assert clock.limit == date(2026, 12, 8)  # five working days after the reopening
    assert clock.paused_days == 13


def test_a_granted_extension_moves_the_limit_and_its_working_says_who_may(cast, on):
    on("2026-11-16")
    case, amina, wing = file_case(), cast.staff("amina"), cast.staff("wing")
    asked = {"clock": "triage_decision", "new_date": date(2026, 12, 4), "reason": "Documents are missing."}
    move(case, "request_extension", amina, **asked)
    assert running(case, "triage_decision").limit == date(2026, 11, 25)
    move(case, "grant_extension", wing, clock="triage_decision", text="We need more time.")
    clock = running(case, "triage_decision")
    assert clock.limit == date(2026, 12, 4)
    assert codes(clock)[-1] == "extended"


def test_the_page_that_confirms_promises_dates(db):
    received = datetime(2026, 11, 16, 4, tzinfo=UTC)
    assert clocks.promises(received, "CN") == [
        ("office_reads_by", date(2026, 11, 23)),
        ("first_contact_by", date(2026, 11, 26)),
    ]


def test_an_overdue_office_promises_no_past_date(cast, on):
    on("2026-09-01")
    case = file_case()
    assert step_of(case)["code"] == "office_reads_by"
    on("2026-11-20")
    assert step_of(case) == {"code": "office_late"}


def test_each_step_of_a_clock_is_a_code_of_the_public_page():
    assert {"office_late", "office_reads_by", "reopen_until", "review_by"} <= set(STEPS)


def test_an_office_may_work_by_either_calendar(db):
    good_friday = date(2026, 4, 3)
    assert clocks.office_works_on("CN", good_friday)
    assert not clocks.office_works_on("HK", good_friday)
    assert clocks.office_works_on("CN", date(2026, 10, 10))  # a make-up Saturday
    assert not clocks.office_works_on("HK", date(2026, 10, 10))


def test_reading_the_clocks_asks_for_referrals_and_answers_only(cast, django_assert_max_num_queries):
    case = make_case(State.ANSWERED, cast)
    case = Case.objects.select_related("office").get(pk=case.pk)
    events = list(case.events.order_by("seq"))
    clocks.clocks_of(case, events)
    case.forget()
    with django_assert_max_num_queries(2):
        found = clocks.clocks_of(case, events)
        clocks.due(case, found)
        clocks.next_step(case, found)


def test_the_time_is_told_for_each_party(cast, on):
    amina = cast.staff("amina")
    on("2026-03-02")
    case = file_case()
    on("2026-03-05")
    move(case, "ask", amina, text="Which declaration?")
    on("2026-03-15")
    move(case, "reply", Actor.business(case), text="No. 5200-1234")
    move(case, "triage", amina, **triage_inputs(case))
    on("2026-03-16")
    sent_referral(case, cast)
    on("2026-03-31")

    def spent(until):
        fresh = Case.objects.get(pk=case.pk)
        return clocks.days_by_party(fresh, fresh.events.order_by("-seq"), until)

    assert spent(date(2026, 3, 31)) == {"office": 4, "business": 10, "authority": 15}
    move(case, "withdraw", Actor.business(case))
    assert spent(date(2027, 1, 1)) == {"office": 4, "business": 10, "authority": 15}
