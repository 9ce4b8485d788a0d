"""Looking up many sockets at once: the same few queries for one as for a thousand, and never another's answer."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.models import Case
from cases.watching import Page, Question, look
from tests.cases.talking import new_session
from tests.cast import file_case

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def questions(cast, cases):
    """Every kind of page, for people who may and people who may not."""
    followers = [(Page.TRACK, case.reference, new_session(case.reference)) for case in cases]
    staff = [
        (page, case.reference, new_session(user=user))
        for user in (cast.amina, cast.wing, cast.hana, cast.bo, cast.olivia)
        for case in cases
        for page in (Page.CASE, Page.QUEUE)
    ]
    references = [case.reference for case in cases]
    return [
        Question(page, reference, session.session_key, named=references if page is Page.QUEUE else ())
        for page, reference, session in followers + staff
    ]


def test_ten_times_as_many_questions_cost_no_more_queries(cast):
    counts = []
    for number in (1, 10):
        asked = questions(cast, [file_case() for _ in range(number)])
        with CaptureQueriesContext(connection) as queries:
            look(asked)
        counts.append(len(queries))
    # Sessions, people and followed cases once; cases and the last change once for each of four kinds of staff.
    assert counts == [11, 11]


def test_each_gets_its_own_answer(cast):
    ours, other = file_case(), file_case()
    Case.objects.filter(pk=other.pk).update(office_id="SHETO")
    amina, bo, business = new_session(user=cast.amina), new_session(user=cast.bo), new_session(ours.reference)

    def ask(page, case, session, **more):
        return Question(page, case.reference, session.session_key, **more)

    found = look(
        [
            ask(Page.CASE, ours, amina),
            ask(Page.CASE, ours, bo),
            ask(Page.CASE, other, amina),
            ask(Page.CASE, other, bo),
            ask(Page.TRACK, ours, business),
            ask(Page.TRACK, other, business),
            ask(Page.QUEUE, ours, amina, named=[ours.reference, other.reference]),
            ask(Page.CASE, ours, business),
            ask(Page.CASE, ours, amina, people=frozenset({cast.wing.pk, cast.amina.pk})),
            ask(Page.CASE, ours, amina, before=("caseworker", "SHETO")),
        ]
    )
    assert [answer.code for answer in found] == [0, 4404, 4404, 0, 0, 4401, 0, 4401, 0, 4401]
    assert found[6].named == {ours.reference: 1}
    assert found[8].people == ["Wing"]


def test_t21_an_old_password_an_expired_session_and_a_foreign_backend_are_nobody(cast):
    case = file_case()
    old, expired, foreign = (new_session(user=cast.amina) for _ in range(3))
    expired.set_expiry(-1)
    expired.save()
    foreign["_auth_user_backend"] = "elsewhere.Backend"
    foreign.save()
    cast.amina.set_password("another-password-of-tests")
    cast.amina.save()
    fresh = new_session(user=cast.amina)
    found = look(
        [
            Question(Page.CASE, case.reference, session.session_key)
            for session in (old, expired, foreign, fresh)
        ]
    )
    assert [answer.code for answer in found] == [4401, 4401, 4401, 0]
