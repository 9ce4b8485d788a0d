"""Addresses of the form, under ``/<lang>/concerns/``."""

from django.urls import path

from feedback import confirming, filing, receipts, resuming, resuming_by_mail, sending

urlpatterns = [
    path("new/", filing.begin, name="filing"),
    path("new/check/", sending.check, name="filing_check"),
    path("new/done/", sending.done, name="filing_done"),
    path("new/receipt/", receipts.of_sent, name="filing_receipt"),
    path("new/email/", confirming.confirm_filing, name="filing_email"),
    path("new/clear/", filing.clear, name="filing_clear"),
    path("new/<slug:step>/", filing.step, name="filing_step"),
    path("resume/", resuming.resume, name="resume"),
    path("resume/code/", resuming_by_mail.resume_code, name="resume_code"),
    path("resume/keep/", resuming_by_mail.resume_keep, name="resume_keep"),
    path("resume/choose/", resuming_by_mail.resume_choose, name="resume_choose"),
]
