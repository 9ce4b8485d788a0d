"""Where the sweep could take a step twice, leave one out, or write to somebody whose turn it is not."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from accounts.models import Role, User
from cases import digest, sweep
from cases.clocks import next_chase
from cases.clocks.days import chase_days
from cases.models import Case, Notice, Referral, TakenStep, Telling
from cases.permissions import Actor
from cases.states import State
from tests.cast import an_authority, file_case, make_case, move, sent_referral, triage_inputs

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def on(monkeypatch):
    """``on("2026-09-24")`` makes it noon of that day in Hong Kong from then on."""

    def set_day(day):
        moment = datetime.fromisoformat(f"{day}T04:00").replace(tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda: moment)

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


def told(step):
    return set(Telling.objects.filter(step__step=step).values_list("user__username", flat=True))


def reminders():
    """Mails that tell the business that we wait for it."""
    return Notice.objects.filter(to_user=None, template="reminder")


def relayed(cast, **changes):
    """A case whose answer was passed on."""
    case = make_case(State.ANSWERED, cast, **changes)
    move(
        case, "relay_answer", cast.staff("amina"), text="Released.", proposed_outcome="resolved",
        referrals=list(Referral.objects.filter(case=case)),
    )  # fmt: skip
    Notice.objects.all().delete()
    return Case.objects.get(pk=case.pk)


# --- whose turn it is -------------------------------------------------------------------------------
def test_while_another_letter_is_out_the_business_is_not_asked_whether_our_reply_settles_it(cast, on, swept):
    on("2026-10-05")
    case = relayed(cast)
    sent_referral(case, cast, an_authority("CUSTOMS-5300"))
    Notice.objects.all().delete()
    for day in ("2026-10-20", "2026-11-05"):
        swept(case, day)
    assert not reminders().exists()
    assert told("feedback-close") == set()


def test_a_question_asked_after_our_reply_has_its_own_time_and_the_reply_is_not_closed_over_it(
    cast, on, swept
):
    on("2026-10-05")
    case = relayed(cast)
    on("2026-10-29")
    move(case, "ask", cast.staff("amina"), text="Did all of it arrive?")
    assert swept(case, "2026-11-05") == []
    assert told("feedback-close") == set()
    move(case, "drop_question", cast.staff("amina"), reason="It did.")
    Notice.objects.all().delete()
    assert ("close", None) not in swept(case, "2026-11-06")  # the reminder comes first
    assert reminders().count() == 1
    assert ("close", None) in swept(case, "2026-11-12")


def test_a_question_with_a_short_time_is_not_reminded_of_on_the_day_it_is_asked(cast, on, swept):
    on("2026-10-12")
    case = file_case()
    move(case, "ask", cast.staff("amina"), text="Which declaration?", answer_by=date(2026, 10, 13))
    Notice.objects.all().delete()
    swept(case, "2026-10-12")
    assert not reminders().exists()
    swept(case, "2026-10-13")
    assert reminders().count() == 1


# --- once -------------------------------------------------------------------------------------------
def test_a_letter_that_the_authority_passed_on_is_not_raised_again_for_the_days_before(cast, on, swept):
    on("2026-03-02")
    case = make_case(State.ASSESSING, cast)
    referral = sent_referral(case, cast)
    assert ("escalate", 1) in swept(case, "2026-03-31")
    Telling.objects.all().delete()
    move(case, "deescalate", cast.staff("wing"), reason="Amina has called them.")
    move(referral, "transfer", cast.staff("amina"), to=an_authority("CUSTOMS-5300"), channel="post")
    on("2026-04-01")
    sweep.sweep()
    assert Case.objects.get(pk=case.pk).escalation_level == 0
    assert told("authority-20") == set()
    assert TakenStep.objects.filter(step="authority-20").count() == 1
    move(case, "send_message", cast.staff("amina"), text="It is with another district now.")
    assert [level for _move, level in swept(case, "2026-06-02")][-1] == 2


def test_a_second_letter_has_a_ladder_of_its_own(cast, on, swept):
    on("2026-03-02")
    case = make_case(State.ASSESSING, cast)
    sent_referral(case, cast)
    swept(case, "2026-03-31")
    sent_referral(case, cast, an_authority("CUSTOMS-5300"))
    swept(case, "2026-05-06")
    assert TakenStep.objects.filter(step="authority-20").count() == 2


def test_a_mail_does_not_say_raised_where_somebody_had_raised_the_case_higher_before(cast, on, swept):
    on("2026-11-16")
    case = file_case()
    for level in (1, 2):
        move(case, "escalate", cast.staff("wing"), level=level, reason="Perishable.")
    assert swept(case, "2026-11-27") == []
    notice = Notice.objects.get(template="digest", to_user=cast.wing)
    (said,) = digest.facts_of(notice, "en")["cases"]
    assert said.words and "raised" not in str(said.words)
    assert len(said.words) == len(set(said.words))  # two steps of one clock say the same once


# --- who hears --------------------------------------------------------------------------------------
def test_where_an_office_has_no_head_its_supervisors_hear_and_without_any_headquarters_does(cast, on, swept):
    cast.wing.heads_office = False
    cast.wing.save()
    on("2026-03-02")
    case = make_case(State.ASSESSING, cast)
    sent_referral(case, cast)
    swept(case, "2026-06-02")
    assert told("authority-60") == {"wing", "may"}
    User.objects.filter(role=Role.SUPERVISOR).update(is_active=False)
    other = file_case()
    swept(other, "2026-06-30")
    mine = Telling.objects.filter(step__case=other, step__action="escalate")
    assert {telling.user.username for telling in mine} == {"hana"}


def test_where_nobody_meant_has_an_address_the_next_level_hears(cast, on, swept):
    User.objects.filter(username__in=["wing", "may"]).update(email="")
    on("2026-11-16")
    case = file_case()
    swept(case, "2026-11-27")
    assert told("office-limit") == {"hana"}


def test_supervisors_hear_for_a_holder_who_left_before_the_case_was_handed_over(cast, on, swept):
    on("2026-11-16")
    case = file_case()
    move(case, "claim", cast.staff("amina"))
    User.objects.filter(pk=cast.amina.pk).update(office="SHETO")
    swept(case, "2026-11-19")
    names = set(Telling.objects.filter(step__case=case).values_list("user__username", flat=True))
    assert names == {"wing", "may"}


def test_the_beijing_office_is_not_the_higher_level_of_its_own_cases(cast, on, swept):
    User.objects.create(
        username="jing", name="Jing", role=Role.SUPERVISOR, office_id="BJO", email="jing@example.invalid"
    )
    on("2026-03-02")
    case = make_case(State.ASSESSING, cast)
    sent_referral(case, cast)
    Case.objects.filter(pk=case.pk).update(office="BJO", level="national", assignee=None)
    swept(case, "2026-08-03")
    assert told("authority-90") == {"hana"}


def test_the_beijing_office_hears_only_of_cases_that_it_may_see(cast, on, swept):
    User.objects.create(
        username="jing", name="Jing", role=Role.SUPERVISOR, office_id="BJO", email="jing@example.invalid"
    )
    on("2026-03-02")
    case = file_case()
    move(case, "triage", cast.staff("amina"), **triage_inputs(case))
    move(case, "correct", cast.staff("amina"), level="national", reason="The ministry decides.")
    sent_referral(case, cast)
    swept(case, "2026-08-03")
    assert Case.objects.get(pk=case.pk).co_office_id is None
    assert told("authority-90") == {"hana"}


def test_a_waiting_mail_says_nothing_of_cases_that_its_reader_may_no_longer_see(cast, on, swept):
    on("2026-11-16")
    file_case()
    swept(file_case(), "2026-11-27")
    notice = Notice.objects.get(template="digest", to_user=cast.wing)
    assert digest.facts_of(notice, "en")["count"] > 1
    User.objects.filter(pk=cast.wing.pk).update(office="SHETO")
    notice.refresh_from_db()
    assert digest.facts_of(Notice.objects.get(pk=notice.pk), "en") is None


def test_of_a_review_those_hear_who_may_decide_it_and_headquarters_when_its_limit_has_passed(cast, on, swept):
    on("2026-10-05")
    case = make_case(State.ANSWERED, cast)
    move(case, "claim", cast.staff("amina"))
    referral = Referral.objects.get(case=case)
    move(
        case, "relay_answer", cast.staff("amina"), text="No.", proposed_outcome="resolved",
        referrals=[referral],
    )  # fmt: skip
    move(case, "close", cast.staff("amina"), outcome="resolved", text="Closed.")
    move(case, "request_reopen", Actor.business(case), reason="Not so.", kind="review")
    swept(case, "2026-11-30")
    reviews = Telling.objects.filter(step__stage="review")
    names = set(reviews.values_list("user__username", flat=True))
    assert "amina" not in names and {"wing", "may", "hana"} <= names


# --- reminders to the authority, and what a mail still says when it leaves ---------------------------
def a_letter_out(cast, on, day="2026-09-01"):
    on(day)
    case = make_case(State.REFERRED, cast)
    return case, case.referrals.get()


def test_a_case_that_becomes_urgent_after_a_reminder_asks_for_no_earlier_one(cast, on):
    case, letter = a_letter_out(cast, on)
    days = chase_days(letter)
    on(days[0].isoformat())
    move(letter, "chase", cast.staff("amina"), channel="post")
    again = Referral.objects.get(pk=letter.pk)
    assert next_chase(again) == days[1]
    Case.objects.filter(pk=case.pk).update(priority="urgent")
    urgent = Referral.objects.get(pk=letter.pk)
    assert chase_days(urgent)[1] == days[0]  # the earlier one moved what was sent to the second place
    assert next_chase(urgent) == days[1]


def test_a_waiting_mail_says_nothing_of_what_was_done_meanwhile(cast, on, swept):
    case, letter = a_letter_out(cast, on)
    day = chase_days(letter)[0].isoformat()
    swept(case, day)
    mail = Notice.objects.filter(template=digest.TEMPLATE).first()
    assert "is due" in str(digest.facts_of(mail, "en"))
    move(letter, "chase", cast.staff("amina"), channel="post")
    assert digest.facts_of(mail, "en") is None
