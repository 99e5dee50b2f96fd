"""`manage.py payments_reconcile --report`, which must not write anything."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from payments_graphql.models import (
    Operation,
    StatusChange,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
    StripeWebhookEvent,
)

MIRRORED = (
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
)


def _snapshot() -> dict[str, list[dict]]:
    models = (*MIRRORED, StatusChange, Operation, StripeWebhookEvent)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


@pytest.fixture
def run(db):
    """Returns the exit code and the output."""

    def run(*arguments: str) -> tuple[int, str]:
        output = StringIO()
        try:
            call_command("payments_reconcile", *arguments, stdout=output)
        except SystemExit as ended:
            return int(ended.code), output.getvalue()
        return 0, output.getvalue()

    return run


@pytest.fixture
def report(run):
    """Runs `--report`, which must not write anything."""

    def report(*arguments: str) -> tuple[int, str]:
        before = _snapshot()
        code, text = run("--report", *arguments)
        assert _snapshot() == before
        return code, text

    return report


@pytest.fixture
def wait(sandbox, monkeypatch):
    """Days pass at Stripe and here."""

    def wait(days: int) -> None:
        later = timezone.now() + timedelta(days=days)
        sandbox.advance(days * 86400)
        monkeypatch.setattr(timezone, "now", lambda: later)

    return wait
