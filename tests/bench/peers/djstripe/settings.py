"""What dj-stripe's documentation asks for."""

import os

from tests.bench.peers.pooled_database import pooled_database

DATABASES = {"default": pooled_database(os.environ["PEER_DATABASE_URL"])}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.sites",
    "djstripe",
]
# One only: it adds Content-Length, without which connections are not reused.
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.bench.peers.djstripe.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}

STRIPE_API_HOST = os.environ["STRIPE_API_BASE"]
STRIPE_LIVE_MODE = False
STRIPE_TEST_SECRET_KEY = os.environ["STRIPE_SECRET_KEY"]
STRIPE_TEST_PUBLIC_KEY = os.environ["STRIPE_PUBLISHABLE_KEY"]
DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"
DJSTRIPE_WEBHOOK_VALIDATION = "verify_signature"
if os.environ.get("PEER_STORES_ONLY"):
    # Where a site hands the event to a queue of tasks.
    DJSTRIPE_WEBHOOK_EVENT_CALLBACK = "tests.bench.peers.djstripe.urls.leave_to_a_task"
