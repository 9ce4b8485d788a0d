"""Staff write the texts before filing: proposed by one, published by another, every version kept."""

import pytest

from cases.guidance_versions import decide, propose, texts_of
from cases.models import GuidanceVersion
from cases.refusals import InputRefused
from jobs.clock import this_moment
from routing.models import Guidance

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reread_reference")]

CODE = "all.can"
WORDS = {"text_en": "We can write.", "text_zh_hant": "我們可以致函。", "text_zh_hans": "我们可以致函。"}


def page_of(client, language="en", code=CODE):
    answer = client.get(f"/{language}/cases/guidance/{code}/")
    assert answer.status_code == 200
    return answer.content.decode()


def decision(client, number=1, act="publish"):
    return client.post(f"/en/cases/guidance/{CODE}/versions/{number}/", {act: "1"})


def test_a_caseworker_proposes_and_a_supervisor_publishes(client, cast):
    before = Guidance.objects.get(pk=CODE)
    client.force_login(cast.amina)
    assert client.post(f"/en/cases/guidance/{CODE}/", {**WORDS, "checked": "on"}).status_code == 302
    assert texts_of(Guidance.objects.get(pk=CODE)) == texts_of(before)  # nothing is published yet
    page = page_of(client)
    assert "We can write." in page
    assert ">Publish</button>" not in page
    assert decision(client).status_code == 403
    client.force_login(cast.wing)
    assert ">Publish</button>" in page_of(client)
    assert decision(client).status_code == 302
    now = Guidance.objects.get(pk=CODE)
    assert texts_of(now) == WORDS
    assert now.older_languages() == []
    public = client.get(f"/en/guidance/{now.category_id}/" if now.category_id else "/en/guidance/TAX/")
    assert "We can write." in public.content.decode()


def test_the_history_says_who_wrote_what_and_when_and_what_stood_there_before(client, cast):
    before = texts_of(Guidance.objects.get(pk=CODE))
    version = propose(Guidance.objects.get(pk=CODE), cast.amina, WORDS, checked=True)
    decide(version.pk, cast.wing, publish=True)
    rows = list(GuidanceVersion.objects.filter(guidance_id=CODE).order_by("number"))
    assert [(r.author, r.decided_by, r.state) for r in rows] == [
        (cast.amina, cast.wing, "published"),
        (None, None, "published"),
    ]
    assert texts_of(rows[1]) == before
    client.force_login(cast.chi)
    page = page_of(client)
    for words in ("Amina", "Wing", before["text_zh_hans"], WORDS["text_zh_hans"]):
        assert words in page


def test_english_alone_makes_the_translations_older_until_somebody_has_checked_them(client, cast):
    guidance = Guidance.objects.get(pk=CODE)
    only = texts_of(guidance) | {"text_en": "Something new."}
    decide(propose(guidance, cast.amina, only, checked=False).pk, cast.wing, publish=True)
    guidance = Guidance.objects.get(pk=CODE)
    assert guidance.older_languages() == ["zh-hant", "zh-hans"]
    client.force_login(cast.amina)
    assert "older than the English" in page_of(client)
    assert "older than the English" in client.get("/en/cases/guidance/").content.decode()
    decide(propose(guidance, cast.amina, only, checked=True).pk, cast.wing, publish=True)
    assert Guidance.objects.get(pk=CODE).older_languages() == []


def test_nobody_publishes_their_own_words(client, cast):
    client.force_login(cast.wing)
    client.post(f"/en/cases/guidance/{CODE}/", WORDS)
    assert decision(client).status_code == 403
    client.force_login(cast.hana)
    decision(client, act="decline")
    assert GuidanceVersion.objects.get().state == "declined"
    decision(client)  # it was decided
    assert GuidanceVersion.objects.get().state == "declined"


def test_words_that_changed_meanwhile_are_not_overwritten(cast):
    version = propose(Guidance.objects.get(pk=CODE), cast.amina, WORDS, checked=True)
    guidance = Guidance.objects.get(pk=CODE)
    guidance.text_en = "Put right by the administrator."
    guidance.settle(["en"], this_moment())
    guidance.save()
    with pytest.raises(InputRefused):
        decide(version.pk, cast.wing, publish=True)
    assert Guidance.objects.get(pk=CODE).text_en == "Put right by the administrator."


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_a_preview_shows_the_words_and_keeps_nothing(client, cast, language):
    client.force_login(cast.amina)
    answer = client.post(f"/{language}/cases/guidance/{CODE}/", {**WORDS, "_preview": "1"})
    assert answer.status_code == 200
    assert answer.content.decode().count("We can write.") == 2  # in the preview and in the form
    assert not GuidanceVersion.objects.exists()


def test_a_missing_language_and_the_same_words_are_refused(client, cast):
    client.force_login(cast.amina)
    place = f"/en/cases/guidance/{CODE}/"
    assert client.post(place, {**WORDS, "text_zh_hant": ""}).status_code == 422
    assert client.post(place, texts_of(Guidance.objects.get(pk=CODE))).status_code == 422
    assert client.get("/en/cases/guidance/NOPE/").status_code == 404
    assert not GuidanceVersion.objects.exists()
