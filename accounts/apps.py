from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import checks, watching  # noqa: F401  # importing registers the checks

        watching.watch()
