"""The gate of issues: every change locks the issue, asks who, compares the version, and writes its event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cases.actions import perform
from cases.clocks import local_day
from cases.issues.guard import findings
from cases.issues.telling import tell_businesses
from cases.models import (
    Case,
    IssueCase,
    IssueCounter,
    IssueEvent,
    IssueNews,
    IssueNote,
    IssueTelling,
    SystemicIssue,
)
from cases.models.issue import of_the_lead, supervises_the_lead
from cases.permissions import Actor
from cases.refusals import (
    InputRefused,
    NotAllowed,
    NotPermitted,
    Refusal,
    Stale,
    Unseen,
    VersionMissing,
    told_when_busy,
)
from jobs.clock import this_moment
from jobs.failpoints import failpoint
from text.reference import parse_reference

#: The acts that change the status, in the order of their buttons.
STATUS_ACTS = ("take_up", "note_answer", "settle", "drop", "reopen")
FACTS = ("title", "summary", "category", "division", "lead_office", "owner")


def open_issue(by: User, **facts: Any) -> SystemicIssue:
    """A new issue of one's own office; headquarters name the office that leads."""
    at = this_moment()
    issue = SystemicIssue(opened_at=at, updated_at=at, **facts)
    if not of_the_lead(issue, by):
        raise NotPermitted
    with transaction.atomic():
        issue.number = _next_number(local_day(at).year)
        issue.save(force_insert=True)
        _write(issue, by, "open")
    return issue


def _next_number(year: int) -> str:
    IssueCounter.objects.get_or_create(year=year)
    IssueCounter.objects.filter(year=year).update(last=F("last") + 1)  # holds the row until the commit
    return f"ISS-{year}-{IssueCounter.objects.get(year=year).last:04d}"


@contextmanager
def _held(issue: SystemicIssue, by: User, version: int | None, may: Any = of_the_lead) -> Iterator[Any]:
    """The issue under its lock, if this person may change it and has seen its last version."""
    with told_when_busy(), transaction.atomic():
        # Nobody who lost sight of it meanwhile is told that it is there.
        SystemicIssue.objects.select_for_update(no_key=True).get(pk=issue.pk)
        held = SystemicIssue.objects.visible_to(by).filter(pk=issue.pk).first()
        if held is None:
            raise Unseen
        if not may(held, by):
            raise NotPermitted
        if version is None:
            raise VersionMissing
        if version != held.version:
            raise Stale(
                _("Somebody was faster: the issue has changed since you opened it."), **last_change(held)
            )
        yield held
        failpoint("before_issue_commits")


def last_change(issue: SystemicIssue) -> dict[str, Any]:
    last = issue.events.exclude(act__in=("join", "leave")).select_related("by_user").last()
    return {
        "state": issue.status,
        "version": issue.version,
        "by": str(last.by_user or "") if last else "",
        "at": last.at if last else None,
    }


def _write(issue: SystemicIssue, by: User, act: str, reason: str = "", **more: Any) -> None:
    note = IssueNote.objects.create(issue=issue, text=reason) if reason else None
    IssueEvent.objects.create(
        issue=issue, act=act, status=issue.status, by_user=by, at=this_moment(), note=note, **more
    )


def _save(issue: SystemicIssue) -> None:
    issue.version += 1
    issue.updated_at = this_moment()
    issue.save()


def change_status(issue: SystemicIssue, act: str, *, by: User, version: int | None, reason: str) -> None:
    """Raises a ``Refusal``; the machine and who may make the act are asked under the lock."""
    if act not in STATUS_ACTS:
        raise Unseen
    meta = getattr(SystemicIssue, act)._django_fsm
    way: Any = next(iter(meta.transitions.values()))
    with _held(issue, by, version, way.permission) as held:
        if not meta.has_transition(held.status):
            raise NotAllowed(
                _("This is not possible in the present state of the issue."), **last_change(held)
            )
        getattr(held, act)()
        held.ended_at = None if held.is_open else this_moment()
        _save(held)
        _write(held, by, act, reason)


def acts_open_to(issue: SystemicIssue, by: User) -> list[str]:
    """What this person may do with its status now."""
    found = []
    for act in STATUS_ACTS:
        meta = getattr(SystemicIssue, act)._django_fsm
        way = meta.get_transition(issue.status)
        if way is not None and way.permission(issue, by):
            found.append(act)
    return found


def change_facts(
    issue: SystemicIssue, *, by: User, version: int | None, reason: str = "", **facts: Any
) -> None:
    with _held(issue, by, version) as held:
        changed = [name for name in FACTS if name in facts and getattr(held, name) != facts[name]]
        if not changed:
            raise InputRefused({"title": _("Change at least one fact.")})
        for name in changed:
            setattr(held, name, facts[name])
        if not of_the_lead(held, by):  # a caseworker cannot give it to an office that has not asked for it
            raise NotPermitted
        _save(held)
        _write(held, by, "change", reason, changed=changed)


# --- cases ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Line:
    """What became of one reference that was pasted: ``said`` is a sentence, ``done`` whether the case joined."""

    written: str
    reference: str
    done: bool
    said: Any


def gather(
    issue: SystemicIssue, references: Iterable[str], *, by: User, reason: str = "", tell_news: bool = False
) -> list[Line]:
    """Add these cases, each in its own transaction; what cannot join is said and stops no other."""
    lines, seen = [], set()
    for written in references:
        reference = parse_reference(written) or ""
        if reference and reference in seen:
            lines.append(Line(written, reference, False, _("This stands in the list twice.")))
            continue
        seen.add(reference)
        case = Case.objects.visible_to(by).filter(reference=reference).first() if reference else None
        if case is None:
            lines.append(Line(written, "", False, _("There is no such case.")))
            continue
        try:
            perform(
                case,
                "join_issue",
                by=Actor.staff(by),
                version=case.seq,
                issue=issue,
                reason=reason,
                tell_news=tell_news,
            )
        except InputRefused as refused:
            said = next(iter(refused.errors.values()))[0]
            lines.append(Line(written, reference, False, said))
        except Refusal as refused:
            lines.append(Line(written, reference, False, refused.message))
        else:
            lines.append(Line(written, reference, True, _("Added.")))
    if tell_news:
        tell_businesses.enqueue()
    return lines


# --- news -------------------------------------------------------------------------------------
def propose_news(issue: SystemicIssue, texts: dict[str, str], *, by: User, version: int | None) -> IssueNews:
    """Keep these words until somebody else decides. Raises ``InputRefused`` with what must not stand in them."""
    with _held(issue, by, version) as held:
        _refuse_traces(held, texts)
        last = held.news.aggregate(last=Max("number"))["last"] or 0
        news = IssueNews.objects.create(issue=held, number=last + 1, author=by, at=this_moment(), **texts)
        _save(held)
        _write(held, by, "propose", news=news)
    return news


def may_decide(news: IssueNews, issue: SystemicIssue, by: User) -> bool:
    """Four eyes: a supervisor of the office that leads, or headquarters, and never the author."""
    return supervises_the_lead(issue, by) and news.author_id != by.pk


def decide_news(
    issue: SystemicIssue, number: int, *, by: User, version: int | None, publish: bool, reason: str = ""
) -> None:
    """Publish, so that every business gathered now is told, or turn down. All is asked again under the lock.

    The tellings are written in the same transaction: whatever dies afterwards, each business is told, and once.
    """
    with _held(issue, by, version, supervises_the_lead) as held:
        news = held.news.select_for_update().filter(number=number).first()
        if news is None:
            raise Unseen
        if not may_decide(news, held, by):
            raise NotPermitted(_("Somebody else than the author must publish this."))
        if news.state != IssueNews.State.PROPOSED:
            raise NotAllowed(_("Somebody has already decided on this proposal."), **last_change(held))
        if publish:
            # Cases may have joined since it was written.
            _refuse_traces(held, {name: getattr(news, name) for name in _TEXT_NAMES})
        news.state = IssueNews.State.PUBLISHED if publish else IssueNews.State.DECLINED
        news.decided_by, news.decided_at = by, this_moment()
        news.save()
        if publish:
            here = IssueCase.objects.filter(issue=held, left_at=None).order_by("pk")
            IssueTelling.objects.bulk_create(
                [IssueTelling(news=news, case_id=pk) for pk in here.values_list("case", flat=True)],
                batch_size=500,
            )
            transaction.on_commit(tell_businesses.enqueue, robust=True)
        _save(held)
        _write(held, by, "publish" if publish else "decline", reason, news=news)


_TEXT_NAMES = ("text_en", "text_zh_hant", "text_zh_hans")


def _refuse_traces(issue: SystemicIssue, texts: dict[str, str]) -> None:
    errors: dict[str, list[Any]] = {}
    for one in findings(issue, texts):
        errors.setdefault(one.field, []).append(one.text)
    if errors:
        raise InputRefused(errors)
