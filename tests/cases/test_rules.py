"""Rules that an administrator writes: what they do to a new concern, when they switch themselves off, and who hears."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.urls import reverse

from cases.models import Case
from cases.rule_trial import try_rules
from cases.rules import watch_rules
from jobs.clock import this_day
from routing.kept import changed
from routing.models import Authority, LiaisonUnit, Office, RoutingRule
from routing.suggestions import suggest
from tests.cast import a_filing, file_case

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reread_reference")]

WHY = {
    "why_en": "Cold chain goes to Shanghai.",
    "why_zh_hant": "冷鏈由駐滬辦處理。",
    "why_zh_hans": "冷链由驻沪办处理。",
}


def a_rule(**columns):
    columns = {"position": 10, "title": "Cold chain", "active": True, "office_id": "SHETO", **WHY, **columns}
    rule = RoutingRule.objects.create(**columns)
    changed()
    return rule


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ({"category_id": "CUS"}, "Our goods are held."),
        ({"category_id": "CUS-1", "division_id": "440000"}, "Our goods are held."),
        ({"division_id": "441900"}, "Our goods are held."),
        ({"words": "舊詞\n凍肉"}, "我们的冻肉被扣"),
        ({"words": "cold chain"}, "Our Cold  Chain goods are held"),
        ({"language": "en"}, "Our goods are held."),
        ({"urgency": "normal"}, "Our goods are held."),
    ],
)
def test_a_rule_that_fits_decides_over_the_form_where_it_says_so(cast, condition, text):
    rule = a_rule(over_form=True, **condition)
    case = file_case(text=text)
    assert case.office_id == "SHETO"
    assert case.liaison_unit is None
    assert case.suggestion["office_why"]["zh_hant"] == "冷鏈由駐滬辦處理。"
    stored = case.suggestion["rule"]
    assert (stored["id"], stored["office"], stored["office_kept"]) == (rule.pk, "SHETO", False)


@pytest.mark.parametrize(
    "condition",
    [
        {"category_id": "TAX"},
        {"category_id": "CUS-4"},
        {"division_id": "440300"},
        {"words": "chain"},
        {"language": "zh-hant"},
        {"urgency": "distress"},
        {"category_id": "CUS-1", "words": "cold"},
    ],
)
def test_a_rule_with_one_condition_that_does_not_hold_does_nothing(cast, condition):
    a_rule(over_form=True, **condition)
    case = file_case(text="Our goods in unchained boxes are held.")
    assert case.office_id == "GDETO"
    assert "rule" not in case.suggestion


def test_the_place_in_the_form_stands_and_the_authority_of_the_rule_comes_first(cast):
    a_rule(category_id="CUS", authority_id="CUSTOMS-5300")
    case = file_case()
    assert case.office_id == "GDETO"
    assert case.suggestion["rule"]["office_kept"] is True
    assert "office" not in case.suggestion["rule"]
    first = case.suggestion["authorities"][0]
    assert (first["id"], first["why"]["en"]) == ("CUSTOMS-5300", "Cold chain goes to Shanghai.")


def test_without_a_place_in_the_form_the_rule_gives_the_office():
    a_rule(words="冷鏈")
    found = suggest("東莞的冷链貨物被扣")
    assert (found.office, found.office_why["en"]) == ("SHETO", "Cold chain goes to Shanghai.")


def test_the_first_rule_that_fits_decides_and_one_outside_its_days_or_switched_off_is_passed_over(cast):
    day = this_day()
    a_rule(position=1, over_form=True, category_id="CUS", valid_until=day - timedelta(days=1))
    a_rule(position=2, over_form=True, category_id="CUS", valid_from=day + timedelta(days=1))
    a_rule(position=3, over_form=True, category_id="CUS", active=False)
    second = a_rule(position=20, over_form=True, category_id="CUS", office_id="WHETO")
    a_rule(position=30, over_form=True, category_id="CUS")
    case = file_case()
    assert (case.office_id, case.suggestion["rule"]["id"]) == ("WHETO", second.pk)


def test_the_people_of_a_rule_are_named_to_whoever_gives_the_case_out(cast, client):
    a_rule(category_id="CUS", office_id="GDETO", pool=[cast.amina.pk, cast.chi.pk])
    case = file_case()
    cast.chi.is_active = False
    cast.chi.save()
    client.force_login(cast.wing)
    page = client.get(reverse("cases:move", args=[case.reference, "assign"])).content.decode()
    assert "By a rule for concerns like this: Amina" in page
    assert "Amina, Chi" not in page


@pytest.mark.both
def test_a_rule_whose_office_ended_switches_itself_off_when_it_is_used_and_administrators_are_told_once(cast):
    rule = a_rule(category_id="CUS", authority_id="CUSTOMS-5300")
    Authority.objects.filter(pk="CUSTOMS-5300").update(valid_until=this_day() - timedelta(days=1))
    changed()
    case = file_case()
    assert "rule" not in case.suggestion
    rule.refresh_from_db()
    assert (rule.active, rule.off_why) == (False, "authority:CUSTOMS-5300")
    assert rule.off_at
    watch_rules.func()
    watch_rules.func()
    (told,) = mail.outbox
    assert told.to == ["ada@example.invalid"]
    assert "the authority is no longer valid (CUSTOMS-5300)" in told.body
    assert "10 Cold chain" in told.body


def test_the_task_finds_what_left_without_any_concern_coming_in(cast):
    day = this_day()
    Office.objects.filter(pk="WHETO").update(valid_until=day)
    by_office = a_rule(position=1, category_id="TAX", office_id="WHETO")
    by_people = a_rule(position=2, category_id="TAX", pool=[cast.bo.pk])
    some_left = a_rule(position=3, category_id="TAX", pool=[cast.bo.pk, cast.shan.pk])
    watch_rules.func()
    assert RoutingRule.objects.filter(active=True).count() == 3
    Office.objects.filter(pk="WHETO").update(valid_until=day - timedelta(days=1))
    type(cast.bo).objects.filter(pk=cast.bo.pk).update(office="GDETO")
    watch_rules.func()
    assert {rule.pk: rule.off_why for rule in RoutingRule.objects.all()} == {
        by_office.pk: "office:WHETO",
        by_people.pk: "pool",
        some_left.pk: "",
    }
    (told,) = mail.outbox
    assert "1 Cold chain" in told.body
    assert "2 Cold chain" in told.body


def test_a_rule_with_nobody_left_lets_the_next_one_decide_at_once(cast):
    gone = a_rule(position=1, category_id="CUS", over_form=True, pool=[cast.bo.pk])
    follows = a_rule(position=2, category_id="CUS", over_form=True, office_id="WHETO")
    cast.bo.is_active = False
    cast.bo.save()
    assert file_case().suggestion["rule"]["id"] == follows.pk
    gone.refresh_from_db()
    assert gone.off_why == "pool"


def test_what_could_not_be_mailed_is_told_later(cast, settings):
    rule = a_rule(category_id="TAX", pool=[cast.bo.pk])
    cast.bo.is_active = False
    cast.bo.save()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    watch_rules.func()
    rule.refresh_from_db()
    assert (rule.off_why, rule.told_at) == ("pool", None)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    watch_rules.func()
    assert len(mail.outbox) == 1


# --- trying --------------------------------------------------------------------------------------
@pytest.mark.both
def test_a_trial_says_which_cases_would_have_gone_elsewhere_and_changes_nothing(cast):
    file_case(text="Our cold chain goods are held.")
    file_case(text="Our goods are held.")
    rule = a_rule(active=False, words="cold chain", over_form=True, authority_id="CUSTOMS-5300")
    before = list(Case.objects.order_by("pk").values())
    trial = try_rules(rule)
    assert (trial.looked_at, trial.fitted, trial.office_kept) == (2, 1, 0)
    ((row, n),) = trial.elsewhere.items()
    assert (row.office, n) == (("GDETO", "SHETO"), 1)
    assert row.authority == ("CUSTOMS-5200", "CUSTOMS-5300")
    assert try_rules().fitted == 0
    assert list(Case.objects.order_by("pk").values()) == before


def test_a_trial_knows_that_the_place_in_the_form_and_an_earlier_rule_are_stronger(cast):
    file_case()
    kept = a_rule(active=False, category_id="CUS")
    trial = try_rules(kept)
    assert (trial.fitted, trial.office_kept, trial.elsewhere) == (1, 1, {})
    a_rule(position=1, category_id="CUS", office_id="WHETO", over_form=True)
    assert try_rules(kept).fitted == 0
    assert [how.office for how in try_rules().elsewhere] == [("GDETO", "WHETO")]


def test_what_a_trial_foretells_is_what_filing_does(cast):
    rule = a_rule(active=False, words="冷鏈", over_form=True)
    file_case(text="货物在冷链仓库被扣")
    (row,) = try_rules(rule).elsewhere
    RoutingRule.objects.update(active=True)
    changed()
    assert file_case(text="货物在冷链仓库被扣").office_id == row.office[1]
    # What the business wants is no part of what rules read, here as there.
    file_case(text="货物被扣", wanted="冷链")
    assert try_rules(rule).fitted == 2
    assert Case.objects.latest("pk").office_id == "GDETO"


# --- the pages -----------------------------------------------------------------------------------
def form_data(**changes):
    data = {
        "position": "10", "title": "Cold chain", "active": "on", "category": "CUS", "division": "", "words": "",
        "urgency": "", "language": "", "office": "SHETO", "liaison_unit": "", "authority": "", **WHY,
        "valid_from": "", "valid_until": "", "source": "",
    }  # fmt: skip
    return data | changes


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"category": ""}, "category"),
        ({"office": ""}, "office"),
        ({"office": "", "authority": "CUSTOMS-5200", "liaison_unit": "SZLU"}, "liaison_unit"),
        ({"office": "", "authority": "CUSTOMS-5200", "over_form": "on"}, "over_form"),
        ({"liaison_unit": "SZLU"}, "liaison_unit"),
        ({"words": "cold\n--"}, "words"),
        ({"why_zh_hans": ""}, "why_zh_hans"),
        ({"pool": ["amina"]}, "pool"),
        ({"valid_from": "2026-12-02", "valid_until": "2026-12-01"}, "valid_until"),
        ({"position": "0"}, "position"),
        ({"position": "7"}, "position"),
        ({"authority": "CUSTOMS-5300"}, "authority"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_at_its_field(cast, client, changes, field):
    a_rule(position=7, category_id="TAX")
    Authority.objects.filter(pk="CUSTOMS-5300").update(valid_until=this_day() - timedelta(days=1))
    if "pool" in changes:
        changes = {"pool": [str(cast.amina.pk)]}
    client.force_login(cast.ada)
    page = client.post(reverse("admin:routing_routingrule_add"), form_data(**changes))
    assert page.status_code == 200
    assert list(page.context["adminform"].form.errors) == [field]


def test_an_administrator_writes_tries_and_switches_on_a_rule(cast, client):
    cases = [file_case() for _ in range(5)]
    client.force_login(cast.ada)
    added = form_data(active="", over_form="on", pool=[str(cast.bo.pk)])
    assert client.post(reverse("admin:routing_routingrule_add"), added).status_code == 302
    rule = RoutingRule.objects.get()
    assert (rule.active, rule.pool) == (False, [cast.bo.pk])
    place = reverse("admin:routing_routingrule_try_one", args=[rule.pk])
    assert "GDETO → SHETO" not in client.get(place).content.decode()
    assert LogEntry.objects.filter(object_id=rule.pk).count() == 1  # looking tries nothing
    page = client.post(place).content.decode()
    assert "GDETO → SHETO" in page
    assert not any(case.reference in page for case in cases)
    log = LogEntry.objects.filter(object_id=rule.pk).first()
    assert (log.user, log.change_message) == (cast.ada, "Tried on last year's cases. Words: ")
    change = reverse("admin:routing_routingrule_change", args=[rule.pk])
    assert "/try/" in client.get(change).content.decode()
    RoutingRule.objects.update(off_why="pool", off_at=cases[0].received_at)
    listed = client.get(reverse("admin:routing_routingrule_changelist")).content.decode()
    assert "1 rule has switched itself off" in listed
    assert "nobody of the people to give it to works there any more" in listed
    on = form_data(over_form="on", pool=[str(cast.bo.pk)])
    assert client.post(change, on).status_code == 302
    rule.refresh_from_db()
    assert (rule.active, rule.off_why, rule.off_at) == (True, "", None)
    assert file_case(text="Our goods are held again.").office_id == "SHETO"


@pytest.mark.parametrize(("n", "told"), [(0, False), (4, False), (5, True)])
def test_a_trial_tells_no_small_number_so_that_nobody_asks_it_which_case_holds_a_word(cast, client, n, told):
    for _ in range(n):
        file_case(text="Mr Wong of the cold chain is angry.")
    file_case(text="Our goods are held.")
    rule = a_rule(active=False, words="wong", over_form=True)
    client.force_login(cast.ada)
    page = client.post(reverse("admin:routing_routingrule_try_one", args=[rule.pk])).content.decode()
    assert (">5 would have gone elsewhere" in page) is told
    assert ("Fewer than 5 of them fit, perhaps none" in page) is not told
    assert ("GDETO → SHETO" in page) is told
    page = client.post(reverse("admin:routing_routingrule_try")).content.decode()
    assert "Fewer than 5 of them fit" in page
    assert "All rules that act today" in [str(entry.object_repr) for entry in LogEntry.objects.all()]


def test_a_concern_filed_without_any_rule_reads_them_once_a_process(cast, django_assert_num_queries):
    a_filing().build(*_arguments())
    with django_assert_num_queries(2):  # category and division of the filing itself
        a_filing().build(*_arguments())


def _arguments():
    from cases.permissions import Actor
    from jobs.clock import this_moment

    return this_moment(), "", Actor.new_business()


def test_a_rule_waits_for_an_authority_that_does_not_hold_yet(cast):
    rule = a_rule(category_id="CUS", office_id=None, authority_id="CUSTOMS-5300")
    Authority.objects.filter(pk="CUSTOMS-5300").update(valid_from=this_day() + timedelta(days=1))
    changed()
    assert "rule" not in file_case().suggestion
    rule.refresh_from_db()
    assert rule.active
    Authority.objects.filter(pk="CUSTOMS-5300").update(valid_from=this_day())
    changed()
    assert file_case().suggestion["rule"]["id"] == rule.pk


def test_a_rule_whose_unit_was_given_to_another_office_switches_itself_off(cast):
    unit = LiaisonUnit.objects.filter(office="GDETO").first()
    rule = a_rule(category_id="CUS", office_id="GDETO", liaison_unit=unit)
    assert file_case().suggestion["rule"]["id"] == rule.pk
    LiaisonUnit.objects.filter(pk=unit.pk).update(office="SHETO")
    changed()
    assert "rule" not in file_case().suggestion
    rule.refresh_from_db()
    assert (rule.active, rule.off_why) == (False, f"unit:{unit.pk}")
