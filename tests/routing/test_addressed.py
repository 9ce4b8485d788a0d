"""An authority that the text names is among those to ask; one it says it does not mean is not."""

import pytest

from routing.addressed import addressed
from routing.candidates import _with_named
from routing.models import AuthorityType
from routing.suggestions import suggest
from routing.syncing import _digest, carry_over, sync

pytestmark = pytest.mark.django_db

NAMED = """
TAX|惠州税局一直不退我们的钱
SAFE|外管局叫我們補交資料，三次都說不齊
HRSS|社保局話我哋欠供，要罰款
SAMR|市监局的人来了，把我们的货封了
PUBLIC_SECURITY|派出所唔受理
HOUSING_CONSTRUCTION|住建局拖了八个月不给答复
NAT_RES|The land bureau in Foshan will not process our papers
ECO_ENV|環保局三次來廠，每次說法不同
EMERGENCY|应急局让我们停下来整改
MOFCOM|The commerce bureau never replied to our application
LOCAL_GOV|村委要我们多交钱
HEALTH|卫健委要求我们重新申请
TRANSPORT|海事局不让我们的船靠岸
IP|CNIPA rejected it
TAX|不是海关的问题，是税局不肯放
CUSTOMS|唔係稅局，係海關唔放行
TAX|It is not customs but the tax bureau that refuses
"""


@pytest.mark.parametrize("line", NAMED.strip().splitlines())
def test_whom_the_text_names_is_among_the_first_three_to_ask(line):
    expected, text = line.split("|")
    assert expected in [row.type for row in suggest(text).authorities][:3]


def test_without_a_subject_whom_the_text_names_comes_first():
    found = suggest("惠州税局一直不理我们")
    assert found.authorities[0].type == "TAX"
    assert found.authorities[0].id == "TAX-441300"


@pytest.mark.parametrize(
    ("text", "named", "denied"),
    [
        ("不是海关的问题，是税局", ["TAX"], ["CUSTOMS"]),
        ("not with the customs, the tax bureau", ["TAX"], ["CUSTOMS"]),
        ("海关不放行，不是海关就是税局", ["CUSTOMS", "TAX"], []),
        ("nobody knows", [], []),
        ("是不是海关的问题", ["CUSTOMS"], []),
        ("唔關海關事，係稅局", ["TAX"], ["CUSTOMS"]),
        ("we told the Hong Kong police", [], []),
        ("香港海关没有问题", [], []),
        ("海关已放行，但佛山市监局封存了货物", ["SAMR"], ["CUSTOMS"]),
        ("海關說不是他們的事，叫我們找稅局", ["TAX"], ["CUSTOMS"]),
        ("customs has already released it, the tax bureau has not", ["TAX"], ["CUSTOMS"]),
        ("CIQ keeps our cargo", ["CUSTOMS"], []),
        ("SAFE returned our form", ["SAFE"], []),
        ("it is safe to say that nobody answered", [], []),
        ("shui wu ju yao fa kuan", ["TAX"], []),
    ],
)
def test_a_denied_name_does_not_count_unless_it_is_named_elsewhere(text, named, denied):
    found = addressed(text)
    assert (found.named, found.denied) == (named, denied)


def test_whom_the_text_names_goes_before_the_mere_way_to_somebody():
    names = {"en": "", "zh_hant": "", "zh_hans": ""}
    found = _with_named([("FIE_COMPLAINT", 0.9, names), ("SAMR", 0.5, names)], ["LOCAL_GOV"], sure=True)
    assert [code for code, _score, _why in found][:2] == ["LOCAL_GOV", "FIE_COMPLAINT"]


def test_a_court_is_no_authority_to_write_to():
    assert [code for code, _score, _why in _with_named([], ["COURT", "TAX"], sure=False)] == ["TAX"]


def test_a_column_that_a_file_newly_brings_makes_no_row_look_edited():
    row = {
        "code": "DEMO",
        "name_en": "Demo",
        "name_zh_hant": "示範",
        "name_zh_hans": "示范",
        "referable": "yes",
    }
    sync(AuthorityType, ("code",), [row])
    AuthorityType.objects.create(
        code="BYHAND", name_zh_hant="手", name_zh_hans="手", referable="yes", loaded_hash="x"
    )
    assert carry_over(AuthorityType, set(row), {"called"}) == 1
    assert AuthorityType.objects.get(pk="DEMO").loaded_hash == _digest(
        row | {"called": []}, sorted([*row, "called"])
    )
    tally = sync(AuthorityType, ("code",), [row | {"called": ["demo bureau"]}])
    assert (tally.updated, tally.kept) == (1, [])
    assert AuthorityType.objects.get(pk="DEMO").called == ["demo bureau"]
