"""Addresses for the operator: pages under a language, and those that machines ask for."""

from django.urls import path

from operations import exposition, health, views

app_name = "operations"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("failed/<str:kind>/", views.failed, name="failed"),
]
#: At the root, in no language.
for_machines = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", exposition.metrics, name="metrics"),
]
