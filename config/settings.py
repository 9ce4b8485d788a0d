"""Every setting, read once from the environment (12-factor). Wiring only: no rule of the service stands here."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import environ
import structlog
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DATA_DIR = Path(env("CAUSEWAY_DATA", default=str(BASE_DIR / "var"))).absolute()
DEBUG = env.bool("DEBUG", default=False)
#: The embedded default: one process, SQLite, a development mailbox and demo accounts.
EMBEDDED = env.bool("CAUSEWAY_EMBEDDED", default=False)
TESTING = "pytest" in sys.modules

DEFAULT_SECRET = "insecure-embedded-default-never-use-in-production"  # noqa: S105  # a refused placeholder
SECRET_KEY = env("SECRET_KEY", default="")
if not SECRET_KEY and (secret_file := env("SECRET_KEY_FILE", default="")):
    SECRET_KEY = Path(secret_file).read_text().strip()
SECRET_KEY = SECRET_KEY or DEFAULT_SECRET
if not (DEBUG or EMBEDDED or TESTING) and (SECRET_KEY == DEFAULT_SECRET or len(SECRET_KEY) < 32):
    raise ImproperlyConfigured("Set SECRET_KEY or SECRET_KEY_FILE to at least 32 random characters.")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

#: Keys the hash by which distinct companies are counted; it must outlive a change of SECRET_KEY.
COMPANY_KEY = env("COMPANY_KEY", default=SECRET_KEY)

SITE_ORIGIN = env("SITE_ORIGIN", default="http://127.0.0.1:8000").rstrip("/")
SECURE_ORIGIN = SITE_ORIGIN.startswith("https://")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_ORIGIN])

INSTALLED_APPS = [
    "daphne",  # first: it installs the reactor and replaces runserver
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.forms",  # its templates, which TemplatesSetting looks for
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "channels",
    "csp",
    "django_filters",
    "django_tasks",
    "django_tasks_db",
    "drf_spectacular",
    "rest_framework",
    "rest_framework.authtoken",
    "jobs",
    "look",
    "routing",
    "accounts",
    "cases",
    "feedback",
    "reports",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "look.languages.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "config.pages.frame",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- data ---------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'causeway.sqlite3'}")}
_db = DATABASES["default"]
if _db["ENGINE"].endswith("sqlite3"):
    _db["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
    # Races need several connections to one database, which a database in memory does not give.
    _db["TEST"] = {"NAME": str(Path(tempfile.gettempdir()) / f"causeway-test-{os.getpid()}.sqlite3")}
else:
    # Under ASGI CONN_MAX_AGE does not hold (one connection per request thread): the pool is mandatory.
    _db["CONN_MAX_AGE"] = 0
    _db["OPTIONS"] = {
        **_db.get("OPTIONS", {}),
        "pool": {"min_size": 2, "max_size": env.int("DB_POOL_SIZE", default=10), "timeout": 10},
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(DATA_DIR / "files")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if TESTING
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
#: There is no public address for uploaded files: every download goes through a view that checks who asks.
MEDIA_URL = "/never-served/"
STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(BASE_DIR / "build" / "collected")))
STATICFILES_DIRS = [BASE_DIR / "build" / "static"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
#: The largest request body the server reads at all; larger is 413 before Django sees it.
MAX_BODY_BYTES = 12 * 1024 * 1024

REDIS_URL = env("REDIS_URL", default="")
CHANNEL_LAYERS = {
    "default": (
        {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
        if REDIS_URL
        else {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 1000}}
    )
}
# Sign-in limits live in the cache and must hold across processes.
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}
TASKS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend",
        "QUEUES": ["default", "mail"],
    }
}

# --- mail ---------------------------------------------------------------------------
EMAIL_URL = env("EMAIL_URL", default="")
if EMAIL_URL:
    # Ours can tell a refused mail from one whose fate nobody knows.
    _smtp = "jobs.smtp.Smtp" if EMAIL_URL.startswith("smtp") else None
    vars().update(env.email_url("EMAIL_URL", backend=_smtp))
else:
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend" if TESTING else "jobs.mailbox.Mailbox"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Causeway <no-reply@causeway.invalid>")
CLAMD_URL = env("CLAMD_URL", default="")

# --- languages ----------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hant", "繁體中文"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env("TIME_ZONE", default="Asia/Hong_Kong")
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = SECURE_ORIGIN

# --- people -------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "cases.tracking.CodeHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "CommonPasswordValidator", "NumericPasswordValidator")
] + [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    }
]
ACCOUNT_ADAPTER = "accounts.adapter.ClosedSignUp"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_FORMS = {"login": "accounts.forms.SignInForm"}
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/accounts/home/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"

# --- browser policy -----------------------------------------------------------------
SESSION_COOKIE_NAME = "__Host-session" if SECURE_ORIGIN else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE_ORIGIN else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_ORIGIN
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600  # a draft lives this long; staff sessions are cut shorter at sign-in
CSRF_FAILURE_VIEW = "config.pages.csrf_failure"
SECURE_SSL_REDIRECT = SECURE_ORIGIN
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_ORIGIN else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE_ORIGIN else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_ORIGIN
# Nothing is told to another site. Not "no-referrer": with it browsers send "Origin: null" with our own forms,
# which the protection against forged requests must refuse.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "geolocation", "microphone", "payment", "usb")
}

# --- API ----------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["text.json.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "cases.api.errors.AlwaysJSON",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "cases.api.errors.answer",
    "DEFAULT_THROTTLE_RATES": {"filing": "30/hour", "following": "600/hour"},
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Causeway",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "ENUM_NAME_OVERRIDES": {
        "CaseState": "cases.states.State",
        "ReferralState": "cases.states.ReferralState",
        "AuthorityLevel": "cases.states.Level",
        "DivisionLevel": "routing.models.Division.Level",
        "Referable": "cases.states.Referable",
        "FilerKind": "cases.states.FilerKind",
        "ReferralKind": "cases.states.ReferralKind",
        "Proceedings": "cases.states.Proceedings",
    },
}

# --- logs ---------------------------------------------------------------------------
LOG_FORMAT = env("LOG_FORMAT", default="console")
#: Request id and user id stand on each line; what people wrote, their names and addresses never do.
_before_printing: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_before_printing,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        name: {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": printer,
            "foreign_pre_chain": _before_printing,
        }
        for name, printer in (
            ("json", structlog.processors.JSONRenderer()),
            ("console", structlog.dev.ConsoleRenderer(colors=False)),
        )
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL", default="WARNING")},
}
