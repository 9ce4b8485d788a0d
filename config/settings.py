"""Every setting, read once from the environment (12-factor). Wiring only: no rule of the service stands here."""

import os
import sys
import tempfile
from datetime import time
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from config.api_settings import API_CALLS_AN_HOUR, REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401
from config.logs import log_the_uncaught, logging_for
from config.permissions_policy import PERMISSIONS_POLICY  # noqa: F401  # a setting
from config.postgresql import pooled

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
#: Peers that may say for whom they ask (X-Forwarded-For, -Proto): addresses, networks, or ``unix`` for a Unix socket.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])

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
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
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
    "operations",
    "reports",
]

MIDDLEWARE = [
    "config.proxies.ProxyMiddleware",  # first: everything else may ask for the client's address and scheme
    "operations.requests.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "config.browser_policy.ContentPolicyMiddleware",
    "config.browser_policy.BrowserPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "look.languages.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "config.browser_policy.SameSiteOnlyMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.idle.SignedInMiddleware",
    "accounts.kept.SignInRequiredMiddleware",
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
    _db = DATABASES["default"] = pooled(_db, env.int("DB_POOL_SIZE", default=10))
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
#: One retry at once, since a connection from before a restart of Redis fails once; never a wait between tries.
_redis_host = {"address": REDIS_URL, "retry": Retry(NoBackoff(), 1), "socket_connect_timeout": 2}
CHANNEL_LAYERS = {
    "default": (
        {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [_redis_host]}}
        if REDIS_URL
        else {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 1000}}
    )
}
# Sign-in limits live in the cache and must hold across processes.
CACHES = {
    "default": (
        {
            "BACKEND": "config.caching.SharedCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
        }
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}
TASKS = {
    "default": {
        "BACKEND": "jobs.backend.TracingBackend",
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
#: When mail that a clock caused may reach people, on working days of their calendar, in the time of Hong Kong.
#: So long a message to a business waits before it goes, and can be taken back. Seconds; 0 sends at once.
UNDO_SECONDS = env.int("UNDO_SECONDS", default=60)
_hours = env("STAFF_MAIL_HOURS", default="09:00-18:00").split("-")
STAFF_MAIL_OPENS, STAFF_MAIL_CLOSES = (time.fromisoformat(hour) for hour in _hours)
#: The virus scanner: unix:///path or tcp://host:port of a clamd. Empty: files stay "not checked" and say so.
CLAMD_URL = env("CLAMD_URL", default="")
if CLAMD_URL and not CLAMD_URL.startswith(("unix:///", "tcp://")):
    raise ImproperlyConfigured("CLAMD_URL is unix:///path or tcp://host:port.")

# --- what may be told of many cases ---------------------------------------------------
#: Fewer different companies than this are never told of as "others"; never less than three.
SMALL_NUMBER = max(3, env.int("SMALL_NUMBER", default=5))

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
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
#: Seconds for which a link to set a password works.
PASSWORD_RESET_TIMEOUT = 72 * 3600
#: Roles that cannot sign in without a second factor; empty for nobody. The demo does without.
REQUIRE_SECOND_FACTOR_FOR = env.list(
    "REQUIRE_SECOND_FACTOR_FOR",
    default=[]
    if EMBEDDED or TESTING
    else ["caseworker", "supervisor", "headquarters", "official", "administrator"],
)
#: Seals second factors in the database, first the one in use; it must outlive a change of SECRET_KEY, whose keys
#: are taken if there is none.
SECOND_FACTOR_KEYS = env.list("SECOND_FACTOR_KEYS", default=[])
#: Seals contact data and unsent forms in the database, first the one in use; as with those above, what was sealed with
#: a key can be read only as long as the key stands here.
PERSONAL_DATA_KEYS = env.list("PERSONAL_DATA_KEYS", default=[])
ACCOUNT_ADAPTER = "accounts.adapter.ClosedSignUp"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "change_password": "accounts.forms.NewOwnPasswordForm",
    "reauthenticate": "accounts.forms.SamePasswordForm",
}
#: Wrong passwords and codes: few for one account, more from one address, behind which a whole office may sit.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,60/h/ip,5/15m/key"}
MFA_ADAPTER = "accounts.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_RECOVERY_CODE_DIGITS = 10
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "accounts.forms.CodeForm",
    "reauthenticate": "accounts.forms.SameCodeForm",
    "activate_totp": "accounts.forms.FirstCodeForm",
    "authenticate_webauthn": "accounts.forms.ProveKeyForm",
    "login_webauthn": "accounts.forms.KeySignInForm",
    "reauthenticate_webauthn": "accounts.forms.SameKeyForm",
    "add_webauthn": "accounts.forms.OneMoreKeyForm",
    "edit_webauthn": "accounts.forms.KeyNameForm",
}
#: Signing in through the organisation's OpenID Connect provider; without OIDC_ISSUER there is no such button.
OIDC_ISSUER = env("OIDC_ISSUER", default="").rstrip("/")
#: "own": our second factor is asked for all the same. "trusted": the provider has asked for one.
OIDC_SECOND_FACTOR = env("OIDC_SECOND_FACTOR", default="own")
_oidc_secret_file = env("OIDC_CLIENT_SECRET_FILE", default="")
#: Where the sign-in button may lead, beside our own site.
OIDC_ORIGINS = env.list(
    "OIDC_ORIGINS", default=["/".join(OIDC_ISSUER.split("/", 3)[:3])] if OIDC_ISSUER else []
)
SOCIALACCOUNT_ADAPTER = "accounts.adapter.ExistingPeopleOnly"
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "sign-in",
                "name": env("OIDC_NAME", default="OpenID Connect"),
                "client_id": env("OIDC_CLIENT_ID", default=""),
                "secret": Path(_oidc_secret_file).read_text().strip()
                if _oidc_secret_file
                else env("OIDC_CLIENT_SECRET", default=""),
                "settings": {"server_url": OIDC_ISSUER},
            }
        ]
        if OIDC_ISSUER
        else [],
    }
}
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
#: Where browsers send what a page was not allowed to do.
BROWSER_REPORTS = "/browser-reports/"
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
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["causeway"],
        "report-uri": [BROWSER_REPORTS],
        "report-to": ["policy"],
        "upgrade-insecure-requests": SECURE_ORIGIN,
    }
}
#: Whom to tell of a weakness (security.txt): addresses such as ``mailto:security@…`` or ``https://…``.
SECURITY_CONTACT = env.list(
    "SECURITY_CONTACT", default=["mailto:security@causeway.invalid"] if EMBEDDED else []
)

# --- seeing inside ------------------------------------------------------------------
LOG_FORMAT = env("LOG_FORMAT", default="console")
#: Request id, user id and codes stand on each line; what people wrote, their names and addresses never do.
LOGGING = logging_for(
    LOG_FORMAT, env("LOG_LEVEL", default="INFO" if LOG_FORMAT == "json" else "WARNING").upper()
)
if LOG_FORMAT == "json" and not TESTING:
    log_the_uncaught()
#: Who may read /metrics: whoever has the token, and these addresses, networks or ``unix``. For all others it is 404.
METRICS_TOKEN = env("METRICS_TOKEN", default="")
if not METRICS_TOKEN and (_metrics_token_file := env("METRICS_TOKEN_FILE", default="")):
    METRICS_TOKEN = Path(_metrics_token_file).read_text().strip()
METRICS_FROM = env.list("METRICS_FROM", default=["127.0.0.1", "::1"] if EMBEDDED else [])
