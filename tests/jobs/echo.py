"""Settings, addresses and a socket for the tests of the server: everything but the rooms above ``jobs``."""

from channels.generic.websocket import WebsocketConsumer
from channels.routing import ProtocolTypeRouter
from django.contrib.auth.decorators import login_not_required
from django.core.asgi import get_asgi_application
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


class Echo(WebsocketConsumer):
    def receive(self, text_data=None, bytes_data=None):
        self.send(text_data=text_data)


@csrf_exempt
@login_not_required
def length(request):
    if request.FILES:
        return HttpResponse(str(request.FILES["file"].size))
    return HttpResponse(str(len(request.body)))


urlpatterns = [path("length", length)]
application = ProtocolTypeRouter({"http": get_asgi_application(), "websocket": Echo.as_asgi()})
