"""A backup made under load and one made at rest, restored into empty machines: events, files and figures equal (P13, F29)."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.drills import Report, sized
from tests.drills.clients import Client, Load, Officer, Partner, Visitor, make_people
from tests.drills.invariants import examine
from tests.drills.ledger import Ledger
from tests.drills.loopback import ROOT
from tests.drills.stack import Stack
from tests.drills.wire import Line, Site

#: How long people work before and after the backup under load. Seconds.
WORK = sized(60, 8)
#: Cases made before by real moves, beside those of the people at work.
CASES = sized(500, 12)
#: P13: everything is back within so many seconds.
BACK_WITHIN = 30 * 60
FIGURES = "/api/v1/reports/summary/"


def run(report: Report) -> None:
    with report.place() as place:
        key = place / "backup.key"
        made = subprocess.run(["age-keygen", "-o", str(key)], check=True, capture_output=True, text=True)
        (place / "recipients").write_text(made.stderr.strip().rpartition(" ")[2] + "\n")
        ledger = Ledger(place / "ledger.jsonl")
        with Stack(place / "lost", web=1, sockets=1, workers=1) as lost:
            tokens = make_people(lost)
            lost.manage("seed_demo", "--cases", str(CASES), timeout=1800)
            ledger.note("before", count=_count(lost, "cases_case"))
            site = Site(lost.url, ledger, report, patience=90)
            clients: list[Client] = [Visitor(site), Visitor(site), Partner(site, tokens["partner0"]),
                                     Officer(site, tokens["amina"])]  # fmt: skip
            with Load(site, clients) as load:
                time.sleep(WORK)
                busy = _make(lost, place, report, "under load")
                time.sleep(WORK)
            report.did(f"turns of people at work: {load.done()}", sum(load.done().values()))
            lost.kill("worker-1")
            rest = _make(lost, place, report, "at rest")
            _refuses_a_damaged_one(lost, rest, place, report)
            with _empty(place / "first") as first:
                _restore(first, busy, key, report, "made under load")
                first.manage("migrate", "--check")
                empty = Ledger(place / "nothing.jsonl")
                empty.close()
                examine(first, place / "nothing.jsonl", report)
            with _empty(place / "second") as second:
                began = time.monotonic()
                _restore(second, rest, key, report, "made at rest")
                _compare(lost, second, report)
                second.start_application()
                second.wait_ready()
                report.measured("from an empty machine to a site that answers", time.monotonic() - began, "s")
                report.expect(time.monotonic() - began < BACK_WITHIN, "P13: it took more than 30 minutes")
                figures = [_figures(stack, ledger, report, tokens["olivia"]) for stack in (lost, second)]
                report.expect(figures[0] == figures[1], "the figures officials read differ")
                examine(second, place / "ledger.jsonl", report)
        ledger.close()


class _empty:
    """A set with its services running and an empty database, but no application yet."""

    def __init__(self, place: Path) -> None:
        self.stack = Stack(place, web=1, sockets=1, workers=1)

    def __enter__(self) -> Stack:
        self.stack.start_services()
        return self.stack

    def __exit__(self, *_: object) -> None:
        self.stack.stop()


def _backup(stack: Stack, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "deploy" / "backup.py"), *words],
        env=stack.env, capture_output=True, text=True, timeout=BACK_WITHIN,
    )  # fmt: skip


def _make(stack: Stack, place: Path, report: Report, how: str) -> Path:
    began = time.monotonic()
    done = _backup(stack, "make", str(place / "backups"), "--recipients", str(place / "recipients"))
    if done.returncode:
        raise RuntimeError(done.stderr)
    folder = Path(done.stdout.strip())
    size = sum(part.stat().st_size for part in folder.iterdir())
    report.measured(f"backup {how}, of {size / 2**20:.1f} MiB", time.monotonic() - began, "s")
    time.sleep(1.1)  # the next one has another name
    return folder


def _restore(stack: Stack, folder: Path, key: Path, report: Report, how: str) -> None:
    began = time.monotonic()
    done = _backup(stack, "restore", str(folder), "--identity", str(key))
    if done.returncode:
        raise RuntimeError(done.stderr)
    report.measured(f"restore of the one {how}", time.monotonic() - began, "s")


def _refuses_a_damaged_one(stack: Stack, folder: Path, place: Path, report: Report) -> None:
    """Neither a backup with a flipped byte nor a place where something is gets mixed up with anything."""
    full = _backup(stack, "restore", str(folder), "--identity", str(place / "backup.key"))
    report.expect(
        full.returncode != 0 and "not empty" in full.stderr, f"restored over what was there: {full.stderr}"
    )
    target = folder / "database.dump.age"
    whole = target.read_bytes()
    target.write_bytes(whole[:1000] + bytes([whole[1000] ^ 1]) + whole[1001:])
    damaged = _backup(stack, "restore", str(folder), "--identity", str(place / "backup.key"))
    report.expect(damaged.returncode != 0 and "damaged" in damaged.stderr, f"a damaged one: {damaged.stderr}")
    target.write_bytes(whole)
    report.expect(b"Harbour Lantern" not in whole, "the backup is not encrypted")
    report.did("restores refused: over what is there, of a damaged backup", 2)


def _tables(connection: psycopg.Connection[Any]) -> list[str]:
    found = connection.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
    )
    return [name for (name,) in found]


def _compare(one: Stack, other: Stack, report: Report) -> None:
    """Every row of every table, and every byte of every file."""
    sums = []
    rows = 0
    for stack in (one, other):
        with psycopg.connect(stack.env["DATABASE_URL"]) as connection:
            table_sums = {}
            for name in _tables(connection):
                query = sql.SQL(
                    "SELECT count(*), md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM {} t"
                )
                table_sums[name] = connection.execute(query.format(sql.Identifier(name))).fetchone()
            sums.append(table_sums)
            rows = sum(counted[0] for counted in table_sums.values() if counted)
    # What the running set writes by itself while it is compared.
    restless = {"jobs_workerbeat", "django_tasks_db_dbtaskresult", "jobs_periodicslot"}
    different = [name for name in sums[0] if sums[0][name] != sums[1].get(name) and name not in restless]
    report.expect(not different, f"tables that differ: {different}")
    report.did("tables compared", len(sums[0]))
    report.did("rows compared", rows)
    files = [_files(Path(stack.env["CAUSEWAY_DATA"])) for stack in (one, other)]
    report.expect(
        files[0] == files[1],
        f"files that differ: {sorted(set(files[0].items()) ^ set(files[1].items()))[:5]}",
    )
    report.did("files compared", len(files[0]))
    report.expect(len(files[0]) > 0, "there were no files to compare")


def _files(folder: Path) -> dict[str, str]:
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                found[str(path.relative_to(folder))] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def _count(stack: Stack, table: str) -> int:
    with psycopg.connect(stack.env["DATABASE_URL"]) as connection:
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    return int(row[0]) if row else 0


def _figures(stack: Stack, ledger: Ledger, report: Report, token: str) -> Any:
    answer = Line(Site(stack.url, ledger, report), token).insist("GET", FIGURES)
    if answer is None or answer.status != 200:
        report.violation(f"no figures: {answer}")
        return os.urandom(8)
    report.did("bytes of figures compared", len(answer.content))
    return answer.json()
