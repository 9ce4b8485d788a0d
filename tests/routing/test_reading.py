"""Texts as people write them: names, spellings, scripts and mixtures, and what must be read from each."""

import pytest

from routing.places import find_place
from routing.spelling import apart, misspelt
from routing.suggestions import suggest
from routing.urgency import judge

pytestmark = pytest.mark.django_db


def read(text):
    found = suggest(text)
    return {
        "office": found.office,
        "prefecture": found.prefecture,
        "province": found.province,
        "category": found.categories[0].id if found.categories else None,
        "authority": found.authorities[0].id if found.authorities else None,
        "co_handlers": sorted(row.office for row in found.co_handlers),
        "asks": {question.code for question in found.ask},
    }


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "Taiyuan environmental inspection shut down our plant",
            {"office": "WHETO", "prefecture": "140100", "category": "ENV-1"},
        ),
        (
            "Dalian factory relocation compensation",
            {"office": "BJO", "prefecture": "210200", "category": "LND-1"},
        ),
        (
            "The high-tech zone in Hefei has not paid the promised subsidy",
            {"office": "SHETO", "prefecture": "340100", "category": "MKT-6"},
        ),
        (
            "We have a plant in Jiaxing, Zhejiang Province; discharge permit refused",
            {"office": "SHETO", "prefecture": "330400", "category": "ENV-2"},
        ),
        ("義烏網店被封店", {"office": "SHETO", "prefecture": "330700", "category": "ECM-1"}),
        ("宁波港货柜压港", {"office": "SHETO", "prefecture": "330200", "category": "CUS-1"}),
        ("武漢市場監管局抽檢唔合格", {"office": "WHETO", "prefecture": "420100", "category": "STD-4"}),
        ("重慶海關扣貨", {"office": "CDETO", "province": "500000"}),
        ("深圳南山区税务局不给发票", {"office": "GDETO", "prefecture": "440300"}),
        ("青山区环保", {"office": None, "asks": "place_ambiguous"}),
        ("海州区工伤", {"office": None, "asks": "place_ambiguous"}),
        ("臨沂河東區消防", {"office": "SHETO", "prefecture": "371300"}),
        ("南京鼓楼区市场监管局吊销营业执照", {"office": "SHETO", "prefecture": "320100"}),
        ("杭州西湖区食品抽检", {"office": "SHETO", "prefecture": "330100"}),
        ("永定区消防", {"office": None, "asks": "place_ambiguous"}),
        ("张家界永定区消防", {"office": "WHETO", "prefecture": "430800"}),
        ("城关区消防", {"office": None, "asks": "place_ambiguous"}),
        ("天津河东区消防", {"office": "BJO", "province": "120000"}),
        ("Yulin in Shaanxi Province power rationing", {"office": "CDETO", "prefecture": "610800"}),
        ("Yulin city power rationing", {"office": None, "asks": "place_ambiguous"}),
        ("Yichun, Jiangxi Province EIA", {"office": "WHETO", "prefecture": "360900"}),
        ("Yichun EIA", {"office": None, "asks": "place_ambiguous"}),
        ("The tax bureau of Fuzhou wants back tax", {"office": None, "asks": "place_ambiguous"}),
        ("Suzhou, Jiangsu factory fined", {"office": "SHETO", "prefecture": "320500"}),
        ("Shanxi (山西) power price", {"office": "WHETO", "province": "140000"}),
        ("Taizhou tax audit", {"office": "SHETO", "asks": "place_ambiguous"}),
        ("Chungking branch, labour arbitration", {"office": "CDETO", "province": "500000"}),
        ("Soochow landlord", {"office": "SHETO", "prefecture": "320500"}),
        ("Kiangsu province tax", {"office": "SHETO", "province": "320000"}),
        ("Toishan property purchase, unfinished flat", {"office": "GDETO", "prefecture": "440700"}),
        ("Waichow housing developer delay", {"office": "GDETO", "prefecture": "441300"}),
        ("Hankow warehouse lease", {"office": "WHETO", "prefecture": "420100"}),
        ("Gaungdong province factory", {"office": "GDETO", "asks": "place_ambiguous"}),
        ("Zhongshan City Xiaolan Town lamp factory", {"office": "GDETO", "prefecture": "442000"}),
        ("Quingdao port", {"office": "SHETO", "asks": "place_ambiguous"}),
        ("Chonqing branch", {"office": "CDETO", "asks": "place_ambiguous"}),
        ("Dong-guan plant", {"office": "GDETO", "prefecture": "441900"}),
        ("東莞國企爭我哋尾數成年都唔找", {"office": "GDETO", "prefecture": "441900", "category": "DIS-1"}),
        ("江門個廠要拆,賠得好少", {"office": "GDETO", "prefecture": "440700", "category": "LND-1"}),
        ("喺廣州買咗樓,發展商遲遲唔交樓", {"office": "GDETO", "prefecture": "440100", "category": "LND-5"}),
        ("佛山嗰邊嘅稅局唔肯俾退稅", {"office": "GDETO", "prefecture": "440600", "category": "TAX-1"}),
        ("喺深圳俾人呃咗一筆錢,報咗警", {"office": "GDETO", "prefecture": "440300", "category": "DIS-5"}),
        ("上海個業主唔肯退按金", {"office": "SHETO", "province": "310000", "category": "LND-3"}),
        ("Shanghai 分公司的 fapiao 申請被拒", {"office": "SHETO", "province": "310000", "category": "TAX-1"}),
        (
            "我司 factory 喺 Dongguan,俾環保局 shut down",
            {"office": "GDETO", "prefecture": "441900", "category": "ENV-1"},
        ),
        ("Tsingtao Brewery's dealer in Xi'an owes us", {"office": "CDETO", "prefecture": "610100"}),
        ("上海银行在深圳的分行拒绝开户", {"office": "GDETO", "prefecture": "440300"}),
        (
            "Beijing Road store of ours in Guangzhou was inspected",
            {"office": "GDETO", "prefecture": "440100"},
        ),
        (
            "Dongguan Lucky Toys Co., Ltd. operates a warehouse in Wuhan, which customs closed",
            {"office": "WHETO", "prefecture": "420100"},
        ),
        ("北京路的店铺装修", {"office": None, "asks": "place"}),
        ("中山路上的店", {"office": None, "asks": "place"}),
        ("青岛啤酒经销商在西安欠我们货款", {"office": "CDETO", "prefecture": "610100"}),
        ("My address is Canton Road, Tsim Sha Tsui.", {"office": None, "asks": "place"}),
        ("香港南昌街的公司,貨在上海被扣", {"office": "SHETO", "province": "310000"}),
        ("澳門工廠", {"office": None, "asks": "place"}),
        ("九龍廣東道", {"office": None, "asks": "place"}),
        (
            "Our head office is at Shanghai Street, Yau Ma Tei; the plant in Foshan got no discharge permit",
            {"office": "GDETO", "prefecture": "440600"},
        ),
        ("Lorry from Dongguan to Wuhan stopped at Changsha", {"office": "WHETO"}),
        ("Our goods from Shenzhen to Chengdu", {"office": None, "asks": "place_ambiguous"}),
        ("从深圳运往成都的货物在成都被扣", {"office": "CDETO", "prefecture": "510100", "co_handlers": []}),
        (
            "从广州到武汉的列车上货物丢失,武汉海关查验",
            {"office": "WHETO", "prefecture": "420100", "co_handlers": []},
        ),
        ("江門報關", {"prefecture": "440700", "authority": "CUSTOMS-6800"}),
        ("汕頭報關", {"prefecture": "440500", "authority": "CUSTOMS-6000"}),
        (
            "Gongbei Customs holds our container",
            {"office": "GDETO", "province": "440000", "authority": "CUSTOMS-5700"},
        ),
        ("东莞海关要求补缴进口增值税", {"category": "CUS-2"}),
        ("东莞税务局不给增值税专用发票", {"category": "TAX-1"}),
        ("海关缉私局说我们走私,处罚", {"category": "CUS-5"}),
        ("Chongqing customs valuation raised our import duty", {"category": "CUS-2"}),
        ("上海税务稽查要求补税和滞纳金", {"category": "TAX-4"}),
        ("Zhuhai: professional qualification of our architect not recognised", {"category": "MKT-4"}),
        ("Tianjin: product recall after spot check", {"category": "STD-4"}),
        ("Wuhan: local government promised land, new officials refuse", {"category": "DIS-3"}),
        (
            "Our shops in Beijing, Shanghai and Guangzhou were all closed",
            {"asks": "place_ambiguous", "co_handlers": ["BJO", "GDETO", "SHETO"]},
        ),
        ("深圳海关扣了货,深圳工厂停产;成都分公司也受影响", {"office": "GDETO", "co_handlers": ["CDETO"]}),
        ("東莞、佛山兩間廠都被限電", {"office": "GDETO"}),
        (
            "Our plants in Suzhou Jiangsu and Hangzhou have the same problem with social insurance",
            {"office": "SHETO"},
        ),
        (
            "Our factories in Dongguan and Wuhan were both fined by tax inspectors",
            {"asks": "place_ambiguous", "co_handlers": ["GDETO", "WHETO"]},
        ),
        (
            "Our goods are held in Wuhan and in Chengdu",
            {"asks": "place_ambiguous", "co_handlers": ["CDETO", "WHETO"]},
        ),
        ("we cooperate with the east side", {"office": None, "asks": "place"}),
        ("永安保险拒赔", {"office": None, "asks": "place"}),
        ("我们高平均工资", {"office": None, "asks": "place"}),
    ],
)
def test_a_text_is_read_as_a_person_would(text, wanted):
    found = read(text)
    asks = wanted.pop("asks", None)
    assert {key: found[key] for key in wanted} == wanted
    assert asks is None or asks in found["asks"]


@pytest.mark.parametrize(
    ("tier", "text"),
    [
        ("distress", "My husband was taken by police in Foshan last night"),
        ("distress", "My father died in Guangzhou, we need help"),
        ("distress", "我的护照在成都被偷了"),
        ("distress", "我仔喺深圳俾人打傷"),
        ("distress", "我被困在緬甸邊境瑞麗,人身安全受威脅"),
        ("distress", "債主堵住廠門唔俾我哋離開"),
        ("distress", "My son was kidnapped"),
        ("distress", "I have no travel document any more, it was stolen on the train"),
        ("distress", "Our director is not allowed to leave the mainland"),
        ("distress", "Workers are blocking the gate and our general manager cannot leave the factory"),
        ("distress", "員工在上海遇車禍重傷入院"),
        ("distress", "My brother has been detained by police in Shenzhen"),
        ("distress", "我老公俾差人拉咗"),
        ("distress", "我在廣州遺失回鄉證"),
        (None, "工傷保險賠償計算"),
        (None, "海关扣留我们的样品"),
        (None, "Employees ask for injury insurance"),
        (None, "发票遗失"),
        (None, "Our container is missing"),
        (None, "资金被冻结"),
        (None, "Work injury certification refused"),
        (None, "Our trademark was injured by copycats"),
        (None, "missing documents for VAT refund"),
        (None, "Our goods were detained by customs in Dongguan"),
        ("urgent", "一货柜冻肉被扣在黄埔,快要变质"),
        ("urgent", "後日就要執行"),
        ("urgent", "凍品喺文錦渡俾人扣住"),
        ("urgent", "The deadline for appeal is in 5 days"),
        ("urgent", "复议期限只剩3天"),
        ("urgent", "Our fresh fruit is held by customs in Shenzhen and will rot"),
        ("urgent", "街道办要求我们三天内搬走"),
        ("urgent", "We must file an objection within 7 days"),
        ("normal", "环保处罚"),
        ("normal", "冻肉进口注册问题"),
        ("normal", "The deadline was last year"),
        ("normal", "appeal deadline in 60 days"),
    ],
)
def test_urgency_is_read_from_the_words(tier, text):
    """``None``: anything but distress."""
    found = suggest(text).urgency
    assert found == tier if tier else found != "distress"


def test_distress_is_not_hidden_by_another_subject_in_the_form():
    found = suggest("老闆喺東莞俾公安拘留咗,間廠停咗", division="441900", category="TAX-1")
    assert found.categories[0].id == "TAX-1"
    assert found.urgency == "distress"
    assert "1868" in next(row.text for row in found.ask if row.code == "distress")["zh_hant"]


def test_distress_chosen_as_the_subject_is_distress_whatever_the_words():
    assert suggest("Please read the attached.", category="LIV-5").urgency == "distress"


def test_the_reason_of_an_urgency_quotes_the_words_as_they_were_written():
    why = judge("一箱凍肉喺文錦渡俾人扣住").why
    assert set(why) == {"en", "zh_hant", "zh_hans"}
    assert "凍肉" in why["en"]
    assert judge("環保處罰").why is None


@pytest.mark.parametrize(("text", "tier"), [
    ("appeal within 10 days", "urgent"), ("appeal within 11 days", "normal"),
    ("十日內執行", "urgent"), ("十五日內執行", "normal"), ("二十天内执行", "normal"), ("48小時內執行", "urgent"),
])  # fmt: skip
def test_a_deadline_is_close_up_to_ten_days(text, tier):
    assert judge(text).tier == tier


def test_several_places_have_a_lead_where_one_is_clearly_meant_and_are_asked_where_none_is():
    text = "Our Dongguan plant in Dongguan was closed by the Dongguan tax bureau; the Wuhan plant waits"
    clear = suggest(text)
    assert (clear.office, clear.co_office) == ("GDETO", "WHETO")
    assert [(row.office, row.division) for row in clear.co_handlers] == [("WHETO", "420100")]
    assert "Wuhan" in clear.co_handlers[0].why["en"]
    even = suggest("Our goods are in Wuhan and Chengdu")
    assert (even.office, even.co_office) == (None, None)
    assert {row.office for row in even.co_handlers} == {"WHETO", "CDETO"}


def test_the_place_in_the_form_leads_and_the_others_co_handle():
    found = suggest("我司在東莞和成都的廠都被查稅", division="510100")
    assert (found.office, found.co_office) == ("CDETO", "GDETO")


def test_beijing_co_handles_a_national_matter_before_the_office_of_another_province():
    text = "国家知识产权局驳回商标异议,我们在武汉和成都的公司都受影响"
    found = suggest(text, division="420100", category="IPR-1")
    assert found.co_office == "BJO"
    assert [row.office for row in found.co_handlers] == ["CDETO"]


def test_a_misspelt_name_is_asked_and_never_taken():
    found = suggest("The tax bureau of Shenzen refuses our fapiao")
    assert (found.office, found.province) == ("GDETO", None)
    assert found.ask[0].code == "place_ambiguous"
    assert misspelt("We are mining, dating and joining; the manning of our office") == ()
    assert find_place("Nanjing Road").options == ()


def test_a_name_is_taken_apart_only_where_there_is_one_way():
    assert apart("Dongguan", 2) == "dong guan"
    assert apart("Xian", 2) == "xi an"
    assert apart("Harbin", 3) == ""
    assert apart("Inner Mongolia", 3) == ""


def test_what_cantonese_puts_inside_a_verb_does_not_hide_it():
    assert suggest("深圳海關扣咗貨").categories[0].id == suggest("深圳海關扣貨").categories[0].id
