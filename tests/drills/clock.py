"""Two web hosts whose clocks are an hour fast and an hour slow: times, due dates, lives and order hold (F16, P11)."""

from __future__ import annotations

import time
import uuid
from typing import Any

from tests.drills import Report, sized
from tests.drills.clients import Visitor, a_concern, a_text, make_people
from tests.drills.invariants import examine, rows
from tests.drills.ledger import Ledger, sum_of
from tests.drills.mailserver import MailServer
from tests.drills.stack import Stack
from tests.drills.wire import Line, Site

FILINGS = sized(60, 6)
#: P11: no time may be off by more. Seconds.
ALLOWED = 5.0
#: Read by every Python process that starts with its folder on PYTHONPATH, before anything else.
WRONG_CLOCK = """
import os
from datetime import UTC, datetime, timedelta
import time_machine
off = timedelta(hours=float(os.environ["CLOCK_OFF_BY_HOURS"]))
time_machine.travel(datetime.now(UTC) + off, tick=True).start()
"""


def run(report: Report) -> None:
    with report.place() as place:
        ledger = Ledger(place / "ledger.jsonl")
        with (
            MailServer(ledger) as mail,
            Stack(place / "set", sockets=1, workers=2, env={"EMAIL_URL": mail.url}) as stack,
        ):
            Clocks(stack, ledger, report).run()
        ledger.close()


class Clocks:
    def __init__(self, stack: Stack, ledger: Ledger, report: Report) -> None:
        self.stack, self.ledger, self.report = stack, ledger, report
        self.tokens = make_people(stack)
        self.site = Site(stack.url, ledger, report)

    def run(self) -> None:
        self.shift("web-1", 1)
        self.shift("web-2", -1)
        self.shift("worker-1", 1)
        self.stack.wait_ready(120)
        self.file_and_move()
        self.wrong_codes()
        self.draft()
        self.mail_goes_out()
        self.order()
        examine(self.stack, self.ledger.path, self.report)

    def shift(self, name: str, hours: int) -> None:
        """Start it again with a clock that is so many hours ahead."""
        folder = self.stack.place / "wrong-clock"
        folder.mkdir(exist_ok=True)
        (folder / "sitecustomize.py").write_text(WRONG_CLOCK)
        self.stack.kill(name)
        self.stack.env |= {"PYTHONPATH": str(folder), "CLOCK_OFF_BY_HOURS": str(hours)}
        self.stack.start(name)
        del self.stack.env["PYTHONPATH"], self.stack.env["CLOCK_OFF_BY_HOURS"]
        self.report.did(f"hosts with a clock off by {hours:+} h ({name})", 1)

    def one(self, statement: str) -> Any:
        return rows(self.stack, statement)[0][0]

    def close_to(self, what: str, seconds: float) -> None:
        """``seconds`` is how far a stored time is from what it should be."""
        self.report.measured(f"{what}: off by at most", seconds, "s")
        self.report.expect(seconds <= ALLOWED, f"P11: {what} is off by {seconds:.0f} s")

    def file_and_move(self) -> None:
        """Received when it was received, whichever host took it; and the same limits for all."""
        partner, officer = Line(self.site, self.tokens["partner0"]), Line(self.site, self.tokens["amina"])
        off = 0.0
        for _ in range(FILINGS):
            key, text = uuid.uuid4().hex, a_text()
            facts = a_concern(text, f"{key}@example.invalid")
            self.ledger.note("tried", key=key)
            began = time.time()
            told = partner.send_json("/api/v1/concerns/", facts, key)
            if told is None or told.status != 201:
                self.report.violation(f"P11: a concern was answered {told.status if told else 'nothing'}")
                continue
            reference = told.json()["reference"]
            self.ledger.note("filed", key=key, reference=reference, text=sum_of(text), files=[])
            received = self.one(
                f"SELECT extract(epoch FROM received_at) FROM cases_case WHERE reference = '{reference}'"
            )
            off = max(off, max(0.0, began - float(received), float(received) - time.time()))
            path = f"/api/v1/cases/{reference}/moves/send_message/"
            officer.send_json(path, {"text": a_text(), "version": 1}, uuid.uuid4().hex)
        self.close_to("the moment of receipt", off)
        dates = rows(self.stack, "SELECT DISTINCT due_on, due_clock FROM cases_case")
        self.report.expect(len(dates) == 1, f"P11: the same concern is due on {dates}")
        late = self.one(
            "SELECT max(abs(extract(epoch FROM n.not_before - e.at))) FROM cases_notice n"
            " JOIN cases_event e ON e.id = n.event_id WHERE e.move = 'open_case'"
        )
        self.close_to("when a mail may go", float(late or 0))

    def wrong_codes(self) -> None:
        """A wait after wrong codes ends when it should, and a host an hour ahead does not end it."""
        reference = self.one("SELECT reference FROM cases_case LIMIT 1")
        line = Line(self.site)
        seen = []
        for _ in range(12):
            told = line.ask("GET", f"/api/v1/concerns/{reference}/", None, {"X-Tracking-Code": "1" * 16})
            seen.append(told.status if told else 0)
        self.report.expect(
            seen[:4] == [404] * 4 and set(seen[5:]) == {429}, f"P11: wrong codes were answered {seen}"
        )
        left = self.one(
            "SELECT extract(epoch FROM max(refused_until) - clock_timestamp()) FROM feedback_attempt"
            " WHERE refused_until IS NOT NULL"
        )
        self.close_to("the wait after wrong codes", max(0.0, float(left) - 900, 890 - float(left)))

    def draft(self) -> None:
        """A saved form is kept for 14 days of the database."""
        for _ in range(4):
            Visitor(self.site).post("for-whom", {"for_whom": "own"})
        off = self.one(
            "SELECT max(abs(extract(epoch FROM expires_at - (clock_timestamp() + interval '14 days'))))"
            " FROM feedback_draft WHERE sent_at IS NULL"
        )
        self.close_to("how long a saved form is kept", float(off))

    def mail_goes_out(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not self.one(
            "SELECT count(*) = 0 FROM cases_notice WHERE status = 'waiting' AND not_before <= clock_timestamp()"
        ):
            time.sleep(1)
        early = self.one(
            "SELECT coalesce(max(extract(epoch FROM not_before - sent_at)), 0) FROM cases_notice WHERE status = 'sent'"
        )
        self.close_to("mails sent before their time", max(0.0, float(early)))
        late = self.one(
            "SELECT count(*) FROM cases_notice WHERE status = 'waiting' AND not_before < clock_timestamp()"
        )
        self.report.expect(late == 0, f"P11: {late} mails wait past their time")

    def order(self) -> None:
        """Moments may differ by what is tolerated; the order is that of ``seq``, and agrees."""
        worst = self.one(
            "SELECT coalesce(max(extract(epoch FROM a.at - b.at)), 0) FROM cases_event a JOIN cases_event b"
            " ON a.case_id = b.case_id AND a.seq < b.seq"
        )
        self.close_to("events older than what came before them", max(0.0, float(worst)))
