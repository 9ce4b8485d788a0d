"""The schema and what is made from it: complete, without a warning, its examples true, its page readable."""

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
from django.conf import settings
from django.core.management import call_command
from rest_framework.test import APIClient

from cases.models import Case, Referral
from cases.models.machine import moves_of
from config.api_schema import schema
from tests.cast import file_case

pytestmark = pytest.mark.django_db


def operations():
    for path, methods in schema()["paths"].items():
        for method, call in methods.items():
            yield path, method, call


def test_the_schema_is_made_without_a_warning(capsys, tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yaml"))
    assert "openapi: 3.1" in (tmp_path / "schema.yaml").read_text()
    said = capsys.readouterr()
    assert "arning" not in said.err
    assert "rror" not in said.err


def test_the_schema_names_every_call_of_the_contract(anyone):
    served = json.loads(anyone.get("/api/v1/schema/").content)
    assert served["openapi"].startswith("3.1")
    one = "{reference}"
    for path in (
        "concerns/",
        f"concerns/{one}/",
        f"concerns/{one}/events/",
        "cases/",
        f"cases/{one}/",
        f"cases/{one}/events/",
        f"cases/{one}/referrals/",
        "offices/",
        "divisions/",
        "categories/",
        "authorities/",
        "suggestions/",
        "reports/summary/",
    ):
        assert f"/api/v1/{path}" in served["paths"], path


def test_every_move_is_a_call_of_its_own_but_those_of_the_other_side(db):
    paths = set(schema()["paths"])
    of_business = {
        "reply",
        "withdraw",
        "request_reopen",
        "accept_outcome",
        "contest_outcome",
        "rate",
        "set_sharing",
        "set_contact",
        "request_erasure",
    }
    # The clock alone makes the first three; people invite each other on pages, where they see whom.
    elsewhere = {"erase", "end_retention", "tell_of_issue", "invite_reader", "remove_reader"}
    of_staff = set(moves_of(Case)) - of_business - elsewhere
    moves = {f"/api/v1/cases/{{reference}}/moves/{name}/" for name in of_staff}
    moves |= {f"/api/v1/referrals/{{uuid}}/moves/{n}/" for n in set(moves_of(Referral)) - {"answer"}}
    moves |= {f"/api/v1/concerns/{{reference}}/moves/{n}/" for n in of_business | {"send_message"}}
    assert {path for path in paths if "/moves/" in path} == moves


def test_a_body_says_what_its_form_takes():
    call = schema()["paths"]["/api/v1/cases/{reference}/moves/triage/"]["post"]
    body = call["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["version", "category", "division", "level", "proceedings", "referable"]
    assert body["properties"]["level"]["enum"] == ["municipal", "provincial", "national"]
    assert body["properties"]["reason"] | {"description": ""} == {
        "type": ["string", "null"],
        "maxLength": 1000,
        "description": "",
    }
    assert body["additionalProperties"] is False


def test_every_call_has_an_example_and_it_is_true():
    root = {"components": schema()["components"]}
    for path, method, call in operations():
        parts = [answer for status, answer in call["responses"].items() if status in ("200", "201")]
        parts += [call["requestBody"]] if method == "post" else []
        parts += root["components"]["responses"].values()
        for part in parts:
            content = part["content"]["application/json"]
            examples = list(content["examples"].values())
            assert examples, (path, method)
            validator = jsonschema_rs.validator_for({**root, **content["schema"]}, validate_formats=True)
            for example in examples:
                errors = [error.message for error in validator.iter_errors(example["value"])]
                assert not errors, (path, method)


def test_every_call_names_its_errors_words_and_who_may_call():
    for path, method, call in operations():
        where = (path, method)
        statuses = set(call["responses"])
        assert {"405", "429", "503"} <= statuses, where
        if method == "post":
            assert {"400", "413", "415"} <= statuses, where
        if "/moves/" in path:
            assert {"401", "404", "409", "422"} <= statuses, where
        if "{" in path:
            assert "404" in statuses, where
        if "/cases/" in path or "/referrals/" in path:
            assert {"401", "403"} <= statuses, where
            assert call["security"] == [{"tokenAuth": []}, {"cookieAuth": []}], where
            assert "/moves/" not in path or "428" in statuses, where
        assert call["description"], where
        assert "``" not in json.dumps(call), where
        assert call["tags"][0] in {tag["name"] for tag in schema()["tags"]}, where


def test_the_filters_of_the_contract_are_in_the_schema():
    call = schema()["paths"]["/api/v1/cases/"]["get"]
    named = {one["name"] for one in call["parameters"]}
    wanted = "state office division category assignee priority due_before waiting_for language q"
    assert {*wanted.split(), "created_after", "created_before", "ordering", "cursor", "page_size"} <= named


def test_every_documented_call_answers_and_never_with_a_500(anyone, as_, cast):
    case = file_case()
    values = {"{reference}": case.reference, "{uuid}": "x"}
    for path, method, _call in operations():
        for name, value in values.items():
            path = path.replace(name, value)
        for client in (anyone, as_("amina"), as_("partner"), as_("olivia")):
            answer = client.generic(method.upper(), path, b"{}", "application/json")
            assert answer.status_code in (200, 201, 304, 400, 401, 403, 404, 409, 428), (method, path)
            if answer.status_code >= 400:
                assert {"code", "message"} <= set(answer.json()), (method, path)


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_the_docs_are_one_page_with_nothing_from_elsewhere(language):
    page = APIClient().get("/api/v1/docs/", headers={"Accept-Language": language})
    text = page.content.decode()
    assert page.status_code == 200
    assert text.count("<h1") == 1
    for _path, _method, call in operations():
        assert f'id="{call["operationId"]}"' in text
    assert "contact.email" in text
    assert "``" not in text
    assert "`" not in re.sub(r"<(script|style).*?</\1>", "", text, flags=re.S)
    assert not re.search(r'(src|href)="(https?:)?//', text)
    assert " style=" not in text
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)


def test_the_guide_names_only_calls_and_statuses_that_there_are():
    guide = Path(settings.BASE_DIR, "docs", "api.md").read_text(encoding="utf-8")
    paths = {re.sub(r"\{[a-z]+\}", "$REFERENCE", path) for path in schema()["paths"]}
    asked = re.findall(r"\$ORIGIN(/api/v1/[^\"?]*)", guide)
    assert asked
    assert set(asked) <= paths
