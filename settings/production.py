"""For production: HTTPS, PostgreSQL, and all secrets from the environment.

`manage.py check --deploy` says what is missing.
"""

from .base import *
from .base import env

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
# Probes come from within, without HTTPS, and many take a redirect for a success.
SECURE_REDIRECT_EXEMPT = [r"^health/(live|serving|ready)/?$"]
# The header that says a request came by HTTPS, such as `X-Forwarded-Proto`. Clients can send it
# too, so set it only if a proxy always overwrites it.
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
# Readable by scripts: a page of this site sends it back in X-CSRFToken.
CSRF_COOKIE_HTTPONLY = False
CSRF_COOKIE_SAMESITE = "Lax"

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
