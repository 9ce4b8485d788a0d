"""Moves by which a case joins and leaves an issue, and its business hears what is new there.

The state of the case is never touched, and the business learns nothing of the issue but its news.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.apps import apps
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from cases import permissions as may
from cases.models.conditions import not_being_erased, says
from cases.models.row import CaseRow, Told, transition
from cases.permissions import Actor
from cases.refusals import InputRefused
from cases.states import ENDED, OPEN


@says(_("The case is in an issue. It can be in one at a time."))
def in_no_issue(case: Any) -> bool:
    return not case.issue_number_now


@says(_("The case is in no issue."))
def in_an_issue(case: Any) -> bool:
    return bool(case.issue_number_now)


class Gathering(CaseRow):
    class Meta:
        abstract = True

    @cached_property
    def issue_number_now(self) -> str:
        """The number of the issue that this case is in; empty if it is in none."""
        if "issue_number" in self.__dict__:  # the page has read it with the case
            return self.__dict__["issue_number"] or ""
        if self.pk is None:
            return ""
        here = _rows("IssueCase").filter(case_id=self.pk, left_at=None)
        return here.values_list("issue__number", flat=True).first() or ""

    @transition(
        "state",
        source=OPEN + ENDED,
        permission=may.office_staff,
        conditions=[in_no_issue],
        custom={"never_stale": True},
    )
    def join_issue(
        self, *, by: Actor, at: datetime, issue: Any, reason: str = "", tell_news: bool = False
    ) -> Told:
        """``tell_news``: the business is told what was published before, too."""
        # Not against the key of the row: whoever leaves writes events of it, and waits for nobody.
        # Held against news that is being published: its names are searched for those of all cases gathered.
        held = type(issue).objects.select_for_update(no_key=True).get(pk=issue.pk)
        if not held.is_open:
            raise InputRefused({"issue": _("This issue has ended. Reopen it first.")})
        self.writes(_rows("IssueCase").model(issue=held, case_id=self.pk, joined_at=at))
        self.writes(_event(held, "join", by, at, self.pk))
        if tell_news:
            telling = _rows("IssueTelling").model
            told = set(telling.objects.filter(case_id=self.pk).values_list("news_id", flat=True))
            for news in held.news.filter(state="published").order_by("number"):
                if news.pk not in told:
                    self.writes(telling(news=news, case_id=self.pk))
        return Told(note=reason, data={"issue": held.number})

    @transition(
        "state",
        source=OPEN + ENDED,
        permission=may.office_staff,
        conditions=[in_an_issue],
        custom={"never_stale": True},
    )
    def leave_issue(self, *, by: Actor, at: datetime, reason: str) -> Told:
        here = _rows("IssueCase").select_related("issue").get(case_id=self.pk, left_at=None)
        here.left_at = at
        self.writes(here)
        self.writes(_event(here.issue, "leave", by, at, self.pk))
        for waiting in _rows("IssueTelling").filter(case_id=self.pk, state="waiting"):
            waiting.state = "dropped"
            self.writes(waiting)
        return Told(note=reason, data={"issue": here.issue.number})

    @transition(
        "state",
        source=OPEN + ENDED,
        permission=may.system,
        conditions=[not_being_erased, in_an_issue],
        custom={"kinds": ["issue_news"]},
    )
    def tell_of_issue(self, *, by: Actor, at: datetime, telling: Any) -> Told:
        """In the language of this business; a second time is refused, whoever asks."""
        now = _rows("IssueTelling").select_related("news__issue")
        now = now.filter(pk=telling.pk, case_id=self.pk).first()
        if now is None or now.state != "waiting":
            raise InputRefused({"telling": _("The business has been told this.")})
        now.state = "told"
        self.writes(now)
        news = now.news
        data = {"issue": news.issue.number, "news": news.number}
        return Told("issue_news", text=news.text_in(self.language), data=data)


def _rows(model: str) -> Any:
    # The issue's rows point at cases, so their module is read after this one.
    return apps.get_model("cases", model)._default_manager


def _event(issue: Any, act: str, by: Actor, at: datetime, case_id: int) -> Any:
    return _rows("IssueEvent").model(
        issue=issue, act=act, status=issue.status, by_user=by.user, at=at, case_id=case_id
    )
