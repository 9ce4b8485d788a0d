"""Two people, or two workers, at one issue in the same moment, on connections of their own."""

import pytest

from cases.issues import telling
from cases.issues.acts import decide_news, open_issue, propose_news
from cases.models import Event, IssueCase, IssueEvent, IssueTelling, SystemicIssue
from cases.refusals import Refusal
from routing.models import Category, Division, Office
from tests.cases.test_gate import _together
from tests.cast import file_case, move
from tests.issues.gathered import TEXTS, an_issue, fresh, gathered_case

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def issue(cast):
    return an_issue(cast.amina)


def publish(issue, by, version):
    decide_news(issue, 1, by=by, version=version, publish=True)
    return "published"


def test_of_two_who_publish_at_once_one_does_and_nobody_is_told_twice(cast, issue):
    cases = [gathered_case(cast, issue, company=f"Works {n} Ltd") for n in range(3)]
    propose_news(issue, TEXTS, by=cast.amina, version=1)
    outcomes = _together(lambda name: publish(issue, cast.users[name], 2), ["wing", "may", "hana"])
    assert outcomes.count("published") == 1
    assert sum(isinstance(outcome, Refusal) for outcome in outcomes) == 2
    assert IssueTelling.objects.count() == len(cases)
    assert IssueEvent.objects.filter(act="publish").count() == 1


def test_several_workers_at_once_tell_each_business_once(cast, issue):
    cases = [gathered_case(cast, issue, company=f"Works {n} Ltd") for n in range(6)]
    propose_news(issue, TEXTS, by=cast.amina, version=1)
    publish(issue, cast.wing, 2)
    _together(lambda _n: telling.tell_waiting(), range(3))
    while telling.tell_waiting():
        pass
    assert Event.objects.filter(move="tell_of_issue").count() == len(cases)
    assert set(IssueTelling.objects.values_list("state", flat=True)) == {"told"}


def test_cases_come_and_go_while_news_is_published_and_nobody_waits_for_ever(cast, issue):
    leaving = [gathered_case(cast, issue, company=f"Leaving {n} Ltd") for n in range(3)]
    coming = [file_case(company=f"Coming {n} Ltd") for n in range(3)]
    propose_news(issue, TEXTS, by=cast.amina, version=1)

    def act(what):
        if what is None:
            return publish(issue, cast.wing, 2)
        if what in leaving:
            return move(what, "leave_issue", cast.staff("amina"), reason="Another matter.")
        return move(what, "join_issue", cast.staff("chi"), issue=issue)

    outcomes = _together(act, [*leaving, None, *coming])
    assert "published" in outcomes and not [o for o in outcomes if isinstance(o, Exception)]
    while telling.tell_waiting():
        pass
    # Whoever had left when the turn came was told nothing.
    told = set(Event.objects.filter(move="tell_of_issue").values_list("case", flat=True))
    for row in IssueTelling.objects.all():
        assert row.state != "waiting" and (row.state == "told") == (row.case_id in told)
    here = set(IssueCase.objects.filter(left_at=None).values_list("case", flat=True))
    assert here == {case.pk for case in coming}


def test_one_case_that_two_put_into_two_issues_is_in_one(cast, issue):
    other, case = an_issue(cast.amina), file_case()
    pairs = {"amina": issue, "chi": other}
    outcomes = _together(
        lambda name: move(case, "join_issue", cast.staff(name), issue=pairs[name]), list(pairs)
    )
    assert sum(isinstance(outcome, Event) for outcome in outcomes) == 1
    assert IssueCase.objects.filter(case=case, left_at=None).count() == 1


def test_issues_opened_at_once_have_numbers_of_their_own(cast):
    facts = {
        "title": "New charge",
        "category": Category.objects.get(pk="CUS-1"),
        "division": Division.objects.get(pk="441900"),
        "lead_office": Office.objects.get(pk="GDETO"),
    }
    _together(lambda name: open_issue(cast.users[name], **facts), ["amina", "chi", "wing", "may"])
    numbers = SystemicIssue.objects.values_list("number", flat=True)
    assert len(set(numbers)) == 4 and fresh(SystemicIssue.objects.first()).version == 1
