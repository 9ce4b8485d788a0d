"""The front door's background work: what it remembers of visitors is kept short."""

from __future__ import annotations

from datetime import timedelta

from django_tasks import task

from cases.files import held, remove_held
from feedback.attempts import forget_old_attempts
from feedback.browser_reports import forget_old_reports
from feedback.mail_codes import forget_old_codes
from feedback.models import Draft, SentForm
from feedback.models.draft import CODE_KEPT_FOR
from jobs.clock import this_moment
from jobs.periodic import every

#: A page left open longer than this has lost its session anyway, so its form cannot come a second time.
FORMS_ARE_KEPT = timedelta(days=2)


@every(seconds=3600)
@task
def forget_traces() -> None:
    """Wrong tries that refuse nobody any more, forms that cannot come again, old counts, old codes."""
    forget_old_attempts()
    forget_old_reports()
    forget_old_codes()
    SentForm.objects.filter(at__lt=this_moment() - FORMS_ARE_KEPT).delete()


@every(seconds=600)
@task
def forget_drafts() -> None:
    """Forms past their day with their files, and tracking codes that were shown long enough."""
    now = this_moment()
    Draft.objects.filter(sent_at__lt=now - CODE_KEPT_FOR).exclude(sealed_code="").update(sealed_code="")
    for draft in Draft.objects.filter(expires_at__lt=now)[:500]:
        for file in held(draft.key):
            remove_held(draft.key, file.uuid)
        draft.delete()
