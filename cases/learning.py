"""Sorting learned from the office's own cases."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone
from django_tasks import task

from cases.models import Case
from cases.states import Outcome, State
from jobs.clock import this_moment
from jobs.periodic import every
from routing.learning.keeping import SUGGESTING, train

log = logging.getLogger(__name__)

#: The hour of the night, in the time zone of the site, at which it learns.
HOUR = 2
#: The newest so many closed cases are learned from.
NEWEST = 20_000


@dataclass(frozen=True)
class ClosedCases:
    """What businesses wrote, each with the category that a caseworker settled on; and by text whose it is."""

    examples: list[tuple[str, str]]
    writers: dict[str, str]


def closed_cases() -> ClosedCases:
    """The newest closed cases. One that nobody assessed, and one closed as a duplicate, teach nothing.

    A text is its company's; where none is given that of the address written from, else its own. The marks never
    leave the process.
    """
    sorted_by_a_person = Q(triaged_at__isnull=False) & ~Q(outcome=Outcome.DUPLICATE)
    closed = Case.objects.filter(sorted_by_a_person, state=State.CLOSED, erased_at=None)
    rows = closed.order_by("-ended_at", "-pk")
    wanted = ("statement__text", "category_id", "company_key", "contact__email", "pk")
    found = list(rows.values_list(*wanted)[:NEWEST])
    return ClosedCases(
        [(text, category) for text, category, *_who in found],
        {text: company or email or str(pk) for text, _category, company, email, pk in found},
    )


def learn_from_closed_cases() -> None:
    """Train the model that suggestions use; it is kept only if it is better than the one in use."""
    from routing.learning.training import TooFewExamples  # scikit-learn takes seconds to import

    try:
        closed = closed_cases()
        trained = train(SUGGESTING, closed.examples, closed.writers)
    except TooFewExamples:
        log.info("learning: not enough closed cases yet")
        return
    figures = f"accuracy {trained.learned.accuracy:.4f}, macro F1 {trained.learned.macro_f1:.4f}"
    if trained.version is None:
        log.info("learning: not better than the model in use (%s)", figures)
    else:
        log.info("learning: version %s is in use (%s)", trained.version, figures)


@every(seconds=3600)
@task
def learn_nightly() -> None:
    """Enqueued every hour, since slots know no time zone; it learns in one hour of the night only."""
    if timezone.localtime(this_moment()).hour == HOUR:
        learn_from_closed_cases()
