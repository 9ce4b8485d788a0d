import io
import json

import pytest
from django.core.management import call_command

from routing.places import find_place
from routing.suggestions import suggest

pytestmark = pytest.mark.django_db


def asked(found):
    return {question.code for question in found.ask}


@pytest.mark.parametrize(
    ("text", "office", "prefecture", "category", "authority"),
    [
        (
            "Our container has been held at the port in Dongguan; customs clearance is delayed.",
            "GDETO",
            "441900",
            "CUS-1",
            "CUSTOMS-5200",
        ),
        ("我哋喺東莞嘅廠俾海關扣貨，報關單已經交咗兩個星期", "GDETO", "441900", "CUS-1", "CUSTOMS-5200"),
        ("我司在东莞的货物被扣货，报关单已递交，清关延误", "GDETO", "441900", "CUS-1", "CUSTOMS-5200"),
        ("惠州工廠嘅加工貿易手冊未能核銷", "GDETO", "441300", "CUS-4", "CUSTOMS-5300"),
        ("中山市的进口税则归类被否定，商品编码有争议", "GDETO", "442000", "CUS-2", "CUSTOMS-5700"),
        ("The tax bureau in Chengdu refuses our fapiao", "CDETO", "510100", "TAX-1", "TAX-510100"),
        ("西安市环保督察要求停产", "CDETO", "610100", "ENV-1", "ECO_ENV-610100"),
        ("太原嘅工廠被限電", "WHETO", "140100", "ENV-5", "DRC-140000"),
        ("昆山的员工工伤认定被拒", "SHETO", "320500", "LAB-4", "HRSS-320500"),
        ("虎門工廠收到整改通知，消防驗收唔通過", "GDETO", "441900", "LND-4", "HOUSING_CONSTRUCTION-441900"),
    ],
)
def test_a_text_leads_to_office_category_and_authority(text, office, prefecture, category, authority):
    found = suggest(text)
    assert (found.office, found.prefecture) == (office, prefecture)
    assert found.categories[0].id == category
    assert found.authorities[0].id == authority


def test_every_suggestion_gives_its_reason_in_three_languages():
    found = suggest("Our container is held at the port in Dongguan, customs clearance is delayed")
    for why in [
        found.office_why,
        *(row.why for row in found.categories),
        *(row.why for row in found.authorities),
        *(row.text for row in found.ask),
    ]:
        assert set(why) == {"en", "zh_hant", "zh_hans"}
        assert all(why.values())
    assert "customs clearance" in found.categories[0].why["en"]
    assert found.categories[0].score >= found.categories[-1].score


def test_a_national_decision_brings_beijing_as_co_handler():
    found = suggest("商標被搶注，國家知識產權局駁回異議", division="440300")
    assert (found.office, found.co_office) == ("GDETO", "BJO")
    assert (found.authorities[0].type, found.authorities[0].level) == ("IP", "national")
    assert suggest("商標被搶注", division="110000").co_office is None


def test_a_local_tax_office_with_a_national_name_is_local():
    found = suggest("国家税务总局深圳市税务局拒绝开具发票", division="440300")
    assert found.authorities[0].id == "TAX-440300"
    assert found.co_office is None


@pytest.mark.parametrize(
    "text",
    [
        "The landlord in Shanghai keeps our deposit after the tenancy ended and wants a rent increase",
        "上海供應商違約，貨款追討無門，合同糾紛",
        "案件已由广州法院受理，等待判决",
        "有官员索贿受贿，吃拿卡要",
    ],
)
def test_private_disputes_courts_and_discipline_are_not_referable(text):
    found = suggest(text)
    assert found.referable == "no"
    assert found.authorities[0].id is None


def test_a_tax_matter_before_a_court_is_not_referable():
    found = suggest("The tax inspection penalty is now pending before the Foshan court", category="TAX-4")
    assert found.referable == "no"
    assert "proceedings" in asked(found)


@pytest.mark.parametrize("place", ["Fuzhou", "Yichun", "Yulin", "Pingxiang", "Shanxi", "Shaanxi"])
def test_a_spelling_shared_by_two_offices_is_asked(place):
    found = suggest(f"The tax bureau of {place} refuses our fapiao")
    assert found.office is None
    assert found.province is None
    assert "place_ambiguous" in asked(found)
    assert len(found.ask[0].options) >= 2


def test_places_of_one_name_are_told_apart_by_their_province():
    question = suggest("The tax bureau of Fuzhou refuses our fapiao").ask[0]
    assert question.text["en"] == "Which place is meant: Fuzhou (Fujian) / Fuzhou (Jiangxi)?"


def test_a_spelling_shared_within_one_office_is_asked_but_the_office_is_known():
    found = suggest("Our factory in Suzhou was fined")
    assert found.office == "SHETO"
    assert found.province is None
    assert "place_ambiguous" in asked(found)


def test_another_place_in_the_text_settles_a_shared_spelling():
    assert find_place("Fuzhou, Fujian Province").prefecture == "350100"
    assert find_place("our office in Xi'an, Shaanxi").prefecture == "610100"


@pytest.mark.parametrize(
    ("text", "province", "prefecture"),
    [
        ("中山路的店铺", None, None),
        ("在上海的南京路开店", "310000", None),
        ("海南的公司", "460000", None),
        ("海南藏族自治州", "630000", "632500"),
        ("海南州", "630000", "632500"),
        ("吉林的工厂", "220000", None),
        ("吉林市的工厂", "220000", "220200"),
        ("ＤＯＮＧＧＵＡＮ", "440000", "441900"),
        ("our plant in SZ", "440000", "440300"),
        ("a sip of tea", None, None),
        ("河北区的仓库", "120000", None),
        ("拱北海關", "440000", None),
    ],
)
def test_places_are_told_from_what_only_looks_like_one(text, province, prefecture):
    found = find_place(text)
    assert (found.province, found.prefecture) == (province, prefecture)


def test_two_places_of_equal_weight_are_asked():
    found = suggest("Our goods are in Wuhan and Chengdu")
    assert found.office is None
    assert "place_ambiguous" in asked(found)


def test_the_form_wins_and_a_text_that_says_otherwise_is_asked():
    found = suggest("昆明工廠被限電", division="440300", category="TAX-1")
    assert (found.office, found.liaison_unit, found.prefecture) == ("GDETO", "SZLU", "440300")
    assert (found.categories[0].id, found.categories[0].score) == ("TAX-1", 1.0)
    assert {"place_mismatch", "category_mismatch"} <= asked(found)


def test_a_main_category_narrows_the_choice():
    found = suggest("佛山的出口退税拖延", category="TAX")
    assert {row.id.split("-")[0] for row in found.categories} == {"TAX"}


def test_without_any_sign_everything_is_asked():
    found = suggest("hello")
    assert (found.office, found.categories) == (None, [])
    assert {"place", "category"} <= asked(found)
    assert [row.type for row in found.authorities] == ["HKMAO"]


def test_a_complaint_centre_is_the_alternative_for_an_administrative_act():
    types = [row.type for row in suggest("佛山税务稽查罚款").authorities]
    assert types[0] == "TAX"
    assert {"FIE_COMPLAINT", "HKMAO"} <= set(types)


@pytest.mark.parametrize(
    ("division", "district"),
    [
        ("441900", "5200"),
        ("441300", "5300"),
        ("442000", "5700"),
        ("440112", "5200"),
        ("440104", "5100"),
        ("320500", "2300"),
        ("310000", "2200"),
        ("330200", "3100"),
    ],
)
def test_customs_follows_its_districts(division, district):
    assert suggest("报关清关延误", division=division).authorities[0].id == f"CUSTOMS-{district}"


def test_where_a_province_has_several_customs_districts_it_is_asked():
    found = suggest("报关清关延误", division="330100")
    assert found.authorities[0].id is None
    assert next(q for q in found.ask if q.code == "customs_district").options == ("2900", "3100")


def test_the_zone_that_the_text_names_is_suggested():
    found = suggest("河套合作區承諾的入駐獎勵沒有兌現", category="GBA-3")
    assert found.authorities[0].id == "FREE_ZONE-HETAO"


def test_someone_in_distress_is_pointed_to_the_hotline():
    assert "distress" in asked(suggest("我的同事被拘留了，求助", division="440300"))


def test_unknown_codes_are_refused():
    with pytest.raises(LookupError):
        suggest("x", division="710000")
    with pytest.raises(LookupError):
        suggest("x", category="9999")


def test_a_second_suggestion_costs_no_query(django_assert_num_queries):
    suggest("东莞报关清关延误", division="441900", category="CUS-1")
    with django_assert_num_queries(0):
        suggest("东莞报关清关延误", division="441900", category="CUS-1")


def test_the_command_answers_every_line(monkeypatch, capsys):
    lines = '{"id": 1, "text": "東莞 報關", "lang": "zh-hant"}\nnope\n\n{"id": 3, "text": 5}\n[1]\n{"id":"x","text":"a","division":"1"}\n'
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    call_command("suggest", "--jsonl")
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(answers) == 5
    assert answers[0]["office"] == "GDETO"
    assert answers[0]["authorities"][0]["name"] == "黃埔海關"
    assert [set(answer) for answer in answers[1:]] == [{"id", "error"}] * 4
    assert answers[2]["id"] == 3


@pytest.mark.parametrize("text", ["", "\x00\ud800", "%s %(name)s {0} %n", "[" * 4000, "東" * 4000, "{{7*7}}"])
def test_no_text_breaks_a_suggestion(text):
    answer = suggest(text).as_dict()
    assert set(answer) >= {"office", "categories", "authorities", "referable", "ask"}
    assert answer["office"] is None
    assert answer["ask"]


@pytest.mark.parametrize(
    ("text", "division"),
    [
        ("宣传页写了两个字就罚二十万，宁波", "330200"),  # 万宁 is a city as well
        ("港科大同我哋喺廣州嘅研發項目", "440100"),  # 大同 too
        ("Frozen seafood was rejected at Fuzhou Mawei", "350100"),
        ("The Yulin Yuyang tax office does not answer", "610800"),
    ],
)
def test_a_place_is_not_read_across_a_comma_and_a_district_tells_which_city_is_meant(text, division):
    assert suggest(text).prefecture == division


def test_a_word_that_only_hints_counts_half():
    hinted, said = suggest("The truck of our restaurant"), suggest("Food poisoning")
    assert hinted.categories[0].score < said.categories[0].score


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("My husband was taken from his hotel last night by men who said they were police", "distress"),
        ("個仔俾人睇住唔准走，要我哋過十萬先放人，求你哋救佢", "distress"),
        ("上礼拜粉尘爆了，没有人受伤，要请专家评估", "normal"),
        ("他们不让走货，天天拖着", "normal"),
    ],
)
def test_who_is_kept_somewhere_is_in_distress_and_who_was_not_hurt_is_not(text, urgency):
    assert suggest(text).urgency == urgency
