"""Addresses outside any language."""

from django.urls import path

from feedback import pages

urlpatterns = [path("", pages.home, name="home")]
