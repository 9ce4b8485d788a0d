"""A later date is asked for by one officer, decided by another, told to the business, and explained."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.utils import timezone, translation

from cases import clocks, sweep
from cases.models import Case, Notice, TakenStep
from cases.public import project
from cases.refusals import InputRefused, NotPermitted
from cases.states import State
from tests.cast import file_case, make_case, move

pytestmark = [pytest.mark.both, pytest.mark.django_db]
ASKED = {"clock": "triage_decision", "new_date": date(2026, 12, 4), "reason": "Documents are missing."}


@pytest.fixture
def on(monkeypatch):
    def set_day(day):
        at = datetime.fromisoformat(f"{day}T04:00").replace(tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda: at)

    return set_day


@pytest.fixture
def case(on):
    on("2026-11-16")  # assessing has its target on the 23rd and its limit on the 25th
    return file_case()


def again(case):
    return Case.objects.get(pk=case.pk)


def assessing(case):
    events = again(case).events.all()
    return next(c for c in clocks.clocks_of(again(case), events) if c.stage == "triage_decision")


def grant(case, cast, **inputs):
    given = {"clock": "triage_decision", "text": "We need more time."} | inputs
    return move(case, "grant_extension", cast.staff("wing"), **given)


@pytest.mark.parametrize("day", [date(2026, 11, 24), date(2026, 11, 25)])
def test_a_date_that_is_not_later_is_refused_with_the_present_one(cast, case, day):
    with translation.override("en"), pytest.raises(InputRefused) as refused:
        move(case, "request_extension", cast.staff("amina"), **ASKED | {"new_date": day})
    assert "The present limit is 25 November 2026" in str(refused.value.errors["new_date"])
    move(case, "request_extension", cast.staff("amina"), **ASKED)
    with pytest.raises(InputRefused):
        grant(case, cast, new_date=day)
    assert not again(case).extensions.get().decision


def test_a_clock_that_does_not_run_gets_no_later_date(cast, case):
    with pytest.raises(InputRefused) as refused:
        move(case, "request_extension", cast.staff("amina"), **ASKED | {"clock": "reply"})
    assert list(refused.value.errors) == ["clock"]


def test_what_was_asked_for_a_clock_that_has_stopped_can_only_be_refused(cast, on):
    on("2026-11-16")
    case = make_case(State.RECEIVED, cast)
    move(case, "request_extension", cast.staff("amina"), **ASKED)
    from tests.cast import triage_inputs

    move(case, "triage", cast.staff("amina"), **triage_inputs(case))
    with pytest.raises(InputRefused):
        grant(case, cast)
    move(case, "refuse_extension", cast.staff("wing"), clock="triage_decision", reason="It is done.")
    assert again(case).extensions.get().decision == "refused"


def test_nobody_grants_what_they_asked_for_and_one_waits_at_a_time(cast, case):
    wing = cast.staff("wing")
    move(case, "request_extension", wing, **ASKED)
    with pytest.raises(InputRefused):
        move(case, "request_extension", cast.staff("amina"), **ASKED)
    with pytest.raises(NotPermitted):
        grant(case, cast)
    with pytest.raises(NotPermitted):
        move(case, "grant_extension", cast.staff("amina"), clock="triage_decision", text="Yes.")
    move(case, "grant_extension", cast.staff("may"), clock="triage_decision", text="Yes.")


def test_until_it_is_granted_the_date_stands_and_afterwards_the_business_reads_why(cast, case):
    move(case, "request_extension", cast.staff("amina"), **ASKED)
    assert (again(case).due_on, project(again(case)).next_step["date"]) == (
        date(2026, 11, 25),
        date(2026, 11, 23),
    )
    Notice.objects.all().delete()
    grant(case, cast)
    with translation.override("en"):
        seen = project(again(case))
    assert assessing(case).limit == seen.next_step["date"] == date(2026, 12, 4)
    assert seen.events[-1].sentence == "We need until 4 December 2026"
    assert seen.events[-1].text == "We need more time."
    assert "A later date was granted on 16 November 2026: 4 December 2026." in seen.why_date.sentences
    assert "Wing" not in repr(seen)
    assert Notice.objects.filter(case=case, to_user=None, template="update").exists()


def test_a_refusal_leaves_everything_and_tells_nobody_outside(cast, case):
    move(case, "request_extension", cast.staff("amina"), **ASKED)
    before = again(case)
    move(case, "refuse_extension", cast.staff("wing"), clock="triage_decision", reason="No.")
    after = again(case)
    assert (after.due_on, after.public_seq) == (before.due_on, before.public_seq)


def test_the_new_date_is_warned_of_and_raised_anew(cast, case, on):
    move(case, "claim", cast.staff("amina"))
    for day in ("2026-11-20", "2026-11-26"):
        on(day)
        sweep.sweep()
    assert again(case).escalation_level == 1
    move(case, "request_extension", cast.staff("amina"), **ASKED)
    grant(case, cast)
    TakenStep.objects.all().update(action="remind")
    before = TakenStep.objects.count()
    sweep.sweep()
    assert TakenStep.objects.count() == before  # nothing of what is past asks again
    move(case, "deescalate", cast.staff("wing"), reason="We have time again.")
    for day in ("2026-12-03", "2026-12-04", "2026-12-07"):
        on(day)
        sweep.sweep()
        sweep.sweep()
    assert again(case).escalation_level == 1
    steps = list(TakenStep.objects.filter(key__contains="until 2026-12-04").values_list("step", flat=True))
    assert sorted(steps) == ["office-100", "office-80", "office-limit"]  # half of it was over


def test_the_supervisor_finds_it_in_the_day_and_whoever_asked_does_not(cast, case):
    move(case, "request_extension", cast.staff("may"), **ASKED)
    for name, expected in (("wing", True), ("may", False), ("amina", False)):
        desk = Client()
        desk.force_login(cast.users[name])
        groups = [str(group["label"]) for group in desk.get("/en/cases/day/").context["groups"]]
        assert ("A later date is asked for: decide" in groups) is expected, name


def test_a_proposed_date_that_has_passed_meanwhile_cannot_be_granted_but_another_can(cast, case, on):
    move(case, "request_extension", cast.staff("amina"), **ASKED)
    on("2026-12-07")
    with pytest.raises(InputRefused) as refused:
        grant(case, cast)
    assert list(refused.value.errors) == ["new_date"]
    grant(case, cast, new_date=date(2026, 12, 11))
    assert assessing(case).limit == date(2026, 12, 11)


@pytest.mark.parametrize("day", [date(2026, 12, 5), date(2027, 1, 1)])
def test_no_date_is_asked_for_or_granted_on_a_day_the_office_does_not_work(cast, case, day):
    with pytest.raises(InputRefused):
        move(case, "request_extension", cast.staff("amina"), **ASKED | {"new_date": day})
    move(case, "request_extension", cast.staff("amina"), **ASKED)
    with pytest.raises(InputRefused):
        grant(case, cast, new_date=day)
    assert not again(case).extensions.get().decision
