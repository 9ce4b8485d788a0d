"""Addresses outside any language."""

from django.urls import path

from feedback import browser_reports, pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("browser-reports/", browser_reports.receive, name="browser_reports"),
]
