"""A reminder to an authority is a letter: numbered, citing what went before, and telling nothing about anybody."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from docx import Document

from cases.models import Referral, ReminderLetter
from cases.states import State
from tests.cast import an_authority, make_case, move, sent_referral

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def on(monkeypatch):
    def set_day(day):
        at = datetime.fromisoformat(f"{day}T04:00").replace(tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda: at)

    return set_day


def words(letter):
    return [paragraph.text for paragraph in Document(BytesIO(bytes(letter.document))).paragraphs]


def test_each_reminder_has_its_number_and_cites_the_letter_and_the_reminders_before_it(cast, on):
    on("2026-03-02")
    case = make_case(State.ASSESSING, cast)
    referral = sent_referral(case, cast)
    for day in ("2026-03-31", "2026-04-29", "2026-05-15"):
        on(day)
        move(referral, "chase", cast.staff("amina"), channel="post")
    first, second, third = ReminderLetter.objects.filter(referral=referral)
    number = f"函〔2026〕{referral.letter.number}号"
    lines = words(third)
    assert lines[1].endswith(f"{number}（催3）") and lines[2] == f"档号：{referral.number}-3"
    assert lines[3].endswith(f"{number}的催办函（第3次）")
    assert lines[4] == f"{referral.authority.name_zh_hans}："
    text = "\n".join(lines)
    assert "2026年3月2日" in text and number in text
    assert "2026年3月31日（第1次）、2026年4月29日（第2次）" in text
    assert lines[-1] == "2026年5月15日"
    assert "（第1次）" not in "\n".join(words(first)[5:]) and "（第1次）" in "\n".join(words(second)[5:])
    assert "Harbour" not in text and "Ho " not in text


def test_where_the_authority_passed_the_letter_on_the_reminder_goes_on_counting_and_names_the_way(cast, on):
    on("2026-03-02")
    case = make_case(State.ASSESSING, cast)
    referral = sent_referral(case, cast)
    on("2026-03-31")
    move(referral, "chase", cast.staff("amina"), channel="post")
    move(referral, "transfer", cast.staff("amina"), to=an_authority("CUSTOMS-5300"), channel="post")
    successor = Referral.objects.get(successor_of=referral)
    on("2026-04-29")
    move(successor, "chase", cast.staff("amina"), channel="via_hkmao")
    made = ReminderLetter.objects.get(referral=successor)
    text = "\n".join(words(made))
    assert made.number == 2 and "2026年3月31日（第1次）" in text
    assert f"致函{referral.authority.name_zh_hans}" in text and "已于2026年3月31日转由贵单位办理" in text
    assert text.splitlines()[4] == f"{successor.authority.name_zh_hans}："


def test_a_reminder_can_be_downloaded_by_those_who_see_the_case_alone(cast, on, client):
    on("2026-03-02")
    case = make_case(State.ASSESSING, cast)
    referral = sent_referral(case, cast)
    move(referral, "chase", cast.staff("amina"), channel="post")
    url = reverse("cases:reminder", args=[case.reference, referral.uuid, 1])
    client.force_login(cast.amina)
    page = client.get(reverse("cases:referral", args=[case.reference, referral.uuid]))
    assert url in page.content.decode()
    answer = client.get(url)
    assert answer.content == bytes(ReminderLetter.objects.get().document)
    assert answer["Content-Disposition"].endswith('-1.docx"')
    assert client.get(reverse("cases:reminder", args=[case.reference, referral.uuid, 2])).status_code == 404
    client.force_login(cast.bo)
    assert client.get(url).status_code == 404
