"""Hosts that could not take a payment safely: `check` refuses each, and says what to do."""

from types import ModuleType
from typing import Any

from django.urls import include, path

_AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"
_CACHES = "django.core.cache.backends"
_SESSION = "django.contrib.sessions.middleware.SessionMiddleware"


class ReplicaRouter:
    """As Django's documentation shows it."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return "replica"

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return "default"

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True


class ReadsUsersElsewhereRouter:
    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "replica" if model._meta.label == "auth.User" else None


class PaymentsElsewhereRouter:
    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "payments" if model._meta.app_label == "payments_graphql" else None

    db_for_write = db_for_read


class SpreadRouter:
    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return "refunds" if model.__name__ == "StripeRefund" else None


class UsersElsewhereRouter:
    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "people" if model._meta.app_label in ("auth", "contenttypes", "knox") else None

    db_for_write = db_for_read


PAYMENTS_ROUTER = "payments_graphql.routers.PaymentsRouter"


def _router(name: str) -> dict[str, Any]:
    return {"DATABASE_ROUTERS": [f"{__name__}.{name}"]}


def _urls(*patterns: Any) -> dict[str, Any]:
    urlconf = ModuleType("urlconf")
    urlconf.urlpatterns = list(patterns)  # type: ignore[attr-defined]  # a module made here
    return {"ROOT_URLCONF": urlconf}


_GRAPHQL = path("graphql/", include("schema.urls"))
_OURS = path("api/stripe/", include("payments_graphql.urls"))
_ORIGINS = {"CORS_ALLOWED_ORIGINS": ["https://shop.example"]}

REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "has no time zones": ("E050", {"USE_TZ": False}),
    "reads everything from a replica": ("E053", _router("ReplicaRouter")),
    "reads its users from a replica": ("E053", _router("ReadsUsersElsewhereRouter")),
    "keeps payments in a database of their own": ("E054", _router("PaymentsElsewhereRouter")),
    "keeps refunds in another database": ("E054", _router("SpreadRouter")),
    "keeps users in another database, with our router first": (
        "E054",
        {"DATABASE_ROUTERS": [PAYMENTS_ROUTER, f"{__name__}.UsersElsewhereRouter"]},
    ),
    "has no URL for webhooks": ("E055", _urls(_GRAPHQL)),
    "has no URLs": ("E055", {"ROOT_URLCONF": ""}),
    "has the URLs of an app that is not installed": ("E056", {"INSTALLED_APPS": "schema"}),
    "has no sessions for its users": ("E057", {"MIDDLEWARE": [_AUTHENTICATION]}),
    "has sessions without their app": ("E058", {"INSTALLED_APPS": "django.contrib.sessions"}),
    "lets every origin in with a session": (
        "E026",
        {"CORS_ALLOW_ALL_ORIGINS": True, "CORS_ALLOW_CREDENTIALS": True},
    ),
}
"""What is wrong with the host; the id of the check; its settings. For INSTALLED_APPS, the app that
is left out."""

WARNED: dict[str, tuple[str, dict[str, Any]]] = {
    "has no URL for the API": ("W030", _urls(_OURS)),
    "has a URL for the API with the slash alone": ("W031", _urls(_OURS, _GRAPHQL)),
    "has no users in its requests": ("W032", {"MIDDLEWARE": []}),
    "lets other origins call its admin": ("W033", {"CORS_URLS_REGEX": "^.*$"} | _ORIGINS),
    "lets other origins call something else": ("W034", {"CORS_URLS_REGEX": "^/api/"} | _ORIGINS),
    "misspells a setting": ("W035", {"PAYMENTS_RATE_LIMIT": {}}),
    "names the webhook secret in the plural": ("W035", {"STRIPE_WEBHOOK_SECRETS": "whsec_a"}),
    "has a setting that nothing reads": ("W035", {"PAYMENTS_COLOR": "blue"}),
}

GOOD: dict[str, dict[str, Any]] = {
    "with short keys": {"DEFAULT_AUTO_FIELD": "django.db.models.AutoField"},
    "without a cache": {"CACHES": {"default": {"BACKEND": f"{_CACHES}.dummy.DummyCache"}}},
    "with a replica, and our router first": {
        "DATABASE_ROUTERS": [PAYMENTS_ROUTER, f"{__name__}.ReplicaRouter"]
    },
    "with sessions in a cookie": {
        "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
        "INSTALLED_APPS": "django.contrib.sessions",
    },
    "with a login for every page": {
        "MIDDLEWARE": [
            _SESSION,
            _AUTHENTICATION,
            "django.contrib.auth.middleware.LoginRequiredMiddleware",
        ]
    },
    "with addresses that take an argument": _urls(
        path("<slug:shop>/", include("schema.urls")),
        path("<slug:shop>/", include("payments_graphql.urls")),
    ),
    "without an admin": {"INSTALLED_APPS": "django.contrib.admin"},
    "with settings of another Stripe package": {"STRIPE_LIVE_MODE": False, "STRIPE_PRICE": "x"},
}  # fmt: skip
