"""Anna has used every feature, and left her name wherever possible."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db.models import CharField, JSONField, TextField

from payments_graphql.models import (
    Booking,
    Operation,
    PaymentNote,
    RefundRequest,
    StripeCustomer,
    StripeDispute,
)
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import StripeService, disputes

MARKER = "marker"


@pytest.fixture(autouse=True)
def _own_stripe(sandbox: Any) -> None:
    """Each test has its own Stripe."""


@pytest.fixture
def anna(db: None) -> User:
    return get_user_model().objects.create_user(
        "anna.marker", "anna.marker@example.com", "travel", first_name="Anna", last_name="Marker"
    )


@pytest.fixture
def paid(anna: User, service: StripeService) -> Any:
    """Her booking's payment, with a saved card and a partial refund."""
    booking = Booking.objects.create(
        reference="ANN-1", user=anna, description="Trip of Anna Marker", amount=9999, currency="USD"
    )
    created = service.create_payment_intent(
        user=anna,
        booking=booking,
        description="Room of Anna Marker",
        metadata={"guest": "Anna Marker"},
        save_payment_method=True,
    )
    assert created["success"], created
    intent = created["payment_intent"]
    confirmed = service.confirm_payment_intent(intent, payment_method="pm_card_visa")
    assert confirmed["success"], confirmed
    refunded = service.create_refund(intent, amount="10.00", description="Anna Marker was ill")
    assert refunded["success"], refunded
    service.create_refund(
        intent, amount="5.00", description="Anna Marker was late", request_approval=True
    )
    service.reject_refund(RefundRequest.objects.get(), note="Anna Marker asked too late")
    return intent


@pytest.fixture
def life(anna: User, paid: Any, service: StripeService, pay: Any, deliver: Any, events: Any) -> Any:
    """Creates everything. Returns her customer."""
    pay(anna, "20.00", method="pm_card_createDispute")
    deliver(*events())
    dispute = StripeDispute.objects.get()
    evidence = {"customer_name": "Anna Marker", "customer_email_address": anna.email}
    disputes.submit_dispute_evidence(dispute=dispute, evidence=evidence, submit=False)
    disputes.accept_dispute(dispute=dispute)
    declined = service.create_payment_intent(user=anna, amount="7.00", currency="USD")
    service.confirm_payment_intent(
        declined["payment_intent"], payment_method="pm_card_chargeDeclined"
    )
    assert service.create_setup_intent(user=anna)["success"]
    deliver(*events())
    reconcile()
    _fail_operations(anna)
    PaymentNote.objects.create(payment_intent=paid, author_name="Sam", text="Anna Marker called.")
    return StripeCustomer.objects.get()


def _fail_operations(anna: User) -> None:
    """Like Stripe's refusals, whose messages repeat what was sent."""
    error = {
        "type": "ValidationError",
        "code": "invalid_input",
        "message": "No such address: anna.marker@example.com",
        "path": [],
        "retryable": False,
    }
    failed = {"state": "failed", "error": error, "finding": "Answered with anna.marker@example.com"}
    Operation.objects.create(
        kind="create_customer",
        actor="system:customers",
        key=f"{anna.pk}:1:7",
        parameters={"email": anna.email, "name": "Anna Marker"},
        **failed,
    )
    Operation.objects.create(
        kind="create_payment_intent",
        actor=f"user:{anna.pk}",
        key="key-7",
        parameters={"receipt_email": anna.email},
        **failed,
    )


def find_marker() -> list[str]:
    """Every text and JSON column of ours that contains her name."""
    found = []
    for model in apps.get_app_config("payments_graphql").get_models():
        fields = [
            field
            for field in model._meta.concrete_fields
            if isinstance(field, CharField | TextField | JSONField)
        ]
        for row in model._base_manager.all():
            found += [
                f"{model.__name__}.{field.name}: {value}"
                for field in fields
                if MARKER in (value := str(getattr(row, field.attname))).lower()
            ]
    return found


@pytest.fixture
def run() -> Callable[..., tuple[str, str]]:
    """Runs `manage.py payments_erase`. Returns its output and its error output."""

    def run(*arguments: str) -> tuple[str, str]:
        output, said = StringIO(), StringIO()
        call_command("payments_erase", *arguments, stdout=output, stderr=said)
        return output.getvalue(), said.getvalue()

    return run
