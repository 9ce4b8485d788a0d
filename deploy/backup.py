#!/usr/bin/env python3
"""Backs up the database and the files, encrypted, and brings both back into an empty place.

    backup.py make FOLDER --recipients FILE [--keep DAYS]     one new folder below FOLDER
    backup.py restore FOLDER/NAME --identity FILE             into an empty database and an empty CAUSEWAY_DATA

Reads DATABASE_URL and CAUSEWAY_DATA from the environment. Needs Python, the PostgreSQL programs, age and tar, nothing
of the service itself. Only the public key of the backup stands on this machine: who takes the machine cannot read them.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: Below CAUSEWAY_DATA: what the processes count together (PROMETHEUS_MULTIPROC_DIR). It changes all the time.
MEASURES = "measures"
DATABASE, FILES, CHECKSUMS = "database.dump.age", "files.tar.age", "SHA256SUMS"


class Refused(Exception):
    """What is asked for would do harm, or cannot be done; the message says why."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make")
    making.add_argument("folder", type=Path)
    making.add_argument("--recipients", type=Path, required=True, help="age public keys, one a line")
    making.add_argument("--keep", type=int, default=30, metavar="DAYS", help="older backups are deleted")
    restoring = commands.add_parser("restore")
    restoring.add_argument("folder", type=Path)
    restoring.add_argument("--identity", type=Path, required=True, help="the age private key")
    options = parser.parse_args()
    os.umask(0o077)
    if missing := [name for name in ("DATABASE_URL", "CAUSEWAY_DATA") if not os.environ.get(name)]:
        sys.exit(f"backup: set {' and '.join(missing)}")
    try:
        if options.command == "make":
            print(make(options.folder, options.recipients, options.keep))
        else:
            restore(options.folder, options.identity)
    except Refused as refusal:
        sys.exit(f"backup: {refusal}")


def make(folder: Path, recipients: Path, keep: int) -> Path:
    """One complete backup, or none: it stands under its own name only when every part is on disk.

    The database comes first. Files are written before the rows that name them, so every row of the dump finds its file;
    a file that came later is superfluous in the backup, which harms nobody.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H%M%SZ")
    draft = folder / f"{name}.partial"
    draft.mkdir()
    encrypt = ["age", "--encrypt", "--recipients-file", str(recipients)]
    pipe(["pg_dump", "--format=custom", "--no-owner", "--no-privileges"], encrypt, into=draft / DATABASE)
    pipe(
        ["tar", "--create", f"--exclude=./{MEASURES}", "--directory", str(data()), "."],
        encrypt,
        into=draft / FILES,
    )
    sums = "".join(f"{sha256(draft / part)}  {part}\n" for part in (DATABASE, FILES))
    (draft / CHECKSUMS).write_text(sums)
    for part in draft.iterdir():
        flush(part)
    flush(draft)
    draft.rename(folder / name)
    flush(folder)
    oldest = time.time() - keep * 24 * 3600
    for other in folder.glob("????-??-??T*Z*"):
        if other.name != name and other.stat().st_mtime < oldest:
            shutil.rmtree(other)
    return folder / name


def restore(folder: Path, identity: Path) -> None:
    """Brings one backup back. Refuses unless it is whole, and unless there is nothing here that it would mix with."""
    for line in (folder / CHECKSUMS).read_text().splitlines():
        wanted, part = line.split("  ")
        if sha256(folder / part) != wanted:
            raise Refused(f"{folder / part} is damaged: its checksum differs.")
    tables = psql("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'")
    if tables != "0":
        raise Refused(f"the database is not empty: it has {tables} tables.")
    if data().exists() and any(path.name != MEASURES for path in data().iterdir()):
        raise Refused(f"{data()} is not empty.")
    decrypt = ["age", "--decrypt", "--identity", str(identity)]
    data().mkdir(parents=True, exist_ok=True)
    pipe(
        [*decrypt, str(folder / FILES)],
        ["tar", "--extract", "--preserve-permissions", "--directory", str(data())],
    )
    target = ["--dbname", database()["PGDATABASE"]]
    pipe(
        [*decrypt, str(folder / DATABASE)],
        ["pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", *target],
    )
    psql("ANALYZE")


def pipe(source: list[str], sink: list[str], into: Path | None = None) -> None:
    """``source | sink [> into]``. Refused if either fails: half a backup is none."""
    environment = {**os.environ, **database()}
    with (into or Path(os.devnull)).open("wb") as target:
        first = subprocess.Popen(source, stdout=subprocess.PIPE, env=environment)
        second = subprocess.Popen(sink, stdin=first.stdout, stdout=target, env=environment)
        assert first.stdout is not None
        first.stdout.close()
        second.wait()
        first.wait()
    for process, command in ((first, source), (second, sink)):
        # tar's 1: a file came, grew or went meanwhile. No row of the dump names it yet, or one that was erased.
        if process.returncode and (command[:2], process.returncode) != (["tar", "--create"], 1):
            raise Refused(f"{command[0]} ended with {process.returncode}.")


def psql(statement: str) -> str:
    done = subprocess.run(
        ["psql", "--no-psqlrc", "--tuples-only", "--no-align", "--command", statement],
        env={**os.environ, **database()}, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise Refused(f"psql: {done.stderr.strip()}")
    return done.stdout.strip()


def database() -> dict[str, str]:
    """``DATABASE_URL`` in the words of the PostgreSQL programs: in the environment, where no other user can read it."""
    url = urlsplit(os.environ["DATABASE_URL"])
    known = {
        "PGHOST": url.hostname or "",
        "PGPORT": str(url.port or 5432),
        "PGUSER": unquote(url.username or ""),
        "PGPASSWORD": unquote(url.password or ""),
        "PGDATABASE": url.path.removeprefix("/"),
    }
    return {name: value for name, value in known.items() if value}


def data() -> Path:
    return Path(os.environ["CAUSEWAY_DATA"])


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flush(path: Path) -> None:
    """Onto the disk itself, the names in a folder too."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


if __name__ == "__main__":
    main()
