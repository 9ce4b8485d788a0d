from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        from jobs import checks, tasks  # noqa: F401  # registers the checks and the periodic tasks
        from jobs.failpoints import refuse_in_production
        from jobs.waking import wake_on_enqueue

        refuse_in_production()
        wake_on_enqueue()
