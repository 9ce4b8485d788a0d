"""The development mailbox, under ``/<lang>/mailbox/``."""

from django.urls import path

from feedback import mailbox

urlpatterns = [
    path("", mailbox.mailbox, name="mailbox"),
    path("<int:pk>/", mailbox.mail, name="mailbox_mail"),
]
