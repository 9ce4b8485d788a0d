"""One line and one count for each request and each socket, and the id by which all it caused can be found.

A line says which view answered whom, how and how fast. The address itself is not written: it may hold a reference,
and its query whatever somebody searched for.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from jobs import measures
from jobs.tracing import request_id_from, traced

log = logging.getLogger(__name__)

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
#: Asked for every few seconds by machines: counted, but written down only if something is wrong.
PROBES = {"healthz", "readyz", "metrics"}
FOR_MACHINES = {f"/{name}" for name in PROBES}
UNMATCHED = "unmatched"
#: Close codes that are told apart: those of the protocol and of contracts.md. A client can send any other.
CODES = {1000, 1001, 1005, 1006, 1009, 1011, 4012, 4400, 4401, 4403, 4404, 4429}

Application = Callable[..., Awaitable[Any]]


class RequestMiddleware:
    """Right after the proxy's word has been weighed, so that refusals of every other middleware are seen too.

    An id that came with the request is taken if our own proxy sent it and it is well-formed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        if request.path_info in FOR_MACHINES:
            # Nobody in particular asks, so nothing on the way need look for a session in a database that is away.
            request.META.pop("HTTP_COOKIE", None)
        request_id = request_id_from(request.META.get("HTTP_X_REQUEST_ID"))
        with traced(request_id=request_id):
            response = self.get_response(request)
            response.headers["X-Request-Id"] = request_id
            _note(request, response.status_code, time.perf_counter() - began)
        return response


def _note(request: HttpRequest, status: int, seconds: float) -> None:
    match = request.resolver_match
    view = (match.view_name or UNMATCHED) if match else UNMATCHED
    method = request.method if request.method in METHODS else "other"
    measures.requests.labels(view, method, status).inc()
    measures.request_seconds.labels(view).observe(seconds)
    level = logging.DEBUG if view in PROBES and status < 500 else logging.INFO
    fields = {"user_id": _user_id(request), "view": view, "method": method, "status": status}
    log.log(level, "request", extra={"fields": {**fields, "ms": round(seconds * 1000, 1)}})


def _user_id(request: HttpRequest) -> int | None:
    """Who asked, if that was found out on the way; never a query of its own."""
    user = request.__dict__.get("user")
    if isinstance(user, SimpleLazyObject):
        user = request.__dict__.get("_cached_user")
    return getattr(user, "pk", None)


def count_failed_sign_in(**kwargs: Any) -> None:
    """Receiver of Django's ``user_login_failed``; who it was is nobody's business here."""
    measures.sign_in_failures.inc()


class SocketLog:
    """The same for sockets: a line when one opens and one when it closes, and how many are open now."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Application, send: Application) -> Any:
        given = [value.decode("latin1") for name, value in scope["headers"] if name == b"x-request-id"]
        told = _Told(_kind(scope["path"]), receive, send)
        with traced(request_id=request_id_from(given[0] if len(given) == 1 else None)):
            try:
                return await self.application(scope, told.receive, told.send)
            finally:
                told.end()


class _Told:
    """What one socket and its application say to each other, watched."""

    def __init__(self, kind: str, receive: Application, send: Application) -> None:
        self.kind, self._receive, self._send = kind, receive, send
        self.began = time.monotonic()
        self.open = False
        self.code: int | None = None

    async def receive(self) -> Any:
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            self.code = self.code or message.get("code")
        return message

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.accept" and not self.open:
            self.open = True
            measures.sockets.labels(self.kind).inc()
            log.info("socket opened", extra={"fields": {"socket": self.kind}})
        elif message["type"] == "websocket.close":
            self.code = message.get("code", 1000)
        await self._send(message)

    def end(self) -> None:
        code = self.code if self.code in CODES else 0
        if self.open:
            measures.sockets.labels(self.kind).dec()
        measures.socket_closes.labels(self.kind, code).inc()
        ms = round((time.monotonic() - self.began) * 1000)
        word = "socket closed" if self.open else "socket refused"
        log.info(word, extra={"fields": {"socket": self.kind, "code": code, "ms": ms}})


def _kind(path: str) -> str:
    """track, cases or queue."""
    kind = path.split("/")[2] if path.startswith("/ws/") else ""
    return kind if kind in ("track", "cases", "queue") else "other"
