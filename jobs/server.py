"""Daphne, with what it lacks: a limit for bodies, uploads parsed once, and a shutdown that says goodbye."""

from __future__ import annotations

import resource
from collections.abc import Callable
from typing import Any

import daphne.server  # first: it installs the reactor that the imports below would otherwise choose  # isort:skip
from daphne.endpoints import build_endpoint_description_strings
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.ws_protocol import WebSocketProtocol
from django.conf import settings
from twisted.internet import defer
from twisted.internet import reactor as installed_reactor
from twisted.internet.interfaces import IAddress
from twisted.web.http import HTTPChannel

from jobs.loop import keep_server_loop
from jobs.refusals import too_large

#: Twisted's types describe a module; what ``daphne.server`` installed is an object.
reactor: Any = installed_reactor
#: Connections the kernel holds for us while every thread is busy.
BACKLOG = 4096
#: Pokes are small: what is longer is refused with close code 1009. Bytes.
SOCKET_MESSAGE_LIMIT = 16384
#: A connection that no longer carries anything is found and closed within their sum and 2 more, so that nobody seems
#: to look at a case 30 seconds after their line broke. Seconds.
PING_EVERY, PING_PATIENCE = 15, 10
#: Close code of the socket contract: the server restarts, connect again.
RESTARTING = 4012
#: How long requests and sockets may take to end when the server stops. Seconds.
FAREWELL = 8.0
#: How long a refused body is still read and thrown away, so that the refusal reaches the sender. Seconds.
LINGER = 20.0


class CannotListen(RuntimeError):
    """The address or port is not to be had, usually because something else listens there."""


class _LimitedRequest(WebRequest):
    """Refuses a body over ``MAX_BODY_BYTES``, announced or in chunks, and leaves forms for Django to parse.

    Twisted would parse a form a second time, in memory, while every other connection waits.
    """

    _received = 0
    _refused = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "parsePOSTFormSubmission": False})

    def gotLength(self, length: int | None) -> None:  # noqa: N802  # Twisted's name
        if length is not None and length > settings.MAX_BODY_BYTES:
            self._refuse()
        super().gotLength(0 if self._refused else length)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802  # Twisted's name
        self._received += len(data)
        if self._received > settings.MAX_BODY_BYTES:
            self._refuse()
        if not self._refused:
            super().handleContentChunk(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802  # Twisted's name
        if self._refused:
            self._hang_up()
        else:
            super().requestReceived(command, path, version)

    def _refuse(self) -> None:
        """Answer 413 at once, then read on: closing with bytes unread makes the kernel drop the answer."""
        if self._refused:
            return
        self._refused = True
        kind, body = too_large(self.requestHeaders.getRawHeaders(b"Accept", [b""])[0])
        self.channel.transport.write(
            b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nCache-Control: no-store\r\n"
            + f"Content-Type: {kind}; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        # Nobody shall be invited to send what has just been refused.
        self.requestHeaders.removeHeader(b"Expect")
        reactor.callLater(LINGER, self._hang_up)

    def _hang_up(self) -> None:
        if self.channel is not None:
            self.channel.transport.loseConnection()


class _LimitedFactory(HTTPFactory):
    def buildProtocol(self, addr: IAddress) -> HTTPChannel:  # noqa: N802  # Twisted's name
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = _LimitedRequest
        return protocol


class Server(daphne.server.Server):
    """``run`` serves on ``host`` and ``port``, or on the Unix socket ``unix``, until SIGTERM or SIGINT, or raises
    ``CannotListen``.

    ``on_listening`` and ``on_stopping`` are called in the server's own thread.
    """

    def __init__(
        self,
        application: Any,
        *,
        host: str = "",
        port: int | None = None,
        unix: str = "",
        on_listening: Callable[[], None],
        on_stopping: Callable[[], None],
    ) -> None:
        where = build_endpoint_description_strings(unix_socket=unix) if unix else []
        where = where or build_endpoint_description_strings(host=host, port=port)
        endpoints = [f"{endpoint}:backlog={BACKLOG}" for endpoint in where]
        super().__init__(
            application,
            endpoints=endpoints,
            verbosity=0,
            ping_interval=PING_EVERY,
            ping_timeout=PING_PATIENCE,
            websocket_timeout=-1,  # a page may stay open all day; the heartbeat finds the dead
            websocket_max_message_size=SOCKET_MESSAGE_LIMIT,
            websocket_max_frame_size=SOCKET_MESSAGE_LIMIT,
            server_name="causeway",
            ready_callable=self._say_why_when_closing,
        )
        self._on_listening = on_listening
        self._on_stopping = on_stopping
        self._ports: list[Any] = []
        self._refusal: str = ""

    def run(self) -> None:
        # Each socket is a file: as many as the system grants.
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        # Daphne's ``run`` looks its factory up by this name.
        daphne.server.HTTPFactory = _LimitedFactory
        keep_server_loop(reactor._asyncioEventloop)
        try:
            super().run()
        finally:
            keep_server_loop(None)
        if self._refusal:
            raise CannotListen(self._refusal)

    def _say_why_when_closing(self) -> None:
        # Otherwise a socket that breaks the rules is cut off, and its page sees no close code.
        self.ws_factory.setProtocolOptions(failByDrop=False)

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self._ports.append(port)
        reactor.callWhenRunning(self._on_listening)

    def listen_error(self, failure: Any) -> None:
        self._refusal = failure.getErrorMessage()
        self.stop()

    def kill_all_applications(self) -> defer.Deferred[None]:
        """Before shutdown: take no more connections, close sockets with 4012, let what is running end.

        Without the wait, a socket that has just connected makes Python 3.11 die of a segmentation fault.
        """
        self._on_stopping()
        for port in self._ports:
            port.stopListening()
        for protocol in list(self.connections):
            if isinstance(protocol, WebSocketProtocol):
                protocol.sendClose(code=RESTARTING, reason="restarting")
        ended: defer.Deferred[None] = defer.Deferred()
        deadline = reactor.seconds() + FAREWELL

        def look() -> None:
            running = self._running()
            if running and reactor.seconds() < deadline:
                reactor.callLater(0.05, look)
                return
            for application in running:
                application.cancel()
            # One more turn of the loop: closing frames leave, cancelled applications end.
            reactor.callLater(0.1, ended.callback, None)

        look()
        return ended

    def _running(self) -> list[Any]:
        held = (details.get("application_instance") for details in self.connections.values())
        return [application for application in held if application is not None and not application.done()]
