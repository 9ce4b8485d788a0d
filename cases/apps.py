from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "cases"

    def ready(self) -> None:
        from cases import handover, live, tasks  # noqa: F401  # importing registers the periodic tasks

        live.watch_accounts()
        handover.watch_leavers()
