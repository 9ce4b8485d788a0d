"""What holds for every call: what a body may be, errors in the caller's language, pages, headers and limits."""

import re

import pytest

from cases.models import Case
from tests.cast import file_case
from tests.ports import free_port

pytestmark = pytest.mark.django_db
CONCERNS = "/api/v1/concerns/"
ERRORS = {"code", "message", "errors"}


def post(client, body, content_type="application/json", url=CONCERNS, **headers):
    return client.generic("POST", url, body, content_type, headers={"Idempotency-Key": "k", **headers})


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"text":"a",}',
        b"\xef\xbb\xbf{}",
        '{"text":"a"}'.encode("utf-16"),
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"null",
    ],
)
def test_bad_input_59_a_body_that_is_no_json_object_is_a_parse_error(anyone, body):
    answer = post(anyone, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")
    assert set(answer.json()) <= ERRORS


def test_bad_input_60_depth_is_refused_before_it_is_followed(anyone):
    for body in (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, b"[" * 1_000_000):
        answer = post(anyone, body)
        assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


def test_bad_input_61_a_key_given_twice_is_refused(anyone):
    answer = post(anyone, b'{"text":"a","text":"b"}')
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize("text", [b"\\u0000", b"\\ud800", b"\\udc00x"])
def test_bad_input_62_characters_that_cannot_be_stored_are_refused(anyone, as_, text):
    assert post(anyone, b'{"text":"' + text + b'"}').status_code == 400
    case = file_case()
    url = f"/api/v1/cases/{case.reference}/moves/add_note/"
    assert post(as_("amina"), b'{"version":1,"text":"' + text + b'"}', url=url).status_code == 400


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e400", b"1" + b"0" * 1001])
def test_bad_input_63_numbers_that_are_none_are_refused(anyone, as_, number):
    assert post(anyone, b'{"text":' + number + b"}").json()["code"] == "parse_error"
    case = file_case()
    url = f"/api/v1/cases/{case.reference}/moves/claim/"
    answer = post(as_("amina"), b'{"version":' + number + b"}", url=url)
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "text/xml"],
)
def test_bad_input_65_another_content_type_is_415(anyone, content_type):
    answer = post(anyone, b"--x--", content_type)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_a_body_of_more_than_two_megabytes_is_413(anyone):
    answer = post(anyone, b'{"text":"' + b"a" * (2 * 1024 * 1024) + b'"}')
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_bad_input_71_a_method_in_a_header_is_ignored(as_):
    case = file_case()
    url = f"/api/v1/cases/{case.reference}/"
    assert as_("amina").get(url, headers={"X-HTTP-Method-Override": "DELETE"}).status_code == 200
    assert Case.objects.exists()


@pytest.mark.parametrize("method", ["TRACE", "DELETE", "BREW", "PUT"])
def test_bad_input_71_a_method_that_is_not_offered_is_405(anyone, as_, method):
    for client, url in ((as_("amina"), "/api/v1/cases/"), (anyone, CONCERNS), (anyone, "/api/v1/offices/")):
        answer = client.generic(method, url)
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "accept", ["text/html", "application/xml", "image/*", "x", "text/html;q=0.9,*/*;q=0.8"]
)
def test_bad_input_72_whatever_is_preferred_the_answer_is_json(anyone, as_, accept):
    for client, url in (
        (as_("amina"), "/api/v1/cases/"),
        (anyone, "/api/v1/offices/"),
        (anyone, "/api/v1/x/"),
    ):
        answer = client.get(url, headers={"Accept": accept})
        assert answer["Content-Type"].startswith("application/json")
        assert answer.status_code in (200, 404)


@pytest.mark.parametrize("wish", ["xx;q=999, *", "de-AT," * 1700, "", "\x00", "zh" * 5000])
def test_bad_input_73_an_odd_language_header_gives_the_default(anyone, wish):
    assert anyone.get("/api/v1/offices/", headers={"Accept-Language": wish}).status_code == 200


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans", "yue", "zh-HK", "zh-CN"])
def test_errors_are_in_the_language_of_the_caller(anyone, cast, language):
    answer = anyone.get("/api/v1/cases/", headers={"Accept-Language": language})
    assert answer.json()["code"] == "not_authenticated"
    in_chinese = bool(re.search("[一-鿿]", answer.json()["message"]))
    assert in_chinese == (language != "en")


@pytest.mark.parametrize(
    ("noun", "fields"),
    [
        ("offices", {"id", "name", "short_name"}),
        ("divisions", {"id", "name", "level", "parent"}),
        ("categories", {"id", "name", "parent"}),
        ("authorities", {"id", "name", "type", "level"}),
    ],
)
def test_reference_data_is_open_to_anyone_in_three_languages(
    anyone, noun, fields, django_assert_max_num_queries
):
    with django_assert_max_num_queries(2):
        answer = anyone.get(f"/api/v1/{noun}/")
    row = answer.json()["results"][0]
    assert fields <= set(row)
    assert all(row["name"][language] for language in ("en", "zh_hant", "zh_hans"))


def test_reference_data_is_read_page_by_page_and_by_filter(anyone):
    seen, address = [], "/api/v1/categories/?page_size=30"
    while address:
        page = anyone.get(address).json()
        seen += [row["id"] for row in page["results"]]
        address = page["next"]
    assert len(seen) == len(set(seen)) == 93
    cities = anyone.get("/api/v1/divisions/?parent=440000&level=prefecture").json()["results"]
    assert len(cities) == 21
    found = anyone.get("/api/v1/authorities/?type=CUSTOMS&q=黃埔").json()["results"]
    assert found
    assert {row["type"] for row in found} == {"CUSTOMS"}
    assert "email" not in found[0]


@pytest.mark.parametrize(
    "query", ["colour=red", "level=galaxy", "parent=" + "4" * 7, "cursor=cD0lMDA=", "cursor=字"]
)
def test_an_unknown_filter_of_reference_data_is_400(anyone, query):
    answer = anyone.get(f"/api/v1/divisions/?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [query.split("=")[0]])


def test_suggestions_are_for_staff_and_carry_their_reasons(as_, anyone):
    body = {"text": "东莞的货物被海关扣留", "language": "zh-hans"}
    answer = as_("amina").post("/api/v1/suggestions/", body, format="json")
    assert answer.status_code == 200, answer.json()
    assert answer.json()["office"] == "GDETO"
    assert set(answer.json()["categories"][0]["why"]) == {"en", "zh_hant", "zh_hans"}
    assert anyone.post("/api/v1/suggestions/", body, format="json").status_code == 401
    for name in ("olivia", "ada", "partner"):
        assert as_(name).post("/api/v1/suggestions/", body, format="json").status_code == 403


@pytest.mark.parametrize(
    "wrong", [{"text": 5}, {"division": "999999"}, {"category": "X"}, {"language": "de"}, {"a": 1}]
)
def test_a_suggestion_for_something_that_is_not_there_is_400(as_, wrong):
    answer = as_("amina").post("/api/v1/suggestions/", {"text": "Tax"} | wrong, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, list(wrong))


@pytest.mark.parametrize(
    ("name", "status"), [("olivia", 200), ("amina", 200), ("hana", 200), ("partner", 403), ("ada", 403)]
)
def test_the_summary_is_for_officials_and_staff(as_, name, status):
    assert as_(name).get("/api/v1/reports/summary/").status_code == status


def test_the_summary_has_whole_months_and_no_breakdown(as_, anyone):
    assert anyone.get("/api/v1/reports/summary/").status_code == 401
    client = as_("olivia")
    assert client.get("/api/v1/reports/summary/?period=2026-10").json() == {"months": []}
    for query in ("period=2026-13", "office=GDETO", "period=october"):
        assert client.get(f"/api/v1/reports/summary/?{query}").status_code == 400


@pytest.mark.parametrize("size", ["0", "-1", "x", "1.5", "", "9" * 12])
def test_a_page_size_that_is_none_is_400(as_, anyone, size):
    for client, url in ((as_("amina"), "/api/v1/cases/"), (anyone, "/api/v1/offices/")):
        answer = client.get(url, {"page_size": size})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["page_size"])


def test_a_page_has_at_most_100_rows(anyone):
    assert len(anyone.get("/api/v1/divisions/?page_size=5000").json()["results"]) == 100
    assert len(anyone.get("/api/v1/divisions/?page_size=7").json()["results"]) == 7


def test_reference_data_is_paged_back_as_well(anyone):
    first = anyone.get("/api/v1/divisions/?page_size=10").json()
    second = anyone.get(first["next"]).json()
    assert anyone.get(second["previous"]).json()["results"] == first["results"]


def test_what_is_personal_is_kept_by_no_cache(as_, anyone, cast):
    case = file_case()
    for client in (as_("amina"), as_("olivia"), anyone):
        for url in ("/api/v1/cases/", f"/api/v1/cases/{case.reference}/", "/api/v1/reports/summary/"):
            answer = client.get(url)
            assert answer["Cache-Control"] == "no-store"
            assert {"Authorization", "Cookie"} <= {name.strip() for name in answer["Vary"].split(",")}


def test_head_is_get_without_a_body(as_, anyone):
    case = file_case()
    for client, url in ((as_("amina"), f"/api/v1/cases/{case.reference}/"), (anyone, "/api/v1/offices/")):
        got, head = client.get(url), client.head(url)
        assert (head.status_code, head.content) == (200, b"")
        assert head["Content-Type"] == got["Content-Type"]


def test_options_tells_the_methods_and_nothing_else(as_, anyone):
    answer = as_("amina").options("/api/v1/cases/")
    assert answer.status_code == 200
    assert list(answer.json()) == ["methods"]
    assert answer["Allow"] == "GET, HEAD, OPTIONS"
    assert anyone.options("/api/v1/cases/").status_code == 401
    assert anyone.options("/api/v1/offices/").json() == {"methods": ["GET", "HEAD", "OPTIONS"]}


def test_bad_input_74_a_token_has_its_own_limit(as_, settings, monkeypatch):
    monkeypatch.setattr("feedback.api.limits.time.time", lambda: 3600 * 500_000 + 60)
    settings.API_CALLS_AN_HOUR = settings.API_CALLS_AN_HOUR | {"calls": 3}
    assert [as_("amina").get("/api/v1/cases/").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = as_("amina").get("/api/v1/cases/", headers={"Accept-Language": "zh-hans"})
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert re.search("[一-鿿]", answer.json()["message"])
    assert answer["Retry-After"] == "3540"
    assert as_("bo").get("/api/v1/cases/").status_code == 200
    monkeypatch.setattr("feedback.api.limits.time.time", lambda: 3600 * 500_001)
    assert as_("amina").get("/api/v1/cases/").status_code == 200


def test_f10_while_the_cache_is_away_nobody_is_turned_away_and_limits_hold(as_, anyone, settings):
    away = {"BACKEND": "config.caching.SharedCache", "LOCATION": f"redis://127.0.0.1:{free_port()}/0"}
    settings.CACHES = {"default": away}
    settings.API_CALLS_AN_HOUR = settings.API_CALLS_AN_HOUR | {"calls": 2}
    assert [as_("amina").get("/api/v1/cases/").status_code for _ in range(3)] == [200, 200, 429]
    assert anyone.get("/api/v1/offices/").status_code == 200
