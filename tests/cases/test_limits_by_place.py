"""Time limits of a province, a type or an authority of its own: which one holds, and what is said of it."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

from cases import clocks
from cases.clocks.days import may_give_up, next_chase, response_limit
from cases.models import Case, Referral
from cases.states import State
from cases.working import explain
from routing import kept
from routing.models import Authority, ClockRule
from routing.rules import clock_rules, rule_for
from tests.cast import an_authority, make_case, move, sent_referral

pytestmark = [pytest.mark.both, pytest.mark.django_db, pytest.mark.usefixtures("reread_reference")]
STAGE = "authority_response_standard"
DAY = date(2026, 11, 16)


@pytest.fixture
def on(monkeypatch):
    def set_day(day):
        at = datetime.fromisoformat(f"{day}T04:00").replace(tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda: at)

    return set_day


def a_rule(**changes):
    """One more limit of the standard answer: the general one with these changes."""
    rule = ClockRule.objects.get(stage=STAGE, province=None, authority_type=None, authority=None)
    rule.pk, rule.loaded_hash = None, ""
    for name, value in changes.items():
        setattr(rule, name, value)
    rule.full_clean()
    rule.save()
    kept.changed()
    return rule


def limit_for(code, on=DAY):
    return rule_for(STAGE, on, an_authority(code)).limit


def clock_of(referral):
    case = Case.objects.get(pk=referral.case_id)
    return {c.stage: c for c in clocks.clocks_of(case, case.events.all()) if c.referral_id == referral.pk}


def test_an_authority_in_hubei_has_the_provinces_own_limits(cast, on):
    on("2026-11-16")
    referral = sent_referral(make_case(State.ASSESSING, cast), cast, an_authority("MOFCOM-420100"))
    found = clock_of(referral)
    assert found["authority_acknowledge"].limit == date(2026, 11, 23)  # the 21st is a Saturday
    assert found[STAGE].limit == date(2027, 1, 15)
    assert response_limit(referral) == date(2027, 1, 15)
    assert next_chase(referral) == date(2026, 12, 7)  # 20 calendar days: a Sunday, so the Monday
    with translation.override("en"):
        sentences = next(e.sentences for e in explain([found[STAGE]], ""))
    assert "This rule holds for: Hubei." in sentences
    assert "The rule: 60 calendar days." in sentences
    assert any("Hubei Provincial Measures" in sentence for sentence in sentences)


def test_elsewhere_the_general_limits_hold(cast, on):
    on("2026-11-16")
    referral = sent_referral(make_case(State.ASSESSING, cast), cast, an_authority("MOFCOM-441900"))
    assert "narrowed" not in [step.code for step in clock_of(referral)[STAGE].working]
    assert clock_of(referral)[STAGE].limit > date(2027, 1, 15)


def test_a_provinces_rules_bind_no_authority_under_vertical_management():
    general = clock_rules(DAY)[STAGE]
    assert rule_for(STAGE, DAY, an_authority("TAX-420100")) == general
    assert rule_for(STAGE, DAY, Authority.objects.filter(level="national").first()) == general
    a_rule(province_id="420000", authority_type_id="TAX", limit=33)
    assert limit_for("TAX-420100") == 33
    assert limit_for("TAX-441900") == 60


def test_the_narrowest_rule_holds_and_of_equals_the_latest():
    a_rule(authority_type_id="MOFCOM", limit=50)
    assert (limit_for("MOFCOM-441900"), limit_for("MOFCOM-420100")) == (50, 50)
    a_rule(province_id="440000", limit=45)
    assert limit_for("MOFCOM-441900") == 50
    a_rule(authority_id="MOFCOM-441900", limit=40)
    assert (limit_for("MOFCOM-441900"), limit_for("MOFCOM-440100")) == (40, 50)
    a_rule(authority_id="MOFCOM-441900", limit=35, valid_from=date(2026, 11, 17))
    assert (limit_for("MOFCOM-441900"), limit_for("MOFCOM-441900", date(2026, 11, 17))) == (40, 35)


def test_a_letter_is_given_up_by_the_rule_that_holds_for_it(cast, on):
    on("2026-11-16")
    referral = sent_referral(make_case(State.ASSESSING, cast), cast, an_authority("MOFCOM-420100"))
    Referral.objects.filter(pk=referral.pk).update(reminders=4)
    on("2027-01-18")
    assert may_give_up(Referral.objects.get(pk=referral.pk))
    a_rule(authority_id="MOFCOM-420100", limit=70)
    assert not may_give_up(Referral.objects.get(pk=referral.pk))


def test_passed_on_the_letter_has_the_limit_of_whoever_has_it_now(cast, on):
    on("2026-11-16")
    referral = sent_referral(make_case(State.ASSESSING, cast), cast, an_authority("MOFCOM-420100"))
    move(referral, "transfer", cast.staff("amina"), to=an_authority("MOFCOM-441900"), on=date(2026, 11, 16))
    successor = Referral.objects.get(successor_of=referral)
    assert response_limit(successor) > date(2027, 1, 15)


@pytest.mark.parametrize("narrow", [{"province_id": "420000"}, {"authority_type_id": "TAX"}])
def test_our_own_limits_are_the_same_everywhere(narrow):
    rule = ClockRule.objects.get(stage="triage_decision")
    rule.pk, rule.valid_from = None, date(2027, 1, 1)
    for name, value in narrow.items():
        setattr(rule, name, value)
    with pytest.raises(ValidationError, match="one promise"):
        rule.full_clean()


@pytest.mark.parametrize("narrow", [{}, {"province_id": "420000", "valid_from": date(2022, 5, 1)}])
def test_two_limits_of_the_same_stage_place_and_day_are_refused(narrow):
    with pytest.raises(ValidationError, match="same first day"):
        a_rule(**narrow)
