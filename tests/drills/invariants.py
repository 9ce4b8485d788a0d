"""Compares a ledger of what clients were told with the database (P1 to P6): a tool of the drills, not one itself.

``python -m tests.drills.invariants LEDGER`` with the environment of the set that is examined; ``examine`` does that
for a running ``Stack``. Prints one JSON object: ``violations`` (sentences) and ``counts`` (what was compared).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.drills import Report
from tests.drills.ledger import read, sum_of

if TYPE_CHECKING:
    from tests.drills.stack import Stack

#: More of one kind says nothing new.
MOST_OF_A_KIND = 20


def examine(stack: Stack, ledger: Path, report: Report) -> dict[str, int]:
    """Every promise, against the database of ``stack``; violations go to the report, counts are returned."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.drills.invariants", str(ledger)],
        cwd=Path(__file__).resolve().parents[2], env=stack.env, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    if done.returncode:
        report.violation(f"the database could not be examined:\n{done.stderr[-3000:]}")
        return {}
    found = json.loads(done.stdout.splitlines()[-1])
    for text in found["violations"]:
        report.violation(text)
    for name, count in found["counts"].items():
        report.did(f"compared: {name}", count)
    counts: dict[str, int] = found["counts"]
    return counts


def rows(stack: Stack, statement: str) -> list[tuple[Any, ...]]:
    """The answer of the database of ``stack`` to one statement, outside the application."""
    import psycopg

    with psycopg.connect(stack.env["DATABASE_URL"], autocommit=True, connect_timeout=5) as connection:
        cursor = connection.execute(statement)  # type: ignore[call-overload]
        return cursor.fetchall() if cursor.description else []


class Examination:
    """Needs Django to be set up. Reads only."""

    def __init__(self, ledger: Path) -> None:
        self.told: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for line in read(ledger):
            self.told[line["t"]].append(line)
        self.violations: list[str] = []
        self.counts: Counter[str] = Counter()
        self._of_a_kind: Counter[str] = Counter()

    def run(self) -> None:
        for promise in (self.p1, self.p2, self.p3, self.p4, self.p5, self.p6, self.files):
            promise()

    def wrong(self, promise: str, text: str) -> None:
        self._of_a_kind[promise] += 1
        if self._of_a_kind[promise] <= MOST_OF_A_KIND:
            self.violations.append(f"{promise}: {text}")

    # --- nothing accepted is lost ---------------------------------------------------------------
    def p1(self) -> None:
        from cases.models import Case

        cases = {
            case.reference: case
            for case in Case.objects.select_related("statement").prefetch_related("attachments")
        }
        for line in self.told["filed"]:
            self.counts["P1 confirmed filings"] += 1
            case = cases.get(line["reference"])
            if case is None:
                self.wrong("P1", f"{line['reference']} was confirmed and is not there")
                continue
            if sum_of(case.statement.text) != line["text"]:
                self.wrong("P1", f"{line['reference']} holds another text than was sent")
            kept = {a.sha256 for a in case.attachments.all() if a.from_business}
            if kept != set(line["files"]):
                self.wrong(
                    "P1", f"{line['reference']} holds {len(kept)} files, not the {len(line['files'])} sent"
                )

    # --- nothing is filed twice -----------------------------------------------------------------
    def p2(self) -> None:
        from cases.models import Case, Statement

        by_key: dict[str, set[str]] = defaultdict(set)
        for line in self.told["filed"]:
            by_key[line["key"]].add(line["reference"])
        for key, references in by_key.items():
            self.counts["P2 keys"] += 1
            if len(references) > 1:
                self.wrong("P2", f"one filing {key} was told the references {sorted(references)}")
        texts = Counter(sum_of(text) for text in Statement.objects.values_list("text", flat=True))
        doubled = [line["text"] for line in self.told["filed"] if texts[line["text"]] > 1]
        if doubled:
            self.wrong("P2", f"{len(doubled)} texts are filed more than once")
        tried = {line["key"] for line in self.told["tried"]}
        there = Case.objects.count() - self._cases_before()
        self.counts["P2 filings begun"] += len(tried)
        self.counts["P2 cases"] += there
        if tried and there > len(tried):
            self.wrong("P2", f"{there} cases from {len(tried)} filings that were begun")

    def _cases_before(self) -> int:
        return sum(line["count"] for line in self.told["before"])

    # --- a change happens once or not at all ----------------------------------------------------
    def p3(self) -> None:
        from cases.models import Event, Message, Note

        sums: Counter[str] = Counter()
        for model in (Message, Note):
            sums.update(
                sum_of(t) for t in model.objects.exclude(text="").values_list("text", flat=True).iterator()
            )
        events = {
            (reference, seq): move
            for reference, seq, move in Event.objects.values_list("case__reference", "seq", "move").iterator()
        }
        for line in self.told["moved"]:
            self.counts["P3 moves told as made"] += 1
            if line.get("text") and sums[line["text"]] != 1:
                self.wrong(
                    "P3",
                    f"{line['move']} of {line['reference']} was told as made; its words are there {sums[line['text']]} times",
                )
            if line.get("seq") and events.get((line["reference"], line["seq"])) != line["move"]:
                self.wrong(
                    "P3",
                    f"{line['reference']} has no {line['move']} at {line['seq']}, which was told as made",
                )
        for line in self.told["refused"]:
            self.counts["P3 moves told as refused"] += 1
            if line.get("text") and sums[line["text"]]:
                self.wrong(
                    "P3",
                    f"{line['move']} of {line['reference']} was told as refused, and its words are there",
                )
        for line in self.told["began"]:
            self.counts["P3 moves begun"] += 1
            if sums[line["text"]] > 1:
                self.wrong("P3", f"{line['move']} of {line['reference']} was made {sums[line['text']]} times")

    # --- every change is recorded ----------------------------------------------------------------
    def p4(self) -> None:
        from django.db.models import Q

        from cases.models import Case, Event, Referral
        from cases.models.row import TRACKED
        from cases.states import OPEN_REFERRAL

        # Not the gate's own reading of a row: that is part of what is examined.
        columns = {name: Case._meta.get_field(name).attname for name in TRACKED}  # type: ignore[union-attr]
        for case in Case.objects.order_by("pk").iterator(chunk_size=500):
            events = list(case.events.order_by("seq"))
            self.counts["P4 cases"] += 1
            self.counts["P4 events"] += len(events)
            if [e.seq for e in events] != list(range(1, case.seq + 1)):
                self.wrong("P4", f"{case.reference}: seq has a gap, or is not the number of its changes")
            public = [e.public_seq for e in events if e.public_seq is not None]
            if public != list(range(1, case.public_seq + 1)):
                self.wrong("P4", f"{case.reference}: public_seq has a gap")
            row: dict[str, Any] = {}
            for event in events:
                for column, (old, new) in event.changes.items():
                    if row.get(column) != old:
                        self.wrong(
                            "P4",
                            f"{case.reference} #{event.seq}: {column} was {row.get(column)!r}, not {old!r}",
                        )
                    row[column] = new
            held = {name: getattr(case, column) for name, column in columns.items()}
            now = json.loads(json.dumps(held, default=lambda moment: moment.isoformat()))
            different = {c for c in now if now[c] != row.get(c)}
            if different:
                self.wrong("P4", f"{case.reference}: its events do not lead to its {sorted(different)}")
            if events and events[-1].state_after != case.state:
                self.wrong(
                    "P4", f"{case.reference} is {case.state}, its last event says {events[-1].state_after}"
                )
        for referral in Referral.objects.iterator(chunk_size=500):
            # Two moves of the case change letters too: an answer names the letter among its codes, and a
            # business that withdraws takes back all that are open.
            answered = Q(move="record_answer", data__referral=str(referral.uuid))
            of_letter = answered | Q(referral=referral) | Q(case=referral.case_id, move="withdraw")
            last = Event.objects.filter(of_letter).order_by("seq").last()
            self.counts["P4 referrals"] += 1
            if last is None:
                continue
            says = {"record_answer": "answered"}.get(last.move, last.referral_after)
            if last.move == "withdraw":
                says = referral.state if referral.state not in OPEN_REFERRAL else "recalled"
            if says != referral.state:
                self.wrong("P4", f"a referral is {referral.state}, its last event says {says}")

    # --- what the business was shown -------------------------------------------------------------
    def p5(self) -> None:
        from cases.models import Event

        public: dict[str, list[list[Any]]] = defaultdict(list)
        rows = Event.objects.exclude(public_seq=None).order_by("case_id", "public_seq")
        for reference, seq, kind in rows.values_list("case__reference", "public_seq", "kind").iterator():
            public[reference].append([seq, kind])
        for line in self.told["seen"]:
            self.counts["P5 lists shown"] += 1
            shown = line["events"]
            if public[line["reference"]][: len(shown)] != shown:
                self.wrong("P5", f"{line['reference']} was shown a list that its events do not begin with")

    # --- mail -----------------------------------------------------------------------------------
    def p6(self) -> None:
        from accounts.models import Role, User
        from cases.models import Notice

        taken: Counter[str] = Counter()
        first: dict[str, int] = {}
        for place, line in enumerate(self.told["mail"]):
            taken[line["id"]] += 1
            first.setdefault(line["id"], place)
        known: set[str] = set()
        order: dict[tuple[int, int | None], list[str]] = defaultdict(list)
        for notice in Notice.objects.order_by("pk").iterator():
            uuid = str(notice.uuid)
            known.add(uuid)
            self.counts[f"P6 notices {notice.status}"] += 1
            times = taken[uuid]
            if times > 2:
                self.wrong("P6", f"a notice was taken {times} times by the mail server")
            if self.told["listens"] and notice.status == Notice.Status.SENT and not times:
                self.wrong("P6", "a notice is marked as sent, and the mail server never took it")
            if times and notice.case_id is not None:
                order[notice.case_id, notice.to_user_id].append(uuid)
        # What tells an administrator of trouble is about no case and has no notice.
        alarms = set(User.objects.filter(role=Role.ADMINISTRATOR).values_list("email", flat=True))
        for line in self.told["mail"]:
            if line["id"] not in known and line["to"] not in alarms:
                self.wrong("P6", f"a mail {line['id']} went out for something that was never committed")
        for mails in order.values():
            if [first[m] for m in mails] != sorted(first[m] for m in mails):
                self.wrong(
                    "P6", "mails of one case to one person went out in another order than they came up"
                )
        self.counts["P6 mails taken"] = sum(taken.values())
        self.counts["P6 mails taken twice"] = sum(1 for times in taken.values() if times == 2)

    # --- files ----------------------------------------------------------------------------------
    def files(self) -> None:
        from django.core.files.storage import default_storage

        from cases.models import Attachment

        for attachment in Attachment.objects.iterator():
            self.counts["P1 files read back"] += 1
            try:
                with default_storage.open(attachment.file.name) as stored:
                    same = sum_of(stored.read()) == attachment.sha256
            except OSError:
                same = False
            if not same:
                self.wrong(
                    "P1", f"the bytes of an attachment of case {attachment.case_id} are not those received"
                )


def main(ledger: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    found = Examination(Path(ledger))
    found.run()
    print(json.dumps({"violations": found.violations, "counts": dict(sorted(found.counts.items()))}))


if __name__ == "__main__":
    main(sys.argv[1])
