from django.apps import AppConfig


class LookConfig(AppConfig):
    """How things are shown: languages, dates, form fields. Knows nothing of cases or people."""

    name = "look"
