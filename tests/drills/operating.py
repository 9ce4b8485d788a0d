"""docs/operating.md followed to the letter in an empty Debian 12: each of its commands, then a concern filed and followed.

The machine is made by debootstrap and entered with unshare and chroot, which takes root. systemd cannot run there:
``units`` stands in for systemctl and runs the units as they are written. Ports 80, 443, 5432 and 6379 must be free.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import uuid
from collections import Counter
from pathlib import Path

from tests.drills import Report
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
HOST = "causeway.drill.example"
PASSWORD = "correct-horse-of-the-first-administrator"  # noqa: S105
MIRROR = "http://deb.debian.org/debian"
#: What this machine's own package sources need. Nothing else of this shell reaches the new machine.
SOURCES = ("PIP_CERT", "PIP_INDEX_URL", "NODE_EXTRA_CA_CERTS", "http_proxy", "https_proxy", "no_proxy")
#: The whole walk may take this long. Seconds.
LIMIT = 35 * 60
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def run(report: Report) -> None:
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        report.violation("not run: it takes root and debootstrap (apt-get install debootstrap)")
        return
    if taken := [port for port in (80, 443, 5432, 6379) if _answers(port)]:
        report.violation(f"not run: ports {taken} of this machine are in use")
        return
    place = Path(tempfile.mkdtemp(prefix="causeway-operating."))
    place.chmod(0o755)
    try:
        _walk(report, place)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _walk(report: Report, place: Path) -> None:
    machine = place / "machine"
    began = time.monotonic()
    _do("debootstrap", "--variant=minbase", "bookworm", str(machine), MIRROR)
    report.measured("an empty Debian 12", time.monotonic() - began, "s")
    mail = _mail_server(place)
    walk = None
    try:
        _furnish(machine, place)
        blocks = commands()
        report.did("blocks of commands in docs/operating.md", len(blocks))
        (machine / "root/walk").write_text(script(blocks, mail.port, _backup_key(place)))
        walk = _enter(machine, place)
        probe = Probe(machine / "root/fullchain.pem")
        watching = threading.Thread(target=probe.watch, daemon=True)
        marks = place / "walk.log"
        deadline = time.monotonic() + LIMIT
        told = 0
        while walk.poll() is None and time.monotonic() < deadline:
            lines = marks.read_text(errors="replace").splitlines()
            done = [line for line in lines if line.startswith("== ")]
            for line in done[told:]:
                report.did(line[3:], 1)
                if line.startswith("== 10. Look"):
                    probe.file_a_concern(report, mail)
                    watching.start()
            told = len(done)
            if done and done[-1] == "== end":
                break
            time.sleep(0.5)
        finished = "== end" in marks.read_text(errors="replace")
        if not report.expect(finished, f"the walk broke off:\n{marks.read_text(errors='replace')[-4000:]}"):
            _show_logs(machine)
            return
        probe.stop(report)
        probe.look_again(report)
        kept = [path.name for path in (machine / "var/backups/causeway").iterdir()]
        report.expect(len(kept) >= 2, f"backups made: {kept}")
        report.measured("the whole walk", time.monotonic() - began, "s")
    finally:
        if walk and walk.poll() is None:
            walk.kill()  # unshare --kill-child takes everything in the machine with it
            walk.wait(20)
        mail.process.terminate()
        mail.process.wait(10)


# --- the document ---------------------------------------------------------------------------
def commands() -> list[tuple[str, str]]:
    """Every block that is to be copied, under the heading it stands below."""
    text = (ROOT / "docs/operating.md").read_text()
    found = []
    for block in BLOCK.finditer(text):
        heading = HEADING.findall(text[: block.start()])[-1]
        found.append((heading, block[1]))
    return found


def script(blocks: list[tuple[str, str]], mail_port: int, backup_key: str) -> str:
    """One shell for all of them, as the operator keeps one open. Only the names of step 1 are this machine's own."""
    values = {
        "HOST": HOST, "REPOSITORY": "file:///srv/repository.git", "ADMIN": "admin", "ADMIN_NAME": "'First Administrator'",
        "ADMIN_EMAIL": f"admin@{HOST}", "MAIL": f"smtp://127.0.0.1:{mail_port}", "BACKUP_KEY": backup_key,
    }  # fmt: skip
    (_, names), *rest = blocks
    asked = re.findall(r"^([A-Z_]+)=", names, re.MULTILINE)
    assert asked == list(values), f"step 1 asks for {asked}, this drill knows {list(values)}"
    parts = ["set -Eeuo pipefail", *(f"{name}={value}" for name, value in values.items())]
    for heading, block in rest:
        parts.append(f'began=$SECONDS\n{block}echo "== {heading} ($((SECONDS - began)) s)"')
    return "\n".join([*parts, "echo '== end'", "sleep 600"]) + "\n"


# --- the machine ------------------------------------------------------------------------------
def _furnish(machine: Path, place: Path) -> None:
    """What a machine at a provider has before the operator comes: names, sources, the code somewhere, a certificate."""
    for name in ("resolv.conf",):
        shutil.copy(f"/etc/{name}", machine / "etc" / name)
    (machine / "etc/hosts").write_text(f"127.0.0.1 localhost {HOST}\n")
    for sources in Path("/etc/apt/sources.list.d").glob("debian.sources"):
        shutil.copy(sources, machine / "etc/apt/sources.list.d")
        (machine / "etc/apt/sources.list").unlink(missing_ok=True)
    # As on any machine whose packages do not start services by themselves; ours are started by the document.
    policy = machine / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    stand_in = machine / "usr/local/sbin/systemctl"
    stand_in.write_text("#!/usr/bin/python3\n" + (ROOT / "tests/drills/units.py").read_text())
    stand_in.chmod(0o755)
    _certificate(machine)
    local = machine / "usr/local/share/ca-certificates"
    local.mkdir(parents=True, exist_ok=True)
    for own in Path("/usr/local/share/ca-certificates").glob("*.crt"):
        shutil.copy(own, local)
    shutil.copy(machine / "root/fullchain.pem", local / "drill.crt")
    _repository(machine / "srv/repository.git", place / "code")
    (machine / "etc/gitconfig").write_text("[safe]\n\tdirectory = *\n")


def _certificate(machine: Path) -> None:
    _do(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}",
        "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", str(machine / "root/privkey.pem"),
        "-out", str(machine / "root/fullchain.pem"),
    )  # fmt: skip


def _repository(target: Path, draft: Path) -> None:
    """The tree as it lies here, whether committed or not, as somebody's repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, draft / name)
    person = ("-c", "user.name=Drill", "-c", "user.email=drill@causeway.invalid")
    _do("git", "init", "--quiet", "--initial-branch=main", str(draft))
    _do("git", "-C", str(draft), "add", "--all", "--force")
    _do("git", "-C", str(draft), *person, "commit", "--quiet", "--message", "As it is")
    _do("git", "clone", "--quiet", "--bare", str(draft), str(target))


def _backup_key(place: Path) -> str:
    made = subprocess.run(
        ["age-keygen", "-o", str(place / "backup.key")], check=True, capture_output=True, text=True
    )
    return made.stderr.strip().rpartition(" ")[2]


def _enter(machine: Path, place: Path) -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in SOURCES if name in os.environ}
    environment |= {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
                    "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}  # fmt: skip
    enter = (
        f"mount -t proc proc {machine}/proc && mount --rbind /dev {machine}/dev && "
        f"mount -t tmpfs tmpfs {machine}/run && exec chroot {machine} bash /root/walk"
    )
    with (place / "walk.log").open("wb") as log:
        process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", enter],
            stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment,
        )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(f"{PASSWORD}\n".encode())
    process.stdin.close()
    return process


def _show_logs(machine: Path) -> None:
    for log in sorted((machine / "var/log/units").glob("*.log")):
        print(f"--- {log.name}\n{log.read_text(errors='replace')[-1500:]}", file=sys.stderr)


def _do(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(
            f"{' '.join(command)}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# --- a mail server outside the machine ----------------------------------------------------------
class MailServer:
    def __init__(self, place: Path) -> None:
        self.port = free_port()
        self.folder = place / "mail"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{self.port}",
             "-c", "aiosmtpd.handlers.Mailbox", str(self.folder)],
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def count(self) -> int:
        return len(list(self.folder.glob("new/*")))


def _mail_server(place: Path) -> MailServer:
    return MailServer(place)


# --- somebody who uses the site meanwhile -------------------------------------------------------
class Probe:
    """Files one concern, then asks for a page five times a second, all through the new machine's front door."""

    def __init__(self, authority: Path) -> None:
        self._context = ssl.create_default_context(cafile=str(authority))
        self._stop = threading.Event()
        self.statuses: Counter[str] = Counter()
        self.slowest = 0.0
        self.reference = self.code = ""
        self._cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPSConnection(HOST, timeout=30, context=self._context)
        # The name is not in this machine's own list of names.
        plain = socket.create_connection(("127.0.0.1", 443), timeout=30)
        connection.sock = self._context.wrap_socket(plain, server_hostname=HOST)
        try:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(
                method,
                path,
                json.dumps(body) if body else None,
                {"Content-Type": "application/json", **given},
            )
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def file_a_concern(self, report: Report, mail: MailServer) -> None:
        status, answer = self.ask(
            "POST", "/api/v1/concerns/",
            {"category": "CUS-1", "division": "440300", "language": "en", "sharing": "named",
             "text": "Invented for a drill: our goods have waited at the port for three weeks without a reason given.",
             "contact": {"kind": "enterprise", "name": "Mr Ho", "company": "Invented Trading Ltd", "email": f"ho@{HOST}", "phone": "+85221234567"}},
            Idempotency_Key=str(uuid.uuid4()),
        )  # fmt: skip
        if not report.expect(status == 201, f"filing a concern: {status} {answer[:500]!r}"):
            return
        filed = json.loads(answer)
        self.reference, self.code = filed["reference"], filed["tracking_code"]
        self.ask_for_a_code()
        deadline = time.monotonic() + 60
        while not mail.count() and time.monotonic() < deadline:
            time.sleep(0.2)
        report.expect(mail.count() > 0, "no mail arrived within 60 s of asking for its code")
        report.did("concern filed through nginx, the code for its address delivered", 1)

    def ask_for_a_code(self) -> None:
        """As a browser does on the page of the concern: nothing is mailed to an address before."""
        self.press("/en/track/", reference=self.reference, code=self.code)
        self.press(f"/en/track/{self.reference}/email/", _send="1")

    def press(self, page: str, **form: str) -> None:
        """Open a page and send its form, with the cookies that it gave."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.browse("GET", page))
        fields = {"csrfmiddlewaretoken": token[1] if token else "", **form}
        self.browse("POST", page, urllib.parse.urlencode(fields))

    def browse(self, method: str, path: str, body: str = "") -> str:
        connection = http.client.HTTPSConnection(HOST, timeout=30, context=self._context)
        plain = socket.create_connection(("127.0.0.1", 443), timeout=30)
        connection.sock = self._context.wrap_socket(plain, server_hostname=HOST)
        try:
            cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
            given = {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": f"https://{HOST}",
                "Cookie": cookies,
            }
            connection.request(method, path, body or None, given)
            answer = connection.getresponse()
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    key, _is, rest = value.partition("=")
                    self._cookies[key] = rest.partition(";")[0]
            return answer.read().decode()
        finally:
            connection.close()

    def look_again(self, report: Report) -> None:
        """After the upgrade, the way back, the new keys and the new processes: everything is still there."""
        status, answer = self.ask("GET", f"/api/v1/concerns/{self.reference}/", X_Tracking_Code=self.code)
        report.expect(status == 200, f"the concern of before: {status} {answer[:300]!r}")
        status, answer = self.ask("GET", "/readyz")
        report.expect(status == 200, f"/readyz at the end: {status} {answer[:300]!r}")

    def watch(self) -> None:
        while not self._stop.wait(0.2):
            began = time.monotonic()
            try:
                status, _ = self.ask("GET", f"/en/?{secrets.token_hex(4)}")
                self.statuses[str(status)] += 1
            except (OSError, http.client.HTTPException) as trouble:
                self.statuses[repr(trouble)] += 1
            self.slowest = max(self.slowest, time.monotonic() - began)

    def stop(self, report: Report) -> None:
        self._stop.set()
        report.did(
            "pages asked for during upgrade, way back, new secrets, new processes", self.statuses.total()
        )
        report.measured("slowest of them", self.slowest, "s")
        failed = {status: count for status, count in self.statuses.items() if status != "200"}
        report.expect(not failed, f"P12: pages not served meanwhile: {failed}")
