"""Where sockets connect. The addresses are those of contracts.md."""

from typing import Any

from django.urls import path

from cases.consumers import socket_of
from cases.watching import Page

#: Any: Django's types know views, not ASGI applications.
_sockets: dict[Page, Any] = {page: socket_of(page) for page in Page}

urlpatterns = [
    path("ws/track/<str:reference>/", _sockets[Page.TRACK]),
    path("ws/cases/<str:reference>/", _sockets[Page.CASE]),
    path("ws/queue/", _sockets[Page.QUEUE]),
]
