"""Settings that all environments share. Values come from the environment and from `.env`."""

from datetime import timedelta
from pathlib import Path

import dj_database_url
from environs import Env

from payments_graphql.content_security import STRICT

from .environment import ENV_FILE
from .logging import DETAILS, build_logging

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(ENV_FILE, recurse=False)

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY", "")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", [])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])

# Listed origins, by default none, may call the API and sign in. The admin and the webhooks are
# closed to other origins.
CORS_ALLOWED_ORIGINS: list[str] = env.list("CORS_ALLOWED_ORIGINS", [])
CORS_URLS_REGEX = r"^/(graphql|api/auth)(/|$)"
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_METHODS = ["GET", "OPTIONS", "POST"]
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "x-csrftoken", "x-request-id"]
CORS_EXPOSE_HEADERS = ["retry-after", "www-authenticate", "x-request-id"]

SECURE_CSP = STRICT

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "knox",
    "django_structlog",
    "payments_graphql",
    "schema",
    "settings",  # for its commands: seed, serve, demo
]

MIDDLEWARE = [
    "payments_graphql.webhooks.middleware.WebhookMiddleware",
    "payments_graphql.correlation.CorrelationMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "payments_graphql.sign_in.SignInMiddleware",
    "payments_graphql.request_logging.RequestLogMiddleware",
]

AUTHENTICATION_BACKENDS = [
    "payments_graphql.sign_in.SignInLimits",  # first: counts attempts before passwords are checked
    "django.contrib.auth.backends.ModelBackend",
]

# For passwords that people choose. Code that creates users, such as `seed`, is not checked.
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

DEFAULT_EXCEPTION_REPORTER_FILTER = "payments_graphql.error_reports.ReportFilter"

ROOT_URLCONF = "settings.urls"
WSGI_APPLICATION = "settings.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "settings" / "templates"],  # before the admin's own
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


def database(url: str) -> dict[str, object]:
    """Django's settings for `url`: SQLite with safe options, or PostgreSQL with a pool."""
    config: dict[str, object] = dict(dj_database_url.parse(url))
    if config["ENGINE"] == "django.db.backends.sqlite3":
        config["OPTIONS"] = {
            # Takes the write lock when a transaction begins, so that none fails half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        }
    elif config["ENGINE"] == "django.db.backends.postgresql":
        # Notices a connection that the server has closed, for example by a restart.
        config["CONN_HEALTH_CHECKS"] = True
        config["OPTIONS"] = {
            # READ COMMITTED, whatever the server's default. See Note [Isolation].
            "isolation_level": 2,
            "pool": {"min_size": 1, "max_size": 20, "timeout": 10},
            # Seconds. A machine that is gone does not even refuse, and the default is 130.
            "connect_timeout": 5,
            # Limits, in milliseconds, how long a stuck transaction elsewhere can block our threads.
            # A request that waits longer for a row is asked to retry.
            "options": "-c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000",
        }
    return config


DATABASES = {
    "default": database(
        env.str("DATABASE_URL", "") or f"sqlite:///{BASE_DIR / '.data' / 'db.sqlite3'}"
    )
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-us"
LANGUAGES = [("en", "English"), ("fr", "Français")]  # those that our own messages come in
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "static"

LOGGING = build_logging(as_json=True, level=env.str("LOG_LEVEL", "INFO"))
# One line for each request, when it ends. With LOG_LEVEL=DEBUG another one when it begins.
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = DETAILS

LOGIN_URL = "admin:login"

REST_KNOX = {"TOKEN_TTL": timedelta(hours=10)}

STRIPE_PUBLISHABLE_KEY = env.str("STRIPE_PUBLISHABLE_KEY", "")
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", "")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", "")

PAYMENTS_ALLOW_FREE_AMOUNT = env.bool("PAYMENTS_ALLOW_FREE_AMOUNT", False)
PAYMENTS_OWNERS_MAY_REFUND = env.bool("PAYMENTS_OWNERS_MAY_REFUND", False)
PAYMENTS_GRAPHIQL = env.bool("PAYMENTS_GRAPHIQL", False)
PAYMENTS_RETURN_URLS: list[str] = env.list("PAYMENTS_RETURN_URLS", [])
PAYMENTS_PAYMENT_METHOD_TYPES: list[str] | None = (
    env.list("PAYMENTS_PAYMENT_METHOD_TYPES", []) or None
)
PAYMENTS_ALLOW_REDIRECTS = env.bool("PAYMENTS_ALLOW_REDIRECTS", False)
PAYMENTS_GRAPHQL_INTROSPECTION = env.bool("PAYMENTS_GRAPHQL_INTROSPECTION", False)
PAYMENTS_GRAPHQL_SUGGESTIONS = env.bool("PAYMENTS_GRAPHQL_SUGGESTIONS", False)
PAYMENTS_GRAPHQL_PLANS = env.bool("PAYMENTS_GRAPHQL_PLANS", True)
PAYMENTS_GRAPHQL_MAX_BODY = env.int("PAYMENTS_GRAPHQL_MAX_BODY", 65_536)
PAYMENTS_GRAPHQL_MAX_COST = env.int("PAYMENTS_GRAPHQL_MAX_COST", 10_000)
PAYMENTS_STRIPE_CONCURRENCY = env.int("PAYMENTS_STRIPE_CONCURRENCY", 6)
PAYMENTS_STREAM_HEARTBEAT = env.float("PAYMENTS_STREAM_HEARTBEAT", 12)
PAYMENTS_STREAMS_PER_PROCESS_AND_USER = env.int("PAYMENTS_STREAMS_PER_PROCESS_AND_USER", 10)
PAYMENTS_STREAMS_PER_PROCESS = env.int("PAYMENTS_STREAMS_PER_PROCESS", 2000)
PAYMENTS_LISTEN_URL = env.str("PAYMENTS_LISTEN_URL", "")
PAYMENTS_METRICS_TOKEN = env.str("PAYMENTS_METRICS_TOKEN", "")
PAYMENTS_METRICS_NETWORKS: list[str] = env.list("PAYMENTS_METRICS_NETWORKS", [])
PAYMENTS_ACCOUNT = env.str("PAYMENTS_ACCOUNT", "")
PAYMENTS_INSTALLATION_ID = env.str("PAYMENTS_INSTALLATION_ID", "payments_graphql")
PAYMENTS_BOOKING_MODEL = env.str("PAYMENTS_BOOKING_MODEL", "payments_graphql.Booking")
PAYMENTS_BOOKING_MIGRATION = env.str("PAYMENTS_BOOKING_MIGRATION", "") or "__first__"

_unpaid_hours = env.float("PAYMENTS_CANCEL_UNPAID_AFTER", 24)
PAYMENTS_CANCEL_UNPAID_AFTER = timedelta(hours=_unpaid_hours) if _unpaid_hours else None

# For example `create.user=20/minute;200/hour,sign_in.address=`. Other limits keep their defaults.
PAYMENTS_RATE_LIMITS: dict[str, str] | None = env.dict("PAYMENTS_RATE_LIMITS", {})
PAYMENTS_RATE_LIMIT_STORAGE = env.str("PAYMENTS_RATE_LIMIT_STORAGE", "") or "memory://"
PAYMENTS_TRUSTED_PROXIES = env.int("PAYMENTS_TRUSTED_PROXIES", 0)
PAYMENTS_FAILURES_PER_INTENT = env.int("PAYMENTS_FAILURES_PER_INTENT", 10)
PAYMENTS_FAILURES_PER_USER = env.str("PAYMENTS_FAILURES_PER_USER", "20/hour")
PAYMENTS_DISPUTE_DUE_SOON = timedelta(days=env.float("PAYMENTS_DISPUTE_DUE_SOON", 3))
PAYMENTS_FAILURES_BLOCK = timedelta(hours=env.float("PAYMENTS_FAILURES_BLOCK", 1))
