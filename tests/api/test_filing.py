"""Filing a concern through the API: what is taken, what is refused, and one concern a key."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from cases.models import Case

pytestmark = pytest.mark.django_db
URL = "/api/v1/concerns/"


def a_body(**changes):
    body = {
        "category": "CUS-1",
        "division": "441900",
        "text": "Our goods have been held at the port since 3 November.",
        "language": "en",
        "sharing": "office_only",
        "contact": {
            "kind": "enterprise",
            "name": "Ho Siu-ming",
            "company": "Harbour Lantern Trading Ltd (demo)",
            "email": "ho@example.invalid",
        },
    } | changes
    return {name: value for name, value in body.items() if value is not None}


def send(client, body, key="k-1", **headers):
    return client.post(URL, body, format="json", headers={"Idempotency-Key": key, **headers})


def test_anyone_files_and_gets_reference_code_office_and_links(anyone, db):
    answer = send(anyone, a_body())
    assert answer.status_code == 201, answer.json()
    seen = answer.json()
    assert set(seen) == {"reference", "tracking_code", "state", "stage", "office", "links"}
    assert (seen["state"], seen["stage"], seen["office"]["id"]) == ("received", "received", "GDETO")
    assert len(seen["tracking_code"]) == 16
    case = Case.objects.get(reference=seen["reference"])
    assert case.filed_by is None
    assert answer["Cache-Control"] == "no-store"
    assert anyone.get(seen["links"]["page"].split(":8000", 1)[1]).status_code in (200, 303)


@pytest.mark.parametrize("who", ["anyone", "partner"])
def test_t32_an_address_that_a_program_files_is_sent_nothing_until_somebody_confirms_it(anyone, as_, who):
    client = anyone if who == "anyone" else as_("partner")
    reference = send(client, a_body()).json()["reference"]
    case = Case.objects.get(reference=reference)
    assert case.contact.notify and case.contact.email_confirmed_at is None
    assert not case.notices.filter(to_user=None).exists()


def test_every_optional_answer_is_kept(anyone):
    body = a_body(
        wanted="Release",
        started="2026-09",
        authority_named="Huangpu Customs",
        proceedings="reconsideration",
        sector="textiles",
        on_behalf_of="A client (demo)",
        authorisation="engaged",
        authorised_on="2026-11-03",
    )
    reference = send(anyone, body).json()["reference"]
    case = Case.objects.select_related("statement", "contact").get(reference=reference)
    said = case.statement
    assert (said.wanted, said.started, said.authority_named) == ("Release", "2026-09", "Huangpu Customs")
    assert (said.sector, case.proceedings) == ("textiles", "reconsideration")
    behalf = case.on_behalf
    assert (behalf.name, behalf.authorisation, str(behalf.authorised_on)) == (
        "A client (demo)",
        "engaged",
        "2026-11-03",
    )
    assert case.contact.name == "Ho Siu-ming"


def test_a_partner_files_and_follows_without_a_code(as_, cast):
    answer = send(as_("partner"), a_body())
    case = Case.objects.get(reference=answer.json()["reference"])
    assert case.filed_by == cast.partner
    seen = as_("partner").get(f"{URL}{case.reference}/")
    assert seen.status_code == 200
    assert as_("partner").get(f"{URL}{case.reference}/events/").status_code == 200


@pytest.mark.parametrize("division", ["440000", "441900", "310000", "310101"])
def test_a_place_of_any_level_is_taken(anyone, division):
    assert send(anyone, a_body(division=division)).status_code == 201


def test_the_same_key_and_body_is_the_same_concern_with_a_fresh_code(anyone):
    first, second = send(anyone, a_body()).json(), send(anyone, a_body()).json()
    assert first["reference"] == second["reference"]
    assert first["tracking_code"] != second["tracking_code"]
    assert Case.objects.count() == 1
    address = f"{URL}{first['reference']}/"
    assert anyone.get(address, headers={"X-Tracking-Code": first["tracking_code"]}).status_code == 404
    assert anyone.get(address, headers={"X-Tracking-Code": second["tracking_code"]}).status_code == 200


@pytest.mark.both
def test_a_filing_repeated_without_a_token_gets_a_fresh_code_for_24_hours(anyone):
    reference = send(anyone, a_body()).json()["reference"]
    case, now = Case.objects.filter(reference=reference), timezone.now()
    case.update(received_at=now - timedelta(hours=23, minutes=55))
    code = send(anyone, a_body()).json()["tracking_code"]
    assert len(code) == 16
    case.update(received_at=now - timedelta(hours=24, minutes=5))
    assert send(anyone, a_body()).json()["tracking_code"] == ""
    assert anyone.get(f"{URL}{reference}/", headers={"X-Tracking-Code": code}).status_code == 200


@pytest.mark.both
def test_a_partner_whose_keys_are_its_own_gets_a_fresh_code_whenever_it_repeats(anyone, as_):
    first = send(as_("partner"), a_body()).json()
    address = f"{URL}{first['reference']}/"
    assert anyone.get(address, headers={"X-Tracking-Code": first["tracking_code"]}).status_code == 200
    Case.objects.update(received_at=timezone.now() - timedelta(days=30))
    again = send(as_("partner"), a_body()).json()
    assert anyone.get(address, headers={"X-Tracking-Code": again["tracking_code"]}).status_code == 200


def test_the_key_of_one_partner_is_not_that_of_anybody_else(anyone, as_):
    assert send(anyone, a_body()).json()["reference"] != send(as_("partner"), a_body()).json()["reference"]


def test_bad_input_69_the_same_key_with_another_body_is_422(anyone):
    send(anyone, a_body())
    answer = send(anyone, a_body(text="Another matter"))
    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")


@pytest.mark.parametrize("key", ["", "x" * 201, "x" * 300, "two words", "鍵"])
def test_bad_input_69_a_key_that_cannot_be_used_is_400(anyone, key):
    headers = {"HTTP_IDEMPOTENCY_KEY": key}
    answer = anyone.post(URL, a_body(), format="json", **headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key")


def test_bad_input_69_a_missing_key_is_400(anyone):
    answer = anyone.post(URL, a_body(), format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key")


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_bad_input_69_ten_at_once_with_one_key_are_one_concern(anyone):
    answers = []

    def file():
        try:
            answers.append(send(APIClient(), a_body()))
        finally:
            connection.close()

    threads = [threading.Thread(target=file) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [answer.status_code for answer in answers] == [201] * 10
    assert len({answer.json()["reference"] for answer in answers}) == 1
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    "field", ["text", "category", "division", "language", "sharing", "wanted", "started", "on_behalf_of"]
)
@pytest.mark.parametrize("value", [12, True, ["a"], {"a": "b"}, None])
def test_bad_input_64_a_value_of_another_type_is_400(anyone, field, value):
    answer = anyone.post(URL, a_body() | {field: value}, format="json", headers={"Idempotency-Key": "k"})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert not Case.objects.exists()


@pytest.mark.parametrize("value", [12, True, ["a"], {"a": "b"}])
def test_bad_input_64_a_contact_field_of_another_type_is_400_by_its_full_name(anyone, value):
    contact = a_body()["contact"]
    for field in contact:
        answer = send(anyone, a_body(contact=contact | {field: value}))
        assert answer.status_code == 400
        assert list(answer.json()["errors"]) == [f"contact.{field}"]


@pytest.mark.parametrize("contact", ["Ho", 3, ["Ho"], True])
def test_bad_input_64_a_contact_that_is_no_object_is_400(anyone, contact):
    assert send(anyone, a_body(contact=contact)).status_code == 400


def test_bad_input_66_unknown_names_are_400_and_change_nothing(anyone):
    wanted = {"state": "closed", "office": "BJO", "assignee": "amina", "filed_by": 1, "is_staff": True}
    answer = send(anyone, a_body(**wanted))
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == set(wanted)
    inner = send(anyone, a_body(contact=a_body()["contact"] | {"notify": True}))
    assert set(inner.json()["errors"]) == {"contact.notify"}
    assert not Case.objects.exists()


@pytest.mark.parametrize("gone", ["text", "category", "division", "language", "sharing", "contact"])
def test_a_missing_answer_is_named(anyone, gone):
    answer = send(anyone, a_body(**{gone: None}))
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [gone])


@pytest.mark.parametrize(("field", "limit"), [("text", 4000), ("wanted", 1000), ("authority_named", 300)])
def test_a_text_may_have_exactly_its_limit(anyone, field, limit):
    assert send(anyone, a_body(**{field: "字" * limit})).status_code == 201
    answer = send(anyone, a_body(**{field: "字" * (limit + 1)}), key="k-2")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


@pytest.mark.parametrize(("field", "limit"), [("name", 200), ("company", 200), ("registration_no", 50)])
def test_a_contact_field_may_have_exactly_its_limit(anyone, field, limit):
    contact = a_body()["contact"]
    assert send(anyone, a_body(contact=contact | {field: "x" * limit})).status_code == 201
    answer = send(anyone, a_body(contact=contact | {field: "x" * (limit + 1)}), key="k-2")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [f"contact.{field}"])


@pytest.mark.parametrize(
    ("typed", "e164"),
    [
        ("９１２３ ４５６７", "+85291234567"),
        ("138 0013 8000", "+8613800138000"),
        ("+86 755 8123 4567 转 12", "+8675581234567"),
    ],
)
def test_bad_input_47_48_49_a_number_is_taken_as_the_form_takes_it_and_kept_as_typed(anyone, typed, e164):
    assert send(anyone, a_body(contact=a_body()["contact"] | {"phone": typed})).status_code == 201
    contact = Case.objects.get().contact
    assert (contact.phone, contact.phone_e164) == (typed, e164)


@pytest.mark.parametrize("typed", ["+852 9123 456", "999", "9" * 50, "9" * 51])
def test_bad_input_50_51_what_is_no_number_is_refused(anyone, typed):
    answer = send(anyone, a_body(contact=a_body()["contact"] | {"phone": typed}))
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["contact.phone"])


@pytest.mark.parametrize("text", ["", "   ", "　　", "\u200b\u200b", "\n\t"])
def test_bad_input_03_a_text_of_blanks_is_empty(anyone, text):
    answer = send(anyone, a_body(text=text))
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["text"])


@pytest.mark.parametrize(
    "email", ["ho", "ho@", "@example.invalid", "a b@example.invalid", "x" * 250 + "@e.invalid"]
)
def test_an_address_that_is_none_is_refused(anyone, email):
    answer = send(anyone, a_body(contact=a_body()["contact"] | {"email": email}))
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["contact.email"])


@pytest.mark.parametrize(
    "started", ["2026", "2026-13", "2026-02-30", "９月", "05/09/2026", "2026-1-1", "0000-01"]
)
def test_a_date_in_another_form_is_refused(anyone, started):
    answer = send(anyone, a_body(started=started))
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["started"])


def test_a_date_in_the_future_is_refused_and_today_is_not(anyone):
    today = timezone.localdate()
    assert send(anyone, a_body(started=today.isoformat())).status_code == 201
    tomorrow = (today + timedelta(days=1)).isoformat()
    answer = send(anyone, a_body(started=tomorrow), key="k-2")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["started"])


@pytest.mark.parametrize(
    ("field", "value"), [("category", "CUS"), ("category", "NO-1"), ("division", "999999")]
)
def test_a_code_that_no_concern_may_have_is_refused(anyone, field, value):
    answer = send(anyone, a_body(**{field: value}))
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_an_anonymous_concern_needs_no_contact_and_may_have_an_address_for_notices(anyone):
    assert send(anyone, a_body(sharing="anonymous", contact=None)).status_code == 201
    contact = {"kind": "individual", "email": "ho@example.invalid"}
    assert send(anyone, a_body(sharing="anonymous", contact=contact), key="k-2").status_code == 201


@pytest.mark.parametrize("field", ["name", "company", "registration_no", "phone"])
def test_an_anonymous_concern_with_a_name_is_refused(anyone, field):
    answer = send(anyone, a_body(sharing="anonymous", contact={"kind": "enterprise", field: "x"}))
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [f"contact.{field}"])


def test_an_enterprise_names_its_company_and_everybody_their_name(anyone):
    answer = send(anyone, a_body(contact={"kind": "enterprise"}))
    assert set(answer.json()["errors"]) == {"contact.name", "contact.company"}
    answer = send(anyone, a_body(contact={"kind": "individual"}))
    assert set(answer.json()["errors"]) == {"contact.name"}
    assert send(anyone, a_body(contact={"kind": "individual", "name": "Ho"})).status_code == 201


def test_bad_input_74_the_thirty_first_filing_of_an_hour_waits(anyone):
    for _ in range(30):
        assert send(anyone, {}).status_code == 400
    answer = send(anyone, a_body(), **{"Accept-Language": "zh-hant"})
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert int(answer["Retry-After"]) > 0
    # A header that the caller writes makes nobody another caller (T43).
    assert send(anyone, a_body(), **{"X-Forwarded-For": "203.0.113.9"}).status_code == 429


def test_a_partner_with_a_token_is_not_counted_with_anybody(anyone, as_):
    for _ in range(31):
        send(anyone, {})
    assert send(as_("partner"), a_body()).status_code == 201


def test_a_wrong_token_is_401_even_where_none_is_needed(anyone):
    answer = send(anyone, a_body(), Authorization="Token wrong")
    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")
    assert answer["WWW-Authenticate"] == "Token"


def test_a_browser_session_neither_files_for_anybody_nor_asks_for_a_csrf_token(cast):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(cast.amina)
    answer = send(client, a_body())
    assert answer.status_code == 201
    assert Case.objects.get().filed_by is None
