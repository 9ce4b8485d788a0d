"""What clocks ask for is done once each: reminders, the ladder, ends; whoever sweeps, and however often."""

import contextlib
import itertools
import threading
from datetime import UTC, datetime

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from cases import mailing, sweep
from cases.history import Names, sentence
from cases.mailing import send_due
from cases.models import Case, Notice, Referral, TakenStep, Telling
from cases.permissions import Actor
from cases.states import State
from jobs import failpoints
from routing import kept
from routing.models import ClockStep, EscalationStep
from tests.cast import file_case, make_case, move, sent_referral, triage_inputs

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def on(monkeypatch):
    """``on("2026-09-24")`` makes it noon of that day in Hong Kong from then on; with ``at`` another hour (UTC)."""

    def set_day(day, at="04:00"):
        moment = datetime.fromisoformat(f"{day}T{at}").replace(tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda: moment)
        return moment

    return set_day


@pytest.fixture
def swept(on):
    """Let a day come and sweep; the moves the system made since, as (move, level or None)."""

    def on_day(case, day):
        on(day)
        before = Case.objects.get(pk=case.pk).seq
        sweep.sweep()
        events = case.events.filter(seq__gt=before, by_kind="system")
        return [(event.move, event.data.get("level")) for event in events]

    return on_day


def told():
    """Who is to hear of what, as (name, step) in order."""
    return sorted(Telling.objects.values_list("user__username", "step__step"))


def test_the_caseworker_is_reminded_and_the_supervisors_hear_when_the_limit_has_passed(cast, on, swept):
    on("2026-11-16")  # a Monday; assessing has its target on the 23rd and its limit on the 25th
    case = file_case()
    move(case, "claim", cast.staff("amina"))
    move(case, "send_message", cast.staff("amina"), text="We have your concern.")
    assert swept(case, "2026-11-17") == [] and told() == []
    assert swept(case, "2026-11-23") == []
    assert ("amina", "office-target") in told()
    assert swept(case, "2026-11-25") == []
    assert swept(case, "2026-11-26") == [("escalate", 1)]
    assert {name for name, step in told() if step == "office-limit"} == {"wing", "may"}
    event = case.events.get(move="escalate")
    assert event.data["rule"] == {
        "step": "office-limit", "owner": "office", "stage": event.data["rule"]["stage"], "days": 0, "unit": "working_day",
    }  # fmt: skip
    assert event.note_id is None and event.by_kind == "system"
    assert swept(case, "2026-11-27") == []


def test_supervisors_are_reminded_of_what_nobody_has_claimed(cast, on, swept):
    on("2026-11-16")
    case = file_case()
    swept(case, "2026-11-19")
    assert {name for name, _step in told()} == {"wing", "may"}


def test_the_history_says_by_which_rule_the_case_was_raised_in_the_readers_language(cast, on, swept):
    on("2026-11-16")
    case = file_case()
    swept(case, "2026-12-01")
    event = case.events.select_related("by_user").get(move="escalate")
    case = Case.objects.get(pk=case.pk)
    assert sentence(event, Names(case, [event])).startswith(
        "Causeway escalated the case to level 1: the limit of “"
    )


def test_an_authority_that_is_silent_is_chased_by_people_and_raised_by_the_clock(cast, on, swept):
    on("2026-03-02")
    case = make_case(State.ASSESSING, cast)
    move(case, "claim", cast.staff("amina"))
    referral = sent_referral(case, cast)
    reached = {}
    for day in (
        "2026-03-30",
        "2026-03-31",
        "2026-05-29",
        "2026-06-01",
        "2026-06-02",
        "2026-07-15",
        "2026-07-16",
    ):
        move(case, "send_message", cast.staff("amina"), text="We are waiting for the authority.")
        for what, level in swept(case, day):
            assert what == "escalate"
            reached[level] = day
    assert Referral.objects.get(pk=referral.pk).reminders == 0  # a person sends a reminder
    assert ("amina", "authority-chase") in told()
    # 20, 60 and 90 working days of the Mainland, with Qingming, Labour Day and Dragon Boat and their make-up days.
    assert sorted(reached) == [1, 2, 3]
    assert reached[1] == "2026-03-31"
    assert ("wing", "authority-60") in told() and ("hana", "authority-90") in told()
    assert ("may", "authority-60") not in told()  # a supervisor who is not the head


def test_the_beijing_office_hears_of_a_national_body(cast, on, swept):
    from accounts.models import Role, User

    User.objects.create(
        username="jing", name="Jing", role=Role.SUPERVISOR, office_id="BJO", email="jing@example.invalid"
    )
    on("2026-03-02")
    case = file_case()
    move(case, "triage", cast.staff("amina"), **triage_inputs(case, level="national"))
    sent_referral(case, cast)
    assert swept(case, "2026-08-03") == [("escalate", 1), ("escalate", 2), ("escalate", 3)]
    assert {name for name, step in told() if step == "authority-90"} == {"jing"}


def test_a_case_open_for_a_year_rises_to_the_report_step_by_step(cast, on, swept):
    on("2025-06-02")
    case = make_case(State.ASSESSING, cast)
    assert swept(case, "2025-12-01")[-1] == ("escalate", 1)
    assert ("wing", "long-open-180") in told()
    on("2026-06-03")
    move(case, "send_message", cast.staff("amina"), text="Still at it.")
    assert swept(case, "2026-06-03") == [("escalate", 2), ("escalate", 3), ("escalate", 4), ("escalate", 5)]
    assert ("hana", "long-open-365") in told()


def test_nothing_that_is_paused_warns_or_rises(cast, on, swept):
    on("2026-11-16")
    case = file_case()
    move(case, "ask", cast.staff("amina"), text="Which declaration?")
    for day in ("2026-11-24", "2026-11-27", "2026-12-02"):
        assert swept(case, day) == []
    stages = set(TakenStep.objects.values_list("stage", flat=True))
    assert not stages & {"triage_decision", "request_information", "first_contact"}


def test_taken_back_by_a_supervisor_it_is_not_raised_again_by_the_same_limit(cast, on, swept):
    on("2026-11-16")
    case = file_case()
    assert swept(case, "2026-11-27") == [("escalate", 1)]
    move(case, "deescalate", cast.staff("wing"), reason="Amina is on it.")
    move(case, "add_note", cast.staff("wing"), text="x")
    sweep.sweep()
    assert Case.objects.get(pk=case.pk).escalation_level == 0


def test_a_question_nobody_answers_is_reminded_and_then_closes_the_case(cast, on, swept):
    on("2026-10-05")
    case = file_case(language="zh-hant")
    move(case, "ask", cast.staff("amina"), text="Which declaration?")
    Notice.objects.all().delete()
    assert swept(case, "2026-10-23") == []
    assert Notice.objects.get(to_user=None).template == "reminder"
    assert swept(case, "2026-11-04") == []
    assert swept(case, "2026-11-05") == [("close", None)]
    case.refresh_from_db()
    assert (case.state, case.outcome, case.outcome_why) == ("closed", "not_resolved", "no_reply")
    assert case.alarm_on is None


def test_after_a_long_standstill_a_case_is_reminded_first_and_closed_days_later(cast, on, swept):
    on("2026-10-05")
    case = file_case()
    move(case, "ask", cast.staff("amina"), text="Which declaration?")
    # Long past its end, but nobody was reminded; and the business has had no word of ours for a month.
    assert swept(case, "2026-12-01") == [("escalate", 1)]
    assert swept(case, "2026-12-02") == []
    assert swept(case, "2026-12-04") == [("close", None)]


def test_an_unanswered_question_is_dropped_while_a_letter_is_out(cast, on, swept):
    on("2026-10-05")
    case = make_case(State.REFERRED, cast)
    move(case, "ask", cast.staff("amina"), text="Which declaration?")
    swept(case, "2026-11-02")
    assert ("drop_question", None) in swept(case, "2026-11-10")
    assert Case.objects.get(pk=case.pk).state == State.REFERRED


@pytest.mark.parametrize(("outcome", "closed"), [("resolved", True), ("out_of_scope", False)])
def test_a_reply_nobody_contests_closes_the_case_as_proposed_or_goes_to_a_person(
    cast, on, swept, outcome, closed
):
    on("2026-10-05")
    case = make_case(State.ANSWERED, cast)
    move(case, "claim", cast.staff("amina"))
    move(
        case, "relay_answer", cast.staff("amina"), text="Released.", proposed_outcome="resolved",
        referrals=list(Referral.objects.filter(case=case)),
    )  # fmt: skip
    if not closed:
        Case.objects.filter(pk=case.pk).update(proposed_outcome=outcome)  # needs words that only a person has
    swept(case, "2026-10-20")
    swept(case, "2026-11-02")
    moves = swept(case, "2026-11-05")
    assert (("close", None) in moves) is closed
    assert (("amina", "feedback-close") in told()) is not closed


# --- once each ------------------------------------------------------------------------------------
def _counts(cases):
    return (
        [Case.objects.get(pk=c.pk).escalation_level for c in cases],
        [c.events.filter(move="escalate").count() for c in cases],
    )


def test_a_week_without_a_sweep_is_caught_up_with_one_mail_a_person(cast, on):
    on("2026-11-16")
    cases = [file_case() for _ in range(4)]
    for case in cases:
        move(case, "claim", cast.staff("amina"))
    Notice.objects.all().delete()
    on("2026-12-01")
    for _ in range(3):
        sweep.sweep()
    assert _counts(cases) == ([1] * 4, [1] * 4)
    mails = Notice.objects.filter(template="digest")
    assert sorted(mails.values_list("to_user__username", flat=True)) == ["amina", "may", "wing"]
    # Of each clock one line, not one for each day that passed.
    lines = Telling.objects.filter(user=cast.amina, step__case=cases[0])
    assert len(lines) == len({t.step.stage for t in lines})


def test_the_mail_waits_for_office_hours_and_is_written_in_its_readers_language(cast, on, monkeypatch):
    monkeypatch.setattr(mailing, "_resting_until", 0.0)
    cast.wing.language = "zh-hant"
    cast.wing.save()
    on("2026-11-16")
    case = file_case(email="")
    on("2026-11-27", at="16:30")  # half past midnight on Saturday
    sweep.sweep()
    notice = Notice.objects.get(template="digest", to_user=cast.wing)
    assert notice.not_before == datetime(2026, 11, 30, 1, 0, tzinfo=UTC)  # Monday, nine in the morning
    on("2026-11-30", at="00:59")
    assert send_due() == 0
    on("2026-11-30", at="01:00")
    assert send_due() == 2
    mine = next(m for m in mail.outbox if m.to == ["wing@example.invalid"])
    assert case.reference in mine.body and "/zh-hant/cases/day/" in mine.body
    assert mine.extra_headers["Content-Language"] == "zh-Hant-HK"


def test_a_mail_with_nothing_left_to_say_is_not_sent(cast, on, monkeypatch):
    monkeypatch.setattr(mailing, "_resting_until", 0.0)
    on("2026-11-16")
    case = file_case(email="")
    on("2026-11-27")
    sweep.sweep()
    move(case, "withdraw", Actor.business(case))
    Notice.objects.exclude(template="digest").delete()
    assert send_due() == 0
    assert set(Notice.objects.values_list("status", flat=True)) == {"skipped"}


@pytest.mark.parametrize("point", ["before_commit", "after_commit", "between_cases"])
@pytest.mark.parametrize("nth", [1, 4])
def test_killed_in_the_middle_and_started_three_times_over_each_step_is_taken_once(
    cast, on, monkeypatch, point, nth
):
    on("2026-11-16")
    cases = [file_case() for _ in range(3)]
    on("2026-12-01")
    monkeypatch.setattr(failpoints, "_passings", itertools.count(1))
    monkeypatch.setattr(failpoints, "_armed", (point, nth, "raise"))
    with contextlib.suppress(failpoints.Failed, RuntimeError):
        sweep.sweep()
    monkeypatch.setattr(failpoints, "_armed", None)
    for _ in range(3):
        sweep.sweep()
    assert _counts(cases) == ([1] * 3, [1] * 3)
    assert Notice.objects.filter(template="digest").count() == 2
    assert not Case.objects.filter(alarm_on__lte="2026-12-01").exists()


@pytest.mark.django_db(transaction=True)
def test_three_workers_at_once_take_each_step_once(cast, on):
    on("2026-11-16")
    cases = [file_case() for _ in range(6)]
    on("2026-12-01")
    start, wrong = threading.Barrier(3), []

    def work():
        start.wait(10)
        try:
            sweep.sweep()
        except Exception as error:
            wrong.append(error)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    sweep.sweep()
    assert not wrong
    assert _counts(cases) == ([1] * 6, [1] * 6)
    digests = Notice.objects.filter(template="digest")
    assert sorted(digests.values_list("to_user__username", flat=True)) == ["may", "wing"]
    assert not Telling.objects.filter(notice=None).exists()


def test_a_clock_that_jumps_forward_and_back_takes_nothing_twice(cast, on):
    on("2026-11-16")
    cases = [file_case()]
    for day, at in (
        ("2026-11-25", "15:30"),
        ("2026-11-25", "16:30"),
        ("2026-11-25", "15:30"),
        ("2026-11-25", "16:30"),
    ):
        on(day, at=at)
        sweep.sweep()
    assert _counts(cases) == ([1], [1])


def test_a_case_that_cannot_be_looked_at_does_not_hold_up_the_others(cast, on, monkeypatch):
    on("2026-11-16")
    cases = [file_case() for _ in range(3)]
    on("2026-12-01")
    usual = sweep._take

    def taking(case, *rest):
        if case.pk == cases[0].pk:
            raise ValueError("broken")
        return usual(case, *rest)

    monkeypatch.setattr(sweep, "_take", taking)
    with pytest.raises(RuntimeError, match="could not be looked at"):
        sweep.sweep()
    assert _counts(cases)[1] == [0, 1, 1]
    assert Notice.objects.filter(template="digest").exists()


def test_a_sweep_with_nothing_due_asks_two_questions(cast, on, django_assert_num_queries):
    on("2026-11-16")
    file_case()
    with django_assert_num_queries(2):
        assert sweep.sweep() == 0


# --- rows -----------------------------------------------------------------------------------------
def test_an_administrator_changes_the_ladder_and_it_holds(cast, on, swept, reread_reference):
    ClockStep.objects.filter(pk="office-limit").update(amount=5)
    EscalationStep.objects.filter(pk=1).update(told="headquarters")
    kept.forget()
    on("2026-11-16")
    case = file_case()
    assert swept(case, "2026-11-27") == []
    assert swept(case, "2026-12-03") == [("escalate", 1)]
    assert ("hana", "office-limit") in told()


def test_a_reopened_case_starts_a_new_round_of_steps(cast, on, swept):
    on("2026-10-05")
    case = make_case(State.CLOSED, cast)
    assert case.alarm_on is None
    on("2026-10-12")
    move(case, "reopen", cast.staff("wing"), reason="A new fact.")
    case.refresh_from_db()
    assert case.round == 2 and case.alarm_on is not None


@pytest.mark.parametrize(
    ("lang", "tag"), [("en", "en-HK"), ("zh-hant", "zh-Hant-HK"), ("zh-hans", "zh-Hans-CN")]
)
def test_the_business_is_reminded_by_mail_in_its_language_and_in_office_hours(
    cast, on, monkeypatch, lang, tag
):
    monkeypatch.setattr(mailing, "_resting_until", 0.0)
    on("2026-10-05")
    case = file_case(language=lang)
    move(case, "ask", cast.staff("amina"), text="Which declaration?")
    Notice.objects.all().delete()
    on("2026-10-24", at="04:00")  # a Saturday
    sweep.sweep()
    Notice.objects.filter(template="digest").delete()
    assert send_due() == 0
    on("2026-10-26", at="01:00")
    assert send_due() == 1
    sent = mail.outbox[-1]
    assert sent.to == ["ho@example.invalid"] and case.reference in sent.subject
    assert f"/{lang}/track/" in sent.body and sent.extra_headers["Content-Language"] == tag
