"""Boleto: a voucher with a number, which is paid or expires."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import bank_payments
from tests.sandbox.bank_payments import DAY
from tests.sandbox.payments import event_types
from tests.sandbox.response_checks import differences

PAGE = "https://docs.stripe.com/payments/boleto/accept-a-payment"
TESTING = f"{PAGE}#test-integration"


SAO_PAULO = timezone(timedelta(hours=-3))


def _days_until(seconds: int) -> int:
    """Calendar days in Brazil."""
    last = datetime.fromtimestamp(seconds, tz=SAO_PAULO).date()
    return (last - datetime.now(tz=SAO_PAULO).date()).days


def _end(sandbox: Sandbox, intent: stripe.PaymentIntent, outcome: str) -> None:
    address = f"{sandbox.url}/_sandbox/vouchers/{intent.id}"
    requests.post(address, json={"outcome": outcome}, timeout=5).raise_for_status()


def _read(client: stripe.StripeClient, intent: stripe.PaymentIntent) -> Any:
    return client.v1.payment_intents.retrieve(intent.id)


@pytest.mark.stripe_rule("The voucher's number, page and expiry are in `next_action`", PAGE)
def test_a_voucher_can_be_paid_until_it_expires(client: stripe.StripeClient) -> None:
    intent = bank_payments.voucher(client)
    assert (intent.status, intent.next_action.type) == ("requires_action", "boleto_display_details")
    details: Any = intent.next_action.boleto_display_details
    assert len(details.number) == 47
    assert intent.id in details.hosted_voucher_url
    last = datetime.fromtimestamp(details.expires_at, tz=SAO_PAULO)
    assert (last.hour, last.minute) == (23, 59)
    assert _days_until(details.expires_at) == 3
    assert not differences(intent.to_dict())


@pytest.mark.stripe_rule("`expires_after_days` is 0 to 60 calendar days", PAGE)
def test_the_site_chooses_how_long_a_voucher_lasts(client: stripe.StripeClient) -> None:
    for days in (0, 60):
        options = {"boleto": {"expires_after_days": days}}
        intent = bank_payments.voucher(client, payment_method_options=options)
        seconds = intent.next_action.boleto_display_details.expires_at
        assert _days_until(seconds) == days
    with pytest.raises(stripe.InvalidRequestError) as refused:
        bank_payments.voucher(client, payment_method_options={"boleto": {"expires_after_days": 61}})
    assert refused.value.param == "payment_method_options[boleto][expires_after_days]"


@pytest.mark.stripe_rule("A voucher that is paid succeeds", PAGE)
def test_a_voucher_paid_after_two_days_succeeds(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = bank_payments.voucher(own_client)
    own_sandbox.advance(2 * DAY)
    assert _read(own_client, intent).status == "requires_action"

    _end(own_sandbox, intent, "pay")

    paid = _read(own_client, intent)
    assert (paid.status, paid.amount_received, paid.next_action) == ("succeeded", 2000, None)
    assert event_types(own_client)[-2:] == ["charge.succeeded", "payment_intent.succeeded"]
    charge = own_client.v1.charges.retrieve(paid.latest_charge)
    assert charge.payment_method_details.type == "boleto"
    assert not differences(charge.to_dict())


@pytest.mark.parametrize(
    ("email", "seconds", "status"),
    [
        ("alice@example.com", 179, "requires_action"),
        ("alice@example.com", 181, "succeeded"),
        ("succeed_immediately@example.com", 2, "succeeded"),
        ("expire_immediately@example.com", 1, "requires_payment_method"),
        ("expire_with_delay@example.com", 170, "requires_action"),
        ("expire_with_delay@example.com", 181, "requires_payment_method"),
        ("fill_never@example.com", 2 * DAY, "requires_action"),
        ("fill_never@example.com", 5 * DAY, "requires_payment_method"),
    ],
)
@pytest.mark.stripe_rule("The payer's email address decides what happens to the voucher", TESTING)
def test_the_email_address_decides(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, email: str, seconds: int, status: str
) -> None:
    intent = bank_payments.voucher(own_client, email)
    own_sandbox.advance(seconds)
    assert _read(own_client, intent).status == status


@pytest.mark.stripe_rule("An expired voucher is a failed attempt", PAGE)
def test_after_an_expired_voucher_the_payment_requires_another_method(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = bank_payments.voucher(own_client)

    _end(own_sandbox, intent, "expire")

    failed = _read(own_client, intent)
    assert failed.last_payment_error.code == "payment_intent_payment_attempt_expired"
    assert (failed.status, failed.next_action) == ("requires_payment_method", None)
    assert event_types(own_client)[-1] == "payment_intent.payment_failed"
    answer = requests.post(
        f"{own_sandbox.url}/_sandbox/vouchers/{intent.id}", json={"outcome": "pay"}, timeout=5
    )
    assert answer.json()["error"]["code"] == "payment_intent_unexpected_state"


@pytest.mark.stripe_rule(
    "A payment with an open voucher can be canceled",
    "https://docs.stripe.com/api/payment_intents/cancel",
)
def test_a_canceled_payments_voucher_cannot_be_paid(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = bank_payments.voucher(own_client, "alice@example.com")
    own_client.v1.payment_intents.cancel(intent.id)
    own_sandbox.advance(5 * DAY)
    assert _read(own_client, intent).status == "canceled"


def test_a_second_voucher_of_a_payment_has_its_own_time(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = bank_payments.voucher(own_client, "expire_with_delay@example.com")
    own_client.v1.payment_intents.confirm(
        intent.id,
        {
            "payment_method_data": {
                "type": "boleto",
                "boleto": {"tax_id": "000.000.000-00"},
                "billing_details": bank_payments.payer("fill_never@example.com"),
            }
        },
    )
    own_sandbox.advance(DAY)
    assert _read(own_client, intent).status == "requires_action"


@pytest.mark.stripe_rule("Boleto payments cannot be refunded", f"{PAGE}#refunds")
def test_a_paid_voucher_cannot_be_refunded(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = bank_payments.voucher(own_client)
    _end(own_sandbox, intent, "pay")
    with pytest.raises(stripe.InvalidRequestError, match="does not support refunds"):
        own_client.v1.refunds.create({"payment_intent": intent.id})


@pytest.mark.parametrize(
    ("data", "param"),
    [
        ({"boleto": {}}, "boleto[tax_id]"),
        ({"boleto": {"tax_id": "1"}}, "boleto[tax_id]"),
        ({"billing_details": {"name": "Alice", "email": "a@example.com"}}, "[address][line1]"),
    ],
)
@pytest.mark.stripe_rule("A voucher needs the payer's tax id, name and address", PAGE)
def test_a_voucher_without_its_payer_is_refused(
    client: stripe.StripeClient, data: Any, param: str
) -> None:
    whole = {
        "type": "boleto",
        "boleto": {"tax_id": "000.000.000-00"},
        "billing_details": bank_payments.payer("alice@example.com"),
    }
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_methods.create(whole | data)
    assert str(refused.value.param).endswith(param)


def test_the_vouchers_page_shows_its_number_and_its_end(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    intent = bank_payments.voucher(client)
    details: Any = intent.next_action.boleto_display_details
    page = requests.get(details.hosted_voucher_url, timeout=5).text
    assert details.number in page
    assert "20.00 BRL" in page
    _end(sandbox, intent, "pay")
    assert "There is no open voucher" in requests.get(details.hosted_voucher_url, timeout=5).text
