"""The start page and what there is to read, under ``/<lang>/``."""

from django.urls import path

from feedback import before_filing, pages

urlpatterns = [
    path("", pages.start, name="start"),
    path("guidance/", pages.guidance, name="guidance"),
    path("guidance/<slug:category>/", before_filing.guidance_on, name="guidance_on"),
    path("privacy/", pages.privacy, name="privacy"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("cookies/", pages.cookies, name="cookies"),
]
