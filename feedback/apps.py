from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "feedback"

    def ready(self) -> None:
        from feedback import reminding, tasks  # noqa: F401  # importing registers the periodic tasks
