"""Addresses of the form, under ``/<lang>/concerns/``."""

from django.urls import path

from feedback import filing, resuming, sending

urlpatterns = [
    path("new/", filing.begin, name="filing"),
    path("new/check/", sending.check, name="filing_check"),
    path("new/done/", sending.done, name="filing_done"),
    path("new/clear/", filing.clear, name="filing_clear"),
    path("new/<slug:step>/", filing.step, name="filing_step"),
    path("resume/", resuming.resume, name="resume"),
]
