"""Published news of issues goes into each linked case: one case a transaction, each once, whatever dies between."""

from __future__ import annotations

import logging

from django_tasks import task

from cases.actions import perform
from cases.models import IssueTelling
from cases.permissions import Actor
from cases.refusals import Busy, InputRefused, Refusal
from jobs.failpoints import failpoint
from jobs.periodic import every

log = logging.getLogger(__name__)

#: One run takes so many, so that other work gets its turn.
A_RUN = 200


@every(seconds=30)
@task
def tell_businesses() -> None:
    """Enqueued with every publication, and by the clock for what was cut off."""
    if tell_waiting():
        tell_businesses.enqueue()


def tell_waiting() -> bool:
    """Tell what waits, oldest first; whether it is to be called again at once."""
    waiting = IssueTelling.objects.filter(state=IssueTelling.State.WAITING).order_by("pk")
    told = 0
    for pk in list(waiting.values_list("pk", flat=True)):
        if told == A_RUN:
            return True
        telling = IssueTelling.objects.select_related("case").get(pk=pk)
        try:
            told += _tell(telling)
        except Exception:
            # One case must not keep the others waiting; the clock tries it again.
            log.exception("news %s could not be told to case %s", telling.news_id, telling.case_id)
    return False


def _tell(telling: IssueTelling) -> bool:
    try:
        perform(telling.case, "tell_of_issue", by=Actor.system(), telling=telling)
    except (Busy, InputRefused):
        return False  # later; or another run was faster
    except Refusal:
        # Personal data is being erased: nothing more is written to this business.
        rows = IssueTelling.objects.filter(pk=telling.pk, state=IssueTelling.State.WAITING)
        rows.update(state=IssueTelling.State.DROPPED)
        return False
    failpoint("after_telling")
    return True
