"""The order of the questions, what each page needs, and the concern they add up to."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import get_language

from cases.filing import Filing
from cases.history import category_names, division_names
from cases.others import few_in, reported_by_others
from cases.states import Proceedings, Sharing
from feedback import questions as forms
from feedback.models import Draft
from routing.models import Category, Division
from routing.urgency import DISTRESS, DISTRESS_CATEGORY, judge
from text.emails import UnusableAddress, read_address

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


def address(step: str, **query: str) -> str:
    """Where a question, ``check`` or ``done`` is, in the active language."""
    path = reverse(f"filing_{step}") if step in ("check", "done") else reverse("filing_step", args=[step])
    return f"{path}?{urlencode(query)}" if query else path


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


def same_words(kept: dict[str, Any], typed: dict[str, Any]) -> bool:
    """Whether both hold the same answer, accepted or not."""
    return {k: v for k, v in kept.items() if k != DONE} == {k: v for k, v in typed.items() if k != DONE}


def answered(answers: dict[str, Any], step: str, typed: dict[str, Any]) -> bool:
    """Whether exactly this was typed and accepted before."""
    kept = answers.get(step, {})
    return bool(kept.get(DONE)) and same_words(kept, typed)


def merged(answers: dict[str, Any], step: str, typed: dict[str, Any]) -> dict[str, Any]:
    """The answers with this one among them.

    An accepted answer that changes what a later page asks makes that page be asked again; what was typed there
    stays.
    """
    found = {**answers, step: typed}
    depends = {"sharing": ["about-you", "contact"], "for-whom": ["about-you"]}
    for later in depends.get(step, []) if typed.get(DONE) else []:
        kept = found.get(later, {})
        form = bound(later, found)
        if kept and (set(form.fields) - set(kept) or not form.is_valid()):
            found[later] = {k: v for k, v in kept.items() if k != DONE}
    return found


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


def filing_of(draft: Draft, facts: dict[str, Any], files: list[Any]) -> Filing:
    """The concern that these answers and files are."""
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
        authorisation=facts.get("authorisation", ""),
        authorised_on=facts.get("authorised_on"),
        name="" if anonymous else facts["name"],
        company="" if anonymous else facts["company"],
        registration_no="" if anonymous else facts["registration_no"],
        email=email,
        phone=facts.get("phone", ""),
        phone_e164=facts.get("phone_e164", ""),
        notify=bool(facts["notify"] and email),
        email_confirmed=draft.has_confirmed(email),
        files=files,
    )


def address_given(answers: dict[str, Any]) -> str:
    """The e-mail address to write to; empty if there is none, or none that can be written to."""
    try:
        return read_address(answers.get("contact", {}).get("email") or "")
    except UnusableAddress:
        return ""


def in_distress(answers: dict[str, Any]) -> bool:
    """Whether what was typed so far, or the subject chosen, speaks of somebody who needs help now."""
    typed = answers.get("what-happened", {}).get("text") or ""
    return answers.get("category", {}).get("category") == DISTRESS_CATEGORY or (
        bool(typed) and judge(str(typed)).tier == DISTRESS
    )


def told_of_others(answers: dict[str, Any]) -> dict[str, str] | None:
    """The names of a category and a province of which others have reported concerns; None if nothing may be said."""
    code, province = answers.get("category", {}).get("category"), answers.get("where", {}).get("province")
    category, place = category_names().get(code), division_names().get(province)
    if category is None or place is None:
        return None
    reported = reported_by_others(category, place.code)
    if reported is None:
        return None
    language = get_language()
    return {"category": reported.name_in(language), "place": place.name_in(language)}


def few_like_this(answers: dict[str, Any]) -> str:
    """The name of the province if few companies were heard of there; empty otherwise."""
    place = division_names().get(answers.get("where", {}).get("province") or "")
    return place.name_in(get_language()) if place is not None and few_in(place.code) else ""


def typed_data(post: QueryDict) -> QueryDict:
    """Of a field sent twice the first value counts; fields nobody asked for are ignored."""
    data = QueryDict(mutable=True)
    for name, values in post.lists():
        data.setlist(name, values[:1])
    return data


def corrected(post: QueryDict) -> QueryDict:
    """With the better spelling in a field, where the button was pressed that takes it."""
    for name in [name for name in post if name.startswith("use_")]:
        post.setlist(name.removeprefix("use_"), post.getlist(name))
    return post
