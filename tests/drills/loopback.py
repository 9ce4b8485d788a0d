"""What the production set needs to run on loopback from one folder: its files, its cluster, its signals. A tool of ``stack``."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from deploy.render import render

ROOT = Path(__file__).resolve().parents[2]
#: All that is taken over from this shell: nothing of its settings may leak into what is tried.
TAKEN_OVER = ("PATH", "HOME", "LANG", "TZ", "FAIL_AT", "LD_PRELOAD", "FAKETIME")


def plain_environment() -> dict[str, str]:
    return {name: os.environ[name] for name in TAKEN_OVER if name in os.environ}


def lay_out(place: Path, names: Mapping[str, str], *, tls: bool) -> dict[str, str]:
    """Writes the files of ``deploy/`` for this place, and what nginx needs around them; each unit's ExecStart.

    Without TLS the servers of ``site.conf`` give way to one on plain HTTP; everything else is as in production.
    """
    into = place / "deploy"
    known = {
        "CODE": str(ROOT),
        "RUN": str(place / "run" / "causeway"),
        "STATIC": str(ROOT / "build" / "collected"),
        "LOGS": str(place / "logs"),
        "DATA": str(place / "data"),
        "BACKUPS": str(place / "backups"),
        "ETC_NGINX": str(into),
        "TLS_CERTIFICATE": str(into / "certificate.pem"),
        "TLS_KEY": str(into / "key.pem"),
        **names,
    }
    render(into, known)
    shutil.copytree(into / "nginx", into / "causeway", dirs_exist_ok=True)
    if tls:
        make_certificate(into)
    (into / "nginx.conf").write_text(_nginx_main(into, known, tls))
    units = {}
    for kind in ("web", "sockets", "worker"):
        lines = (into / "systemd" / f"causeway-{kind}@.service").read_text().splitlines()
        [units[kind]] = [line.removeprefix("ExecStart=") for line in lines if line.startswith("ExecStart=")]
    return units


def _nginx_main(into: Path, names: Mapping[str, str], tls: bool) -> str:
    """What Debian's nginx.conf does around our site, with every path below ``into``."""
    listen = f"listen {names['HTTP_LISTEN']}"
    plain = (
        f"include {into}/causeway/http.conf;\nmap $scheme $hsts {{ default ''; }}\n"
        f"server {{ {listen} default_server; return 444; }}\n"
        f"server {{ {listen}; server_name {names['HOST']}; include {into}/causeway/locations.conf; }}\n"
    )
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {into}/temporary-{kind};\n" for kind in kinds)
    # As root, so that it may open the sockets below ``place``, which are this user's alone.
    return (
        ("user root;\n" if os.geteuid() == 0 else "")
        + f"worker_processes 1;\nworker_rlimit_nofile 16384;\npid {into}/nginx.pid;\n"
        + "events { worker_connections 8192; }\n"
        + f"http {{\ninclude /etc/nginx/mime.types;\n{temporary}"
        + (f"include {into}/nginx/site.conf;\n" if tls else plain)
        + "}\n"
    )


def make_certificate(into: Path) -> None:
    """``certificate.pem`` and ``key.pem`` for localhost, and ``authority.pem`` for those who are to believe it."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "certificate.pem"],
        cwd=into, check=True, capture_output=True,
    )  # fmt: skip
    shutil.copy(into / "certificate.pem", into / "authority.pem")


def make_cluster(folder: Path) -> None:
    """An empty PostgreSQL cluster below ``folder``, unless there is one."""
    if (folder / "data").exists():
        return
    folder.mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    subprocess.run(
        [f"{postgres_programs()}/initdb", "-D", f"{folder}/data", "-U", "causeway", "-A", "trust", "-E", "UTF8",
         "--locale=C.UTF-8"],
        cwd="/", env=plain_environment(), check=True, capture_output=True, **as_postgres(),
    )  # type: ignore[call-overload]  # fmt: skip


def postgres_programs() -> str:
    """The folder of the newest PostgreSQL that is installed."""
    return str(max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)))


def as_postgres() -> dict[str, object]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    person = pwd.getpwnam("postgres")
    return {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}


def family(pid: int) -> list[int]:
    """The process, its children and theirs."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(one for child in children for one in family(int(child)))]


def send(pid: int, sign: int) -> None:
    """The signal, if the process is still there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, sign)
