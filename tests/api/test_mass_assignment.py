"""T23: whatever columns a caller names beside what a call asks for, they are refused and nothing is written."""

import pytest
from django.apps import apps
from django.db import models

from cases.actions import open_case
from cases.forms import CASE_FORMS, REFERRAL_FORMS
from cases.models import Case, Referral, Statement
from cases.permissions import Actor
from cases.states import State
from config.api_schema import schema
from feedback.api.views import MOVES
from tests.api.test_filing import a_body
from tests.cast import a_filing, make_case, sent_referral

pytestmark = pytest.mark.django_db
ROOMS = ("accounts", "cases", "feedback")


def columns():
    """The name of every column and relation of every model of these rooms, and some that have tempted others."""
    names = {
        "is_staff",
        "is_superuser",
        "identity_consent",
        "created_at",
        "pk",
        "id",
        "by",
        "at",
        "actor",
        "self",
    }
    for room in ROOMS:
        for model in apps.get_app_config(room).get_models():
            for field in model._meta.get_fields():
                names |= {field.name, getattr(field, "attname", field.name)}
    return sorted(names)


def everything():
    """Every row of these rooms, to the last column."""
    found = {}
    for room in ROOMS:
        for model in apps.get_app_config(room).get_models():
            found[model._meta.label] = list(model._base_manager.order_by("pk").values())
    return found


def of_schema(path):
    body = schema()["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    if "$ref" in body:
        body = schema()["components"]["schemas"][body["$ref"].rsplit("/", 1)[1]]
    return set(body["properties"])


def by_fifteen(names):
    """As many as one answer surely names."""
    names = sorted(names)
    return [names[i : i + 15] for i in range(0, len(names), 15)]


@pytest.fixture
def scene(cast):
    case = make_case(State.ASSESSING, cast)
    referral = sent_referral(case, cast)
    return case, referral


def test_t23_no_move_of_staff_takes_a_column_by_its_name(as_, scene):
    case, referral = scene
    before = everything()
    for root, forms in (
        (f"/api/v1/cases/{case.reference}", CASE_FORMS),
        (f"/api/v1/referrals/{referral.uuid}", REFERRAL_FORMS),
    ):
        for name in forms:
            body = dict.fromkeys(columns(), "1") | {"version": Case.objects.get(pk=case.pk).seq}
            answer = as_("hana").post(f"{root}/moves/{name}/", body, format="json")
            assert answer.status_code == 400, (root, name, answer.json())
            template = "/api/v1/cases/{reference}" if "cases" in root else "/api/v1/referrals/{uuid}"
            path = f"{template}/moves/{name}/"
            if path in schema()["paths"]:
                assert set(columns()) - of_schema(path) <= set(answer.json()["errors"]), name
    assert everything() == before


def test_t23_no_move_of_a_business_takes_a_column_by_its_name(anyone, cast):
    opened = open_case(a_filing(), by=Actor.new_business())
    headers = {"X-Tracking-Code": opened.tracking_code}
    # Opening with the right code is itself written down.
    anyone.get(f"/api/v1/concerns/{opened.case.reference}/", headers=headers)
    before = everything()
    for name in MOVES:
        path = f"/api/v1/concerns/{opened.case.reference}/moves/{name}/"
        answer = anyone.post(path, dict.fromkeys(columns(), "1"), format="json", headers=headers)
        assert answer.status_code == 400
        asked = of_schema(f"/api/v1/concerns/{{reference}}/moves/{name}/")
        assert set(columns()) - asked <= set(answer.json()["errors"]), name
    assert everything()["cases.Case"] == before["cases.Case"]
    assert everything()["cases.Event"] == before["cases.Event"]


@pytest.mark.parametrize("inside", [False, True])
def test_t23_no_filing_takes_a_column_by_its_name(anyone, as_, cast, inside):
    before = everything()
    known = set(schema()["components"]["schemas"]["ContactBody"]["properties"])
    known = known if inside else of_schema("/api/v1/concerns/")
    for names in by_fifteen(set(columns()) - known):
        body = a_body()
        (body["contact"] if inside else body).update(dict.fromkeys(names, "1"))
        answer = as_("partner").post(
            "/api/v1/concerns/", body, format="json", headers={"Idempotency-Key": "k"}
        )
        assert answer.status_code == 400, names
        assert list(answer.json()["errors"]) == [f"contact.{name}" if inside else name for name in names]
    assert everything() == before


def test_t23_no_question_for_a_suggestion_takes_a_column_by_its_name(as_):
    for names in by_fifteen(set(columns()) - of_schema("/api/v1/suggestions/")):
        body = {"text": "Tax"} | dict.fromkeys(names, "1")
        answer = as_("amina").post("/api/v1/suggestions/", body, format="json")
        assert (answer.status_code, list(answer.json()["errors"])) == (400, names)


def test_t23_a_row_is_not_written_to_by_any_other_method(as_, scene):
    case, referral = scene
    before = everything()
    body = dict.fromkeys(columns(), "1")
    for address in (
        "/api/v1/cases/",
        f"/api/v1/cases/{case.reference}/",
        f"/api/v1/cases/{case.reference}/events/",
        f"/api/v1/cases/{case.reference}/referrals/",
        f"/api/v1/cases/{case.reference}/moves/claim/",
        f"/api/v1/referrals/{referral.uuid}/moves/recall/",
        f"/api/v1/concerns/{case.reference}/",
        "/api/v1/offices/",
        "/api/v1/reports/summary/",
    ):
        for method in ("put", "patch", "delete"):
            answer = getattr(as_("hana"), method)(address, body, format="json")
            assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed"), address
    assert everything() == before


def test_t23_the_pages_of_moves_leave_such_names_unread(cast, client, scene):
    """A page's form posts more than its fields (a token, a version): what it does not know it does not read."""
    case, _referral = scene
    client.force_login(cast.hana)
    before = {name: rows for name, rows in everything().items() if name.startswith("cases.")}
    extra = dict.fromkeys(columns(), "1")
    for name, form in CASE_FORMS.items():
        asked = dict.fromkeys(form.base_fields, "")
        client.post(f"/en/cases/{case.reference}/moves/{name}/", extra | asked | {"version": "0"})
    after = {name: rows for name, rows in everything().items() if name.startswith("cases.")}
    assert after == before


def test_t23_what_is_filed_carries_nothing_but_its_answers(anyone, cast):
    anyone.post("/api/v1/concerns/", a_body(), format="json", headers={"Idempotency-Key": "k"})
    case = Case.objects.get()
    assert (case.state, case.office_id, case.assignee, case.priority) == ("received", "GDETO", None, "normal")
    assert Statement.objects.get().text == a_body()["text"]
    assert not Referral.objects.exists()
    assert isinstance(Case._meta.pk, models.BigAutoField)
