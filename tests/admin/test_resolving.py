"""The admin's page that resolves an operation that could not be settled in a day."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from payments_graphql.models import Operation

from .conftest import page_url

pytestmark = pytest.mark.any_database


def _resolve_url(operation: Operation) -> str:
    return reverse("admin:payments_graphql_operation_resolve", args=(operation.pk,))


def _left_open(pay: object, alice: User) -> Operation:
    """Simulates a day in which Stripe showed nothing."""
    intent = pay(alice, "50.00")
    operation = Operation.objects.get(kind="confirm_payment_intent")
    Operation.objects.filter(pk=operation.pk).update(
        kind="capture_payment_intent",
        state="needs_review",
        finding=f"The payment_intent {intent.stripe_payment_intent_id} is requires_capture.",
    )
    operation.refresh_from_db()
    return operation


def test_it_shows_what_was_found_and_settles_what_was_done(
    staff_client: Client, pay: object, alice: User
) -> None:
    operation = _left_open(pay, alice)
    assert _resolve_url(operation) in staff_client.get(page_url(operation)).text
    page = staff_client.get(_resolve_url(operation)).text
    assert "is requires_capture." in page
    response = staff_client.post(_resolve_url(operation), {})
    assert list(response.context["form"].errors) == ["is_sure"]

    response = staff_client.post(_resolve_url(operation), {"is_sure": "on"}, follow=True)

    assert "The state of the operation is now &quot;succeeded&quot;." in response.text
    assert _resolve_url(operation) not in response.text
    operation.refresh_from_db()
    assert operation.state == "succeeded"


def test_a_settled_operation_offers_nothing(staff_client: Client, pay: object, alice: User) -> None:
    pay(alice, "50.00")
    operation = Operation.objects.get(kind="confirm_payment_intent")
    response = staff_client.get(_resolve_url(operation), follow=True)
    assert "does not need a review" in response.text


def test_who_only_looks_may_not(viewer_client: Client, pay: object, alice: User) -> None:
    operation = _left_open(pay, alice)
    assert _resolve_url(operation) not in viewer_client.get(page_url(operation)).text
    assert viewer_client.post(_resolve_url(operation), {"is_sure": "on"}).status_code == 403
    operation.refresh_from_db()
    assert operation.state == "needs_review"
