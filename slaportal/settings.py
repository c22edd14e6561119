"""One settings file, read from the environment; every variable is listed in docs/settings.md.

With no environment the portal runs embedded: SQLite, files and mail under var/, and one engine
process instead of Celery, so that a newcomer needs Python and nothing else.
"""

import tomllib
from datetime import timedelta
from pathlib import Path

import environ
import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("VAR_DIR", str(BASE_DIR / "var")))
# Evidence of a signature names the software that took it.
VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]


def env_bool(name: str, default: bool) -> bool:
    """Read True or False; anything else refuses to start, because "false" must not mean true."""
    value = env.str(name, str(default))
    if value not in ("True", "False"):
        raise ImproperlyConfigured(f"{name}={value!r}: use 'True' or 'False'")
    return value == "True"


def database() -> dict:
    url = env.str("DATABASE_URL", f"sqlite:///{VAR_DIR / 'portal.sqlite3'}")
    config = env.db_url_config(url)
    if config["ENGINE"] == "django.db.backends.sqlite3":
        VAR_DIR.mkdir(parents=True, exist_ok=True)  # SQLite makes the file, not its folder
        # Deferred transactions lost 93 of 600 writes to "database is locked"; IMMEDIATE lost none.
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            # Without recursive triggers, INSERT OR REPLACE removes a row past the trigger that refuses its DELETE.
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA busy_timeout=10000;"
            "PRAGMA recursive_triggers=ON;",
        }
    elif config["ENGINE"] == "django.db.backends.postgresql":
        # Short statements only: compiling the list of 10,000 agreements took 13 s of its 13.6.
        given = {"options": "-c jit=off"} | config.get("OPTIONS", {})
        config |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "OPTIONS": given}
    else:
        raise ImproperlyConfigured("DATABASE_URL: use sqlite:/// or postgres://")
    return config


DEBUG = env_bool("DEBUG", True)
SECRET_KEY = env.str("SECRET_KEY", "")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured("SECRET_KEY must be set when DEBUG=False")
    SECRET_KEY = "insecure-key-for-development-only"

REDIS_URL = env.str("REDIS_URL", "")
EMBEDDED = not REDIS_URL
SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# The demo's "now": only the embedded portal may run with a shifted clock, and it says so on every page.
CLOCK_OFFSET = timedelta(seconds=env.int("CLOCK_OFFSET", 0))
if CLOCK_OFFSET and not EMBEDDED:
    raise ImproperlyConfigured("CLOCK_OFFSET is for the embedded demo; unset it or REDIS_URL")

# A time stamp counts only when it leads to a root that was named beforehand: else whoever answers is believed.
TSA_URL = env.str("TSA_URL", "")
TSA_CA = env.str("TSA_CA", "")
if TSA_URL and not TSA_CA:
    raise ImproperlyConfigured("TSA_CA: name the file with the root certificates of the authority at TSA_URL")
if TSA_CA and not Path(TSA_CA).is_file():
    raise ImproperlyConfigured(f"TSA_CA={TSA_CA!r}: there is no such file")

VAULT_DIR = VAR_DIR / "vault"
PKI_DIR = VAR_DIR / "pki"
# What was told to the parties about the chain. Must not be restored together with the database.
HEADS_DIR = VAR_DIR / "heads"
# Fetched at set-up; part of the installation, not of the data.
ASSETS_DIR = BASE_DIR / "var" / "assets"

DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
        if EMBEDDED
        else {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    )
}

INSTALLED_APPS = [
    "records",
    "accounts",
    "agreements",
    "kpis",
    "incidents",
    "reviews",
    "reports",
    "slaportal",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "django_structlog",
]
MIDDLEWARE = [
    "slaportal.middleware.address",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "slaportal.middleware.person",
    "slaportal.middleware.ReadOnly",
]
ROOT_URLCONF = "slaportal.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["slaportal.templatetags.sp", "django.templatetags.i18n"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "slaportal.context.shell",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "login": "accounts.signing_in.SignInForm",
    "reset_password": "accounts.signing_in.NewPasswordForm",
    "add_email": "accounts.signing_in.AnotherEmailForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_URL.startswith("https://")
SECURE_SSL_REDIRECT = SITE_URL.startswith("https://")
BEHIND_PROXY = env_bool("BEHIND_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]  # asked from inside, without TLS
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_SSL_REDIRECT else 0
X_FRAME_OPTIONS = "DENY"
# Subdomains and the browsers' preload list belong to whoever owns the domain, not to this portal.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # Tabler's CSS carries its form icons as data: URIs
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# Prometheus servers that streams may be fed from, as host:port: nobody looks into the network through the portal.
PROMETHEUS_HOSTS = [host.lower() for host in env.list("PROMETHEUS_HOSTS", default=[])]
# The biggest file of measurements, or of anything else.
INTAKE_MAX_BYTES = env.int("INTAKE_MAX_MB", 256) * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "records.uploads.Quota",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# Whole calendar years after the one in which an agreement ended.
RETENTION_YEARS = env.int("RETENTION_YEARS", 10)
if not 1 <= RETENTION_YEARS <= 100:
    raise ImproperlyConfigured(f"RETENTION_YEARS={RETENTION_YEARS}: use 1 to 100")

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "static", ("vendor", ASSETS_DIR / "vendor")]
WHITENOISE_USE_FINDERS = EMBEDDED
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if EMBEDDED
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}

METRICS_TOKEN = env.str("METRICS_TOKEN", "")

# An organisation in the same network as the portal may ask for it; else a webhook could probe that network.
WEBHOOKS_TO_PRIVATE = env_bool("WEBHOOKS_TO_PRIVATE", False)

DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", "SLA Portal <portal@localhost>")
EMAIL_TIMEOUT = 20
# Where answers by e-mail come in (desk@example.org); `manage.py take_mail` reads them. Empty: no such door.
MAIL_IN_ADDRESS = env.str("MAIL_IN_ADDRESS", "")
if env.str("EMAIL_URL", ""):
    vars().update(env.email("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mail"

CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# kombu's default restore sweep is some 100 s; a killed worker's task must come back within seconds.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.tokens.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "slaportal.api.errors.handler",
    "PAGE_SIZE": 100,
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "SLA Portal",
    "DESCRIPTION": "Push measurements, read agreements, results and breaches, download reports.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "ENUM_NAME_OVERRIDES": {
        "AgreementKind": "agreements.models.Agreement.Kind",
        "AgreementState": "agreements.models.Agreement.State",
        "BreachActionKind": "incidents.models.BreachAction.Kind",
        "BreachState": "incidents.models.Breach.State",
        "CauseKind": "incidents.models.Breach.CauseKind",
        "ComplaintState": "reviews.models.Complaint.State",
        "IncidentState": "incidents.models.Incident.State",
        "HoldState": "records.models.Hold.State",
        "ReportState": "reports.models.Report.State",
        "StreamKind": "kpis.models.Indicator.Kind",
    },
}

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(key_order=["event"]) if DEBUG else structlog.processors.JSONRenderer(),
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"fontTools": {"level": "ERROR"}, "pyhanko": {"level": "ERROR"}},
}
