"""Stands in for ``systemctl`` where no systemd can run: a tool of the drill ``operating``, copied into its machine.

Understands what ``docs/operating.md`` and ``deploy/restart`` ask of it. Units of the service are read from
``/etc/systemd/system`` and run as they say: ExecStart, User, EnvironmentFile, RuntimeDirectory, UMask, the socket unit of
the same name, Restart=always. What hardens a unit is not applied here; ``systemd-analyze verify`` reads that in the tests.
"""

from __future__ import annotations

import contextlib
import fnmatch
import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

UNITS = Path("/etc/systemd/system")
STATE = Path("/run/units")
LOGS = Path("/var/log/units")
#: What Debian's packages bring. Each verb as its own unit does it.
PACKAGED = {
    "postgresql": {
        "start": "pg_ctlcluster 15 main start",
        "restart": "pg_ctlcluster 15 main restart",
    },
    "redis-server": {
        "start": "runuser -u redis -- redis-server /etc/redis/redis.conf --daemonize yes --supervised no",
        "restart": "pkill -u redis -x redis-server; sleep 1; "
        "runuser -u redis -- redis-server /etc/redis/redis.conf --daemonize yes --supervised no",
    },
    "nginx": {
        "start": "nginx",
        "restart": "nginx -s quit 2>/dev/null; sleep 1; nginx",
        "reload": "nginx -s reload",
    },
}


def main(words: list[str]) -> int:
    options = {word for word in words if word.startswith("--")}
    verb, *names = [word for word in words if not word.startswith("--")]
    if verb == "daemon-reload":
        return 0
    if verb == "list-units":
        running = sorted(path.stem for path in STATE.glob("*.child"))
        shown = [name + ".service" for name in running]
        print("\n".join(f"{n} loaded active running" for n in shown if fnmatch.fnmatch(n, names[0])))
        return 0
    if verb == "is-active":
        states = [_is_active(name.removesuffix(".service")) for name in names]
        print("\n".join("active" if state else "inactive" for state in states))
        return 0 if all(states) else 3
    if verb == "enable":
        if "--now" not in options:
            return 0
        verb = "start"
    return max(_do(verb, name) for name in names)


def _do(verb: str, unit: str) -> int:
    name = unit.removesuffix(".service")
    if name in PACKAGED:
        return subprocess.run(["bash", "-c", PACKAGED[name][verb]], check=False).returncode
    if unit.endswith((".target", ".timer", ".socket")):  # a socket is opened with its service, below
        return 0 if _file(unit).exists() else 5
    settings = _settings(f"{name}.service")
    if settings.get("Type") == "oneshot":
        return _command(name, settings, {}).wait()
    if verb == "restart" and _is_active(name):
        before = (STATE / f"{name}.child").read_text()
        os.kill(int((STATE / f"{name}.keeper").read_text()), signal.SIGHUP)
        return _wait(lambda: (STATE / f"{name}.child").read_text() != before)
    if not _is_active(name):
        _keep(name, settings)
    return _wait(lambda: _is_active(name))


def _keep(name: str, settings: dict[str, str]) -> None:
    """Leaves a process behind that holds the socket and starts the service again whenever it ends."""
    if os.fork():
        return
    os.setsid()
    STATE.mkdir(exist_ok=True)
    LOGS.mkdir(exist_ok=True)
    with (LOGS / f"{name}.log").open("ab") as log:
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    (STATE / f"{name}.keeper").write_text(str(os.getpid()))
    sockets = _sockets(name)
    child: subprocess.Popen[bytes] | None = None
    asked = [False]
    signal.signal(signal.SIGHUP, lambda *_: asked.__setitem__(0, True))
    while True:
        child = _command(name, settings, sockets)
        (STATE / f"{name}.child").write_text(str(child.pid))
        while child.poll() is None:
            if asked[0]:
                asked[0] = False
                child.terminate()
                child.wait(60)
            time.sleep(0.1)
        if child.returncode:
            time.sleep(1)


def _command(
    name: str, settings: dict[str, str], sockets: dict[int, socket.socket]
) -> subprocess.Popen[bytes]:
    person = pwd.getpwnam(settings["User"])
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": person.pw_dir, "USER": person.pw_name}
    for line in Path(settings["EnvironmentFile"]).read_text().splitlines():
        if line and not line.startswith("#"):
            key, value = line.split("=", 1)
            environment[key] = shlex.split(value)[0] if value else ""
    if folder := settings.get("RuntimeDirectory"):
        path = Path("/run") / folder.replace("%i", name.partition("@")[2])
        path.mkdir(exist_ok=True)
        path.chmod(int(settings["RuntimeDirectoryMode"], 8))
        shutil.chown(path, person.pw_uid, person.pw_gid)
    command = shlex.split(settings["ExecStart"].replace("%i", name.partition("@")[2]))
    if sockets:
        [listener] = sockets.values()
        hand_over = 'exec 3<&"$1"; shift; export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@"'
        command = ["bash", "-c", hand_over, "systemd", str(listener.fileno()), *command]
    return subprocess.Popen(
        command, env=environment, cwd=settings.get("WorkingDirectory", "/"), user=person.pw_uid, group=person.pw_gid,
        extra_groups=[], umask=int(settings["UMask"], 8), pass_fds=[s.fileno() for s in sockets.values()],
    )  # fmt: skip


def _sockets(name: str) -> dict[int, socket.socket]:
    if not _file(f"{name}.socket").exists():
        return {}
    settings = _settings(f"{name}.socket")
    path = Path(settings["ListenStream"].replace("%i", name.partition("@")[2]))
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    shutil.chown(path, settings["SocketUser"], settings["SocketGroup"])
    path.chmod(int(settings["SocketMode"], 8))
    listener.listen(int(settings["Backlog"]))
    return {3: listener}


def _file(unit: str) -> Path:
    """A unit's own file, or the template it is an instance of."""
    name, kind = unit.rsplit(".", 1)
    own = UNITS / unit
    return own if own.exists() else UNITS / f"{name.partition('@')[0]}@.{kind}"


def _settings(unit: str) -> dict[str, str]:
    lines = [
        line for line in _file(unit).read_text().splitlines() if "=" in line and not line.startswith("#")
    ]
    return dict(line.split("=", 1) for line in lines)


def _is_active(name: str) -> bool:
    with contextlib.suppress(OSError, ValueError):
        os.kill(int((STATE / f"{name}.child").read_text()), 0)
        return True
    return False


def _wait(holds: object) -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if holds():  # type: ignore[operator]
                return 0
        time.sleep(0.1)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
