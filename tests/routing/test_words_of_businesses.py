"""What concerns read like, in the words of businesses rather than of the reference data."""

import pytest

from routing.suggestions import suggest

pytestmark = pytest.mark.django_db

#: What it is about, an authority that should be among the first three, and the text. All invented.
TEXTS = [
    (
        "TAX-1",
        "TAX",
        "我公司是一家在东莞的港资贸易公司，2025年第二季度的出口退税申请已经提交五个月，税务机关表示正在核查供货商，一直没有退款，影响资金周转，希望协助了解进展。",
    ),
    (
        "TAX-4",
        "TAX",
        "您好，我司于去年接受检查后被要求补缴2019至2022年的税款并加收滞纳金，我们对计算方法有异议，已提交说明但未获回应。",
    ),
    (
        "CUS-1",
        "CUSTOMS",
        "Dear Sir/Madam, our shipment of electronic parts from Hong Kong was stopped at Huanggang on 3 October for inspection. All documents were supplied. Seven weeks later the goods still have not been released and our production line is idle.",
    ),
    (
        "CUS-2",
        "CUSTOMS",
        "海关要求我公司就过去三年进口的模具重新归类，补缴税款两百多万元，我们认为原编码正确。",
    ),
    (
        "CUS-6",
        "CUSTOMS",
        "我們向內地出口急凍雞翼多年，近日海關以衞生證書式樣更新為由拒絕入口，整櫃貨要退回香港。",
    ),
    (
        "MKT-1",
        "SAMR",
        "本公司拟变更董事，市场监督管理部门要求提供经公证的香港公司文件，已三次退件，每次理由不同。",
    ),
    (
        "MKT-2",
        "MOFCOM,SAMR,HEALTH,EDUCATION,TRANSPORT,CULTURE_TOURISM",
        "我們於2024年向當地部門申請人力資源服務許可證，至今未獲批准，也沒有書面解釋。",
    ),
    (
        "MKT-6",
        "LOCAL_GOV",
        "签约时园区管委会承诺给予设备投资额百分之十的奖励，现在我们已投产两年，款项分文未付。",
    ),
    (
        "IPR-1",
        "IP",
        "A company in Wenzhou has registered our brand name in Chinese and is now asking us for 500,000 to buy it back.",
    ),
    (
        "IPR-2",
        "SAMR,PUBLIC_SECURITY",
        "广州批发市场公开出售我们品牌的假手袋，我们投诉两次，执法人员说查无实据。",
    ),
    (
        "LAB-1",
        "HRSS,HOUSING_FUND",
        "我司聘用的香港员工已在香港供强积金，但社保部门仍要求在内地参保，能否豁免？",
    ),
    ("LAB-2", "HRSS", "因订单减少，我厂准备遣散六十名工人，工人要求高于法定标准的补偿并堵住厂门。"),
    (
        "LAB-4",
        "HRSS",
        "An employee hurt his back outside working hours but the bureau decided it was a work injury and the fund will not pay.",
    ),
    (
        "LND-1",
        "NAT_RES,LOCAL_GOV",
        "因为轨道交通建设，我们租用的厂房被列入征收范围，政府只和业主谈补偿，我们的搬迁损失没有人理。",
    ),
    (
        "LND-2",
        "NAT_RES",
        "我们1998年买的工业用地，土地证一直写着镇办企业的名字，现在想改回公司名下，自然资源局不受理。",
    ),
    ("LND-3", "NONE_PRIVATE", "房东要提前收回店铺，不肯退押金和装修费。"),
    (
        "LND-4",
        "HOUSING_CONSTRUCTION,EMERGENCY",
        "酒店裝修完成後，消防驗收一直不通過，開不了業，每日損失數萬元。",
    ),
    (
        "LND-5",
        "HOUSING_CONSTRUCTION",
        "我在惠州大亞灣買的住宅單位，原定2022年交樓，現在工地停了，開發商聯絡不上，銀行仍要我供款。",
    ),
    (
        "ENV-1",
        "ECO_ENV",
        "Our electroplating plant was ordered to halt after an unannounced visit; the officers say nickel in the discharge exceeded the standard, we have test reports showing otherwise.",
    ),
    ("ENV-2", "ECO_ENV", "新建涂装车间的环评批复已超过法定期限，生态环境局说总量指标不足。"),
    ("ENV-5", "DRC", "入夏以来供电局要求我们错峰用电，每周停三天，海外订单无法交付。"),
    (
        "FIN-1",
        "SAFE",
        "We sold our share in a Mainland joint venture last year but the bank and the forex bureau keep asking for new papers and the money cannot leave.",
    ),
    ("FIN-2", "PBOC,FIN_REG", "公司在中国银行的账户因为收到一笔陌生汇款被外地公安冻结半年，影响发工资。"),
    ("FIN-3", "FIN_REG,PBOC", "银行以母公司在境外为由拒绝我们的贷款续期。"),
    ("DIS-1", "MIIT,SASAC", "我们为某市人民医院安装空调系统，验收三年，尚欠工程款一百八十万。"),
    (
        "DIS-2",
        "NONE_PRIVATE",
        "A buyer in Hangzhou took delivery of fabric worth USD 90,000 and stopped answering our calls.",
    ),
    (
        "DIS-3",
        "FIE_COMPLAINT,LOCAL_GOV",
        "区政府与我司签订的招商协议约定供地，现以规划调整为由单方终止，拒绝赔偿前期投入。",
    ),
    ("DIS-4", "COURT", "法院已判對方還款，我們申請強制執行一年半，執行法官說查不到財產。"),
    ("DIS-5", "PUBLIC_SECURITY", "我们被一家冒充国企的公司骗走货款，派出所说是经济纠纷，不予立案。"),
    ("DAT-1", "CAC", "集團想把內地會員資料存放在香港的伺服器，不知道要不要申報，遞交後一直沒有結果。"),
    (
        "DAT-2",
        "TELECOM",
        "Our Shanghai subsidiary's website filing was cancelled without notice and the site has been offline for a month.",
    ),
    ("DAT-3", "CAC", "我们的购物软件被通知强制收集通讯录，要求限期整改，否则从应用商店下架。"),
    ("STD-1", "SAMR", "电源适配器被要求重新做强制性产品认证，认证机构拖了四个月。"),
    ("STD-2", "SAMR", "进口饼干因中文标签配料表字号太小被职业打假人投诉，市监要罚十倍。"),
    ("STD-3", "NMPA", "我們的止痛膏在香港有註冊，想循簡化途徑在內地上市，審批部門要求補做臨床。"),
    ("STD-4", "SAMR", "监督抽查判定我司儿童玩具小零件不合格，我们申请复检被拒。"),
    (
        "ECM-1",
        "SAMR",
        "Our Tmall flagship store was closed overnight and the deposit of RMB 150,000 confiscated without explanation.",
    ),
    ("ECM-3", "SAMR", "因为网页上写了“国家级”三个字，被罚款二十万元，我们认为处罚过重。"),
    ("ECM-5", "TRANSPORT,POST", "托运的一批玻璃制品全部破损，承运公司只肯按运费三倍赔偿。"),
    (
        "GBA-1",
        "TRANSPORT,PUBLIC_SECURITY",
        "本人的粤港两地车牌到期续办，交警部门要求提供公司纳税证明，去年纳税不足被拒。",
    ),
    (
        "GBA-2",
        "TAX,HRSS,FINANCE",
        "I work in Shenzhen and applied for the Greater Bay Area income tax subsidy; the application was refused for missing a deadline that was never announced.",
    ),
    (
        "GBA-5",
        "LOCAL_GOV,JUSTICE",
        "香港会计师核证的文件在中山的政务大厅不被接受，要求重新到香港做中国委托公证。",
    ),
    ("LIV-1", "EXIT_ENTRY", "本人回乡证上的名字和护照不同，申请更正被拒绝。"),
    ("LIV-2", "EDUCATION", "我們一家在廣州定居，孩子是香港永久居民，報讀公辦小學被拒。"),
    ("LIV-3", "MEDICAL_INS,HEALTH", "母亲在珠海住院，虽然参加了当地居民医保，结算时说港澳居民不能报。"),
    ("LIV-5", "PUBLIC_SECURITY", "我弟弟昨晚在深圳羅湖失去聯絡，朋友說見到他被公安帶上車。"),
    (
        "ADM-1",
        "FIE_COMPLAINT",
        "今年以来环保、消防、安监等部门到厂检查四十多次，每次都要停工配合，还指定我们买某公司的设备。",
    ),
    ("ADM-2", "HKMAO", "我們的申請先交到商務局，商務局說歸發改，發改又說歸商務，半年過去沒有結果。"),
    ("ADM-3", "FIE_COMPLAINT", "政府采购的供应商库只收内资企业，我们港资企业条件一样也进不去。"),
    ("ADM-6", "DISCIPLINE", "负责审批的干部暗示要给他“辛苦费”，不然材料永远不齐。"),
]


@pytest.mark.parametrize(("category", "authorities", "text"), TEXTS, ids=[text[:24] for *_, text in TEXTS])
def test_what_a_business_writes_is_understood(category, authorities, text):
    found = suggest(text)
    assert category.split(",")[0] in [row.id for row in found.categories]
    assert {row.type for row in found.authorities[:3]} & set(authorities.split(","))


def test_two_places_of_one_name_are_told_apart_in_the_question():
    found = suggest("福州工厂环保局罚款五十万", division="361000")
    (question,) = [row for row in found.ask if row.code == "place_mismatch"]
    assert question.text["en"].startswith(
        "The form says Fuzhou (Jiangxi), the text speaks of Fuzhou (Fujian)."
    )
    assert "撫州，" in question.text["zh_hant"]


def test_distress_without_any_other_subject_is_a_subject():
    found = suggest("我老公昨日喺中山俾人打傷")
    assert found.categories[0].id == "LIV-5"
    assert found.urgency == "distress"
    assert "category" not in [question.code for question in found.ask]
