from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps

from payments_graphql.models import forget_accounts
from payments_graphql.sandbox import Sandbox


@pytest.fixture(autouse=True)
def _own_stripe(sandbox: Sandbox) -> None:
    """Settings that must apply before the payments are created."""


@pytest.fixture(params=["mode", "account"])
def leave_behind(request: Any) -> Callable[[], None]:
    """Makes all existing rows look as if they belonged to the other mode or another account."""

    def leave_behind() -> None:
        values = {"livemode": True} if request.param == "mode" else {"account": "acct_other"}
        for model in apps.get_app_config("payments_graphql").get_models():
            if {"livemode", "account"} <= {field.name for field in model._meta.fields}:
                model.objects.update(**values)

    return leave_behind


@pytest.fixture
def asks_for_account(settings: Any, db: None) -> Any:
    """A site whose account is not in its settings and is not known to this process."""
    settings.PAYMENTS_ACCOUNT = ""
    forget_accounts()
    yield
    forget_accounts()
