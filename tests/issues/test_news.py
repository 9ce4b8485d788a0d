"""News of an issue reaches every linked business once, in its language, and tells none of another."""

import pytest

from cases.issues import telling
from cases.issues.acts import change_facts, decide_news, gather, propose_news
from cases.issues.guard import businesses_in, findings
from cases.models import Case, Contact, IssueTelling, Message, Notice
from cases.permissions import Actor
from cases.public import project
from cases.refusals import InputRefused, NotAllowed, NotPermitted, Stale, Unseen
from cases.states import Erasure
from jobs.failpoints import Failed
from tests.cast import file_case, move
from tests.issues.gathered import TEXTS, an_issue, fresh, gathered_case

pytestmark = [pytest.mark.both, pytest.mark.django_db]
LANGUAGES = ("en", "zh-hant", "zh-hans")


@pytest.fixture
def issue(cast):
    return an_issue(cast.amina)


def propose(issue, by, **texts):
    return propose_news(issue, TEXTS | texts, by=by, version=fresh(issue).version)


def publish(issue, news, by):
    decide_news(issue, news.number, by=by, version=fresh(issue).version, publish=True)


def published(issue, cast, **texts):
    news = propose(issue, cast.amina, **texts)
    publish(issue, news, cast.wing)
    return news


def tell_all():
    while telling.tell_waiting():
        pass


def news_in(case):
    return [e for e in project(Case.objects.get(pk=case.pk)).events if e.kind == "issue_news"]


def test_forty_businesses_hear_it_once_in_their_language_and_no_word_of_another(cast, issue):
    cases = []
    for n in range(40):
        cases.append(
            gathered_case(
                cast,
                issue,
                language=LANGUAGES[n % 3],
                company=f"Canary{n:02d} Widgets Ltd",
                name=f"Zq{n:02d}qx Person",
                email=f"canary{n:02d}@example.invalid",
                text=f"Ours is zqtext{n:02d}qx.",
            )
        )
    published(issue, cast)
    tell_all()
    tell_all()  # nothing is left, and nothing is told again
    for n, case in enumerate(cases):
        (entry,) = news_in(case)
        assert entry.text == TEXTS[f"text_{LANGUAGES[n % 3].replace('-', '_')}"]
        assert entry.text_language == LANGUAGES[n % 3]
        seen = str(project(Case.objects.get(pk=case.pk))).lower()
        for other in range(40):
            if other != n:
                for canary in (f"canary{other:02d}", f"zq{other:02d}qx", f"zqtext{other:02d}qx"):
                    assert canary not in seen
                assert cases[other].reference not in seen
        assert issue.number not in seen and issue.title.lower() not in seen
        (notice,) = Notice.objects.filter(case=case, event__move="tell_of_issue") or [None]
        if notice is not None:
            assert (notice.template, notice.language) == ("update", LANGUAGES[n % 3])
    assert Message.objects.filter(events__move="tell_of_issue").count() == 40
    assert IssueTelling.objects.filter(state="told").count() == 40


def test_a_business_with_mail_gets_the_neutral_mail_through_the_outbox(cast, issue):
    case = gathered_case(cast, issue)
    Notice.objects.all().delete()
    published(issue, cast)
    tell_all()
    notice = Notice.objects.get(case=case)
    assert (notice.to_user, notice.template, notice.event.move) == (None, "update", "tell_of_issue")


def test_a_kill_in_the_middle_loses_nothing_and_doubles_nothing(cast, issue, monkeypatch):
    cases = [gathered_case(cast, issue, company=f"Works {n} Ltd") for n in range(6)]
    published(issue, cast)
    passed = []

    def dies(name):
        passed.append(name)
        if passed.count("after_telling") == 3:
            raise SystemExit  # as the signal that ends a worker

    monkeypatch.setattr(telling, "failpoint", dies)
    with pytest.raises(SystemExit):
        telling.tell_waiting()
    assert [len(news_in(case)) for case in cases] == [1, 1, 1, 0, 0, 0]
    monkeypatch.undo()
    tell_all()
    assert [len(news_in(case)) for case in cases] == [1] * 6


def test_a_move_that_dies_before_its_commit_is_made_by_the_next_run(cast, issue, monkeypatch):
    from cases import actions

    case = gathered_case(cast, issue)
    published(issue, cast)

    def dies(name):
        if name == "before_commit":
            raise Failed(name)

    monkeypatch.setattr(actions, "failpoint", dies)
    telling.tell_waiting()
    assert not news_in(case) and IssueTelling.objects.get().state == "waiting"
    monkeypatch.undo()
    tell_all()
    assert len(news_in(case)) == 1


def test_four_eyes_are_counted_under_the_lock(cast, issue):
    gathered_case(cast, issue)
    news = propose(issue, cast.wing)
    with pytest.raises(NotPermitted):
        publish(issue, news, cast.wing)
    with pytest.raises(NotPermitted):
        publish(issue, news, cast.chi)
    with pytest.raises(Unseen):
        publish(issue, news, cast.shan)
    publish(issue, news, cast.may)
    with pytest.raises(NotAllowed):
        publish(issue, news, cast.hana)
    assert IssueTelling.objects.count() == 1


def test_a_publication_names_the_version_it_has_seen(cast, issue):
    news = propose(issue, cast.amina)
    seen = fresh(issue).version
    change_facts(issue, by=cast.chi, version=seen, title="Another title")
    with pytest.raises(Stale):
        decide_news(issue, news.number, by=cast.wing, version=seen, publish=True)
    assert not IssueTelling.objects.exists()


def test_what_is_turned_down_is_told_to_nobody(cast, issue):
    gathered_case(cast, issue)
    news = propose(issue, cast.amina)
    decide_news(issue, news.number, by=cast.wing, version=2, publish=False, reason="Too early.")
    tell_all()
    assert not IssueTelling.objects.exists()
    assert issue.events.last().note.text == "Too early."


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("text_en", "As Harbour Lantern Trading told us, the charge is gone."),
        ("text_en", "HARBOUR   LANTERN TRADING (demo) was right."),
        ("text_zh_hant", "何小明 Ho Siu-ming 已獲回覆。"),
        ("text_en", "Write to ho@example.invalid."),
        ("text_en", "Call 5555 0000."),
        ("text_zh_hans", "身份证号码 11010519491231002X 已登记。"),
        ("text_en", "His card A123456(3) was returned."),
        ("text_en", "Several businesses have told us the same."),
        ("text_en", "Two other companies agree."),
        ("text_zh_hant", "多間公司亦有同樣情況，其他企業也一樣。"),
        ("text_zh_hans", "已有三家企业反映。"),
    ],
)
def test_nothing_that_tells_who_or_that_there_are_others_is_kept(cast, issue, field, words):
    gathered_case(cast, issue)
    with pytest.raises(InputRefused) as refused:
        propose(issue, cast.amina, **{field: words})
    assert set(refused.value.errors) == {field}
    assert "lantern" not in str(refused.value.errors[field]).lower()  # what was found is not repeated
    assert not issue.news.exists()


def test_a_reference_is_found_however_it_is_written(cast, issue):
    reference = file_case().reference
    for written in (reference, reference.lower().replace("-", " "), reference.replace("-", "–")):
        (found,) = findings(issue, {"text_en": f"See {written}, please."})
        assert found.code == "reference"


def test_who_joins_later_is_searched_for_when_it_is_published(cast, issue):
    news = propose(issue, cast.amina, text_en="Quiet Willow has shown that the charge is gone.")
    gathered_case(cast, issue, company="Quiet Willow Ltd")
    with pytest.raises(InputRefused):
        publish(issue, news, cast.wing)
    assert not IssueTelling.objects.exists()


def test_that_there_are_several_may_be_said_of_five(cast, issue):
    texts = {"text_en": "Several businesses have told us of this charge."}
    for n in range(4):
        gathered_case(cast, issue, company=f"Works {n} Ltd")
    gathered_case(cast, issue, company="Works 0 Ltd")  # the same business twice
    assert businesses_in(issue) == 4
    assert [f.code for f in findings(issue, texts)] == ["several"]
    gathered_case(cast, issue, company="Works 5 Ltd")
    assert not findings(issue, texts)


def test_who_leaves_before_it_was_told_hears_nothing(cast, issue):
    stays, leaves = gathered_case(cast, issue), gathered_case(cast, issue, company="Leaving Ltd")
    published(issue, cast)
    move(leaves, "leave_issue", cast.staff("amina"), reason="Another matter.")
    tell_all()
    assert len(news_in(stays)) == 1 and not news_in(leaves)
    published(issue, cast)
    tell_all()
    assert len(news_in(stays)) == 2 and not news_in(leaves)


def test_who_joins_late_hears_earlier_news_if_the_officer_asks_for_it(cast, issue):
    published(issue, cast)
    published(issue, cast, text_en="The second news.")
    silent = gathered_case(cast, issue)
    told = gathered_case(cast, issue, company="Late Ltd", tell_news=True)
    pasted = file_case(company="Pasted Ltd")
    gather(issue, [pasted.reference], by=cast.amina, tell_news=True)
    tell_all()
    assert not news_in(silent)
    for case in (told, pasted):
        assert [e.text for e in news_in(case)] == [TEXTS["text_en"], "The second news."]
    # Who goes and comes again hears nothing twice.
    move(told, "leave_issue", cast.staff("amina"), reason="By mistake.")
    move(told, "join_issue", cast.staff("amina"), issue=issue, tell_news=True)
    tell_all()
    assert len(news_in(told)) == 2


def test_whose_personal_data_was_erased_is_written_to_no_more(cast, issue):
    case = gathered_case(cast, issue)
    published(issue, cast)
    Case.objects.filter(pk=case.pk).update(erasure=Erasure.DONE)
    tell_all()
    assert IssueTelling.objects.get().state == "dropped" and not news_in(case)


def test_an_ended_case_is_told_too_and_stays_as_it_is(cast, issue):
    case = gathered_case(cast, issue)
    move(case, "withdraw", Actor.business(case))
    before = Case.objects.get(pk=case.pk)
    published(issue, cast)
    tell_all()
    after = Case.objects.get(pk=case.pk)
    assert len(news_in(case)) == 1
    assert (after.state, after.ended_at, after.due_on) == (before.state, before.ended_at, before.due_on)


def test_the_search_for_names_asks_no_more_for_fifty_cases(cast, issue, django_assert_num_queries):
    for n in range(2):
        gathered_case(cast, issue, company=f"Works {n} Ltd")
    with django_assert_num_queries(3):
        findings(issue, TEXTS)
    for n in range(48):
        gathered_case(cast, issue, company=f"Works {n + 2} Ltd")
    with django_assert_num_queries(3):
        findings(issue, TEXTS)
    assert Contact.objects.count() == 50


def test_cases_that_cannot_be_told_now_keep_no_other_waiting(cast, issue, monkeypatch):
    cases = [gathered_case(cast, issue, company=f"Works {n} Ltd") for n in range(4)]
    published(issue, cast)
    monkeypatch.setattr(telling, "A_RUN", 2)
    perform = telling.perform

    def fails_for_two(case, *args, **inputs):
        if case in cases[:2]:
            raise RuntimeError("of this case alone")
        return perform(case, *args, **inputs)

    monkeypatch.setattr(telling, "perform", fails_for_two)
    tell_all()
    assert [len(news_in(case)) for case in cases] == [0, 0, 1, 1]
    monkeypatch.undo()
    tell_all()
    assert [len(news_in(case)) for case in cases] == [1] * 4
