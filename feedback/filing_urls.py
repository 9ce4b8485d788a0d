"""Addresses of the form, under ``/<lang>/concerns/``."""

from django.urls import path

from feedback import confirming, filing, resuming, sending

urlpatterns = [
    path("new/", filing.begin, name="filing"),
    path("new/check/", sending.check, name="filing_check"),
    path("new/done/", sending.done, name="filing_done"),
    path("new/email/", confirming.confirm_filing, name="filing_email"),
    path("new/clear/", filing.clear, name="filing_clear"),
    path("new/<slug:step>/", filing.step, name="filing_step"),
    path("resume/", resuming.resume, name="resume"),
]
