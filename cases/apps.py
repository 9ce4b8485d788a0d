from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "cases"

    def ready(self) -> None:
        # Importing registers the periodic tasks.
        from cases import cleaning, handover, learning, live, recounting, rules, sweep, tasks  # noqa: F401

        live.watch_accounts()
        handover.watch_leavers()
