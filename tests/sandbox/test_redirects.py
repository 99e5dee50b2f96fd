"""iDEAL: the customer leaves the page for the bank's, and comes back."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import bank_payments
from tests.sandbox.payments import event_types
from tests.sandbox.response_checks import differences

PAGE = "https://docs.stripe.com/payments/ideal/accept-a-payment"


def _decide(intent: stripe.PaymentIntent, outcome: str) -> dict[str, list[str]]:
    """Press a button of the bank's page; return the query with which the customer returns."""
    url = intent.next_action.redirect_to_url.url
    answer = requests.post(url, data={"outcome": outcome}, allow_redirects=False, timeout=5)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("https://shop.example/done?order=1&")
    return parse_qs(urlsplit(answer.headers["Location"]).query)


@pytest.mark.parametrize(
    ("outcome", "redirect_status", "status"),
    [("succeed", "succeeded", "succeeded"), ("fail", "failed", "requires_payment_method")],
)
@pytest.mark.stripe_rule("The bank's page leads back with the payment and its client secret", PAGE)
def test_the_customer_comes_back_from_the_bank(
    client: stripe.StripeClient, outcome: str, redirect_status: str, status: str
) -> None:
    intent = bank_payments.redirect(client)
    assert (intent.status, intent.next_action.type) == ("requires_action", "redirect_to_url")
    assert not differences(intent.to_dict())

    query = _decide(intent, outcome)

    assert query["payment_intent"] == [intent.id]
    assert query["payment_intent_client_secret"] == [intent.client_secret]
    assert query["redirect_status"] == [redirect_status]
    after = client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert after.status == status
    assert not differences(after.to_dict())


@pytest.mark.stripe_rule("An authorized payment succeeds at once", PAGE)
def test_an_authorized_payment_is_paid_at_once(own_client: stripe.StripeClient) -> None:
    intent = bank_payments.redirect(own_client)
    _decide(intent, "succeed")
    assert event_types(own_client)[-2:] == ["charge.succeeded", "payment_intent.succeeded"]
    refund = own_client.v1.refunds.create({"payment_intent": intent.id})
    assert refund.status == "succeeded"
    assert not differences(refund.to_dict())


@pytest.mark.stripe_rule("A redirect needs a return address", PAGE)
def test_a_redirect_without_a_return_url_is_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        bank_payments.redirect(client, return_url="")
    assert refused.value.param == "return_url"


def test_the_banks_page_asks(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = bank_payments.redirect(client)
    page = requests.get(intent.next_action.redirect_to_url.url, timeout=5).text
    assert "Authorize test payment" in page
    assert "Fail test payment" in page
