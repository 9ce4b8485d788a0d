"""Cases walked to their states through the same moves that people make, each on its own day in the past."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from cases.actions import open_case, perform
from cases.clocks import today
from cases.demo.stories import STORIES, Story
from cases.filing import Filing
from cases.models import Case, Referral
from cases.permissions import Actor
from cases.states import Sharing
from routing.models import Authority, Category, Division

SHARING = (Sharing.OFFICE_ONLY, Sharing.NAMED, Sharing.OFFICE_ONLY, Sharing.ANONYMOUS)

#: What staff write to a business, in its language.
WORDS = {
    "question": {
        "en": "Please tell us the declaration or application number, and send us the last letter you had.",
        "zh-hant": "請提供申報或申請編號，並附上最近一次收到的函件。",
        "zh-hans": "请提供申报或申请编号，并附上最近一次收到的函件。",
    },
    "reply": {
        "en": "The number is DEMO-2026-0417. We had no letter, only telephone calls.",
        "zh-hant": "編號是 DEMO-2026-0417。我們沒有收到函件，只有電話通知。",
        "zh-hans": "编号是 DEMO-2026-0417。我们没有收到函件，只有电话通知。",
    },
    "relay": {
        "en": "The authority has looked into it and will decide within ten working days.",
        "zh-hant": "有關機關已跟進，會在十個工作天內作出決定。",
        "zh-hans": "有关机关已跟进，将在十个工作日内作出决定。",
    },
    "close": {
        "en": "The matter has been settled. Thank you for telling us.",
        "zh-hant": "事情已經解決，多謝你告訴我們。",
        "zh-hans": "事情已经解决，感谢您告诉我们。",
    },
}
SUBJECT = "关于请协助了解有关事宜的函"
BODY = "我处接获一家香港企业反映在贵地办理有关事项时遇到困难。谨请贵单位依法了解核实，并将有关情况函复我处。"


@contextmanager
def on_day(moment: datetime) -> Iterator[None]:
    """Let everything in this process happen at ``moment``: a demo needs a past, and a move has no date of its own."""
    with mock.patch.object(timezone, "now", return_value=moment):
        yield


def make_cases(number: int, report: Callable[[str], None]) -> int:
    """Make the demo cases that are missing; each is there whole or not at all. Returns how many were made."""
    people = {user.username: Actor.staff(user) for user in User.objects.all()}
    made = 0
    for n in range(number):
        key = f"demo:{n}"
        if Case.objects.filter(filing_key=key).exists():
            continue
        with transaction.atomic():
            _Walk(n, key, people).go()
        made += 1
        if made % 10 == 0:
            report(f"{made} cases")
    return made


class _Walk:
    """One case from its filing to where its number leaves it."""

    def __init__(self, n: int, key: str, people: dict[str, Actor]) -> None:
        self.n, self.key, self.people = n, key, people
        self.story: Story = STORIES[n % len(STORIES)]
        #: Which of the walks, so that every story meets every walk in the long run.
        self.kind = (n + n // len(STORIES)) % len(WALKS)
        self.at = timezone.now() - timedelta(days=2 + (n * 7) % 40, hours=n % 7)

    def go(self) -> None:
        with on_day(self.at):
            self.case = open_case(self._filing(), by=Actor.new_business()).case
        self.first, self.second = self._officers()
        WALKS[self.kind](self)

    def _filing(self) -> Filing:
        story, sharing = self.story, SHARING[self.n % len(SHARING)]
        anonymous = sharing == Sharing.ANONYMOUS
        return Filing(
            key=self.key,
            category=Category.objects.get(pk=story.category),
            division=Division.objects.get(pk=story.division),
            text=story.text,
            wanted=story.wanted,
            authority_named=story.authority,
            language=story.language,
            sharing=sharing,
            filer_kind="enterprise",
            name="" if anonymous else story.person,
            company="" if anonymous else story.company,
            email="" if anonymous else f"business{self.n}@demo.invalid",
            email_confirmed=True,
        )

    def _officers(self) -> tuple[Actor, Actor]:
        """Who works on it, and who else may approve: four eyes also in a small office."""
        own = {"GDETO": "amina", "SHETO": "bo", "BJO": "lan", "CDETO": "xin", "WHETO": "wei"}
        second = "wing" if self.case.office_id == "GDETO" else "hana"
        return self.people[own[self.case.office_id]], self.people[second]

    # --- steps ------------------------------------------------------------------------------
    def do(self, subject: Case | Referral, move: str, by: Actor, /, after: float = 1, **inputs: Any) -> None:
        """One move, ``after`` so many days, but never in the future."""
        self.at = min(self.at + timedelta(days=after), timezone.now())
        version = Case.objects.get(pk=self.case.pk).seq if by.is_staff else None
        with on_day(self.at):
            perform(subject, move, by=by, version=version, **inputs)

    def text(self, name: str) -> str:
        return WORDS[name][self.case.language]

    def triage(self, **changes: Any) -> None:
        inputs: dict[str, Any] = {
            "category": self.case.category,
            "division": self.case.division,
            "level": "municipal",
            "proceedings": "none",
            "referable": "yes",
        }
        self.do(self.case, "triage", self.first, **(inputs | changes))

    def claim(self) -> None:
        self.do(self.case, "claim", self.first, after=0.2)

    def refer(self) -> Referral:
        codes = [row["id"] for row in self.case.suggestion.get("authorities", []) if row["id"]]
        authority = (
            Authority.objects.filter(pk__in=codes[:1]).first()
            or Authority.objects.filter(division=self.case.division)[0]
        )
        inputs: dict[str, Any] = {"authorities": [authority], "kind": "concern", "disclose": "nothing"}
        self.do(self.case, "refer", self.first, **inputs)
        return Referral.objects.filter(case=self.case).latest("pk")

    def send(self) -> Referral:
        referral = self.refer()
        self.do(referral, "draft", self.first, after=0.3, subject=SUBJECT, body=BODY)
        self.do(referral, "approve", self.second, after=0.5)
        with on_day(min(self.at + timedelta(days=0.2), timezone.now())):
            sent_on = today()
        self.do(referral, "send", self.first, after=0.2, channel="post", sent_on=sent_on)
        return referral

    def answered(self) -> Referral:
        referral = self.send()
        with on_day(min(self.at + timedelta(days=3), timezone.now())):
            received_on = today()
        answer = "来函收悉。经了解，有关事项正在办理，将于十个工作日内作出决定。"
        inputs: dict[str, Any] = {
            "referral": referral,
            "received_on": received_on,
            "channel": "post",
            "result": "explained",
        }
        self.do(self.case, "record_answer", self.first, after=3, text=answer, **inputs)
        return referral

    # --- walks ------------------------------------------------------------------------------
    def received(self) -> None:
        """Nobody has looked at it yet."""

    def assessing(self) -> None:
        self.claim()
        self.triage()
        self.do(self.case, "add_note", self.first, text="Called the service hall; they gave no date. (demo)")

    def asked(self) -> None:
        self.claim()
        self.do(self.case, "ask", self.first, text=self.text("question"))

    def replied(self) -> None:
        self.asked()
        self.do(self.case, "reply", Actor.business(self.case), text=self.text("reply"))
        self.triage()

    def drafted(self) -> None:
        self.claim()
        self.triage()
        self.refer()

    def sent(self) -> None:
        self.claim()
        self.triage()
        self.send()

    def to_relay(self) -> None:
        self.claim()
        self.triage()
        self.answered()

    def relayed(self) -> None:
        self.claim()
        self.triage()
        referral = self.answered()
        inputs: dict[str, Any] = {
            "referrals": [referral],
            "text": self.text("relay"),
            "proposed_outcome": "explained",
        }
        self.do(self.case, "relay_answer", self.first, **inputs)

    def closed(self) -> None:
        self.relayed()
        self.do(self.case, "close", self.first, after=2, outcome="resolved", text=self.text("close"))

    def withdrawn(self) -> None:
        self.do(self.case, "withdraw", Actor.business(self.case))


WALKS: list[Callable[[_Walk], None]] = [
    _Walk.received,
    _Walk.sent,
    _Walk.assessing,
    _Walk.to_relay,
    _Walk.asked,
    _Walk.closed,
    _Walk.replied,
    _Walk.relayed,
    _Walk.received,
    _Walk.drafted,
    _Walk.sent,
    _Walk.withdrawn,
]
