"""What routing rules need to know of people, and who is told when a rule has switched itself off."""

from __future__ import annotations

import logging
import smtplib
from datetime import date
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django_tasks import task

from accounts.models import OFFICE_ROLES, Role, User
from jobs.clock import this_day, this_moment
from jobs.periodic import every
from routing.deciding import switch_off
from routing.models import Category, Division, LiaisonUnit, Office, RoutingRule
from routing.suggestions import Suggestion, suggest

log = logging.getLogger(__name__)


def suggest_for(text: str, *, language: str, division: Division, category: Category, on: date) -> Suggestion:
    """``suggest``, where a rule none of whose people works in its office any more switches itself off."""
    while True:
        proposal = suggest(text, language=language, division=division, category=category, on=on)
        decided: dict[str, Any] = proposal.rule or {}
        if not decided.get("pool") or people_of(decided).exists():
            return proposal
        switch_off(RoutingRule.objects.get(pk=decided["id"]), RoutingRule.Left.POOL)


def office_of(
    proposal: Suggestion, office: Office, unit: LiaisonUnit | None
) -> tuple[Office, LiaisonUnit | None]:
    """Where the case goes: ``office`` and ``unit`` of its place, unless a rule decided otherwise."""
    if proposal.rule and proposal.rule.get("office"):
        office = Office.objects.get(pk=proposal.rule["office"])
        unit = LiaisonUnit.objects.filter(pk=proposal.liaison_unit).first()
    return office, unit


def people_of(decided: dict[str, Any]) -> QuerySet[User]:
    """Those of a rule's people (``deciding.acted``) who can be given a case of its office today."""
    return working(decided.get("office")).filter(pk__in=decided.get("pool", []))


def working(office: str | None) -> QuerySet[User]:
    return User.objects.filter(is_active=True, role__in=OFFICE_ROLES, office=office).order_by("name", "pk")


@every(seconds=3600)
@task
def watch_rules() -> None:
    """Switch off every rule whose target has left, and tell the administrators, once, of all that are off so."""
    for rule in RoutingRule.objects.filter(active=True).select_related("office", "liaison_unit", "authority"):
        left = rule.left(this_day())
        if not left and rule.pool and not working(rule.office_id).filter(pk__in=rule.pool).exists():
            left = RoutingRule.Left.POOL
        if left:
            switch_off(rule, left)
    tell_of_rules_off()


def tell_of_rules_off() -> int:
    """Mail the administrators about rules they have not heard of, later again if it fails; how many mails went out."""
    untold = list(RoutingRule.objects.exclude(off_why="").filter(told_at=None))
    if not untold:
        return 0
    try:
        told = get_connection().send_messages([_mail(person, untold) for person in _administrators()])
    except (OSError, smtplib.SMTPException):
        log.exception("administrators could not be told of rules that are off")
        told = 0
    if told:
        # Only now: whoever dies in between lets them be told twice, never not at all.
        still_off = RoutingRule.objects.exclude(off_why="").filter(pk__in=[rule.pk for rule in untold])
        still_off.update(told_at=this_moment())
    return told or 0


def why_off(rule: RoutingRule) -> str | Promise:
    """What left, in words; with its code where it has one."""
    kind, _colon, code = rule.off_why.partition(":")
    words = RoutingRule.Left(kind).label
    return f"{words} ({code})" if code else words


def _administrators() -> QuerySet[User]:
    return User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(email="").order_by("pk")


def _mail(person: User, rules: list[RoutingRule]) -> EmailMessage:
    with translation.override(person.language):
        context = {
            "person": person,
            "rules": [(rule, why_off(rule)) for rule in rules],
            "origin": settings.SITE_ORIGIN,
        }
        subject = render_to_string("mail/rules_off_subject.txt", context).strip()
        return EmailMessage(subject, render_to_string("mail/rules_off.txt", context), to=[person.email])
