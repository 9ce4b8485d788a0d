"""The product's settings with the addresses and the socket of ``tests.jobs.echo``."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.jobs.echo"
ASGI_APPLICATION = "tests.jobs.echo.application"
