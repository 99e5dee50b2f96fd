"""Exchanges a password for a token. Optional: see docs/authentication.md."""

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.urls import path

if not apps.is_installed("knox"):
    raise ImproperlyConfigured(
        f"{__name__} issues django-rest-knox's tokens, and knox is not in INSTALLED_APPS. Install "
        'it, `pip install "payments-graphql[token]"`, and add "rest_framework" and "knox". Or '
        "leave these URLs out."
    )

from .http.auth_views import login, logout

app_name = "payments_auth"
urlpatterns = [
    path("login/", login, name="login"),
    path("login", login),  # a redirect would lose the body
    path("logout/", logout, name="logout"),
    path("logout", logout),
]
