"""Addresses of the front door, under ``/<lang>/``."""

from django.urls import include, path

urlpatterns = [
    path("concerns/", include("feedback.filing_urls")),
    path("mailbox/", include("feedback.mailbox_urls")),
    path("", include("feedback.page_urls")),
    path("", include("feedback.track_urls")),
]
