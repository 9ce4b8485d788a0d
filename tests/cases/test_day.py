"""A caseworker's day: what they owe, and what waits for others."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import Case, Notice
from cases.permissions import Actor
from cases.states import State
from routing.kept import changed
from routing.models import ClockRule, RuleSource
from tests.cast import file_case, make_case, move, sent_referral


@pytest.fixture
def on(monkeypatch):
    def set_day(day):
        at = datetime.fromisoformat(f"{day}T04:00").replace(tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda: at)

    return set_day


@pytest.fixture
def desk(cast):
    client = Client()
    client.force_login(cast.amina)
    return client


def parts(page):
    return {
        str(group["label"]): ([row["reference"] for row in group["rows"]], group["count"])
        for group in page.context["groups"]
    }


def test_the_day_shows_what_i_owe_and_what_waits_for_others(cast, on, desk, django_assert_max_num_queries):
    amina = cast.staff("amina")
    on("2026-03-02")
    silent = make_case(State.ASSESSING, cast)
    sent_referral(silent, cast)
    move(silent, "claim", amina)
    on("2026-03-18")
    late = file_case()
    move(late, "claim", amina)
    on("2026-03-20")  # seven working days before the 31st
    today = file_case()
    move(today, "send_message", amina, text="We have your concern.")
    move(today, "claim", amina)
    on("2026-03-23")
    asked = file_case()
    move(asked, "ask", amina, text="Which declaration?")
    move(asked, "claim", amina)
    this_week = file_case()
    move(this_week, "claim", amina)
    file_case()  # nobody's
    on("2026-03-31")
    desk.get("/en/cases/day/")
    with django_assert_max_num_queries(8):
        page = desk.get("/en/cases/day/")
    found = parts(page)
    assert found == {
        "Overdue": ([late.reference], "1"),
        "Due today": ([today.reference], "1"),
        "Remind the authority": ([silent.reference], "1"),
        "Due later this week": ([this_week.reference], "1"),
        "Waiting for others": ([asked.reference], "1"),
    }
    assert "3 cases need you today" in page.content.decode()


@pytest.mark.parametrize("lang", ["en", "zh-hant", "zh-hans"])
def test_an_empty_day_says_so(cast, desk, lang):
    assert desk.get(f"/{lang}/cases/day/").status_code == 200


def test_a_part_shows_twenty_and_counts_on(cast, on, desk):
    on("2026-03-02")
    for _ in range(22):
        move(file_case(), "claim", cast.staff("amina"))
    on("2026-03-20")
    rows, count = parts(desk.get("/en/cases/day/"))["Overdue"]
    assert (len(rows), count) == (20, "22")


@pytest.mark.parametrize("name", ["olivia", "ada", "partner"])
def test_the_day_is_for_people_who_work_on_cases(cast, name):
    client = Client()
    client.force_login(getattr(cast, name))
    assert client.get("/en/cases/day/").status_code == 403


def test_supervisors_find_what_waits_for_their_decision_after_the_end(cast):
    again, erase = make_case(State.CLOSED, cast), make_case(State.CLOSED, cast)
    move(again, "request_reopen", Actor.business(again), reason="Not settled.", kind="reopen")
    move(erase, "request_erasure", Actor.business(erase))
    wing = Client()
    wing.force_login(cast.wing)
    found = parts(wing.get("/en/cases/day/"))
    assert found["Somebody asks us to look again: decide"] == ([again.reference], "1")
    assert found["Erasure of personal data is asked for: decide"] == ([erase.reference], "1")
    Case.objects.filter(pk=again.pk).update(ended_by=cast.wing)
    assert "Somebody asks us to look again: decide" not in parts(wing.get("/en/cases/day/"))
    assert Notice.objects.filter(case=erase, to_user=cast.wing, event__move="request_erasure").exists()


def test_a_request_to_erase_is_due_in_forty_days_and_shown_as_overdue_after(cast, on):
    on("2026-03-02")
    ended, open_one = make_case(State.CLOSED, cast), file_case()
    for case in (ended, open_one):
        move(case, "request_erasure", Actor.business(case))

    def seen():
        wing = Client()
        wing.force_login(cast.wing)
        groups = {str(group["label"]): group for group in wing.get("/en/cases/day/").context["groups"]}
        group = groups["Erasure of personal data is asked for: decide"]
        return group["bad"], {row["reference"]: (row["due_on"], row["left"]) for row in group["rows"]}

    saturday = date(2026, 4, 11)
    bad, rows = seen()
    assert not bad and list(rows) == [ended.reference] and rows[ended.reference][0] == saturday
    on("2026-04-02")  # ten days before: that of an open concern is shown too
    bad, rows = seen()
    assert not bad and {due for due, _left in rows.values()} == {saturday} and open_one.reference in rows
    on("2026-04-12")
    bad, rows = seen()
    assert bad and all(left < 0 for _due, left in rows.values())
    # The figure is a row with its source; a new one from some day on holds for requests from then on.
    rule = ClockRule.objects.get(stage="erasure_decision")
    assert rule.basis == ["PDPO_19"] and rule.valid_from == date(1996, 12, 20)
    assert RuleSource.objects.filter(pk="PDPO_19").exists()
    ClockRule.objects.update(valid_until=date(2000, 1, 1))
    changed()
    bad, rows = seen()
    assert not bad and rows == {ended.reference: (None, None)}
