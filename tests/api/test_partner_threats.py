"""What could go wrong with a partner's token, by the number of the threat."""

import pytest

from accounts.models import Role, User
from cases.actions import open_case
from cases.models import Case
from cases.permissions import Actor
from feedback.api.examples import CONCERN_BODY
from tests.cast import a_filing, move

pytestmark = pytest.mark.django_db
URL = "/api/v1/concerns/"
NOTE = "NOTE-CANARY-4417"


@pytest.fixture
def other(cast):
    user = User(username="chamber", name="Another (demo)", email="c@example.invalid", role=Role.PARTNER)
    user.set_unusable_password()
    user.save()
    cast.users["chamber"] = user
    return user


def test_t12_a_note_of_the_office_stands_nowhere_that_a_partner_reads(as_, cast):
    case = open_case(a_filing(), by=Actor.partner(cast.partner)).case
    move(case, "add_note", cast.staff("amina"), text=NOTE)
    move(case, "claim", cast.staff("amina"), note=NOTE)
    client = as_("partner")
    for address in (URL, f"{URL}{case.reference}/", f"{URL}{case.reference}/events/"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert case.reference in address or case.reference in answer.content.decode()
        assert NOTE not in answer.content.decode()


def test_t13_the_same_key_of_another_partner_opens_its_own_concern_and_tells_nothing(as_, cast, other):
    said = [
        as_(name).post(URL, CONCERN_BODY, format="json", headers={"Idempotency-Key": "same-key"})
        for name in ("partner", "chamber")
    ]
    assert [answer.status_code for answer in said] == [201, 201]
    first, second = (answer.json() for answer in said)
    assert first["reference"] != second["reference"]
    assert first["tracking_code"] not in said[1].content.decode()
    assert list(Case.objects.order_by("pk").values_list("filed_by", flat=True)) == [cast.partner.pk, other.pk]
    listed = [
        [row["reference"] for row in as_(name).get(URL).json()["results"]] for name in ("partner", "chamber")
    ]
    assert listed == [[first["reference"]], [second["reference"]]]
