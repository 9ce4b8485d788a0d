"""The order of the questions, what each page needs, and the concern they add up to."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from cases.files import held
from cases.filing import Filing
from cases.states import Proceedings, Sharing
from feedback import questions as forms
from feedback.models import Draft
from routing.models import Category, Division

#: Names are addresses (contracts.md).
QUESTIONS: dict[str, type[forms.StepForm]] = {
    "for-whom": forms.ForWhom,
    "where": forms.Where,
    "category": forms.ExactSubject,
    "what-happened": forms.WhatHappened,
    "when": forms.When,
    "authority": forms.AuthorityNamed,
    "proceedings": forms.CourtProceedings,
    "wanted": forms.Wanted,
    "evidence": forms.Evidence,
    "sharing": forms.SharingStep,
    "about-you": forms.AboutYou,
    "contact": forms.ContactStep,
}
ORDER = list(QUESTIONS)
DONE = "_done"


def bound(step: str, answers: dict[str, Any], typed: dict[str, Any] | None = None) -> forms.StepForm:
    """The step's form filled with what was typed there, now or earlier."""
    data = typed if typed is not None else answers.get(step, {})
    if step == "category":
        exact = "exact" in data if typed is not None else data.get("main")
        if not exact:
            return forms.Subject(data, answers=answers)
    return QUESTIONS[step](data, answers=answers)


def unbound(step: str, answers: dict[str, Any]) -> forms.StepForm:
    kept = answers.get(step, {})
    if step == "category" and not kept.get("main"):
        return forms.Subject(answers=answers)
    initial = {k: v for k, v in kept.items() if k != DONE} or None
    return QUESTIONS[step](initial=initial, answers=answers)


def first_unanswered(answers: dict[str, Any]) -> str:
    """The first question without an accepted answer, or ``check``."""
    for step in ORDER:
        if not answers.get(step, {}).get(DONE):
            return step
    return "check"


def reachable(step: str, answers: dict[str, Any]) -> bool:
    """Nobody skips ahead: a page is there once every question before it is answered."""
    first = first_unanswered(answers)
    if step == "check":
        return first == "check"
    return first == "check" or ORDER.index(step) <= ORDER.index(first)


def before(step: str) -> str:
    """The step before, or empty for the first."""
    place = ORDER.index(step) if step in ORDER else len(ORDER)
    return ORDER[place - 1] if place else ""


def settle_branches(answers: dict[str, Any], changed: str) -> dict[str, Any]:
    """An answer that changes what a later page asks makes that page be asked again; nothing typed there is lost."""
    depends = {"sharing": ["about-you", "contact"], "for-whom": ["about-you"]}
    for later in depends.get(changed, []):
        if later in answers and not bound(later, answers).is_valid():
            answers[later].pop(DONE, None)
    return answers


def cleaned(answers: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """All cleaned answers in one dict, and the first step that is not (or no longer) valid."""
    found: dict[str, Any] = {}
    for step in ORDER:
        if not answers.get(step, {}).get(DONE):
            return found, step
        form = bound(step, answers)
        if not form.is_valid():
            return found, step
        found |= form.cleaned_data
    return found, ""


def filing_of(draft: Draft, facts: dict[str, Any]) -> Filing:
    """The concern that these answers are."""
    anonymous = facts["sharing"] == Sharing.ANONYMOUS
    email = facts.get("email", "")
    return Filing(
        key=f"draft:{draft.key}",
        category=Category.objects.get(pk=facts["category"]),
        division=Division.objects.get(pk=facts["division"]),
        text=facts["text"],
        language=facts["language"],
        sharing=facts["sharing"],
        filer_kind=facts["kind"],
        wanted=facts["wanted"],
        started=facts["started"],
        authority_named="" if facts["unknown"] else facts["authority"],
        raised_before=facts["raised_before"],
        proceedings=facts["proceedings"] or Proceedings.NONE,
        sector=facts["sector"],
        for_whom=facts["for_whom"],
        on_behalf_of=facts.get("on_behalf_of", ""),
        name="" if anonymous else facts["name"],
        company="" if anonymous else facts["company"],
        registration_no="" if anonymous else facts["registration_no"],
        email=email,
        phone=facts.get("phone", ""),
        notify=bool(facts["notify"] and email),
        files=held(draft.key),
    )


def typed_data(post: QueryDict) -> QueryDict:
    """Of a field sent twice the first value counts; fields nobody asked for are ignored."""
    data = QueryDict(mutable=True)
    for name, values in post.lists():
        data.setlist(name, values[:1])
    return data
