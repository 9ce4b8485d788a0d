"""Tables of concerns: each row is checked like the officer's form, seen by a person, and filed in its own transaction.

Nothing is filed twice: a row is known again by its own reference, or by all it says. Whatever kills the work in the
middle, the next run goes on with the rows that are left.
"""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import get_language, gettext, override
from django_tasks import task

from accounts.models import User
from cases.actions import open_case
from cases.forms.intake import Intake
from cases.forms.listed import categories, places
from cases.models import Case, Import, ImportedRow
from cases.models.imported import RowState
from cases.permissions import Actor
from cases.refusals import Busy, OtherContent, Refusal
from cases.tables import Codes, Table
from jobs.clock import this_moment
from jobs.failpoints import failpoint
from jobs.periodic import every
from routing.coverage import NotCovered

log = logging.getLogger(__name__)

#: So many rows are checked while somebody waits for the page; more are checked in the background.
AT_ONCE = 100
#: One run takes so many rows, so that other work gets its turn.
ROWS_A_RUN = 500
#: A table that nobody confirms is forgotten after this time.
WAITS_FOR = timedelta(days=1)


def take(table: Table, by: User, file_name: str, *, mail: bool) -> Import:
    """Keep the rows, sealed, and check them, in the language of the page: at once if they are few."""
    codes = Codes()
    with transaction.atomic():
        batch = Import.objects.create(
            by_user=by,
            at=this_moment(),
            file_name=file_name[:200],
            unread="\n".join(" ".join(word.split())[:100] for word in table.unread[:50]),
            mail=mail,
            language=get_language() or by.language,
        )
        rows, seen = [], set()
        for row in table.rows:
            data, wrong = codes.read(row)
            reference = data.pop("reference", "")
            key = _key(by, reference, data)
            why = [[column, str(said)] for column, said in wrong]
            if len(reference) > 200:
                why.append(["reference", gettext("At most 200 characters.")])
            if key in seen:
                why.append(
                    ["reference", gettext("Another row of this file is the same or has the same reference.")]
                )
            seen.add(key)
            rows.append(
                ImportedRow(
                    batch=batch,
                    number=row.number,
                    key=key,
                    data=json.dumps(data, ensure_ascii=False),
                    why=why,
                )
            )
        ImportedRow.objects.bulk_create(rows, batch_size=500)
        if len(rows) > AT_ONCE:
            transaction.on_commit(work_on_imports.enqueue)
    if len(rows) <= AT_ONCE:
        check(batch)
    return batch


def _key(by: User, reference: str, data: dict[str, str]) -> str:
    """Of its own reference, which is good within one office; else of all the row says."""
    if reference:
        facts: Any = ["reference", by.office_id or "", reference]
    else:
        facts = ["content", sorted(data.items())]
    return "import:" + hashlib.sha256(json.dumps(facts).encode()).hexdigest()


class _Offered:
    """What the form offers in its lists, made once for many rows."""

    def __init__(self) -> None:
        self.lists = places("–"), categories("–")

    def form(self, batch: Import, row: ImportedRow) -> Intake:
        data = json.loads(row.data or "{}")
        if batch.mail:
            data["notify"] = "on"
        return Intake(data, offered=self.lists)


def check(batch: Import, limit: int = ROWS_A_RUN) -> int:
    """Look at rows that nobody has looked at; how many there were."""
    with transaction.atomic():
        # Held against a confirmation and another look at the same rows.
        if Import.objects.select_for_update().get(pk=batch.pk).confirmed_at:
            return 0
        rows = list(batch.rows.filter(state=RowState.NEW).order_by("number")[:limit])
        keys = [row.key for row in rows]
        there = set(Case.objects.filter(filing_key__in=keys).values_list("filing_key", flat=True))
        with override(batch.language):
            offered = _Offered()
            for row in rows:
                _look(batch, row, offered)
                if row.state == RowState.GOOD and row.key in there:
                    row.state = RowState.THERE
        ImportedRow.objects.bulk_update(rows, ["state", "why", "data"], batch_size=200)
    return len(rows)


def _look(batch: Import, row: ImportedRow, offered: _Offered) -> None:
    form = offered.form(batch, row)
    told = {column for column, _said in row.why}
    if not form.is_valid():
        row.why += [why for why in _errors(form) if why[0] not in told]
    elif form.found_category:
        # As it was shown to whoever confirms, whatever the suggestions learn until then.
        found = json.loads(row.data) | {"category": form.cleaned_data["category"]}
        row.data = json.dumps(found, ensure_ascii=False)
    row.state = RowState.BAD if row.why else RowState.GOOD


def _errors(form: Intake) -> list[list[str]]:
    return [
        [name if name != "__all__" else "", str(said)]
        for name, errors in form.errors.items()
        for said in errors
    ]


def confirm(batch: Import) -> bool:
    """File what is good; whether this was the first to say so. What will not be filed is emptied."""
    with transaction.atomic():
        Import.objects.select_for_update().get(pk=batch.pk)
        unchecked = batch.rows.filter(state=RowState.NEW).exists()
        first = not unchecked and bool(
            Import.objects.filter(pk=batch.pk, confirmed_at=None).update(confirmed_at=this_moment())
        )
        if first:
            batch.rows.exclude(state=RowState.GOOD).update(data="")
            transaction.on_commit(work_on_imports.enqueue)
    return first


@every(seconds=60)
@task
def work_on_imports() -> None:
    """Check and file what waits. Enqueued with every table, and by the clock for what was cut off."""
    for batch in Import.objects.filter(confirmed_at=None, rows__state=RowState.NEW).distinct():
        while check(batch):
            pass
    left = False
    for batch in Import.objects.exclude(confirmed_at=None).filter(done_at=None).order_by("pk"):
        left |= file_rows(batch)
    if left:
        work_on_imports.enqueue()


def file_rows(batch: Import) -> bool:
    """File the good rows in their order; whether it is to be called again at once."""
    numbers = list(
        batch.rows.filter(state=RowState.GOOD).order_by("number").values_list("pk", flat=True)[:ROWS_A_RUN]
    )
    filed = 0
    with override(batch.language):
        offered = _Offered()
        for pk in numbers:
            try:
                _file(batch, pk, offered)
                filed += 1
            except Busy:
                continue  # later
            except Exception:
                # One row must not keep the others waiting; the clock tries it again.
                log.exception("a row of import %s could not be filed", batch.uuid)
    if not batch.rows.filter(state=RowState.GOOD).exists():
        Import.objects.filter(pk=batch.pk, done_at=None).update(done_at=this_moment())
        return False
    return filed > 0


def _file(batch: Import, pk: int, offered: _Offered) -> None:
    """The case and what its row says of it are one commit."""
    with transaction.atomic():
        row = ImportedRow.objects.select_for_update().get(pk=pk)
        if row.state != RowState.GOOD:
            return
        form = offered.form(batch, row)
        if not form.is_valid():
            row.state = RowState.FAILED
            row.why = _errors(form)
        else:
            _open(batch, row, form)
        row.data = ""
        row.save()
        failpoint("before_row_commits")
    failpoint("after_row_commits")


def _open(batch: Import, row: ImportedRow, form: Intake) -> None:
    by = Actor.caller(batch.by_user, form.cleaned_data["channel"])
    try:
        if not batch.by_user.is_active:
            raise Refusal(gettext("Whoever handed the file in has no account any more."))
        with transaction.atomic():
            opened = open_case(form.filing(row.key), by=by)
    except OtherContent:
        row.state = RowState.THERE
        row.why = [["", gettext("Imported before with other words, which stay as they are.")]]
    except Busy:
        raise
    except Refusal as refused:
        row.state, row.why = RowState.FAILED, [["", str(refused.message)]]
    except NotCovered:
        row.state, row.why = RowState.FAILED, [["division", gettext("No office covers this place.")]]
    else:
        row.state = RowState.THERE if opened.again else RowState.FILED
        row.case = opened.case


@every(seconds=3600)
@task
def forget_imports() -> None:
    """What was handed in and never confirmed is deleted with all that its rows say."""
    Import.objects.filter(confirmed_at=None, at__lt=this_moment() - WAITS_FOR).delete()
