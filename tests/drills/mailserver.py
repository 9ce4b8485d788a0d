"""A mail server that does what the drill says and writes down what it took: a tool of the drills, not one itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.controller import Controller

from tests.drills.ledger import Ledger
from tests.ports import free_port

#: What ``mode`` may be: each is how a mail server fails. ``refuse`` means that nothing listens.
MODES = ("ok", "refuse", "hang", "421", "451", "drop")


class MailServer:
    """Each mail taken is in the ledger before its 250; with ``drop`` the line breaks instead of the 250.

    ``refused_for_good`` are addresses answered 550. ``while_taking`` is called when a mail's text has arrived and is
    written down, before the answer: there a drill may kill whoever sent it.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.refused_for_good: set[str] = set()
        self.while_taking: Callable[[], None] | None = None
        self.taken = self.dropped = 0
        self.port = free_port()
        self._mode = "ok"
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def __enter__(self) -> MailServer:
        self.ledger.note("listens")
        self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        self._mode = "ok"
        self._close()

    def turn(self, mode: str) -> None:
        """From now on fail in this way, or work."""
        assert mode in MODES
        self._mode = mode
        if mode == "refuse":
            self._close()
        elif self._controller is None:
            self._listen()

    def _listen(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=10)
        self._controller.start()

    def _close(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    # --- aiosmtpd's hooks, in its own thread ---------------------------------------------------
    async def handle_EHLO(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        while self._mode == "hang":
            await asyncio.sleep(0.2)
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self._mode == "421":
            return "421 4.3.2 Closing"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self.refused_for_good:
            return "550 5.1.1 No such mailbox"
        if self._mode == "451":
            return "451 4.7.1 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=policy.default)
        number = str(mail["Message-ID"]).strip("<> \r\n").partition("@")[0]
        self.ledger.note("mail", id=number, to=str(mail["To"]))
        self.taken += 1
        if self.while_taking is not None:
            await asyncio.get_running_loop().run_in_executor(None, self.while_taking)
        if self._mode == "drop":
            self.dropped += 1
            server.transport.abort()
        return "250 OK"
