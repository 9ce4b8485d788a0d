"""Where sockets connect. The addresses are those of contracts.md."""

from django.urls import path

from cases.consumers import CaseSocket, QueueSocket, TrackSocket

urlpatterns = [
    path("ws/track/<str:reference>/", TrackSocket.as_asgi()),
    path("ws/cases/<str:reference>/", CaseSocket.as_asgi()),
    path("ws/queue/", QueueSocket.as_asgi()),
]
