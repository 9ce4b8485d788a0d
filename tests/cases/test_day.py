"""A caseworker's day: what they owe, and what waits for others."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import Case, Notice
from cases.permissions import Actor
from cases.states import State
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
