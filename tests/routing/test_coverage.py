from datetime import date

import pytest

from routing.coverage import NotCovered, office_for
from routing.models import Division

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
OFFICES = {
    "BJO": [
        "110000",
        "120000",
        "130000",
        "150000",
        "210000",
        "220000",
        "230000",
        "620000",
        "640000",
        "650000",
    ],
    "SHETO": ["310000", "320000", "330000", "340000", "370000"],
    "GDETO": ["440000", "350000", "450000", "460000"],
    "CDETO": ["510000", "500000", "610000", "520000", "530000", "540000", "630000"],
    "WHETO": ["420000", "430000", "410000", "140000", "360000"],
}


@pytest.mark.parametrize(("office", "provinces"), OFFICES.items())
def test_each_office_covers_its_provinces(office, provinces):
    assert {office_for(code, TODAY).office.code for code in provinces} == {office}


def test_all_31_provinces_are_covered():
    covered = {code for provinces in OFFICES.values() for code in provinces}
    assert covered == set(Division.objects.filter(level="province").values_list("code", flat=True))


def test_yunnan_moved_on_1_july_2023():
    assert office_for("530100", date(2023, 6, 30)).office.code == "GDETO"
    assert office_for("530100", date(2023, 7, 1)).office.code == "CDETO"


@pytest.mark.parametrize(
    ("place", "unit"),
    [
        ("440300", "SZLU"),
        ("440305", "SZLU"),
        ("440100", None),
        ("440000", None),
        ("350200", "FJLU"),
        ("450000", "GXLU"),
        ("120101", "TJLU"),
        ("500000", "CQLU"),
        ("610100", "SNLU"),
        ("310000", None),
    ],
)
def test_a_liaison_unit_serves_its_province_but_shenzhens_only_its_city(place, unit):
    found = office_for(place, TODAY).liaison_unit
    assert (found.code if found else None) == unit


def test_a_row_serves_as_well_as_a_code():
    assert office_for(Division.objects.get(code="469002"), TODAY).office.code == "GDETO"


def test_what_no_office_covers_is_said():
    with pytest.raises(NotCovered):
        office_for("710000", TODAY)


def test_coverage_is_read_once(django_assert_num_queries):
    office_for("440300", TODAY)
    with django_assert_num_queries(0):
        office_for("530100", TODAY)
