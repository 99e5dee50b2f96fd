"""For tests: a sandbox in a thread on a free port, and databases in files.

With `DATABASE_URL` the suite uses that database. Processes that tests start inherit
`STRIPE_API_BASE` and use the same sandbox.
"""

import os
import tempfile
from pathlib import Path
from typing import Any, cast

from .base import *
from .base import database, env

DEBUG = False
SECRET_KEY = "testing-only-secret-key-that-is-long-enough-to-sign-with-hmac"
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast, only for tests

STRIPE_SECRET_KEY = "sk_test_sandbox"
STRIPE_PUBLISHABLE_KEY = "pk_test_sandbox"
STRIPE_WEBHOOK_SECRET = "whsec_testing"
STRIPE_API_BASE = os.environ.get("STRIPE_API_BASE", "")
if not STRIPE_API_BASE:
    from payments_graphql.sandbox import Sandbox

    PAYMENTS_SANDBOX = Sandbox().start()
    STRIPE_API_BASE = PAYMENTS_SANDBOX.url

_database_directory = Path(tempfile.gettempdir()) / f"payments_graphql-{os.getuid()}"
_database_directory.mkdir(exist_ok=True)
_database_file = _database_directory / f"test-{os.getpid()}.sqlite3"
DATABASES = {"default": database(env.str("DATABASE_URL", "") or f"sqlite:///{_database_file}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, so that threads and processes of a test share it, as in production.
    DATABASES["default"]["TEST"] = {"NAME": str(_database_file)}
    # `test --parallel` clones the database by copying only this file, so nothing may stay in the
    # write-ahead log. Tests need not survive a power cut.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA wal_autocheckpoint=1;"
        ),
    }
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # No commit waits for the disk: tests end servers and connections, never the database's machine.
    _options = cast(dict[str, Any], DATABASES["default"]["OPTIONS"])
    _options["options"] += " -c synchronous_commit=off"

WHITENOISE_AUTOREFRESH = True  # serves static files from their apps, without collectstatic

PAYMENTS_ACCOUNT = "acct_1f5c8bb5a44b28cf"  # the sandbox's account for the key above
PAYMENTS_ALLOW_FREE_AMOUNT = True
PAYMENTS_OWNERS_MAY_REFUND = True
PAYMENTS_RETURN_URLS = ["https://shop.example"]
PAYMENTS_STRIPE_CONCURRENCY = 12  # one person may hold half of the places, and most tests have one
PAYMENTS_RATE_LIMITS = None  # all tests come from one address and few users
