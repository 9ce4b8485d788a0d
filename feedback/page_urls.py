"""The start page and what there is to read, under ``/<lang>/``."""

from django.urls import path

from feedback import asking, before_filing, pages
from feedback.statements import VERSIONS

urlpatterns = [
    path("", pages.start, name="start"),
    path("question/", asking.ask, name="question"),
    path("question/sent/", asking.sent, name="question_sent"),
    path("guidance/", pages.guidance, name="guidance"),
    path("guidance/<slug:category>/", before_filing.guidance_on, name="guidance_on"),
    *(path(f"{name}/", pages.statement, {"statement": name}, name=name) for name in VERSIONS),
    *(path(f"{name}/<slug:version>/", pages.statement, {"statement": name}) for name in VERSIONS),
]
