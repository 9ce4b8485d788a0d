import pytest

from routing import kept, models
from routing.coverage import office_for


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("run", [1, 2])
def test_reference_data_survives_tests_that_commit(run):
    assert models.Office.objects.count() == 5
    assert models.Authority.objects.filter(code="CUSTOMS-5200").exists()


@pytest.mark.django_db
def test_a_change_elsewhere_is_seen_when_the_stamp_is_looked_at(reread_reference, monkeypatch):
    from datetime import date

    assert office_for("440000", date(2026, 1, 1)).office.short_en == "Guangdong ETO"
    # Another process saves and counts the stamp up; this one has forgotten nothing by itself.
    models.Office.objects.filter(code="GDETO").update(short_en="Guangdong Office")
    models.ReferenceStamp.objects.update_or_create(pk=1, defaults={"number": 10_000})
    assert office_for("440000", date(2026, 1, 1)).office.short_en == "Guangdong ETO"
    monkeypatch.setattr(kept, "RECHECK_SECONDS", 0.0)
    assert office_for("440000", date(2026, 1, 1)).office.short_en == "Guangdong Office"
