"""Many cases at once, written straight into the tables, for measuring.

The rows keep the rules of the tables and of the moves: numbers without a gap, what each event changed, an outcome
exactly on closed cases, an end exactly on ended ones, one statement, contact, sharing choice and search text each,
and the letters and answers behind a case that was referred. Two things are not as moves would make them: the days
on which something is due are drawn, not counted, and a letter holds one line instead of a document.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from cases.clocks import local_day
from cases.demo.copying import Rows
from cases.demo.courses import Course, Place
from cases.demo.stories import STORIES
from cases.filing import SHARING_TEXT, company_key
from cases.indexing import row_of
from cases.models import (
    Answer,
    Case,
    Contact,
    Disclosure,
    Event,
    Letter,
    LetterCounter,
    LetterVersion,
    Message,
    Question,
    Referral,
    SearchText,
    SharingChoice,
    Statement,
)
from routing.coverage import office_for
from routing.models import Authority, Category, Division
from text.reference import new_reference

#: Rows of cases held in memory at once.
CHUNK = 2000
#: How many of a hundred cases end up in each state; an office's tables are mostly history.
SHARES = {
    Course.received: 3,
    Course.assessing: 6,
    Course.awaiting: 3,
    Course.referred: 3,
    Course.answered: 2,
    Course.explained: 51,
    Course.resolved: 25,
    Course.withdrawn: 7,
}
LONG_AGO = {Course.explained, Course.resolved, Course.withdrawn}
NEEDS_AUTHORITY = {Course.referred, Course.answered, Course.resolved}
YEARS_BACK = 3
COMPANIES = 5000
#: A reference is random: among a million some are drawn twice, and their chunk is drawn again.
TRIES = 5


def make_rows(number: int, report: Callable[[str], None]) -> int:
    """Bring the number of bulk cases up to ``number``; returns how many were made. The same every time but for
    references, which are random.
    """
    done = Case.objects.filter(filing_key__startswith="bulk:").count()
    maker = _Maker()
    for start in range(done, number, CHUNK):
        end = min(start + CHUNK, number)
        maker.chunk(start, end)
        if end % (CHUNK * 10) == 0 or end == number:
            report(f"{end} of {number} cases")
    return max(0, number - done)


class _Maker:
    def __init__(self) -> None:
        self.now = timezone.now()
        self.categories = list(Category.objects.filter(parent__isnull=False).values_list("pk", "referable"))
        self.staff: dict[str | None, list[int]] = {}
        workers = User.objects.filter(role__in=["caseworker", "supervisor", "headquarters"])
        for ident, office in workers.values_list("pk", "office"):
            self.staff.setdefault(office, []).append(ident)
        self.places = self._places()
        self.stories = [
            (story, story.text.splitlines()[0], row_of([story.text, story.wanted, story.authority]))
            for story in STORIES
        ]
        self.company_keys = [company_key(f"DEMO-{n}", "") for n in range(COMPANIES)]

    def _places(self) -> list[Place]:
        authorities: dict[str, list[str]] = {}
        for code, division in Authority.objects.exclude(division=None).values_list("pk", "division"):
            authorities.setdefault(division, []).append(code)
        places = []
        for place in Division.objects.filter(level__in=["prefecture", "province"]):
            covering = office_for(place, local_day(self.now))
            if covering.office.code not in self.staff:
                continue
            unit = covering.liaison_unit
            places.append(
                Place(
                    code=place.code,
                    office=covering.office.code,
                    liaison_unit=unit.pk if unit else None,
                    officers=self.staff[covering.office.code],
                    approvers=self.staff[None],
                    authorities=authorities.get(place.code, []),
                )
            )
        return places

    def chunk(self, start: int, end: int) -> None:
        for last_try in [False] * (TRIES - 1) + [True]:
            try:
                with transaction.atomic():
                    self._write(start, end)
            except IntegrityError:
                if last_try:
                    raise
            else:
                return

    def _write(self, start: int, end: int) -> None:
        cases, messages, referrals, versions = (
            Rows(model, numbered=True) for model in (Case, Message, Referral, LetterVersion)
        )
        ordinary = {
            model: Rows(model)
            for model in (
                Statement,
                Contact,
                SharingChoice,
                SearchText,
                Question,
                Letter,
                Disclosure,
                Answer,
                Event,
            )
        }
        courses = [self._course(n) for n in range(start, end)]
        counters = self._number_letters(courses)
        self._give_ids(courses, cases, messages, referrals, versions)
        for course in courses:
            course.bind()
            cases.add(course.case)
            for rows in (messages, referrals, versions, *ordinary.values()):
                for values in course.rows[rows.model]:
                    rows.add(values)
        for rows in (cases, messages, referrals, versions, *ordinary.values()):
            rows.write()
        for counter in counters.values():
            counter.save()

    def _give_ids(self, courses: list[Course], cases: Rows, *others: Rows) -> None:
        for course, ident in zip(courses, cases.reserve(len(courses)), strict=True):
            course.case["id"] = ident
        for kind in others:
            unnumbered = [values for course in courses for values in course.rows[kind.model]]
            for values, ident in zip(unnumbered, kind.reserve(len(unnumbered)), strict=True):
                values["id"] = ident

    def _number_letters(self, courses: list[Course]) -> dict[tuple[str, int], LetterCounter]:
        """The next numbers of each office and year; the counters are saved with the rows."""
        counters: dict[tuple[str, int], LetterCounter] = {}
        for course in courses:
            for letter in course.rows[Letter]:
                key = letter["office_id"], letter["year"]
                if key not in counters:
                    LetterCounter.objects.get_or_create(office_id=key[0], year=key[1])
                    found = LetterCounter.objects.select_for_update().get(office_id=key[0], year=key[1])
                    counters[key] = found
                counters[key].last += 1
                letter["number"] = counters[key].last
        return counters

    def _course(self, n: int) -> Course:
        """Everything about the n-th case, decided by its number alone."""
        dice = random.Random(n)  # noqa: S311  # invented data, repeatable
        story, title, words = self.stories[n % len(self.stories)]
        place = dice.choice(self.places)
        (ends,) = dice.choices(list(SHARES), list(SHARES.values()))
        category, referable = dice.choice(self.categories)
        if ends in NEEDS_AUTHORITY and not (referable == "yes" and place.authorities):
            ends = Course.explained if ends in LONG_AGO else Course.assessing
        back = dice.uniform(90, YEARS_BACK * 365) if ends in LONG_AGO else dice.uniform(0.1, 45)
        received = self.now - timedelta(days=back)
        case: dict[str, Any] = {
            "reference": new_reference(),
            "office_id": place.office,
            "liaison_unit_id": place.liaison_unit,
            "title": title,
            "category_id": category,
            "division_id": place.code,
            "priority": "urgent" if dice.random() < 0.05 else "normal",
            "filer_kind": "enterprise",
            "language": story.language,
            "sharing": "office_only",
            "company_key": self.company_keys[n % COMPANIES],
            "filing_key": f"bulk:{n}",
            "received_at": received,
        }
        course = Course(case, place, received, self.now, dice)
        course.rows[Statement].append(
            {"text": story.text, "wanted": story.wanted, "authority_named": story.authority}
        )
        course.rows[Contact].append(
            {"company": f"{story.company} {n % COMPANIES}", "name": story.person, "notify": False}
        )
        course.rows[SharingChoice].append(_choice(story.language, received))
        course.rows[SearchText].append(words)
        ends(course)
        return course


def _choice(language: str, at: datetime) -> dict[str, Any]:
    return {"choice": "office_only", "text_version": SHARING_TEXT, "language": language, "at": at}
