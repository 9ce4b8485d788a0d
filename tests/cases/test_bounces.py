"""An authority that says "not ours": counted, shown, and never the end of a case."""

import pytest

from cases.clocks import clocks_of
from cases.models import Case
from cases.refusals import InputRefused
from cases.states import State
from tests.cast import file_case, make_case, move

pytestmark = pytest.mark.django_db


@pytest.fixture
def bounced(cast):
    case = make_case(State.REFERRED, cast)
    received = case.received_at
    move(
        case.referrals.get(),
        "refuse",
        cast.staff("amina"),
        reason="not_responsible",
        responsible="东莞市税务局",
        channel="post",
    )
    case = Case.objects.get(pk=case.pk)
    assert case.received_at == received
    return case


def test_the_case_goes_on_with_its_first_clock_and_the_bounce_is_counted(bounced):
    assert (bounced.state, bounced.bounces) == (State.ASSESSING, 1)
    last = bounced.events.order_by("seq").last()
    assert last.kind == "not_responsible"
    assert "东莞市税务局" in last.note.text
    assert clocks_of(bounced, list(bounced.events.order_by("seq")))


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_case_page_and_queue_show_the_count(client, cast, bounced, language):
    client.force_login(cast.users["amina"])
    for page in (f"/{language}/cases/{bounced.reference}/", f"/{language}/cases/?state=any"):
        shown = client.get(page)
        assert shown.status_code == 200
    assert "1 authority said so" in client.get(f"/en/cases/{bounced.reference}/").content.decode()
    assert "1 authority not responsible" in client.get("/en/cases/?state=any").content.decode()


def test_not_ours_alone_closes_nothing(cast, bounced):
    with pytest.raises(InputRefused) as refused:
        move(
            bounced,
            "close",
            cast.staff("amina"),
            outcome="not_resolved",
            why="authority_refused",
            text="Sorry.",
        )
    assert "why" in refused.value.errors
    assert Case.objects.get(pk=bounced.pk).state == State.ASSESSING


def test_a_real_refusal_may_still_end_a_case(cast):
    case = make_case(State.REFERRED, cast)
    move(case.referrals.get(), "refuse", cast.staff("amina"), reason="not_accepted", channel="post")
    case = Case.objects.get(pk=case.pk)
    move(case, "close", cast.staff("amina"), outcome="not_resolved", why="authority_refused", text="Sorry.")
    assert Case.objects.get(pk=case.pk).state == State.CLOSED


def test_the_case_page_says_how_urgent_the_words_read_and_why(client, cast):
    case = file_case(text="Our frozen meat is held by customs in Dongguan.")
    client.force_login(cast.users["amina"])
    shown = client.get(f"/en/cases/{case.reference}/").content.decode()
    assert "Goods that spoil are held up: frozen" in shown
