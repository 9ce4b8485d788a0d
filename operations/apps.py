from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "operations"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_login_failed

        from operations import tasks  # noqa: F401  # registers the periodic task
        from operations.requests import count_failed_sign_in

        user_login_failed.connect(count_failed_sign_in, dispatch_uid="operations")
