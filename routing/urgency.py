"""How urgent a text reads: somebody in distress, something that will not keep, or neither.

The tiers and their examples are those of ``sla.yaml`` (urgency). A proposal: a person sets the priority; the sign-post
to the hotline is shown to whoever writes of distress, whatever subject they chose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from routing.reasons import Three, in_three
from text.fold import fold

NORMAL, URGENT, DISTRESS = "normal", "urgent", "distress"
#: Personal safety, detention, accidents.
DISTRESS_CATEGORY = "LIV-5"
#: "Imminent" of ``sla.yaml``: a deadline of appeal within so many days.
SOON_DAYS = 10

_PERSON = (
    r"(?:我|本人|同事|员工|职员|工人|老公|老婆|丈夫|太太|妻子|爸|妈|父亲|母亲|父母|儿子|女儿|仔|哥哥|弟弟|姐姐|妹妹"
    r"|大佬|细佬|家姐|财务|主管|会计|高管|股东|代表|旅客|乘客|伙计|朋友|家人|家属|亲人|老板|老细|董事|经理|负责人|法人|法定代表人|司机|孩子|小朋友|学生|港人|他|她|佢)"
)
#: What stands between the person and what happened to them: no thing, and no new clause.
_NO_THING = r"[^。.,;!?\n货物机柜车船款账钱资金料证产品商店厂仓户口]"
_BY = r"(?:被|俾|畀|遭)"
_PAPERS = r"(?:护照|回乡证|回乡卡|身份证|通行证|旅行证件|台胞证|返乡证)"
_LOST = r"(?:遗失|丢失|丢了|弄丢|唔见|不见了|被偷|俾人偷|失窃|被抢|偷咗|冇咗|没收|被扣|扣起|扣压|不还)"
_DISTRESS_ZH = re.compile(
    r"拘留|拘捕|逮捕|刑拘|羁押|禁锢|软禁|绑架|非法拘禁|监视居住|人身自由|被捕|(?:限制|禁止|不准|不让|不许)(?:出境|离境)|边控"
    r"|(?:不准|不让|不许|唔俾|唔畀)(?:我|我们|我哋|他|她|佢|佢哋)?(?:离开|返港|回港|返香港|回香港|走(?![货私账数程]))"
    r"|(?:先|才|至|肯|再)放人|救救?(?:佢|他|她|我)|赎金"
    r"|(?:公安|警察|警方|差人|差佬|民警)[^。.,;!?\n货物]{0,6}(?:带走|抓走|抓了|拉咗|拉走|捉咗|捉走)"
    rf"|{_PERSON}{_NO_THING}{{0,8}}{_BY}{_NO_THING}{{0,6}}(?:扣押|扣留|扣住|抓|捉|拉咗|拉走"
    r"|带走|困|围困|围堵|打伤|斩|砍|袭击|威胁|恐吓)"
    r"|围困|(?<![货柜车金物])被困(?!扰|难)"
    r"|(?<![货柜物])失踪|下落不明"
    rf"|{_PERSON}{_NO_THING}{{0,8}}(?:失联|联系不上|联络不上|联络唔到|失去联络"
    r"|失去联系|重病|昏迷|死|过身|去世|离世|身故)"
    r"|重伤|打伤|殴打|砍伤|斩伤|刺伤|撞车|车祸|昏迷|中风|猝死|交通意外|交通事故"
    r"|抢救|急救|生命危险|人身安全|人身威胁|性命|杀死|要杀|斩死|灭口|救命|求救"
    r"|过身|去世|离世|遗体|身亡"
    rf"|{_LOST}[^。.,;!?\n]{{0,8}}{_PAPERS}|{_PAPERS}[^。.;!?\n]{{0,10}}{_LOST}"
    r"|证件(?:被偷|被抢|遗失|丢失|丢了|唔见)[^。.;!?\n]{0,12}(?:香港|出境|过关|口岸|返|回)"
)
#: Ordinary words of a work-injury or insurance claim; they count where nothing says that it is one.
_HURT_ZH = re.compile(r"(?<!冇人)(?<!没人)(?<!无人)(?<!没有人)(?:受伤|死亡)|入院|住院")
_CLAIM_ZH = re.compile(r"工伤|认定|理赔|保险|保单|索偿|药品|医院|赔偿金")

_PERSON_EN = (
    r"(?:colleagues?|employees?|staff|workers?|husband|wife|son|daughter|brother|sister|father|mother|parents?"
    r"|mum|mom|dad|accountants?|officers? of ours|friends?|child(?:ren)?|managers?|directors?|boss|drivers?"
    r"|engineers?|technicians?|partner|relatives?|family"
    r"|uncle|aunt|cousin|boyfriend|girlfriend|representative|somebody|someone|he|she|they|i|we|people|resident)"
)
_PAPERS_EN = (
    r"(?:passports?|home return (?:permit|card)s?|travel documents?|identity cards?|id cards?|hkid"
    r"|travel permits?)"
)
_NO_THING_EN = (
    r"(?:(?!\b(?:goods|cargo|containers?|shipments?|equipment|machines?|documents|money|funds|products?|lorry|lorries"
    r"|trucks?|samples?|invoices?|raw material)\b)[^.;!?\n])"
)
_DISTRESS_EN = re.compile(
    rf"\b{_PERSON_EN}\b{_NO_THING_EN}{{0,40}}\b(?:arrested|detained|in custody|jailed|imprisoned|locked up|locked in|"
    r"injured|hurt|wounded|beaten|attacked|assaulted|stabbed|hospitali[sz]ed|unconscious|held hostage|trapped"
    r"|killed|died|dead|in hospital|fell ill|seriously ill|threatened(?! with)|disappeared"
    r"|(?:gone|is|are|been|went|still) missing)\b"
    r"|\b(?:arrested|detained|taken away|taken|beaten) by (?:the )?(?:local )?(?:police|public security)\b"
    rf"|\b{_PERSON_EN}\b{_NO_THING_EN}{{0,20}}\b(?:was|were|been|got) taken from (?:his|her|their|our|my|a|the)\b"
    r"|\bhow (?:do|can) (?:i|we) find (?:him|her|them)\b|\bransom\b"
    r"|\b(?:not|nothing) heard (?:from|of) (?:him|her|them)\b"
    r"|\btaken away by\b|\bmissing persons?\b|\bkidnap|\babducted\b|\bhostage\b|\bexit bans?\b"
    r"|\bagainst (?:his|her|my|their|our) will\b"
    r"|\b(?:not allowed|not permitted|forbidden|unable|prevented|cannot|can't|stopped)(?: to| from)? (?:leave|leaving)"
    r"(?: the)? (?:mainland|china|country|factory|plant|office|premises|building|hotel|site)\b"
    rf"|\b(?:police|public security(?: bureau)?|authorities)\b[^.;!?\n]{{0,12}}"
    r"\b(?:holding|hold|detaining|detain|took|taken|arrested)\b"
    rf"{_NO_THING_EN}{{0,20}}\b{_PERSON_EN}\b"
    r"|\b(?:traffic|car|road) (?:accident|crash)\b|\bintensive care\b|\blife[- ]threatening\b|\bdeath threats?\b"
    r"|\blife is in danger\b|\bpersonal safety\b|\bpassed away\b"
    rf"|\b(?:lost|lose|stolen|stole|missing|confiscated|robbed|withheld|took)\b[^.;!?\n]{{0,40}}\b{_PAPERS_EN}\b"
    rf"|\b{_PAPERS_EN}\b[^.;!?\n]{{0,30}}\b(?:lost|stolen|missing|confiscated|taken|withheld)\b"
)

_THINGS = re.compile(
    r"货|柜|设备|发票|文件|资料|期限|\b(?:goods|cargo|containers?|shipments?|equipment|machines?|documents?|deadlines?"
    r"|invoices?|samples?|lorry|trucks?|money|funds|payments?|parts)\b"
)
_PERISHABLE = re.compile(
    r"鲜活|生鲜|鲜果|冻肉|冻品|冷冻|冷藏|冷链|雪藏|海鲜|水产|水果"
    r"|生果|蔬菜|活猪|活鱼|活体|活牛|鲜花|鲜奶|疫苗|血液|易腐|变质|腐烂|烂掉"
    r"|\b(?:fresh|frozen|chilled|perishables?|live (?:seafood|animals?|fish|pigs?)|seafood|fruits?|vegetables|vaccines?"
    r"|cold chain|cut flowers|dairy|rot|rotting|spoil|spoiling|shelf life)\b"
)
_HELD = re.compile(
    r"扣|滞留|压港|塞|卡在|卡住|不放行|未放行|唔放行|过唔到关|快要变质"
    r"|\b(?:held|detained|stuck|stopped|seized|retained|blocked"
    r"|not released|delayed at)\b"
)
_SEALED = re.compile(
    r"(?:厂|厂房|车间|仓库|货仓|仓|店|店铺|门店|铺|工厂|办公室|餐厅|公司)(?<!网店)[^。.;!?\n网账户]{0,6}(?:查封|封咗|封了|封条|封闭)"
    r"|(?:查封|封咗|封了|贴封条)[^。.;!?\n]{0,6}(?:厂|车间|仓|店铺|门店|办公室|餐厅)|封厂"
    r"|\b(?:factory|plant|workshop|warehouse|shop|store|premises|office|restaurant)\b[^.;!?\n]{0,30}\b(?:sealed|padlocked)"
    r"|\b(?:sealed|padlocked)(?: up| off)? (?:our|the|my) "
)
_NUMBER = r"(\d{1,3}|[一二两三四五六七八九十]{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)"
_ACT = (
    r"(?:复议|上诉|听证|申诉|起诉|异议|申辩|答辩|期限|限期|截止|到期|时限|执行|强拆|拆除|拆迁|拆|清退|腾退|搬走|断电|拍卖"
    r"|\b(?:appeal|deadline|reconsideration|hearing|objection|enforce\w*|demoli\w+|evict\w*|auction\w*|expires?)\b)"
)
_DAY_SOON = (
    r"(?:今日|今天|听日|明天|明日|后天|后日|本周内|今个星期|这个星期|这周"
    r"|\b(?:today|tonight|tomorrow|this week)\b)"
)
_SPAN = (
    rf"(?:{_NUMBER}\s*(?:个)?(日|天|小时|钟头)(?:之?内|后|到期|$|[^前间])"
    rf"|\b(?:within|in|only|next|left)\s+(?:the next\s+)?{_NUMBER}\s+(days?|hours?)\b)"
)
_NEAR_DAY = re.compile(rf"{_ACT}[^。.;!?\n]{{0,40}}{_DAY_SOON}|{_DAY_SOON}[^。.;!?\n]{{0,14}}{_ACT}")
_NEAR_SPAN = re.compile(
    rf"{_ACT}[^。.;!?\n]{{0,25}}?(?P<after>{_SPAN})|(?P<before>{_SPAN})[^。.;!?\n]{{0,14}}?{_ACT}"
)
_WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_VALUE = {
    **{char: number for number, char in enumerate("一二三四五六七八九十", 1)},
    "两": 2,
    **{
        word: n
        for n, word in enumerate(_WORDS, 1)
    },
}  # fmt: skip


@dataclass(frozen=True)
class Urgency:
    """``tier`` is a code of the urgency tiers; ``why`` is None for an ordinary matter."""

    tier: str
    why: Three | None = None


def judge(text: str) -> Urgency:
    """The tier that the words speak for, in any of the languages."""
    folded = fold(text)
    same_length = len(folded) == len(text)

    def quoted(found: re.Match[str]) -> str:
        """As written where folding kept every character in its place."""
        return (text if same_length else folded)[found.start() : found.end()].strip()

    if found := _distress(folded):
        sentence = _("The text speaks of somebody in distress: %(words)s")
        return Urgency(DISTRESS, in_three(sentence, words=quoted(found)))
    for sentence_in in _sentences(folded):
        spoils = _PERISHABLE.search(folded, *sentence_in)
        if spoils and _HELD.search(folded, *sentence_in):
            sentence = _("Goods that spoil are held up: %(words)s")
            return Urgency(URGENT, in_three(sentence, words=quoted(spoils)))
    if found := _SEALED.search(folded):
        return Urgency(URGENT, in_three(_("Premises are sealed: %(words)s"), words=quoted(found)))
    if found := _NEAR_DAY.search(folded) or _soon(folded):
        sentence = _("A deadline or an enforcement date is close: %(words)s")
        return Urgency(URGENT, in_three(sentence, words=quoted(found)))
    return Urgency(NORMAL)


def speaks_of_distress(folded: str) -> bool:
    """Whether a folded text speaks of detention, injury, a missing person or lost papers."""
    return _distress(folded) is not None


def speaks_of_things(folded: str) -> bool:
    """Whether goods or papers are spoken of, which may be held, missing or arrested without anybody in distress."""
    return _THINGS.search(folded) is not None


def _distress(folded: str) -> re.Match[str] | None:
    if found := _DISTRESS_ZH.search(folded) or _DISTRESS_EN.search(folded):
        return found
    return None if _CLAIM_ZH.search(folded) else _HURT_ZH.search(folded)


def _sentences(folded: str) -> list[tuple[int, int]]:
    return [found.span() for found in re.finditer(r"[^。.;!?\n]+", folded)]


def _soon(folded: str) -> re.Match[str] | None:
    for found in _NEAR_SPAN.finditer(folded):
        span = re.match(_SPAN, found["after"] or found["before"])
        if span is None:
            continue
        number, unit = (span[1], span[2]) if span[1] else (span[3], span[4])
        if unit in ("小时", "钟头", "hour", "hours") or _value(number) <= SOON_DAYS:
            return found
    return None


def _value(number: str) -> int:
    if number.isdecimal():
        return int(number)
    if len(number) == 2:  # 十五 is 15, 二十 is 20
        return (10 + _VALUE[number[1]]) if number[0] == "十" else _VALUE[number[0]] * 10
    return _VALUE[number]
