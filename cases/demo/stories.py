"""Invented concerns in three languages, as businesses might write them. No person or company in them exists."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Story:
    """``category`` and ``division`` are codes of the reference data; a place in each office's region is named."""

    category: str
    division: str
    language: str
    company: str
    person: str
    text: str
    wanted: str
    authority: str = ""


STORIES = [
    Story(
        "CUS-1",
        "440300",
        "en",
        "Harbour Lantern Trading Ltd (demo)",
        "Ho Siu-ming",
        "Goods held at Yantian for inspection\n"
        "Two containers of kitchenware have been held at Yantian since 3 November. The broker was told only that "
        "they are waiting for inspection. The buyer has set a last date for delivery.",
        "We want to know why the goods are held and when they will be inspected.",
        "Shenzhen Customs",
    ),
    Story(
        "TAX-1",
        "440100",
        "zh-hans",
        "青藤软件（广州）有限公司 (demo)",
        "黄晓岚",
        "增值税留抵退税迟迟未到账\n"
        "我公司三月向主管税务机关申请增值税留抵退税，按公告应在十个工作日内办理，至今八个月仍未退付。"
        "窗口人员只答复“正在审核”，没有书面说明。",
        "了解审核进度，并尽快办理退付。",
        "国家税务总局广州市税务局",
    ),
    Story(
        "LND-4",
        "441900",
        "zh-hant",
        "東籬五金製品廠 (demo)",
        "周家榮",
        "廠房消防驗收要求前後不一\n"
        "我們在東莞的廠房於四月通過消防設計審查，十月驗收時卻被要求按另一套標準改建，估計要多花六十萬元。"
        "我們多次查詢，都沒有得到書面答覆。",
        "請說明適用哪一套標準，並以書面答覆。",
    ),
    Story(
        "FIN-1",
        "310000",
        "en",
        "Silver Kite Holdings Ltd (demo)",
        "Grace Poon",
        "Dividend remittance held by the bank\n"
        "Our subsidiary in Shanghai declared a dividend in June. The bank asks for a new tax record each time and "
        "has not sent the money for five months.",
        "A clear list of the documents that are needed.",
    ),
    Story(
        "IPR-1",
        "330100",
        "zh-hans",
        "云帆茶业（香港）有限公司 (demo)",
        "沈一帆",
        "商标被前经销商抢注\n我公司的商标在香港使用二十年，杭州的前经销商以自己名义申请注册，现反过来向平台投诉我们侵权。",
        "希望了解异议和无效程序，并请有关部门关注。",
    ),
    Story(
        "ENV-2",
        "370200",
        "zh-hant",
        "海望食品有限公司 (demo)",
        "何詠詩",
        "排污許可續期被退回三次\n我們在青島的工廠申請排污許可續期，三次都因不同理由被退回，最近一次沒有說明欠缺甚麼。",
        "請一次過說明需要補交的文件。",
        "青島市生態環境局",
    ),
    Story(
        "STD-2",
        "110000",
        "en",
        "Lotus Bay Foods Ltd (demo)",
        "Peter Yip",
        "Label refused after two years on sale\n"
        "Our biscuit label was accepted in 2024. This year the same label was called wrong, and a shop was told to "
        "take the biscuits from its shelves. The national standard has not changed.",
        "We want to know which clause we break.",
    ),
    Story(
        "LAB-1",
        "510100",
        "zh-hans",
        "锦江设计（香港）有限公司 (demo)",
        "罗思敏",
        "香港员工社保参保被拒\n我公司成都办事处为两名香港员工办理社会保险，窗口表示系统不接受回乡证号码，建议“过段时间再来”。",
        "请协调相关部门为香港员工正常参保。",
    ),
    Story(
        "LND-1",
        "420100",
        "zh-hant",
        "三橋紡織（武漢）有限公司 (demo)",
        "梁國強",
        "搬廠補償評估偏低\n當局要求我們在年底前搬遷廠房，補償評估沒有計算三條生產線的搬運費用。我們要求重新評估，兩個月未獲回覆。",
        "請安排重新評估，並給予合理的搬遷時間。",
    ),
    Story(
        "ADM-2",
        "440600",
        "zh-hant",
        "順景物流有限公司 (demo)",
        "鄧美玲",
        "兩個部門互相推諉\n我們在佛山的倉庫需要更改用途登記，自然資源局說要先由住建局批准，住建局說要先由自然資源局批准，已拖了五個月。",
        "請明確由哪個部門負責辦理。",
    ),
    Story(
        "MKT-1",
        "350200",
        "en",
        "Kestrel Optics Ltd (demo)",
        "Martin Siu",
        "Change of director not registered\n"
        "We filed the change of a director in Xiamen in August. The system shows it as under review and nobody "
        "answers the telephone. The bank has frozen our online access because of it.",
        "Please help us to find out what is missing.",
    ),
    Story(
        "DAT-1",
        "440300",
        "zh-hans",
        "深港云图科技有限公司 (demo)",
        "叶子航",
        "数据出境评估材料反复退回\n我公司六月提交个人信息出境标准合同备案，材料被退回四次，每次意见不同，项目已延期。",
        "希望得到一次性的补正意见。",
        "广东省互联网信息办公室",
    ),
    Story(
        "LND-2",
        "320500",
        "en",
        "Northgate Precision Ltd (demo)",
        "Agnes Tong",
        "Land-use certificate not issued after 14 months\n"
        "We paid the land premium for our site in Suzhou fourteen months ago. The certificate has not been issued "
        "and we cannot mortgage the land.",
        "A date by which the certificate will be issued.",
    ),
    Story(
        "TAX-2",
        "530100",
        "zh-hant",
        "雲嶺咖啡有限公司 (demo)",
        "馮子謙",
        "高新技術企業稅率被追溯取消\n我們在昆明的公司被通知取消高新技術企業資格，並要求補繳三年稅款，通知書沒有說明理由。",
        "請說明理由，並告知可以怎樣申訴。",
    ),
]
