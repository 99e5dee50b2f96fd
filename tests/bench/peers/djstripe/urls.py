from typing import Any

from django.urls import include, path

urlpatterns = [path("stripe/", include("djstripe.urls", namespace="djstripe"))]


def leave_to_a_task(event: Any, api_key: str) -> None:
    """Does nothing: the task itself is not measured."""
