"""The common libraries with which sites let programs sign in, unmodified."""

import json
from collections.abc import Callable

import pytest

from tests.hosts.installed.project import Project

SETTINGS = """
INSTALLED_APPS += [
    "rest_framework", "rest_framework.authtoken", "knox", "oauth2_provider",
    "payments_graphql", "payments_graphql.schema",
]
MIDDLEWARE = [
    *MIDDLEWARE,
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
]
AUTHENTICATION_BACKENDS = [
    "payments_graphql.sign_in.SignInLimits",
    "django.contrib.auth.backends.ModelBackend",
]
ALLOWED_HOSTS = ["testserver"]
STRIPE_PUBLISHABLE_KEY = "pk_test_sandbox"
STRIPE_SECRET_KEY = "sk_test_sandbox"
STRIPE_WEBHOOK_SECRET = "whsec_development"
PAYMENTS_ACCOUNT = "acct_sandbox"  # no Stripe is there to be asked for it
DATABASES["default"].setdefault("OPTIONS", {})
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["OPTIONS"]["transaction_mode"] = "IMMEDIATE"
PAYMENTS_AUTHENTICATION_CLASSES = [
    "knox.auth.TokenAuthentication",
    "rest_framework_simplejwt.authentication.JWTAuthentication",
    "oauth2_provider.contrib.rest_framework.OAuth2Authentication",
]
"""

URLS = """
from django.urls import include
from payments_graphql.schema.http.view import graphql_view

urlpatterns += [
    path("graphql/", include("payments_graphql.schema.urls")),
    path("graphql", graphql_view),
    path("api/stripe/", include("payments_graphql.urls")),
]
"""

SCRIPT = """
import json
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken
from oauth2_provider.models import AccessToken as OAuthToken, Application
from rest_framework.authtoken.models import Token
from rest_framework_simplejwt.tokens import AccessToken

anna = get_user_model().objects.create_user("anna", password="a long pass phrase")
application = Application.objects.create(
    name="App", client_type="confidential", authorization_grant_type="client-credentials"
)
OAuthToken.objects.create(
    user=anna, token="opaque", application=application, scope="read",
    expires=timezone.now() + timedelta(hours=1),
)
headers = {
    "knox": "Token " + AuthToken.objects.create(anna)[1],
    "simplejwt": f"Bearer {AccessToken.for_user(anna)}",
    "oauth": "Bearer opaque",
    "wrong": "Bearer nonsense",
    "authtoken": f"Token {Token.objects.create(user=anna).key}",
    "unknown": "Nonsense x",
}
found = {}
for name, header in headers.items():
    answer = Client().post(
        "/graphql/", {"query": "{ me { username } }"}, content_type="application/json",
        headers={"Authorization": header},
    )
    found[name] = [answer.status_code, (answer.json().get("data") or {}).get("me")]
print(json.dumps(found))
"""

ANNA = [200, {"username": "anna"}]
NOBODY = [401, None]


@pytest.fixture
def ask(start_project: Callable[[], Project]) -> Callable[..., dict[str, object]]:
    def ask(settings: str) -> dict[str, object]:
        project = start_project()
        project.add("settings.py", settings)
        project.add("urls.py", URLS)
        project.manage("migrate")
        assert "no issues" in project.manage("check")
        printed = project.manage("shell", "--no-imports", "-c", SCRIPT)
        found: dict[str, object] = json.loads(printed.splitlines()[-1])
        return found

    return ask


def test_the_usual_libraries_sign_in_side_by_side(ask: Callable[..., dict[str, object]]):
    """Except for two that both use `Token`: the first in the list decides."""
    assert ask(SETTINGS) == {
        "knox": ANNA,
        "simplejwt": ANNA,
        "oauth": NOBODY,  # simplejwt uses `Bearer` too, and comes first
        "wrong": NOBODY,
        "authtoken": NOBODY,
        "unknown": NOBODY,
    }


def test_each_library_signs_in_where_it_is_asked_first(ask: Callable[..., dict[str, object]]):
    others = """
PAYMENTS_AUTHENTICATION_CLASSES = [
    "rest_framework.authentication.TokenAuthentication",
    "oauth2_provider.contrib.rest_framework.OAuth2Authentication",
]
"""
    found = ask(SETTINGS + others)
    assert (found["authtoken"], found["oauth"]) == (ANNA, ANNA)
    assert (found["knox"], found["simplejwt"], found["wrong"]) == (NOBODY, NOBODY, NOBODY)
