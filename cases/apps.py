from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "cases"

    def ready(self) -> None:
        # Importing registers the periodic tasks.
        from cases import (  # noqa: F401
            cleaning,
            erasing,
            handover,
            importing,
            learning,
            live,
            others,
            recounting,
            retention,
            rules,
            sweep,
            tasks,
        )
        from cases.issues import telling  # noqa: F401

        live.watch_accounts()
        handover.watch_leavers()
