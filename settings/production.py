"""Behind HTTPS, on PostgreSQL, with every secret from the environment.

`manage.py check --deploy` says what is missing.
"""

from .base import *
from .base import env

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
# Which header tells that a request came by HTTPS, such as `X-Forwarded-Proto`. A client can send it
# as well as a proxy, so none is believed unless a proxy is said to set it, whatever it received.
_scheme_header = env.str("SECURE_PROXY_SSL_HEADER", "").strip()
SECURE_PROXY_SSL_HEADER = (
    (f"HTTP_{_scheme_header.upper().replace('-', '_')}", "https") if _scheme_header else None
)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", True)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", True)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = True
# Not hidden from scripts: a page of this site reads it to send it back in X-CSRFToken.
CSRF_COOKIE_HTTPONLY = False
CSRF_COOKIE_SAMESITE = "Lax"

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
