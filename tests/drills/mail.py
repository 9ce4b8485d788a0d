"""The mail server refuses, hangs, says 421, 451 and 550, drops the line after the text, and returns (F14, P6)."""

from __future__ import annotations

import time
import uuid

from tests.drills import SMALL, Report, sized
from tests.drills.clients import a_concern, a_text, make_people
from tests.drills.invariants import examine, rows
from tests.drills.ledger import Ledger, sum_of
from tests.drills.mailserver import MailServer
from tests.drills.stack import Stack
from tests.drills.wire import Line, Site

FAULTS = ("refuse", "451") if SMALL else ("refuse", "hang", "421", "451", "drop")
#: Concerns filed while the mail server is ill, in each fault.
CONCERNS = sized(25, 4)
#: How long each fault lasts. Seconds of the clock on the wall.
ILL = sized(50, 12)
#: P6: everything has gone out this long after the mail server is back. Seconds, most of them simulated.
DRAINED = 15 * 60
#: A worker leaves a server alone for 40 s that did not answer; that wait is not simulated.
REST = 45
FILING = 2.0


def run(report: Report) -> None:
    with report.place() as place:
        ledger = Ledger(place / "ledger.jsonl")
        with (
            MailServer(ledger) as mail,
            Stack(place / "set", web=1, sockets=1, workers=3, env={"EMAIL_URL": mail.url}) as stack,
        ):
            Post(stack, mail, ledger, report).run()
        ledger.close()


class Post:
    def __init__(self, stack: Stack, mail: MailServer, ledger: Ledger, report: Report) -> None:
        self.stack, self.mail, self.ledger, self.report = stack, mail, ledger, report
        tokens = make_people(stack)
        self.site = Site(stack.url, ledger, report)
        self.partner, self.officer = Line(self.site, tokens["partner0"]), Line(self.site, tokens["amina"])
        self.references: list[str] = []
        self.filing: list[float] = []

    def run(self) -> None:
        self.file(CONCERNS)
        self.drained("while all is well")
        for fault in FAULTS:
            self.fault(fault)
        self.one_recipient_for_good()
        slow = sorted(self.filing)[len(self.filing) * 95 // 100]
        self.report.measured("filing while the mail server was ill, the slowest of twenty", slow, "s")
        self.report.expect(slow < FILING, f"F14: filing took {slow:.1f} s")
        counts = examine(self.stack, self.ledger.path, self.report)
        doubled = counts.get("P6 mails taken twice", 0)
        dropped = self.mail.dropped
        self.report.did("mails whose 250 was never said", dropped)
        self.report.expect(
            doubled <= dropped, f"P6: {doubled} mails went out twice, only {dropped} without an answer"
        )
        parked = counts.get("P6 notices parked", 0) + counts.get("P6 notices waiting", 0)
        self.report.expect(parked == 0, f"P6: {parked} notices were never settled")

    def file(self, number: int, address: str = "") -> None:
        """File so many concerns; each must be accepted as fast as ever."""
        for _ in range(number):
            key, text = uuid.uuid4().hex, a_text()
            facts = a_concern(text, address or f"{key}@example.invalid", "zh-hans")
            self.ledger.note("tried", key=key)
            began = time.monotonic()
            told = self.partner.send_json("/api/v1/concerns/", facts, key)
            self.filing.append(time.monotonic() - began)
            if told is None or told.status != 201:
                self.report.violation(f"F14: a concern was answered {told.status if told else 'nothing'}")
                continue
            reference = told.json()["reference"]
            self.ledger.note("filed", key=key, reference=reference, text=sum_of(text), files=[])
            self.references.append(reference)

    def write_to_earlier(self) -> None:
        """A second and third mail in cases that had one, so that there is an order to keep."""
        self.later("sent_at", 20 * 60, "sent")
        for reference in self.references[:CONCERNS]:
            opened = self.officer.insist("GET", f"/api/v1/cases/{reference}/")
            version = opened.json()["version"] if opened else 0
            path = f"/api/v1/cases/{reference}/moves/send_message/"
            told = self.officer.send_json(path, {"text": a_text(), "version": version}, uuid.uuid4().hex)
            self.report.expect(
                told is not None and told.status == 200,
                f"F14: a message was answered {told.status if told else 'nothing'}",
            )

    def fault(self, fault: str) -> None:
        before = self.mail.taken
        self.mail.turn(fault)
        began = time.monotonic()
        self.write_to_earlier()
        self.file(CONCERNS)
        while time.monotonic() - began < ILL:
            time.sleep(0.5)
        waiting = self.waiting()
        self.report.did(f"mails waiting, for all to see, during {fault!r}", waiting)
        if fault != "drop":
            self.report.expect(waiting >= 2 * CONCERNS, f"F14: only {waiting} wait during {fault!r}")
            self.report.expect(self.mail.taken == before, f"F14: mail was taken during {fault!r}")
        self.mail.turn("ok")
        self.drained(f"after {fault!r}")

    def drained(self, when: str) -> None:
        """Wait until nothing waits: a while as it is, then a minute in every two seconds."""
        began, simulated = time.monotonic(), 0
        while self.waiting():
            if time.monotonic() - began > REST:
                self.later("not_before", 60, "waiting")
                self.later("sending_at", 60, "waiting")
                simulated += 60
            if simulated > DRAINED * 2:
                break
            time.sleep(2)
        took = time.monotonic() - began + simulated
        self.report.measured(f"until nothing waited any more, {when} (with simulated minutes)", took, "s")
        self.report.expect(took <= DRAINED, f"P6: mails waited {took:.0f} s {when}")

    def later(self, column: str, seconds: int, status: str) -> None:
        rows(
            self.stack,
            f"UPDATE cases_notice SET {column} = {column} - interval '{seconds} s'"
            f" WHERE status = '{status}' AND {column} < now() + interval '1 hour'"
            + (" AND sending_at < now() - interval '30 s'" if column == "sending_at" else ""),
        )

    def waiting(self) -> int:
        return int(rows(self.stack, "SELECT count(*) FROM cases_notice WHERE status = 'waiting'")[0][0])

    def one_recipient_for_good(self) -> None:
        """550 settles one mail at once, as failed; the others do not wait for it."""
        self.mail.refused_for_good = {"gone@example.invalid"}
        self.file(CONCERNS)
        self.file(1, address="gone@example.invalid")
        refused = self.references[-1]
        self.file(CONCERNS)
        self.drained("with one mailbox gone")
        status, error = rows(
            self.stack,
            "SELECT n.status, n.error FROM cases_notice n JOIN cases_case c ON c.id = n.case_id"
            f" WHERE c.reference = '{refused}'",
        )[0]
        failed = rows(self.stack, "SELECT count(*) FROM cases_notice WHERE status = 'failed'")[0][0]
        self.report.expect(
            (status, failed) == ("failed", 1),
            f"F14: after a 550 the notice is {status}, {failed} failed in all",
        )
        self.report.expect(error.startswith("550"), f"F14: the reason kept is {error!r}")
        self.report.did("recipients refused with 550, nobody else touched", int(failed))
