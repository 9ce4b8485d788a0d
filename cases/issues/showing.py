"""What a person sees of an issue: figures, cases, letters and history, of the cases that they may see alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cases.models import Case, IssueCase, IssueEvent, IssueTelling, Referral, SystemicIssue
from text.fold import fold

#: One sentence an act, as in the history of a case.
SENTENCES = {
    "open": _("%(who)s opened the issue"),
    "change": _("%(who)s changed: %(changed)s"),
    "take_up": _("%(who)s: raised with the authorities"),
    "note_answer": _("%(who)s: the authorities have answered"),
    "settle": _("%(who)s: settled"),
    "drop": _("%(who)s: not pursued"),
    "reopen": _("%(who)s reopened the issue"),
    "join": _("%(who)s added %(case)s"),
    "leave": _("%(who)s took %(case)s out"),
    "propose": _("%(who)s proposed news %(news)s"),
    "publish": _("%(who)s published news %(news)s"),
    "decline": _("%(who)s turned down news %(news)s"),
}
FACTS = {
    "title": _("Title"),
    "summary": _("Summary"),
    "category": _("Category"),
    "division": _("Place"),
    "lead_office": _("Office that leads"),
    "owner": _("Owner"),
}


@dataclass(frozen=True)
class Counted:
    cases: int = 0
    businesses: int = 0

    def words(self) -> str:
        cases = ngettext("%(n)s case", "%(n)s cases", self.cases) % {"n": self.cases}
        businesses = ngettext("%(n)s business", "%(n)s businesses", self.businesses) % {"n": self.businesses}
        return gettext("%(cases)s of %(businesses)s") % {"cases": cases, "businesses": businesses}


@dataclass(frozen=True)
class Line:
    at: datetime
    words: str
    reason: str


def gathered(issues: Iterable[SystemicIssue], user: User) -> Any:
    """What is in these issues now and this person may see."""
    return IssueCase.objects.filter(
        issue__in=[i.pk for i in issues], left_at=None, case__in=Case.objects.visible_to(user)
    )


def counted(issues: Iterable[SystemicIssue], user: User) -> dict[int, Counted]:
    """Per issue, in one query. All that gave no name count as one business."""
    rows = gathered(issues, user).values("issue").order_by()
    rows = rows.annotate(n=Count("pk"), b=Count("case__company_key", distinct=True))
    return {row["issue"]: Counted(row["n"], row["b"]) for row in rows}


def searched(issues: Iterable[SystemicIssue], words: str) -> list[SystemicIssue]:
    """Those whose number, title or summary holds every word; Traditional and Simplified are the same."""
    wanted = fold(words).split()
    return [
        issue
        for issue in issues
        if all(word in fold(f"{issue.number} {issue.title} {issue.summary}") for word in wanted)
    ]


def referrals_of(issue: SystemicIssue, user: User, limit: int = 200) -> list[Referral]:
    cases = gathered([issue], user).values("case")
    rows = Referral.objects.filter(case__in=cases).select_related("case", "authority")
    return list(rows.order_by("-pk")[:limit])


def tellings_of(issue: SystemicIssue, user: User) -> dict[int, dict[str, int]]:
    """Per news: how many of the cases that this person may see were told, wait, or were dropped."""
    rows = IssueTelling.objects.filter(news__issue=issue, case__in=Case.objects.visible_to(user))
    found: dict[int, dict[str, int]] = {}
    for row in rows.values("news", "state").annotate(n=Count("pk")).order_by():
        found.setdefault(row["news"], {})[row["state"]] = row["n"]
    return found


def history_of(issue: SystemicIssue, user: User, limit: int = 200) -> list[Line]:
    """The newest first. A case that this person may not see is not named."""
    events = list(issue.events.select_related("by_user", "news", "note").order_by("-pk")[:limit])
    ids = {event.case_id for event in events if event.case_id is not None}
    seen = Case.objects.visible_to(user).filter(pk__in=ids)
    names = dict(seen.values_list("pk", "reference"))
    return [line_of(event, names) for event in events]


def line_of(event: IssueEvent, names: dict[int, str]) -> Line:
    sentence = SENTENCES.get(event.act)
    who = str(event.by_user) if event.by_user else gettext("Causeway")
    case = names.get(event.case_id or 0)
    values = {
        "who": who,
        "case": case or gettext("a case of another office"),
        "news": event.news.number if event.news else "",
        "changed": ", ".join(str(FACTS.get(name, name)) for name in event.changed),
    }
    words = str(sentence) % values if sentence else f"{who}: {event.act}"
    return Line(event.at, words, event.note.text if event.note else "")
