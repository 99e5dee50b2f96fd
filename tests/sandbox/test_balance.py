"""The balance and its transactions: https://docs.stripe.com/reports/balance-transaction-types."""

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments

DAY = 24 * 60 * 60


@pytest.mark.stripe_rule(
    "A charge has a balance transaction with its fee and its net amount",
    "https://docs.stripe.com/api/balance_transactions/object",
    ours="At once, also with `automatic_async`; the fee is 2.9 % and 30 minor units",
)
def test_a_payment_is_booked_less_its_fee(client: stripe.StripeClient) -> None:
    intent = payments.pay(
        client,
        amount=10_000,
        description="Lisbon",
        expand=["latest_charge.balance_transaction.source"],
    )
    booked = intent.latest_charge.balance_transaction
    assert booked.id.startswith("txn_3")
    assert (booked.amount, booked.fee, booked.net) == (10_000, 320, 9680)
    assert (booked.type, booked.reporting_category, booked.status) == (
        "charge",
        "charge",
        "pending",
    )
    assert booked.fee_details[0].description == "Stripe processing fees"
    assert (booked.description, booked.source.id) == ("Lisbon", intent.latest_charge.id)


@pytest.mark.stripe_rule(
    "An authorization is booked when it is captured",
    "https://docs.stripe.com/api/balance_transactions/object",
)
def test_an_authorized_payment_is_booked_when_it_is_captured(client: stripe.StripeClient) -> None:
    intent = payments.pay(client, capture_method="manual", expand=["latest_charge"])
    assert intent.latest_charge.balance_transaction is None
    captured = client.v1.payment_intents.capture(
        intent.id,
        {"amount_to_capture": 1500, "expand": ["latest_charge.balance_transaction"]},
    )
    assert captured.latest_charge.balance_transaction.amount == 1500


@pytest.mark.stripe_rule(
    "A refund takes the amount from the balance and returns no fee",
    "https://docs.stripe.com/refunds",
)
def test_a_refund_takes_the_amount_and_gives_no_fee_back(client: stripe.StripeClient) -> None:
    intent = payments.pay(client, description="Lisbon")
    refund = client.v1.refunds.create(
        {"payment_intent": intent.id, "amount": 700, "expand": ["balance_transaction"]}
    )
    booked = refund.balance_transaction
    assert (booked.amount, booked.fee, booked.net, booked.type) == (-700, 0, -700, "refund")
    assert (booked.source, booked.description) == (refund.id, "REFUND FOR CHARGE (Lisbon)")


@pytest.mark.stripe_rule(
    "A failed refund returns the amount to the balance",
    "https://docs.stripe.com/refunds#failed-refunds",
)
def test_a_failed_refund_gives_the_amount_back(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = payments.pay(own_client, "pm_card_refundFail")
    refund = own_client.v1.refunds.create({"payment_intent": intent.id})
    own_sandbox.advance(1)
    failed = own_client.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    assert failed.failure_balance_transaction.amount == 2000
    assert failed.failure_balance_transaction.type == "refund_failure"
    told = own_client.v1.events.list({"type": "refund.updated"}).data[0]
    assert told.data.previous_attributes.to_dict() == {
        "failure_balance_transaction": None,
        "failure_reason": None,
        "status": "succeeded",
    }


@pytest.mark.stripe_rule(
    "The balance is available and pending, in each currency",
    "https://docs.stripe.com/api/balance/balance_object",
)
def test_the_balance_is_the_sum_of_what_was_booked(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    empty = own_client.v1.balance.retrieve()
    assert [(one.currency, one.amount) for one in empty.available] == [("usd", 0)]
    payments.pay(own_client, amount=10_000)
    payments.pay(own_client, "pm_card_bypassPending", amount=5000, currency="eur")
    fresh = own_client.v1.balance.retrieve()
    assert [(one.currency, one.amount) for one in fresh.available] == [("eur", 4825), ("usd", 0)]
    assert [(one.currency, one.amount) for one in fresh.pending] == [("eur", 0), ("usd", 9680)]
    own_sandbox.advance(2 * DAY + 1)
    later = own_client.v1.balance.retrieve()
    assert [(one.currency, one.amount) for one in later.available] == [
        ("eur", 4825),
        ("usd", 9680),
    ]
    assert own_client.v1.balance_transactions.list().data[1].status == "available"


@pytest.mark.stripe_rule(
    "Balance transactions are listed by source, type and currency",
    "https://docs.stripe.com/api/balance_transactions/list",
)
def test_bookings_are_listed_by_what_they_come_from(
    own_client: stripe.StripeClient,
) -> None:
    intent = payments.pay(own_client)
    refund = own_client.v1.refunds.create({"payment_intent": intent.id})

    def sources(**params: str) -> list[str]:
        return [str(one.source) for one in own_client.v1.balance_transactions.list(params).data]

    assert sources() == [refund.id, intent.latest_charge]
    assert sources(source=refund.id) == [refund.id]
    assert sources(type="charge") == [intent.latest_charge]
    assert sources(currency="eur") == []
    booked = own_client.v1.balance_transactions.retrieve(str(refund.balance_transaction))
    assert booked.source == refund.id
    with pytest.raises(stripe.InvalidRequestError, match="No such balance transaction") as no:
        own_client.v1.balance_transactions.retrieve("txn_no")
    assert no.value.http_status == 404
