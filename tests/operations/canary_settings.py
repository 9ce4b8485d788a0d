"""The product's settings with a few more addresses, at which things go wrong with something to quote."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.operations.canary_urls"
EMAIL_BACKEND = "jobs.smtp.Smtp"
EMAIL_HOST = "127.0.0.1"
EMAIL_PORT = int(env("CANARY_SMTP_PORT"))  # noqa: F405
EMAIL_USE_TLS = EMAIL_USE_SSL = False
EMAIL_HOST_USER = EMAIL_HOST_PASSWORD = ""
