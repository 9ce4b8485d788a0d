"""The asynchronous entry: pages and sockets in one process."""

import os
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
pages = get_asgi_application()  # before the imports below, which need the applications loaded

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import re_path  # noqa: E402

from cases.sockets import urlpatterns  # noqa: E402
from operations.requests import SocketLog  # noqa: E402

Application = Callable[..., Awaitable[Any]]


def allowed_origins() -> frozenset[str]:
    """Full origins (scheme, host, port) whose pages may open a socket here.

    In the embedded default this machine has three names; only the port of the site itself is meant.
    """
    origins = {settings.SITE_ORIGIN}
    if settings.DEBUG or settings.EMBEDDED:
        site = urlsplit(settings.SITE_ORIGIN)
        port = f":{site.port}" if site.port else ""
        origins |= {f"{site.scheme}://{host}{port}" for host in ("127.0.0.1", "localhost", "[::1]")}
    return frozenset(origins)


async def refuse(scope: dict[str, Any], receive: Application, send: Application) -> None:
    """Refuses the handshake. Channels' own refusal would first subscribe to the channel layer."""
    await receive()
    await send({"type": "websocket.close"})


class SameOriginOnly:
    """Refuses a handshake whose Origin is missing, doubled, ``null`` or not exactly one of ours.

    Channels' own validator for allowed hosts compares the host alone: ``http://`` of it would pass.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Application, send: Application) -> Any:
        origins = [value.decode("latin1").lower() for name, value in scope["headers"] if name == b"origin"]
        if len(origins) == 1 and origins[0] in allowed_origins():
            return await self.application(scope, receive, send)
        return await refuse(scope, receive, send)


#: An address that is none of ours is refused like a foreign origin, not answered with an error. Who is asking is
#: looked up by the sockets themselves, many at once.
sockets = URLRouter([*urlpatterns, re_path(r"", refuse)])  # type: ignore[arg-type]  # not a view

application = ProtocolTypeRouter({"http": pages, "websocket": SocketLog(SameOriginOnly(sockets))})
