"""The admin's page that cancels a refund that waits for its customer."""

from collections.abc import Callable

import pytest
import stripe
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from payments_graphql.models import Operation, StripePaymentIntent, StripeRefund
from payments_graphql.sandbox import Sandbox
from payments_graphql.services import StripeService

from .conftest import cancel_url, page_url

pytestmark = pytest.mark.any_database

type Pay = Callable[..., StripePaymentIntent]


@pytest.fixture
def waiting(pay: Pay, alice: User, service: StripeService) -> StripeRefund:
    service.create_refund(pay(alice, "50.00", method="pm_card_refundRequiresAction"))
    return StripeRefund.objects.get()


def test_a_waiting_refund_is_canceled_once_it_is_confirmed(
    staff_client: Client, waiting: StripeRefund, dashboard: stripe.StripeClient, sam: User
) -> None:
    assert cancel_url(waiting) in staff_client.get(page_url(waiting)).text
    page = staff_client.get(cancel_url(waiting)).text
    assert "50.00 USD" in page
    assert "alice@example.com" not in page
    response = staff_client.post(cancel_url(waiting), {})
    assert list(response.context["form"].errors) == ["is_sure"]
    assert dashboard.v1.refunds.retrieve(waiting.stripe_refund_id).status == "requires_action"

    response = staff_client.post(cancel_url(waiting), {"is_sure": "on"}, follow=True)
    assert response.redirect_chain == [(page_url(waiting), 302)]
    assert "The status of the refund is now &quot;canceled&quot;." in response.text
    assert cancel_url(waiting) not in response.text
    assert dashboard.v1.refunds.retrieve(waiting.stripe_refund_id).status == "canceled"
    assert (
        LogEntry.objects.get().get_change_message() == 'The status of the refund is now "canceled".'
    )
    assert Operation.objects.get(kind="cancel_refund").actor == f"user:{sam.pk}"
    assert waiting.payment_intent.amount_refundable == 5000


def test_a_settled_refund_offers_no_cancel(
    staff_client: Client, pay: Pay, alice: User, service: StripeService
) -> None:
    service.create_refund(pay(alice, "50.00"))
    refund = StripeRefund.objects.get()
    assert cancel_url(refund) not in staff_client.get(page_url(refund)).text
    response = staff_client.get(cancel_url(refund), follow=True)
    assert "can no longer be canceled" in response.text
    response = staff_client.post(cancel_url(refund), {"is_sure": "on"})
    assert "cannot be canceled" in response.context["form"].errors.as_text()


def test_a_refund_that_stripe_has_not_accepted_offers_no_cancel(
    staff_client: Client, waiting: StripeRefund
) -> None:
    StripeRefund.objects.update(stripe_refund_id=None)
    assert cancel_url(waiting) not in staff_client.get(page_url(waiting)).text


def test_a_refusal_of_stripes_is_a_form_error(
    staff_client: Client, waiting: StripeRefund, sandbox: Sandbox
) -> None:
    """The refund has settled, but its event has not arrived yet."""
    sandbox.advance(3601)
    response = staff_client.post(cancel_url(waiting), {"is_sure": "on"})
    assert response.status_code == 200
    assert response.context["form"].non_field_errors()
    assert not LogEntry.objects.exists()


def test_staff_who_may_only_look_cannot_cancel(
    viewer_client: Client, waiting: StripeRefund, dashboard: stripe.StripeClient
) -> None:
    assert cancel_url(waiting) not in viewer_client.get(page_url(waiting)).text
    assert viewer_client.get(cancel_url(waiting)).status_code == 403
    assert viewer_client.post(cancel_url(waiting), {"is_sure": "on"}).status_code == 403
    assert dashboard.v1.refunds.retrieve(waiting.stripe_refund_id).status == "requires_action"


def test_customers_are_sent_to_the_login(alice: User, waiting: StripeRefund) -> None:
    client = Client()
    client.force_login(alice)
    response = client.post(cancel_url(waiting), {"is_sure": "on"})
    assert "/login/" in response["Location"]
    waiting.refresh_from_db()
    assert waiting.status == "requires_action"
