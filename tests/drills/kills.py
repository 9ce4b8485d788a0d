"""kill -9 of web, sockets and workers at named points, at random and all at once, under load (F01-F05, F24, F25, F27)."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable
from functools import partial

from tests.drills import SMALL, Report, sized
from tests.drills.clients import Client, Load, Officer, Partner, Visitor, a_text, make_people
from tests.drills.invariants import examine, rows
from tests.drills.ledger import Ledger
from tests.drills.mailserver import MailServer
from tests.drills.stack import Stack
from tests.drills.wire import Site, cut_off, hidden, multipart
from tests.feedback.answers import ANSWERS, address

#: Where a web process dies: in the gate before and after its commit, and around the commit that sends a form.
WEB_POINTS = ("before_commit", "after_commit", "before_sending_commits", "after_sending_commits")
#: Where a worker dies: before the mail is handed over, and after the 250 before that is written down. The third
#: point of F04, between the text and the 250, is the mail server's to choose.
WORKER_POINTS = ("before_smtp", "after_smtp_before_mark")
WEB_KILLS = sized(25, 2)
WORKER_KILLS = sized(15, 2)
RANDOM_KILLS = sized(75, 6)
POWER_CUTS = sized(12, 1)
CUTS = sized(10, 1)
#: A stage that has not killed enough after so many seconds says so instead of going on for ever.
STAGE = 240.0


def run(report: Report) -> None:
    with report.place() as place:
        ledger = Ledger(place / "ledger.jsonl")
        with MailServer(ledger) as mail:
            # Failpoints are refused in production; the embedded flag is what lets a drill set one.
            env = {"CAUSEWAY_EMBEDDED": "1", "EMAIL_URL": mail.url}
            with Stack(place / "set", workers=3, sockets=1, supervised=True, env=env) as stack:
                Campaign(stack, mail, ledger, report).run()
        ledger.close()


class Campaign:
    def __init__(self, stack: Stack, mail: MailServer, ledger: Ledger, report: Report) -> None:
        self.stack, self.mail, self.ledger, self.report = stack, mail, ledger, report
        self.tokens = make_people(stack)
        self.kills = 0

    def run(self) -> None:
        for point in WEB_POINTS:
            self.web_at(point)
        self.cut_uploads()
        for point in WORKER_POINTS:
            self.workers_at(point)
        self.workers_while_the_mail_is_taken()
        self.poison()
        self.at_random()
        self.power_cuts()
        self.drain()
        self.report.did("kills in all", self.kills)
        self.report.expect(SMALL or self.kills >= 200, f"only {self.kills} kills, not 200")
        examine(self.stack, self.ledger.path, self.report)
        self.slots_ran_once()
        self.orphans()

    # --- who is at work -----------------------------------------------------------------------
    def site(self) -> Site:
        return Site(self.stack.url, self.ledger, self.report, patience=90)

    def load(self, site: Site, visitors: int = 3, partners: int = 3, officers: int = 2) -> Load:
        names = ["amina", "chi", "wing", "may"]
        clients: list[Client] = [Visitor(site) for _ in range(visitors)]
        clients += [Partner(site, self.tokens[f"partner{n}"]) for n in range(partners)]
        clients += [Officer(site, self.tokens[names[n]]) for n in range(officers)]
        return Load(site, clients)

    def told(self, load: Load, what: str) -> None:
        tally = ", ".join(f"{status} ×{count}" for status, count in sorted(load.site.tally.items()))
        self.report.did(f"{what}: answers {tally}; turns {load.done()}", sum(load.site.tally.values()))

    def arm(self, point: str, kind: str, nth: int = 1) -> None:
        """From now on processes of this kind die at the nth passing of the point, each time they run; "" ends that."""
        if point:
            self.stack.env["FAIL_AT"] = f"{point}:{nth}:exit"
        else:
            self.stack.env.pop("FAIL_AT", None)
        names = [name for name in self.stack.names if name.startswith(kind)]
        known = self.workers_seen()
        for name in names:
            self.stack.kill(name)
        for name in names:
            self.stack.start(name, wait=False)
        if kind == "worker":
            self.until(lambda: self.workers_seen() - known >= len(names), 60)
        self.stack.wait_ready(120)

    # --- F01, F02 -----------------------------------------------------------------------------
    def web_at(self, point: str) -> None:
        """A web worker dies at its second passing of the point; its master starts another, which dies too."""
        self.arm(point, "web", 2)
        before = self.web_deaths()
        site = self.site()
        sending = point.endswith("sending_commits")
        load = self.load(site, visitors=6 if sending else 2, partners=0 if sending else 4)
        with load:
            self.until(lambda: self.web_deaths() - before >= WEB_KILLS)
            died = self.web_deaths() - before
            self.arm("", "web")
        self.kills += died
        self.report.did(f"web workers dead at {point} (F01, F02)", died)
        self.report.expect(died >= WEB_KILLS, f"only {died} web workers died at {point}")
        self.told(load, point)

    def web_deaths(self) -> int:
        """A master starts another worker for each that died, and for nothing else that happens here."""
        return sum(self.stack.log(name).count("Booting worker") for name in self.stack.names if "web" in name)

    def until(self, enough: Callable[[], bool], seconds: float = STAGE) -> None:
        """Wait for it, but no longer than so many seconds; whoever calls looks whether it came."""
        deadline = time.monotonic() + seconds
        while not enough() and time.monotonic() < deadline:
            time.sleep(0.3)

    # --- F03 ----------------------------------------------------------------------------------
    def cut_uploads(self) -> None:
        """The line breaks at 1 KB, in the middle and at the last byte of a document: no row, and the form is whole."""
        site = self.site()
        size = 200_000
        for _ in range(CUTS):
            visitor = Visitor(site)
            text = a_text()
            for step, parts in ANSWERS.items():
                if step == "evidence":
                    break
                for part in parts if isinstance(parts, list) else [parts]:
                    visitor.post(step, {"text": text} if step == "what-happened" else dict(part))
            page = visitor.line.insist("GET", address("evidence"))
            if page is None:
                self.report.violation("the page for documents did not come")
                continue
            body, kind = multipart(hidden(page) | {"_add": "1"}, b"x" * size)
            for after in (1024, len(body) // 2, len(body) - 1):
                cut_off(site, visitor.line, address("evidence"), body, kind, after)
            time.sleep(0.3)
            page = visitor.line.insist("GET", address("evidence"))
            self.report.expect(
                page is not None and b'class="cw-file"' not in page.content,
                "F03: a document cut off is listed",
            )
            kept = visitor.line.insist("GET", address("what-happened"))
            self.report.expect(
                kept is not None and text.splitlines()[0].encode() in kept.content, "F03: an answer was lost"
            )
            self.report.expect(
                visitor.add_file(b"whole\n"), "F03: the document could not be added afterwards"
            )
        self.report.did("uploads cut at 1 KB, 50 % and the last byte (F03)", 3 * CUTS)

    # --- F04 ----------------------------------------------------------------------------------
    def workers_at(self, point: str) -> None:
        """Each worker dies at its first mail, again and again, for less than the minute after which a mail left
        behind is taken up: so each mail is hit once."""
        before = self.mail.taken
        died = 0
        while died < WORKER_KILLS:
            self.arm(point, "worker")
            seen, wanted = self.workers_seen(), WORKER_KILLS - died
            with self.load(self.site(), visitors=0, partners=3, officers=0):
                self.until(partial(self.more_workers_than, seen + wanted), 45)
                here = self.workers_seen() - seen
                self.arm("", "worker")
            died += here
            self.drain()
            if not here:
                self.report.violation(f"no worker died at {point} in 45 s")
                break
        self.kills += died
        self.report.did(f"workers dead at {point} (F04)", died)
        self.report.did(f"mails taken meanwhile ({point})", self.mail.taken - before)

    def workers_seen(self) -> int:
        """Workers that ever gave a sign of life: one that was killed leaves its row."""
        return int(rows(self.stack, "SELECT count(*) FROM jobs_workerbeat WHERE kind = 'worker'")[0][0])

    def more_workers_than(self, number: int) -> bool:
        return self.workers_seen() >= number

    def workers_while_the_mail_is_taken(self) -> None:
        """The third point of F04: the text has arrived, the 250 has not been said."""
        died = 0

        def kill_one() -> None:
            nonlocal died
            if died < WORKER_KILLS and random.random() < 0.5:
                died += 1
                for name in self.stack.names:  # whichever of them it is: all of them at once
                    if name.startswith("worker"):
                        self.stack.kill(name)

        self.mail.while_taking = kill_one
        with self.load(self.site(), visitors=0, partners=3, officers=0):
            self.until(lambda: died >= WORKER_KILLS, 45 if not SMALL else 20)
            self.mail.while_taking = None
        self.kills += died
        self.drain()
        self.report.did("workers dead between the text and the 250 (F04)", died)
        self.report.expect(died > 0, "no worker died while a mail was taken")

    def drain(self) -> None:
        """What waits is sent; a wait is simulated by moving its times back, five minutes a turn."""
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            waiting = rows(self.stack, "SELECT count(*) FROM cases_notice WHERE status = 'waiting'")[0][0]
            if not waiting:
                return
            rows(
                self.stack,
                "UPDATE cases_notice SET not_before = not_before - interval '5 min',"
                " sending_at = sending_at - interval '5 min' WHERE status = 'waiting'"
                " AND (sending_at IS NULL OR sending_at < now() - interval '5 s')",
            )
            time.sleep(2)
        self.report.violation(f"P6: {waiting} notices still wait after all faults are over")

    # --- F24, F25 -----------------------------------------------------------------------------
    def poison(self) -> None:
        """A task that always fails is parked after five tries, and what was enqueued after it is done."""
        enqueue = "from tests.jobs import sample_tasks as t; t.always_fail.enqueue(); t.write_down.enqueue('after it')"
        self.stack.manage("shell", "-v0", "-c", enqueue)
        task = "task_path = 'tests.jobs.sample_tasks.always_fail'"
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            rows(
                self.stack,
                f"UPDATE django_tasks_database_dbtaskresult SET run_after = now() WHERE status = 'READY' AND {task}",
            )
            found = rows(
                self.stack,
                f"SELECT status, jsonb_array_length(worker_ids) FROM django_tasks_database_dbtaskresult WHERE {task}",
            )
            if found and found[0][0] == "FAILED":
                break
            time.sleep(0.5)
        self.report.expect(
            found[0] == ("FAILED", 5), f"F25: a poison task is {found[0]} and not parked after five tries"
        )
        other = rows(self.stack, "SELECT count(*) FROM jobs_mailboxmessage WHERE subject = 'after it'")[0][0]
        self.report.expect(other == 1, f"F25: the task behind it was done {other} times")
        self.report.did("poison tasks parked after 5 tries, others done (F25)", 1)

    def slots_ran_once(self) -> None:
        """Three workers shared one clock (F24)."""
        doubled = rows(
            self.stack,
            "SELECT count(*) FROM (SELECT 1 FROM jobs_periodicslot GROUP BY name, slot HAVING count(*) > 1) AS twice",
        )[0][0]
        slots = rows(self.stack, "SELECT count(*) FROM jobs_periodicslot")[0][0]
        self.report.expect(doubled == 0, f"F24: {doubled} slots of the clock were taken twice")
        self.report.did("slots of the clock, each taken by one of three workers (F24)", int(slots))

    # --- at random ----------------------------------------------------------------------------
    def at_random(self) -> None:
        """One process after another, of any kind: a web worker, a whole gunicorn, Daphne, a task worker."""
        site = self.site()
        load = self.load(site)
        died = 0
        with load:
            begun = time.monotonic()
            while died < RANDOM_KILLS and time.monotonic() - begun < 3 * STAGE:
                name = random.choice(self.stack.names)
                family = self.stack.pids(name)
                if name.startswith("web") and len(family) > 1 and random.random() < 0.7:
                    kill_now([random.choice(family[1:])])
                    died += 1
                elif family:
                    self.stack.kill(name)
                    died += 1
                time.sleep(random.uniform(0.5, 2.0))
        self.kills += died
        self.report.did("processes killed at random under load", died)
        self.told(load, "random")
        self.report.measured("slowest answer while processes died", site.slowest, "s")

    # --- F27 ----------------------------------------------------------------------------------
    def power_cuts(self) -> None:
        """Every process of the machine at once: web, sockets, workers, PostgreSQL, Redis, nginx."""
        for _ in range(POWER_CUTS):
            site = self.site()
            load = self.load(site)
            with load:
                time.sleep(random.uniform(2, 5))
                everything = [*self.stack.names, "nginx", "redis", "postgres"]
                kill_now([pid for name in everything for pid in self.stack.pids(name)])
                for name in everything:
                    self.stack.kill(name)  # sees that it is gone
                begun = time.monotonic()
                for name in ("postgres", "redis", *self.stack.names, "nginx"):
                    self.stack.start(name)
                self.stack.wait_ready(120)
                self.report.measured("from the power cut until ready", time.monotonic() - begun, "s")
            self.kills += len(everything)
        self.report.did("power cuts: everything at once (F27)", POWER_CUTS)

    def orphans(self) -> None:
        """Bytes without a row (killed between the two): they cost space, not truth, so they are counted only."""
        folder = self.stack.place / "data" / "files" / "evidence"
        names = {f"evidence/{path.name}" for path in folder.glob("*")}
        known = {row[0] for row in rows(self.stack, "SELECT file FROM cases_attachment")}
        self.report.did("stored files without a row (killed between bytes and commit)", len(names - known))


def kill_now(pids: list[int]) -> None:
    """All of them, without waiting between; they are children of this drill."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
