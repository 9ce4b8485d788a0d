"""An office that is asked to take a case over has its own time for that, by its own calendar; nothing stands still."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.utils import timezone

from cases import clocks, sweep
from cases.models import Case, Telling
from cases.public import project
from routing.models import Office
from tests.cast import file_case, move, triage_inputs

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def on(monkeypatch):
    def set_day(day):
        at = datetime.fromisoformat(f"{day}T04:00").replace(tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda: at)

    return set_day


@pytest.fixture
def moving(cast, on):
    """Asked on Monday 2 November 2026: the Shanghai office has until Thursday."""
    on("2026-11-02")
    case = file_case()
    move(case, "triage", cast.staff("amina"), **triage_inputs(case))
    move(
        case, "transfer", cast.staff("amina"), to_office=Office.objects.get(pk="SHETO"), reason="In Kunshan."
    )
    return Case.objects.get(pk=case.pk)


def clocks_of(case):
    case = Case.objects.get(pk=case.pk)
    return {c.stage: c for c in clocks.clocks_of(case, case.events.all())}


def test_the_receiving_office_has_its_time_and_the_clocks_of_the_case_run_on(cast, moving, on):
    before = clocks_of(moving)
    clock = before["transfer"]
    assert (clock.started, clock.target, clock.limit) == (
        date(2026, 11, 2),
        date(2026, 11, 4),
        date(2026, 11, 5),
    )
    on("2026-11-04")
    move(moving, "accept_transfer", cast.staff("bo"))
    after = clocks_of(moving)
    assert after["transfer"].stopped == date(2026, 11, 4)
    for stage in ("first_contact", "referral", "overall_office_share"):
        assert (after[stage].started, after[stage].limit) == (before[stage].started, before[stage].limit)


def test_the_supervisors_of_the_receiving_office_hear_of_it_and_it_is_raised_once(cast, moving, on):
    def told():
        return {
            (row.user.office_id, row.user.role, row.step.step)
            for row in Telling.objects.filter(step__stage="transfer").select_related("user", "step")
        }

    users = cast.users["wing"]
    users.pk, users.username, users.email, users.office_id = None, "mei", "mei@example.invalid", "SHETO"
    users.save()
    on("2026-11-04")
    sweep.sweep()
    assert told() == {("SHETO", "supervisor", "transfer-target")}
    on("2026-11-06")
    sweep.sweep()
    sweep.sweep()
    assert told() == {("SHETO", "supervisor", "transfer-target"), ("SHETO", "supervisor", "transfer-limit")}
    assert Case.objects.get(pk=moving.pk).escalation_level == 1
    assert moving.events.filter(move="escalate").count() == 1


def test_returned_it_asks_for_nothing_any_more(cast, moving, on):
    move(moving, "return_transfer", cast.staff("bo"), reason="The goods are in Dongguan.")
    assert not clocks_of(moving)["transfer"].is_running
    on("2026-11-06")
    sweep.sweep()
    assert not Telling.objects.filter(step__stage="transfer").exists()


def test_the_day_of_the_receiving_office_shows_what_it_is_asked_to_take(cast, moving):
    def arriving(user):
        client = Client()
        client.force_login(user)
        groups = client.get("/en/cases/day/").context["groups"]
        return [row["reference"] for g in groups if "take over" in str(g["label"]) for row in g["rows"]]

    assert arriving(cast.bo) == [moving.reference]
    assert arriving(cast.amina) == []


def test_the_business_reads_the_names_of_both_offices(cast, moving):
    seen = project(moving)
    assert "Shanghai" in max(seen.events, key=lambda event: event.seq).sentence
    assert seen.office["id"] == "GDETO"
    move(moving, "accept_transfer", cast.staff("bo"))
    assert project(Case.objects.get(pk=moving.pk)).office["id"] == "SHETO"
