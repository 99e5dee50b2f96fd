import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments


@pytest.mark.stripe_rule(
    "By default a refund is of everything that is left, and never more",
    "https://docs.stripe.com/api/refunds/create",
)
def test_a_refund_is_of_the_whole_amount_by_default(client: stripe.StripeClient) -> None:
    intent = payments.pay(client)
    refund = client.v1.refunds.create(
        {
            "payment_intent": intent.id,
            "reason": "requested_by_customer",
            "metadata": {"a": "b"},
        }
    )
    assert refund.id.startswith("re_3")
    assert (refund.status, refund.amount, refund.currency) == ("succeeded", 2000, "usd")
    assert (refund.charge, refund.payment_intent) == (intent.latest_charge, intent.id)
    charge = client.v1.charges.retrieve(intent.latest_charge)
    assert (charge.amount_refunded, charge.refunded) == (2000, True)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert refused.value.code == "charge_already_refunded"


@pytest.mark.stripe_rule("Refunds never exceed the charge", "https://docs.stripe.com/refunds")
def test_several_refunds_never_exceed_what_was_paid(client: stripe.StripeClient) -> None:
    intent = payments.pay(client)
    first = client.v1.refunds.create({"payment_intent": intent.id, "amount": 1500})
    with pytest.raises(
        stripe.InvalidRequestError,
        match=r"Refund amount \(\$5\.01\) is greater than unrefunded amount on charge \(\$5\.00\)",
    ) as refused:
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 501})
    assert refused.value.param == "amount"
    second = client.v1.refunds.create({"charge": intent.latest_charge, "amount": 500})
    listed = client.v1.refunds.list({"payment_intent": intent.id}).data
    assert [one.id for one in listed] == [second.id, first.id]


@pytest.mark.stripe_rule(
    "A refund's amount is positive",
    "https://docs.stripe.com/api/refunds/create#create_refund-amount",
)
@pytest.mark.parametrize("amount", [0, -5])
def test_an_amount_below_one_is_refused(client: stripe.StripeClient, amount: int) -> None:
    intent = payments.pay(client)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id, "amount": amount})
    assert refused.value.param == "amount"


@pytest.mark.stripe_rule(
    "Only a captured payment can be refunded", "https://docs.stripe.com/api/refunds/create"
)
def test_only_a_paid_intent_can_be_refunded(client: stripe.StripeClient) -> None:
    unpaid = payments.create(client)
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        client.v1.refunds.create({"payment_intent": unpaid.id})
    authorized = payments.pay(client, capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError, match="has not been captured"):
        client.v1.refunds.create({"payment_intent": authorized.id})
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.refunds.create({"payment_intent": "pi_no"})
    assert missing.value.code == "resource_missing"
    with pytest.raises(stripe.InvalidRequestError, match="should be provided"):
        client.v1.refunds.create({"amount": 5})


@pytest.mark.stripe_rule(
    "One test card's refunds are pending first",
    "https://docs.stripe.com/testing#refunds",
    ours="They succeed after 1 s of the sandbox's clock",
)
def test_a_pending_refund_succeeds_later(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = payments.pay(own_client, "pm_card_pendingRefund")
    refund = own_client.v1.refunds.create({"payment_intent": intent.id})
    assert refund.status == "pending"
    assert own_client.v1.charges.retrieve(intent.latest_charge).amount_refunded == 2000
    own_sandbox.advance(1)
    assert own_client.v1.refunds.retrieve(refund.id).status == "succeeded"


@pytest.mark.stripe_rule(
    "A refund that succeeded can fail, and the amount can be refunded again",
    "https://docs.stripe.com/refunds#failed-refunds",
    ours="It fails after 1 s of the sandbox's clock",
)
def test_the_amount_of_a_failed_refund_can_be_refunded_again(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = payments.pay(own_client, "pm_card_refundFail")
    refund = own_client.v1.refunds.create({"payment_intent": intent.id, "amount": 2000})
    assert refund.status == "succeeded"
    own_sandbox.advance(1)
    failed = own_client.v1.refunds.retrieve(refund.id)
    assert failed.status == "failed"
    assert failed.failure_reason is not None
    charge = own_client.v1.charges.retrieve(intent.latest_charge)
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    again = own_client.v1.refunds.create({"payment_intent": intent.id})
    assert again.amount == 2000


@pytest.mark.stripe_rule(
    "Only the metadata of a refund can be updated", "https://docs.stripe.com/api/refunds/update"
)
def test_an_update_changes_the_metadata_only(client: stripe.StripeClient) -> None:
    intent = payments.pay(client)
    refund = client.v1.refunds.create({"payment_intent": intent.id, "metadata": {"a": "1"}})
    changed = client.v1.refunds.update(refund.id, {"metadata": {"b": "2"}})
    assert changed.metadata.to_dict() == {"a": "1", "b": "2"}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.update(refund.id, {"amount": 1})
    assert refused.value.code == "parameter_unknown"


@pytest.mark.stripe_rule(
    "A refund can be canceled while it is `requires_action`",
    "https://docs.stripe.com/api/refunds/cancel",
    ours="With the sandbox's own card `pm_card_refundRequiresAction`; at Stripe only for payments "
    "without a card",
)
def test_a_refund_that_waits_for_its_customer_can_be_canceled(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = payments.pay(
        own_client, "pm_card_refundRequiresAction", receipt_email="alice@example.com"
    )
    refund = own_client.v1.refunds.create({"payment_intent": intent.id})
    assert refund.status == "requires_action"
    assert refund.next_action.display_details.email_sent.email_sent_to == "alice@example.com"
    before = len(payments.event_types(own_client))
    canceled = own_client.v1.refunds.cancel(refund.id, {"expand": ["failure_balance_transaction"]})
    assert (canceled.status, canceled.failure_reason) == ("canceled", "merchant_request")
    assert canceled.failure_balance_transaction.amount == 2000
    charge = own_client.v1.charges.retrieve(intent.latest_charge)
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    assert payments.event_types(own_client)[before:] == ["refund.updated", "charge.refund.updated"]
    own_sandbox.advance(3601)
    assert own_client.v1.refunds.retrieve(refund.id).status == "canceled"
    assert "next_action" not in canceled
    assert own_client.v1.refunds.create({"payment_intent": intent.id}).amount == 2000


@pytest.mark.stripe_rule(
    "A refund continues when the customer has named a destination",
    "https://docs.stripe.com/refunds#refund-destinations",
    ours="After an hour of the sandbox's clock",
)
def test_a_refund_that_waited_for_its_customer_succeeds(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = payments.pay(own_client, "pm_card_refundRequiresAction")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        own_client.v1.refunds.create({"payment_intent": intent.id})
    assert refused.value.param == "instructions_email"
    refund = own_client.v1.refunds.create(
        {"payment_intent": intent.id, "instructions_email": "alice@example.com"}
    )
    own_sandbox.advance(3600)
    assert own_client.v1.refunds.retrieve(refund.id).status == "succeeded"


@pytest.mark.stripe_rule(
    "Other refunds cannot be canceled", "https://docs.stripe.com/api/refunds/cancel"
)
def test_no_other_refund_can_be_canceled(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    for card in ("pm_card_visa", "pm_card_pendingRefund", "pm_card_refundFail"):
        intent = payments.pay(own_client, card)
        refund = own_client.v1.refunds.create({"payment_intent": intent.id})
        with pytest.raises(stripe.InvalidRequestError, match="Canceling this refund is unsupp"):
            own_client.v1.refunds.cancel(refund.id)
        own_sandbox.advance(1)
        with pytest.raises(stripe.InvalidRequestError, match="Canceling this refund is unsupp"):
            own_client.v1.refunds.cancel(refund.id)


@pytest.mark.stripe_rule(
    "A refund expands to its customer and payment method",
    "https://docs.stripe.com/api/refunds/object",
)
def test_a_refund_expands_to_its_customer_and_payment_method(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    intent = payments.pay(client, customer=alice.id)
    refund = client.v1.refunds.create(
        {"charge": intent.latest_charge, "expand": ["customer", "payment_method"]}
    )
    assert (refund.customer.id, refund.payment_method.id) == (alice.id, intent.payment_method)


@pytest.mark.stripe_rule(
    "Connect's refunds take transfers back",
    "https://docs.stripe.com/connect",
    ours="Refused, since the sandbox has one account",
)
def test_money_of_connected_accounts_is_refused(client: stripe.StripeClient) -> None:
    intent = payments.pay(client)
    with pytest.raises(stripe.InvalidRequestError, match="does not support") as refused:
        client.v1.refunds.create({"payment_intent": intent.id, "reverse_transfer": True})
    assert refused.value.param == "reverse_transfer"
