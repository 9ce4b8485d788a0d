"""Getting in with reference and tracking code, and how often one may be wrong."""

import threading
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.actions import open_case
from cases.models import Case
from cases.permissions import Actor
from feedback import attempts
from feedback.attempts import Refused, Visitor, case_opened_by
from feedback.models import Attempt
from tests.cast import a_filing
from text.reference import new_reference

pytestmark = pytest.mark.both
WRONG = "1" * 16


@pytest.fixture
def opened(db):
    return open_case(a_filing(), by=Actor.new_business())


def enter(client, reference, code, language="en", **extra):
    return client.post(f"/{language}/track/", {"reference": reference, "code": code}, **extra)


def at(moment):
    return patch("django.utils.timezone.now", lambda: moment)


def test_reference_and_code_open_the_case_and_the_address_carries_neither_code_nor_id(client, opened):
    answer = enter(client, opened.case.reference, opened.tracking_code)
    assert answer.status_code == 303
    assert answer["Location"] == f"/en/track/{opened.case.reference}/"
    assert client.get(answer["Location"]).status_code == 200
    assert Case.objects.get(pk=opened.case.pk).tracking_used


@pytest.mark.parametrize(
    "spell",
    [
        str.lower,
        lambda r: r.replace("-", ""),
        lambda r: r[4:],
        lambda r: r.replace("0", "O").replace("1", "l"),
        lambda r: f"  {r.replace('-', ' ')} ",
        lambda r: "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in r),
    ],
)
def test_any_accepted_spelling_of_the_reference_opens(client, opened, spell):
    assert enter(client, spell(opened.case.reference), opened.tracking_code).status_code == 303


def test_the_code_may_be_typed_in_fours_and_in_full_width(client, opened):
    code = opened.tracking_code
    fours = " ".join(code[i : i + 4] for i in range(0, 16, 4))
    wide = "".join(chr(ord(c) + 0xFEE0) for c in code)
    assert enter(client, opened.case.reference, fours).status_code == 303
    assert enter(Client(), opened.case.reference, wide).status_code == 303


def test_the_session_gets_a_new_key_when_a_case_is_opened(client, opened):
    enter(client, opened.case.reference, WRONG)
    before = client.session.session_key
    enter(client, opened.case.reference, opened.tracking_code)
    assert client.session.session_key != before


def test_t01_an_unknown_reference_and_a_wrong_code_get_the_same_answer(opened):
    known = enter(Client(), opened.case.reference, WRONG)
    reference = new_reference()
    unknown = enter(Client(), reference, WRONG)
    assert known.status_code == unknown.status_code == 422

    def body(answer, ref):
        words = answer.content.decode().replace(ref, "REF")
        token = answer.context["csrf_token"]
        nonce = str(answer.context["CSP_NONCE"])
        return words.replace(str(token), "").replace(nonce, "")

    assert body(known, opened.case.reference) == body(unknown, reference)


def test_t01_an_unknown_reference_costs_the_same_hash_and_the_same_queries(opened):
    counts = []
    for reference in (opened.case.reference, new_reference()):
        with (
            patch("cases.tracking.check_password", wraps=attempts.tracking.check_password) as check,
            CaptureQueriesContext(connection) as queries,
        ):
            assert case_opened_by(reference, WRONG, Visitor("10.0.0.1", "s")) is None
        counts.append((check.call_count, len(queries)))
    assert counts[0] == counts[1]


def test_what_is_not_a_reference_or_a_code_is_told_so_keeps_what_was_typed_and_counts_as_no_try(client, db):
    answer = enter(client, "HKC-7K3M-9QXQ", "12345")
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Check the reference number" in text
    assert "Check the tracking code" in text
    assert "HKC-7K3M-9QXQ" in text
    assert not Attempt.objects.exists()


def test_the_sixth_try_is_refused_even_with_the_right_code_and_says_until_when(client, opened):
    for _ in range(5):
        assert enter(client, opened.case.reference, WRONG).status_code == 422
    answer = enter(client, opened.case.reference, opened.tracking_code)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 15 * 60
    assert "until" in answer.content.decode()
    with at(timezone.now() + timedelta(minutes=16)):
        assert enter(client, opened.case.reference, opened.tracking_code).status_code == 303


def test_after_ten_wrong_tries_the_wait_is_a_day(opened):
    here = Visitor("10.0.0.1", "s")
    start = timezone.now()
    for minutes in (0, 20):
        with at(start + timedelta(minutes=minutes)):
            for _ in range(5):
                assert case_opened_by(opened.case.reference, WRONG, here) is None
    with at(start + timedelta(hours=24)), pytest.raises(Refused) as refused:
        case_opened_by(opened.case.reference, opened.tracking_code, here)
    assert refused.value.until == start + timedelta(minutes=20, hours=24)
    with at(start + timedelta(hours=24, minutes=21)):
        assert case_opened_by(opened.case.reference, opened.tracking_code, here) is not None


def test_nobody_locks_another_out(opened):
    for _ in range(5):
        case_opened_by(opened.case.reference, WRONG, Visitor("10.0.0.1", "attacker"))
    with pytest.raises(Refused):
        case_opened_by(opened.case.reference, WRONG, Visitor("10.0.0.1", "another session"))
    assert (
        case_opened_by(opened.case.reference, opened.tracking_code, Visitor("10.0.0.2", "owner"))
        == opened.case
    )


def test_a_session_that_changes_its_address_is_still_counted(opened):
    for n in range(5):
        case_opened_by(opened.case.reference, WRONG, Visitor(f"10.0.0.{n}", "roaming"))
    with pytest.raises(Refused):
        case_opened_by(opened.case.reference, WRONG, Visitor("10.0.0.99", "roaming"))


def test_an_address_has_twenty_wrong_tries_an_hour_over_all_references(opened):
    start = timezone.now()
    with at(start):
        for _ in range(20):
            case_opened_by(new_reference(), WRONG, Visitor("10.0.0.1"))
        with pytest.raises(Refused) as refused:
            case_opened_by(opened.case.reference, opened.tracking_code, Visitor("10.0.0.1"))
    assert refused.value.until == start + timedelta(hours=1)
    with at(start + timedelta(hours=1)):
        assert case_opened_by(opened.case.reference, opened.tracking_code, Visitor("10.0.0.1")) is not None


def test_right_codes_use_up_no_tries(opened):
    for _ in range(30):
        assert (
            case_opened_by(opened.case.reference, opened.tracking_code, Visitor("10.0.0.1", "s")) is not None
        )


def test_addresses_of_one_ipv6_network_count_as_one(rf, db):
    one = Visitor.of(rf.get("/", REMOTE_ADDR="2001:db8:1:2::1"))
    other = Visitor.of(rf.get("/", REMOTE_ADDR="2001:db8:1:2:ffff::9"))
    assert one == other
    assert one != Visitor.of(rf.get("/", REMOTE_ADDR="2001:db8:1:3::1"))


def test_a_forged_forwarded_header_does_not_change_who_is_counted(rf, db):
    assert Visitor.of(rf.get("/", HTTP_X_FORWARDED_FOR="1.2.3.4")) == Visitor.of(rf.get("/"))


def test_the_table_of_attempts_tells_neither_case_nor_address(opened):
    case_opened_by(opened.case.reference, WRONG, Visitor("10.0.0.1", "s"))
    for row in Attempt.objects.all():
        assert opened.case.reference not in row.source
        assert "10.0.0.1" not in row.source


def test_counts_that_refuse_nobody_any_more_are_forgotten(opened):
    case_opened_by(opened.case.reference, WRONG, Visitor("10.0.0.1", "s"))
    assert attempts.forget_old_attempts() == 0
    with at(timezone.now() + timedelta(hours=25)):
        assert attempts.forget_old_attempts() == 3


@pytest.mark.django_db(transaction=True)
def test_twelve_tries_at_once_are_compared_no_more_often_than_five():
    opened = open_case(a_filing(), by=Actor.new_business())
    compared, refused = [], []

    def guess():
        try:
            compared.append(case_opened_by(opened.case.reference, WRONG, Visitor("10.0.0.1", "s")))
        except Refused:
            refused.append(1)
        finally:
            connection.close()

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert compared == [None] * 5
    assert len(refused) == 7


@pytest.mark.parametrize(
    ("language", "tag"), [("en", "en-HK"), ("zh-hant", "zh-Hant-HK"), ("zh-hans", "zh-Hans-CN")]
)
def test_the_form_has_one_heading_and_is_never_kept_by_a_browser(client, db, language, tag):
    answer = client.get(f"/{language}/track/?reference=HKC-7K3M-9QXP")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert f'<html lang="{tag}"' in text
    assert text.count("<h1") == 1
    assert 'value="HKC-7K3M-9QXP"' in text
    assert "no-store" in answer["Cache-Control"]


def test_signing_out_forgets_every_case_and_tells_the_browser_to_clear(client, opened):
    enter(client, opened.case.reference, opened.tracking_code)
    page = f"/en/track/{opened.case.reference}/"
    assert client.get("/en/track/sign-out/").status_code == 405
    answer = client.post("/en/track/sign-out/")
    assert answer.status_code == 303
    assert '"cache"' in answer["Clear-Site-Data"]
    back = client.get(page)
    assert back.status_code == 303
    assert back["Location"] == f"/en/track/?reference={opened.case.reference}"


def test_after_twelve_hours_the_code_is_asked_for_again(client, opened):
    enter(client, opened.case.reference, opened.tracking_code)
    with at(timezone.now() + timedelta(hours=12, seconds=5)):
        assert client.get(f"/en/track/{opened.case.reference}/").status_code == 303


def test_t01_without_the_code_an_existing_and_an_unknown_reference_look_the_same(client, opened):
    known = client.get(f"/en/track/{opened.case.reference}/")
    reference = new_reference()
    unknown = client.get(f"/en/track/{reference}/")
    assert known.status_code == unknown.status_code == 303
    assert known["Location"].replace(opened.case.reference, "") == unknown["Location"].replace(reference, "")
