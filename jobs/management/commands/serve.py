"""The one-process server: pages, sockets, background work and clock."""

from __future__ import annotations

from typing import Any

from channels.routing import get_default_application
from django.core.management.base import BaseCommand, CommandError, CommandParser

from jobs.models import WorkerBeat
from jobs.runner import Runner
from jobs.server import CannotListen, Server

#: A task still running at shutdown is given this long; then another start runs it again. Seconds.
PATIENCE = 30


class Command(BaseCommand):
    help = "Serve pages and sockets, with the background worker in a thread, until SIGTERM or SIGINT."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--bind", default="127.0.0.1", help="address to listen on (default: this machine only)"
        )
        parser.add_argument("--unix", default="", metavar="PATH", help="listen on this Unix socket instead")
        parser.add_argument("--no-worker", action="store_true", help="run_worker runs elsewhere")

    def handle(self, *args: Any, **options: Any) -> None:
        runner = None if options["no_worker"] else Runner(WorkerBeat.Kind.EMBEDDED)
        server = Server(
            get_default_application(),
            host=options["bind"],
            port=options["port"],
            unix=options["unix"],
            on_listening=lambda: self._listening(runner, options),
            on_stopping=runner.stop if runner else lambda: None,
        )
        try:
            server.run()
        except CannotListen as refusal:
            raise CommandError(str(refusal)) from refusal
        if runner and not runner.join(PATIENCE):
            self.stderr.write("A task was still running; it will be run again.")

    def _listening(self, runner: Runner | None, options: dict[str, Any]) -> None:
        if runner:
            runner.start()
        host = f"[{options['bind']}]" if ":" in options["bind"] else options["bind"]
        where = options["unix"] or f"http://{host}:{options['port']}/"
        self.stdout.write(f"Ready on {where}  (Ctrl-C stops it)")
        self.stdout.flush()
