"""Production's settings, for a server on this machine that speaks plain HTTP."""

import os
from pathlib import Path

from settings.production import *

SECURE_SSL_REDIRECT = False
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_SECURE = False
STATIC_ROOT = Path(os.environ["SITE_STATIC"])
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast, and only for tests
PAYMENTS_REFUND_LIMITS = {"Support": {"USD": "500.00/day"}, "Finance": "unlimited"}
PAYMENTS_REFUND_APPROVAL_ABOVE = {"EUR": "1000.00", "USD": "1000.00"}
PAYMENTS_RATE_LIMITS = None  # Sam signs in for every test
