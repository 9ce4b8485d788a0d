"""The database is restarted under load, is away for a while, and holds a row for half a minute (F06, F07, F08)."""

from __future__ import annotations

import random
import threading
import time
import uuid
from urllib.parse import urlencode

import psycopg

from tests.drills import Report, sized
from tests.drills.clients import Load, Officer, Partner, Visitor, a_concern, a_text, make_people
from tests.drills.invariants import examine, rows
from tests.drills.ledger import Ledger
from tests.drills.stack import Stack
from tests.drills.wire import Answer, Line, Site, hidden
from tests.feedback.answers import address

RESTARTS = sized(20, 2)
#: How long the database stays away, and how long a row is held. Seconds.
ABSENCE = sized(300, 12)
HELD = sized(30, 10)
#: Nobody may see "try again" for longer than this once the database is told to come back. Seconds.
PATIENCE = 15.0
#: A page that needs the database, and one that does not.
NEEDS_IT, NEEDS_NOTHING = address("for-whom"), "/en/"
LANGUAGES = (b'lang="en-HK"', b'lang="zh-Hant-HK"', b'lang="zh-Hans-CN"')


def run(report: Report) -> None:
    with report.place() as place:
        ledger = Ledger(place / "ledger.jsonl")
        with Stack(place / "set", sockets=1) as stack:
            drill = Outages(stack, ledger, report)
            before = drill.processes()
            drill.restarts()
            drill.absence()
            drill.held_row()
            report.expect(drill.processes() == before, "a process of the application had to be restarted")
            examine(stack, ledger.path, report)
        ledger.close()


class Outages:
    def __init__(self, stack: Stack, ledger: Ledger, report: Report) -> None:
        self.stack, self.ledger, self.report = stack, ledger, report
        self.tokens = make_people(stack)
        self.site = Site(stack.url, ledger, report, patience=ABSENCE + 60)

    def processes(self) -> dict[str, list[int]]:
        return {name: sorted(self.stack.pids(name)) for name in self.stack.names}

    def load(self) -> Load:
        return Load(
            self.site,
            [
                Visitor(self.site),
                Partner(self.site, self.tokens["partner0"], pace=1),
                Partner(self.site, self.tokens["partner1"], pace=1),
                Officer(self.site, self.tokens["amina"], pace=1),
            ],
        )

    # --- F06 ----------------------------------------------------------------------------------
    def restarts(self) -> None:
        away: list[float] = []
        with self.load() as load:
            for _ in range(RESTARTS):
                time.sleep(random.uniform(1, 3))
                watch = Watch(self.site)
                watch.start()
                self.stack.postgres.restart("immediate")
                away.append(watch.until_well(PATIENCE + 30))
        self.report.did("restarts of PostgreSQL in the middle of everything (F06)", RESTARTS)
        self.tell(load)
        self.report.measured("longest time without the database", max(away), "s")
        self.report.measured("median time without the database", sorted(away)[len(away) // 2], "s")
        self.report.expect(
            max(away) <= PATIENCE, f"F06: {max(away):.1f} s until a page came again, not {PATIENCE:.0f}"
        )

    def tell(self, load: Load) -> None:
        tally = ", ".join(f"{status} ×{count}" for status, count in sorted(self.site.tally.items()))
        self.report.did(f"answers {tally}; turns {load.done()}", sum(self.site.tally.values()))
        self.site.tally.clear()

    # --- F07 ----------------------------------------------------------------------------------
    def absence(self) -> None:
        style = self.static_file()
        line, partner = Line(self.site), Line(self.site, self.tokens["partner2"])
        form = self.begin_form(line)
        cases = rows(self.stack, "SELECT count(*) FROM cases_case")[0][0]
        self.stack.postgres.stop("fast")
        begun = time.monotonic()
        slowest: dict[str, float] = {}
        turns = 0
        while time.monotonic() - begun < ABSENCE:
            turns += 1
            for path in (NEEDS_NOTHING, "/zh-hant/", "/zh-hans/", style, "/healthz"):
                self.timed(slowest, path, self.expect_status(line, "GET", path, 200))
            self.timed(slowest, "/readyz", self.expect_status(line, "GET", "/readyz", 503))
            began = time.monotonic()
            page = line.ask("POST", NEEDS_IT, form, {"Content-Type": "application/x-www-form-urlencoded"})
            self.timed(slowest, "a form", began)
            self.friendly(page, "a form sent")
            began = time.monotonic()
            told = partner.send_json("/api/v1/concerns/", a_concern(a_text()), uuid.uuid4().hex, again=False)
            self.timed(slowest, "the API", began)
            self.friendly(told, "a concern sent by API", as_json=True)
            time.sleep(0.5)
        watch = Watch(self.site)
        watch.start()
        self.stack.postgres.start()
        back = watch.until_well(60)
        self.stack.wait_ready(60)
        self.report.did(f"rounds of questions while PostgreSQL was away {ABSENCE} s (F07)", turns)
        for path, seconds in sorted(slowest.items()):
            self.report.measured(f"slowest answer without database: {path}", seconds, "s")
        self.report.measured("from its start until a page came again", back, "s")
        self.report.expect(back <= PATIENCE, f"F07: {back:.1f} s until a page came again")
        there = rows(self.stack, "SELECT count(*) FROM cases_case")[0][0]
        self.report.expect(there == cases, f"F07: {there - cases} cases came of calls that were refused")
        self.site.tally.clear()

    def timed(self, slowest: dict[str, float], what: str, began: float) -> None:
        slowest[what] = max(slowest.get(what, 0.0), time.monotonic() - began)

    def expect_status(self, line: Line, method: str, path: str, status: int) -> float:
        began = time.monotonic()
        answer = line.ask(method, path)
        self.report.expect(
            answer is not None and answer.status == status,
            f"F07: {path} was answered {answer.status if answer else 'nothing'} and not {status}",
        )
        return began

    def friendly(self, answer: Answer | None, what: str, *, as_json: bool = False) -> None:
        """503, when to try again, and words for whoever asked."""
        if answer is None or answer.status != 503:
            self.report.violation(
                f"F07: {what} was answered {answer.status if answer else 'nothing'}, not 503"
            )
            return
        self.report.expect(bool(answer.headers.get("Retry-After")), f"F07: {what}: no Retry-After")
        if as_json:
            self.report.expect(bool(answer.json().get("message")), f"F07: {what}: no message in JSON")
        else:
            self.report.expect(
                all(lang in answer.content for lang in LANGUAGES), f"F07: {what}: not in three languages"
            )

    def begin_form(self, line: Line) -> bytes:
        """A form that this browser has begun, and what sending its first page says."""
        page = line.insist("GET", NEEDS_IT)
        assert page is not None
        form = urlencode(hidden(page) | {"for_whom": "own"}).encode()
        line.insist("POST", NEEDS_IT, form, {"Content-Type": "application/x-www-form-urlencoded"})
        page = line.insist("GET", NEEDS_IT)
        assert page is not None
        return urlencode(hidden(page) | {"for_whom": "own"}).encode()

    def static_file(self) -> str:
        page = Line(self.site).insist("GET", NEEDS_NOTHING)
        assert page is not None
        return "/static/" + page.content.decode().split('href="/static/', 1)[1].split('"', 1)[0]

    # --- F08 ----------------------------------------------------------------------------------
    def held_row(self) -> None:
        """Ten people want a row that somebody holds, again and again; everybody else goes on."""
        partner = Line(self.site, self.tokens["partner3"])
        held, free = (self.file(partner) for _ in range(2))
        crowd = [
            Wanting(self.site, self.tokens[name], held)
            for name in ["amina", "chi", "wing", "may", "hana"] * 2
        ]
        others: list[float] = []
        officer = Line(self.site, self.tokens["amina"])
        with psycopg.connect(self.stack.env["DATABASE_URL"]) as holder:
            holder.execute("SELECT 1 FROM cases_case WHERE reference = %s FOR UPDATE", [held])
            until = time.monotonic() + HELD
            for one in crowd:
                one.until = until
                one.start()
            while time.monotonic() < until:
                began = time.monotonic()
                opened = officer.ask("GET", f"/api/v1/cases/{free}/")
                version = opened.json().get("version") if opened else None
                path = f"/api/v1/cases/{free}/moves/add_note/"
                told = officer.send_json(path, {"text": a_text(), "version": version}, again=False)
                self.report.expect(
                    told is not None and told.status == 200,
                    f"F08: another case could not be changed: {told.status if told else 'no answer'}",
                )
                others.append(time.monotonic() - began)
                time.sleep(0.1)
            for one in crowd:
                one.join(30)
            holder.rollback()
        answers = [status for one in crowd for status in one.statuses]
        waits = [seconds for one in crowd for seconds in one.waits]
        self.report.did(f"tries for a row held {HELD} s, by {len(crowd)} people (F08)", len(answers))
        self.report.did("changes of another case meanwhile", len(others))
        self.report.measured("longest wait for the held row", max(waits), "s")
        self.report.measured("slowest reading and changing of another case", max(others), "s")
        self.report.expect(
            set(answers) == {"409 busy"}, f"F08: a held row was answered {sorted(set(answers))}"
        )
        self.report.expect(max(others) < 10, f"F08: others waited {max(others):.1f} s")
        after = Wanting(self.site, self.tokens["chi"], held)
        after.once()
        self.report.expect(after.statuses == ["200 "], f"F08: afterwards the row gives {after.statuses}")

    def file(self, partner: Line) -> str:
        key = uuid.uuid4().hex
        self.ledger.note("tried", key=key)
        told = partner.send_json("/api/v1/concerns/", a_concern(a_text()), key)
        assert told is not None and told.status == 201, told
        return str(told.json()["reference"])


class Watch(threading.Thread):
    """Looks at a page that needs the database until it has failed and come again."""

    def __init__(self, site: Site) -> None:
        super().__init__(daemon=True)
        self.site, self.begun, self.enough = site, time.monotonic(), threading.Event()
        self.line = Line(site)
        self.line.cookies["draft"] = "0" * 32
        self.failed, self.last_failure = 0, self.begun

    def run(self) -> None:
        while not self.enough.wait(0.1):
            answer = self.line.ask("GET", NEEDS_IT)
            if answer is None or answer.status != 200:
                self.failed += 1
                self.last_failure = time.monotonic()

    def until_well(self, seconds: float) -> float:
        """Seconds from the beginning to the last failure, once two seconds have passed without one."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and time.monotonic() - self.last_failure < 2:
            time.sleep(0.1)
        self.enough.set()
        self.join(80)
        return self.last_failure - self.begun


class Wanting(threading.Thread):
    """Asks to change one case again and again, and remembers what it was told and how long that took."""

    def __init__(self, site: Site, token: str, reference: str) -> None:
        super().__init__(daemon=True)
        self.line, self.reference = Line(site, token), reference
        self.until = 0.0
        self.statuses: list[str] = []
        self.waits: list[float] = []

    def once(self) -> None:
        began = time.monotonic()
        path = f"/api/v1/cases/{self.reference}/moves/add_note/"
        told = self.line.send_json(path, {"text": a_text(), "version": 1}, again=False)
        self.waits.append(time.monotonic() - began)
        self.statuses.append(f"{told.status} {told.json().get('code', '')}" if told else "no answer")

    def run(self) -> None:
        while time.monotonic() < self.until - 4:
            self.once()
