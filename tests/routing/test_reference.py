import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import call_command

from routing import models as rows
from routing.kept import changed
from routing.loading import load
from routing.rules import clock_rules

pytestmark = pytest.mark.django_db


def test_everything_the_files_hold_is_there():
    counts = {
        rows.Office: 5,
        rows.LiaisonUnit: 11,
        rows.AuthorityType: 37,
        rows.CustomsDistrict: 42,
        rows.ClockRule: 20,
        rows.RuleSource: 19,
    }
    assert {model: model.objects.count() for model in counts} == counts
    assert rows.Category.objects.filter(parent=None).count() == 15
    assert rows.Category.objects.exclude(parent=None).count() == 78
    by_level = {level: rows.Division.objects.filter(level=level).count() for level in rows.Division.Level}
    assert by_level["province"] == 31
    assert by_level["prefecture"] == 333
    assert by_level["direct"] == 32
    assert by_level["county"] > 2900


@pytest.mark.parametrize(
    "model",
    [
        rows.Office,
        rows.LiaisonUnit,
        rows.Division,
        rows.AuthorityType,
        rows.Authority,
        rows.CustomsDistrict,
        rows.Category,
        rows.ClockRule,
        rows.CalendarDay,
    ],
)
def test_every_row_has_its_name_in_three_languages(model):
    for row in model.objects.all()[:4000]:
        assert all(row.names().values()), row.pk
        assert row.name_en, row.pk


def test_a_second_load_changes_nothing():
    for tally in load():
        assert (tally.created, tally.updated, tally.kept) == (0, 0, []), tally


def test_a_reload_keeps_what_an_administrator_changed_and_says_so(capsys):
    rows.Office.objects.filter(code="GDETO").update(short_en="Guangdong Office", phone="+86 20 0000 0000")
    call_command("load_reference")
    said = capsys.readouterr().out
    assert "routing.office: 0 created, 0 updated, 4 unchanged, 1 kept as edited: GDETO" in said
    office = rows.Office.objects.get(code="GDETO")
    assert (office.short_en, office.phone) == ("Guangdong Office", "+86 20 0000 0000")


def test_contact_data_that_no_file_brings_is_no_edit():
    rows.Office.objects.filter(code="GDETO").update(phone="+86 20 0000 0000")
    tally = next(tally for tally in load() if tally.table == "routing.office")
    assert (tally.unchanged, tally.kept) == (5, [])


def test_a_row_that_only_the_file_changed_is_updated():
    # As if an earlier file had said otherwise: the row still is what that load put there.
    from routing.syncing import sync

    tier = {"code": "urgent", "source": "an earlier file"}
    rows.UrgencyTier.objects.filter(code="urgent").delete()
    assert sync(rows.UrgencyTier, ("code",), [tier]).created == 1
    tally = sync(rows.UrgencyTier, ("code",), [{**tier, "source": "a later file"}])
    assert (tally.updated, tally.kept) == (1, [])
    assert rows.UrgencyTier.objects.get(code="urgent").source == "a later file"


def test_authorities_are_named_from_the_patterns():
    names = dict(rows.Authority.objects.values_list("code", "name_zh_hans"))
    assert names["TAX-441900"] == "国家税务总局东莞市税务局"
    assert names["MOFCOM-440000"] == "广东省商务厅"
    assert names["MOFCOM-110000"] == "北京市商务局"
    assert names["HKMAO-450000"] == "广西壮族自治区人民政府港澳事务办公室"
    assert names["CUSTOMS-5200"] == "黄埔海关"
    assert names["CUSTOMS-CN"] == "海关总署"
    assert names["FREE_ZONE-QIANHAI"] == "前海管理机构"
    assert not any("{" in name for name in names.values())
    assert "NONE_PRIVATE" not in {code.split("-")[0] for code in names}


def test_the_clock_rules_are_those_of_the_day(reread_reference, settings):
    from datetime import date

    today = date(2026, 11, 23)
    rule = clock_rules(today)["authority_response_standard"]
    assert (rule.target, rule.limit, rule.unit, rule.calendar) == (40, 60, "working_day", "CN")
    assert rule.chase_at == (20, 40, 50, 60)
    old = rows.ClockRule.objects.get(stage="triage_decision")
    rows.ClockRule.objects.filter(pk=old.pk).update(valid_until=date(2026, 12, 31))
    old.pk, old.limit, old.valid_from = None, 5, date(2027, 1, 1)
    old.save()
    changed()
    assert clock_rules(date(2026, 12, 31))["triage_decision"].limit == 7
    assert clock_rules(date(2027, 1, 1))["triage_decision"].limit == 5


def test_rules_are_read_once(django_assert_num_queries):
    from datetime import date

    clock_rules(date(2026, 1, 1))
    with django_assert_num_queries(0):
        clock_rules(date(2026, 1, 2))


def test_overlapping_coverage_is_refused():
    from django.core.exceptions import ValidationError

    extra = rows.Coverage(division_id="440000", office_id="BJO")
    with pytest.raises(ValidationError):
        extra.full_clean()


@pytest.mark.urls("tests.routing.admin_urls")
def test_an_administrator_changes_a_row_and_it_is_logged(admin_client, reread_reference, settings):
    settings.LANGUAGE_CODE = "en"
    address = "/admin/routing/coverage/"
    row = rows.Coverage.objects.get(division_id="440000")
    data = {"division": "440000", "office": "GDETO", "source": "gazette", "valid_from": "", "valid_until": ""}
    answer = admin_client.post(f"{address}{row.pk}/change/", data)
    assert answer.status_code == 302
    assert rows.Coverage.objects.get(pk=row.pk).source == "gazette"
    assert LogEntry.objects.filter(object_id=str(row.pk)).count() == 1
    assert admin_client.post(f"{address}{row.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.urls("tests.routing.admin_urls")
@pytest.mark.parametrize("model", ["office", "division", "authority", "category", "clockrule", "calendarday"])
def test_the_lists_of_the_admin_open(admin_client, model, django_assert_max_num_queries):
    with django_assert_max_num_queries(15):
        assert admin_client.get(f"/admin/routing/{model}/").status_code == 200
