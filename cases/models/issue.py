"""A concern that many businesses share: the issue, the cases gathered in it, and what its businesses are told.

An issue changes only through ``cases.issues``; a case joins and leaves it by moves of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from accounts.models import Role
from cases.models.case import Case
from cases.models.row import StateGuard, transition
from routing.models import name_key

if TYPE_CHECKING:
    from accounts.models import User


class IssueStatus(models.TextChoices):
    WATCHING = "watching", _("Being watched")
    RAISED = "raised", _("Raised with the authorities")
    ANSWERED = "answered", _("The authorities have answered")
    SETTLED = "settled", _("Settled")
    NOT_PURSUED = "not_pursued", _("Not pursued")


OPEN_ISSUE = [IssueStatus.WATCHING, IssueStatus.RAISED, IssueStatus.ANSWERED]
ENDED_ISSUE = [IssueStatus.SETTLED, IssueStatus.NOT_PURSUED]


def of_the_lead(issue: SystemicIssue, user: User) -> bool:
    """Caseworkers and supervisors of the office that leads; headquarters."""
    own = user.role in (Role.CASEWORKER, Role.SUPERVISOR) and user.office_id == issue.lead_office_id
    return user.is_active and (own or user.role == Role.HEADQUARTERS)


def supervises_the_lead(issue: SystemicIssue, user: User) -> bool:
    return of_the_lead(issue, user) and user.role in (Role.SUPERVISOR, Role.HEADQUARTERS)


class IssueQuerySet(models.QuerySet["SystemicIssue"]):
    def visible_to(self, who: Any) -> IssueQuerySet:
        """The issues of headquarters, of the office that leads, and of whoever may see a case gathered there."""
        if not getattr(who, "works_cases", False) or not who.is_active:
            return self.none()
        if who.role == Role.HEADQUARTERS:
            return self
        gathered = IssueCase.objects.filter(left_at=None, case__in=Case.objects.visible_to(who))
        return self.filter(Q(lead_office=who.office_id) | Q(pk__in=gathered.values("issue")))


class SystemicIssue(StateGuard):
    """One matter behind many cases. Title and summary are internal; businesses read its published news alone."""

    #: ISS-2026-0007: counted within a year, taken under a lock; a number may stay unused.
    number = models.CharField(max_length=16, unique=True, editable=False)
    status = FSMField(
        default=IssueStatus.WATCHING, choices=IssueStatus.choices, protected=True, max_length=12
    )
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    category = models.ForeignKey("routing.Category", on_delete=models.PROTECT, related_name="+")
    division = models.ForeignKey("routing.Division", on_delete=models.PROTECT, related_name="+")
    lead_office = models.ForeignKey("routing.Office", on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    #: Counts the changes of facts, status and news. Cases that come and go do not count: many do at once.
    version = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = IssueQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_ISSUE

    @transition("status", source=IssueStatus.WATCHING, target=IssueStatus.RAISED, permission=of_the_lead)
    def take_up(self) -> None:
        """It was brought before an authority."""

    @transition("status", source=IssueStatus.RAISED, target=IssueStatus.ANSWERED, permission=of_the_lead)
    def note_answer(self) -> None:
        """An authority has said something to it."""

    @transition(
        "status", source=IssueStatus.ANSWERED, target=IssueStatus.SETTLED, permission=supervises_the_lead
    )
    def settle(self) -> None:
        """What was behind the cases is no more."""

    @transition("status", source=OPEN_ISSUE, target=IssueStatus.NOT_PURSUED, permission=supervises_the_lead)
    def drop(self) -> None:
        """Nobody goes on with it."""

    @transition("status", source=ENDED_ISSUE, target=IssueStatus.WATCHING, permission=supervises_the_lead)
    def reopen(self) -> None:
        """It has come back."""


class IssueCounter(models.Model):
    """The last number of a year; its row is locked while one is taken."""

    year = models.PositiveSmallIntegerField(unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class IssueCase(models.Model):
    """A case gathered in an issue, until it leaves."""

    issue = models.ForeignKey(SystemicIssue, on_delete=models.PROTECT, related_name="gathered")
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="in_issues")
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], name="a_case_is_in_one_issue", condition=Q(left_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"case {self.case_id} in issue {self.issue_id}"


class IssueNews(models.Model):
    """Words for every linked business, in three languages: proposed by one person and published by another."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("waits for publication")
        PUBLISHED = "published", _("published")
        DECLINED = "declined", _("turned down")

    issue = models.ForeignKey(SystemicIssue, on_delete=models.PROTECT, related_name="news")
    number = models.PositiveSmallIntegerField()
    text_en = models.TextField()
    text_zh_hant = models.TextField()
    text_zh_hans = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["issue", "number"], name="one_issue_news_a_number")]

    def __str__(self) -> str:
        return f"news {self.number} of issue {self.issue_id}"

    def text_in(self, lang: str | None) -> str:
        text: str = getattr(self, f"text_{name_key(lang)}")
        return text


class IssueTelling(models.Model):
    """That one case is to be told one piece of news: written with the publication, done by the system's own move."""

    class State(models.TextChoices):
        WAITING = "waiting"
        TOLD = "told"
        DROPPED = "dropped"

    news = models.ForeignKey(IssueNews, on_delete=models.PROTECT, related_name="tellings")
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["news", "case"], name="news_is_told_once")]
        indexes = [models.Index(fields=["id"], name="issue_telling_waits", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        return f"news {self.news_id} for case {self.case_id}"


class IssueNote(models.Model):
    """Why somebody did something: words, which can be taken out while what happened stays."""

    issue = models.ForeignKey(SystemicIssue, on_delete=models.PROTECT, related_name="notes")
    text = models.TextField()

    def __str__(self) -> str:
        return f"note {self.pk} of issue {self.issue_id}"


class IssueEvent(models.Model):
    """What somebody did with an issue and when: ids and codes. A database trigger refuses every change.

    Why a case came or went stands in the history of the case, and is erased with its words.
    """

    issue = models.ForeignKey(SystemicIssue, on_delete=models.PROTECT, related_name="events")
    act = models.CharField(max_length=20)
    status = models.CharField(max_length=12, choices=IssueStatus.choices)
    by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()
    note = models.ForeignKey(IssueNote, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    #: The case that came or went; the number of the news.
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    news = models.ForeignKey(IssueNews, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    changed = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.act} of issue {self.issue_id}"
