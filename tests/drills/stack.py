"""The whole production set on loopback, started from the files of ``deploy/``: a tool of the drills, not one itself.

    with Stack(place, web=2, sockets=2, workers=2) as stack:      # started, migrated, reference data loaded, ready
        stack.manage("seed_demo", "--password", "…")              # manage.py with the environment of the set
        requests to stack.url, sockets to stack.socket_url + "/ws/…" (Origin: stack.url)
        stack.kill("web-1")                                       # signal 9 to the process and all its children
        stack.start("web-1")                                      # (with supervised=True it comes back by itself)
        stack.postgres.restart("immediate"); stack.redis.stop(); stack.redis.start()

Names: ``postgres``, ``redis``, ``mail`` (if no EMAIL_URL is given), ``web-1`` … ``sockets-1`` … ``worker-1`` … ``nginx``.
Everything is under ``place`` (created; others must be able to pass through its parents when run as root, because
PostgreSQL then runs as ``postgres``): ``logs/NAME.log``, ``data`` (CAUSEWAY_DATA), ``mail`` (Maildir), ``deploy`` (rendered).
With ``tls=True`` the origin is https with a certificate made here: ``stack.authority`` is the file to believe.
Without nginx every process has its own port: ``stack.web_urls``, ``stack.socket_urls``.
"""

from __future__ import annotations

import secrets
import shlex
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from tests.drills.loopback import (
    ROOT,
    as_postgres,
    family,
    lay_out,
    make_cluster,
    plain_environment,
    postgres_programs,
    send,
)
from tests.ports import free_port

#: How systemd restarts what died (RestartSec), in seconds.
RESTART_AFTER = 1.0
#: What is still there after a polite request to stop is killed. Seconds; above gunicorn's graceful_timeout.
PATIENCE = 40.0


class Control:
    """One of the services beside the application, under the name its logs have."""

    def __init__(self, stack: Stack, name: str, polite: Mapping[str, int]) -> None:
        self._stack, self.name, self._polite = stack, name, polite

    def stop(self, mode: str = "fast") -> None:
        self._stack.stop_one(self.name, self._polite[mode])

    def start(self) -> None:
        self._stack.start(self.name)

    def restart(self, mode: str = "fast") -> None:
        self.stop(mode)
        self.start()


class Stack:
    def __init__(
        self,
        place: Path,
        *,
        web: int = 2,
        sockets: int = 2,
        workers: int = 2,
        nginx: bool = True,
        tls: bool = False,
        supervised: bool = False,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.place = place
        self.tls, self.supervised = tls, supervised
        self._nginx = nginx
        self._ports: dict[str, int] = {}
        self._listeners: dict[str, socket.socket] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._wanted: set[str] = set()
        self._lock = threading.RLock()
        self._beside: list[subprocess.Popen[bytes]] = []
        self._ended = threading.Event()
        self._application = [
            *(f"web-{n}" for n in range(1, web + 1)),
            *(f"sockets-{n}" for n in range(1, sockets + 1)),
            *(f"worker-{n}" for n in range(1, workers + 1)),
        ]
        for folder in ("logs", "data", "run", "deploy"):
            (place / folder).mkdir(parents=True, exist_ok=True)
        place.chmod(0o711)
        self._own_env = dict(env or {})
        self.web_urls = [self._http("127.0.0.1", name) for name in self._application if "web" in name]
        self.socket_urls = [self._http("127.0.0.1", name) for name in self._application if "sockets" in name]
        # TLS tells sites apart by name: without a name, as with an address, it would be refused.
        self._host = "localhost" if tls else "127.0.0.1"
        self.url = f"http{'s' * tls}://{self._host}:{self.port('https' if tls else 'http')}"
        if not nginx:
            self.url = self.web_urls[0]
        self.authority = place / "deploy" / "authority.pem"
        self.env = self._environment()
        self._units = self._render()
        signals = {
            "smart": signal.SIGTERM,
            "fast": signal.SIGINT,
            "immediate": signal.SIGQUIT,
            "kill": signal.SIGKILL,
        }
        self.postgres = Control(self, "postgres", signals)
        self.redis = Control(self, "redis", {"fast": signal.SIGTERM, "kill": signal.SIGKILL})

    # --- the whole ------------------------------------------------------------------------
    def __enter__(self) -> Stack:
        try:
            self.begin()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type | None, trouble: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def begin(self) -> None:
        """Starts everything, migrates, loads the reference data, and waits until ``/readyz`` says yes."""
        self.start_services()
        self.manage("migrate", "--noinput", "--verbosity", "0")
        self.manage("load_reference")
        self.start_application()
        self.wait_ready()

    def start_services(self) -> None:
        """PostgreSQL with an empty database, Redis, the mail server. For those who fill the database themselves."""
        make_cluster(self.place / "pg")
        for name in ["postgres", "redis", *([] if "EMAIL_URL" in self._own_env else ["mail"])]:
            self.start(name)
        if not self._sql("SELECT 1 FROM pg_database WHERE datname = 'causeway'"):
            self._sql("CREATE DATABASE causeway")

    def start_application(self) -> None:
        for name in self._application:
            self.start(name, wait=False)
        if self._nginx:
            self.start("nginx")
        if self.supervised:
            threading.Thread(target=self._supervise, daemon=True).start()

    def stop(self) -> None:
        """Ends everything that was started here, politely first. May be called twice."""
        self._ended.set()
        while self._beside:
            beside = self._beside.pop()
            beside.kill()
            beside.wait()
        with self._lock:
            self._wanted.clear()
        order = ["nginx", *self._application]
        for name in order:
            self._signal(name, signal.SIGTERM)
        for name in [*order, "mail", "redis"]:
            self.stop_one(name, signal.SIGTERM)
        self.stop_one("postgres", signal.SIGINT)
        for listener in self._listeners.values():
            listener.close()
        self._listeners.clear()

    def wait_ready(self, timeout: float = 180.0) -> None:
        """Until the site says it is ready through its front door. TimeoutError with its last answer otherwise."""
        deadline = time.monotonic() + timeout
        last = "no answer"
        context = ssl.create_default_context(cafile=str(self.authority)) if self.tls else None
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5, context=context) as answer:
                    if answer.status == 200:
                        return
            except OSError as trouble:
                last = f"{trouble} {getattr(trouble, 'read', bytes)()!r}"
            time.sleep(0.2)
        raise TimeoutError(f"not ready after {timeout} s: {last}; logs in {self.place / 'logs'}")

    @property
    def socket_url(self) -> str:
        return (self.url if self._nginx else self.socket_urls[0]).replace("http", "ws", 1)

    def manage(self, *arguments: str, timeout: float = 600.0, stdin: str | None = None) -> str:
        """What ``manage.py`` printed. RuntimeError with all it said if it failed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=timeout, input=stdin,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(
                f"manage.py {shlex.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
            )
        return done.stdout

    def keep_running(self, script: str) -> None:
        """A program of the drill inside the set, until the set is stopped."""
        command = [sys.executable, "manage.py", "shell", "-v0", "-c", script]
        self._beside.append(
            subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        )

    # --- one by one -----------------------------------------------------------------------
    @property
    def names(self) -> list[str]:
        """The application's processes: web, sockets, workers."""
        return list(self._application)

    def start(self, name: str, *, wait: bool = True) -> None:
        """Starts it if it is not running; waits until a service beside the application answers."""
        with self._lock:
            self._wanted.add(name)
            if self._alive(name):
                return
            log = (self.place / "logs" / f"{name}.log").open("ab")
            with log:
                self._running[name] = self._spawn(name, log)
        if wait and name in ("postgres", "redis", "mail", "nginx"):
            self._wait_for_port(name)

    def kill(self, name: str, sign: int = signal.SIGKILL) -> None:
        """The signal to the process and all its children at once, as when the machine ends them.

        Not ``wanted`` any more unless the set is supervised: then it is started again, as systemd would.
        """
        with self._lock:
            if not self.supervised:
                self._wanted.discard(name)
            for pid in self.pids(name):
                send(pid, sign)
        if sign == signal.SIGKILL and name in self._running:
            self._running[name].wait(10)

    def stop_one(self, name: str, sign: int = signal.SIGTERM, timeout: float = PATIENCE) -> None:
        """Asks it to stop and waits; kills it if it does not. Nothing if it is not running."""
        with self._lock:
            self._wanted.discard(name)
            process = self._running.get(name)
        if process is None:
            return
        if sign == signal.SIGKILL:
            self.kill(name)
        if process.poll() is None:
            send(process.pid, sign)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill(name)

    def restart(self, name: str) -> None:
        """As ``systemctl restart``: asked to stop, waited for, started again."""
        self.stop_one(name)
        self.start(name)

    def pids(self, name: str) -> list[int]:
        """The process, then its children and theirs; empty if it is not running."""
        return family(self._running[name].pid) if self._alive(name) else []

    def port(self, name: str) -> int:
        """A free port, the same for this name for as long as the set lives."""
        if name not in self._ports:
            self._ports[name] = free_port()
        return self._ports[name]

    def log(self, name: str) -> str:
        return (self.place / "logs" / f"{name}.log").read_text(errors="replace")

    # --- how each is started ----------------------------------------------------------------
    def _spawn(self, name: str, log: object) -> subprocess.Popen[bytes]:
        kind = name.partition("-")[0]
        if kind in self._units:
            command, fds = self._unit_command(name)
            return subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log, pass_fds=fds)  # type: ignore[call-overload,no-any-return]
        options: dict[str, object] = {"cwd": "/", "env": plain_environment(), "stdout": log, "stderr": log}
        if name == "postgres":
            options |= as_postgres()
        return subprocess.Popen(self._commands()[name], **options)  # type: ignore[call-overload,no-any-return]

    def _commands(self) -> dict[str, list[str]]:
        cluster = self.place / "pg"
        return {
            "postgres": [
                f"{postgres_programs()}/postgres", "-D", f"{cluster}/data", "-p", str(self.port("postgres")),
                "-k", str(cluster), "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200",
                "-c", "shared_buffers=256MB",
            ],
            "redis": [
                "redis-server", "--bind", "127.0.0.1", "--port", str(self.port("redis")), "--save", "",
                "--appendonly", "no", "--dir", str(self.place),
            ],
            "mail": [
                sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{self.port('mail')}",
                "-c", "aiosmtpd.handlers.Mailbox", str(self.place / "mail"),
            ],
            "nginx": [
                "nginx", "-p", str(self.place / "deploy"), "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;",
            ],
        }  # fmt: skip

    def _unit_command(self, name: str) -> tuple[list[str], tuple[int, ...]]:
        """The unit's own ExecStart; a web process gets its socket the way systemd hands it over."""
        kind, number = name.split("-")
        command = shlex.split(self._units[kind].replace("%i", number))
        (self.place / "run" / f"causeway-sockets-{number}").mkdir(exist_ok=True)
        if kind == "sockets" and not self._nginx:
            command[-1] = command[-1].rpartition("--unix")[0] + f"--port {self.port(name)}"
        if kind != "web":
            return command, ()
        listener = self._listener(name)
        hand_over = 'exec 3<&"$1"; shift; export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@"'
        return ["bash", "-c", hand_over, "systemd", str(listener.fileno()), *command], (listener.fileno(),)

    def _listener(self, name: str) -> socket.socket:
        """Open for as long as the set lives, as the socket unit holds it."""
        if name not in self._listeners:
            if self._nginx:
                listener = socket.socket(socket.AF_UNIX)
                path = self.place / "run" / "causeway" / f"{name}.sock"
                path.parent.mkdir(exist_ok=True)
                path.unlink(missing_ok=True)
                listener.bind(str(path))
            else:
                listener = socket.create_server(("127.0.0.1", self.port(name)))
            listener.listen(2048)
            self._listeners[name] = listener
        return self._listeners[name]

    def _render(self) -> dict[str, str]:
        return lay_out(
            self.place,
            {
                "HOST": self._host,
                "ORIGIN": self.url,
                "WEB": str(len(self.web_urls)),
                "SOCKETS": str(max(1, len(self.socket_urls))),
                "HTTP_LISTEN": f"127.0.0.1:{self.port('http')}",
                "HTTPS_LISTEN": f"127.0.0.1:{self.port('https')}",
            },
            tls=self.tls,
        )

    def _environment(self) -> dict[str, str]:
        return {
            **plain_environment(),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DEBUG": "0",
            "SECRET_KEY": secrets.token_urlsafe(48),
            "COMPANY_KEY": secrets.token_urlsafe(48),
            "SITE_ORIGIN": self.url,
            "ALLOWED_HOSTS": self._host,
            "TRUSTED_PROXIES": "unix" if self._nginx else "",
            "DATABASE_URL": f"postgres://causeway@127.0.0.1:{self.port('postgres')}/causeway",
            "REDIS_URL": f"redis://127.0.0.1:{self.port('redis')}/0",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.port('mail')}",
            "CAUSEWAY_DATA": str(self.place / "data"),
            "STATIC_ROOT": str(ROOT / "build" / "collected"),
            "LOG_FORMAT": "json",
            **self._own_env,
        }

    def _http(self, host: str, name: str) -> str:
        return f"http://{host}:{self.port(name)}"

    def _sql(self, statement: str) -> list[tuple[object, ...]]:
        import psycopg

        url = f"postgres://causeway@127.0.0.1:{self.port('postgres')}/postgres"
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    # --- watching ---------------------------------------------------------------------------
    def _supervise(self) -> None:
        """Starts again what died, a second later, as ``Restart=always`` and ``RestartSec=1`` do."""
        died: dict[str, float] = {}
        while not self._ended.wait(0.2):
            with self._lock:
                gone = [name for name in self._wanted if name in self._application and not self._alive(name)]
                for name in gone:
                    if time.monotonic() - died.setdefault(name, time.monotonic()) >= RESTART_AFTER:
                        del died[name]
                        self.start(name, wait=False)

    def _alive(self, name: str) -> bool:
        return name in self._running and self._running[name].poll() is None

    def _signal(self, name: str, sign: int) -> None:
        if self._alive(name):
            send(self._running[name].pid, sign)

    def _wait_for_port(self, name: str, timeout: float = 30.0) -> None:
        port = self.port(("https" if self.tls else "http") if name == "nginx" else name)
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if not self._alive(name):
                raise RuntimeError(f"{name} did not start:\n{self.log(name)[-2000:]}")
            try:
                if name == "postgres":  # it takes connections before it takes questions
                    self._sql("SELECT 1")
                else:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except Exception:
                time.sleep(0.1)
        raise TimeoutError(f"{name} does not answer on port {port} after {timeout} s")
