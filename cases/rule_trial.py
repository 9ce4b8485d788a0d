"""What routing rules would have done with last year's cases. Nothing is changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cases.clocks import local_day
from cases.models import Case
from jobs.clock import this_day, this_moment
from routing.coverage import NotCovered, office_for
from routing.deciding import Concern, Ready, acted, first_fitting, keeps_office, rules_on
from routing.models import RoutingRule
from text.fold import fold

YEAR = timedelta(days=365)
#: So many of the newest cases are looked at, so that the page comes up within seconds.
MOST = 20_000


@dataclass(frozen=True)
class Elsewhere:
    """How cases would have gone elsewhere. Each pair is what happened and what the rule says; None if the same."""

    rule: str
    office: tuple[str, str] | None
    unit: tuple[str, str] | None
    authority: tuple[str, str] | None


@dataclass
class Trial:
    """``looked_at`` cases, of which ``fitted`` had a rule that fits and ``office_kept`` the office of the form.

    ``elsewhere`` counts those that would have gone elsewhere. No case is named: whoever writes rules sees none, and
    small numbers are for the page to hide, since a rule about a word asks which case holds it.
    """

    looked_at: int = 0
    cut: bool = False
    fitted: int = 0
    office_kept: int = 0
    elsewhere: Counter[Elsewhere] = field(default_factory=Counter)


def try_rules(alone: RoutingRule | None = None) -> Trial:
    """All rules that act today, or what one rule would add in its place among them, switched on or not.

    Compared with where each case went when it was received in the last 365 days, newest first.
    """
    rules = [ready for ready in rules_on(this_day()) if alone is None or ready.rule.pk != alone.pk]
    if alone is not None:
        rules = sorted([*rules, Ready(alone)], key=lambda ready: ready.rule.position)
    trial = Trial()
    for row in _last_year():
        if trial.looked_at == MOST:
            trial.cut = True
            break
        trial.looked_at += 1
        rule = _rule_for(row, rules)
        if rule is not None and (alone is None or rule.pk == alone.pk):
            _compare(trial, row, rule)
    return trial


def _last_year() -> Any:
    columns = (
        "received_at", "office_id", "liaison_unit_id", "category_id", "division_id", "language",
        "suggestion", "statement__text", "search_text__folded",
    )  # fmt: skip
    cases = Case.objects.filter(received_at__gte=this_moment() - YEAR).order_by("-received_at", "-pk")
    return cases.values(*columns)[: MOST + 1].iterator(chunk_size=500)


def _rule_for(row: dict[str, Any], rules: list[Ready]) -> RoutingRule | None:
    """As at filing: the category and place that the business gave, and its own words.

    The words for searching, folded already, hold more than those; they only spare the folding of what cannot fit.
    """
    then = row["suggestion"]
    categories = then.get("categories") or [{"id": row["category_id"]}]
    # Cases filed before the tier was stored have the question only.
    distress = any(question.get("code") == "distress" for question in then.get("ask", []))
    urgency = then.get("urgency") or ("distress" if distress else "normal")
    place = then.get("division") or row["division_id"]

    def concern(folded: str) -> Concern:
        return Concern(folded, categories[0]["id"], place, urgency, row["language"])

    if first_fitting(rules, concern(row["search_text__folded"] or "")) is None:
        return None
    return first_fitting(rules, concern(fold(row["statement__text"] or "")))


def _compare(trial: Trial, row: dict[str, Any], rule: RoutingRule) -> None:
    trial.fitted += 1
    then = row["suggestion"]
    try:
        of_place = office_for(
            then.get("division") or row["division_id"], local_day(row["received_at"])
        ).office.code
    except NotCovered:
        of_place = None
    kept = keeps_office(rule, of_place, chosen=True)
    trial.office_kept += kept
    says = acted(rule, kept)
    authorities = then.get("authorities") or [{"id": None}]
    earlier = then.get("rule") or {}
    went = earlier.get("office") or then.get("office") or row["office_id"]
    office = _changed(went, says.get("office"))
    unit = _changed(then.get("liaison_unit"), says.get("liaison_unit"))
    authority = _changed(authorities[0].get("id"), says.get("authority"))
    if office or unit or authority:
        trial.elsewhere[Elsewhere(str(rule), office, unit, authority)] += 1


def _changed(went: str | None, says: str | None) -> tuple[str, str] | None:
    return (went or "–", says) if says and says != went else None
