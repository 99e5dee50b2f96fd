"""SEPA Direct Debit and ACH: processing for a while, then paid, failed or disputed."""

from typing import Any

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import bank_payments
from tests.sandbox.bank_payments import ACCEPTED
from tests.sandbox.payments import event_types
from tests.sandbox.response_checks import differences

SEPA = "https://docs.stripe.com/payments/sepa-debit/accept-a-payment"
ACH = "https://docs.stripe.com/payments/ach-direct-debit/accept-a-payment"
LATER = 3 * 60 + 1


def _read(client: stripe.StripeClient, intent: stripe.PaymentIntent) -> Any:
    return client.v1.payment_intents.retrieve(
        intent.id, {"expand": ["latest_charge", "payment_method"]}
    )


@pytest.mark.stripe_rule("A delayed debit is `processing` and then `succeeded`", SEPA)
def test_a_debit_is_processing_until_the_bank_has_answered(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = bank_payments.debit(own_client)
    charge = _read(own_client, intent).latest_charge
    assert (intent.status, intent.amount_received) == ("processing", 0)
    assert (charge.status, charge.paid, charge.captured) == ("pending", False, True)
    assert charge.id.startswith("py_")

    own_sandbox.advance(LATER)

    paid = _read(own_client, intent)
    assert (paid.status, paid.amount_received) == ("succeeded", 2000)
    assert (paid.latest_charge.status, paid.latest_charge.paid) == ("succeeded", True)
    assert event_types(own_client) == [
        "payment_intent.created",
        "charge.pending",
        "payment_intent.processing",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]
    assert not differences(paid.to_dict())


@pytest.mark.stripe_rule("After a failed debit the payment requires another method", SEPA)
def test_a_debit_fails_after_a_while(own_sandbox: Sandbox, own_client: stripe.StripeClient) -> None:
    intent = bank_payments.debit(own_client, "pm_failedDelayed_de")
    assert intent.status == "processing"

    own_sandbox.advance(LATER)

    failed = _read(own_client, intent)
    error = failed.last_payment_error
    assert (failed.status, failed.payment_method) == ("requires_payment_method", None)
    assert (error.code, error.type) == (
        "payment_intent_payment_attempt_failed",
        "invalid_request_error",
    )
    assert error.payment_method.sepa_debit.last4 == "3004"
    assert failed.latest_charge.status == "failed"
    assert event_types(own_client)[-2:] == ["charge.failed", "payment_intent.payment_failed"]
    assert not differences(failed.to_dict())


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("pm_insufficientFunds_de", "insufficient_funds"),
        ("pm_usBankAccount_accountClosed", "account_closed"),
        ("pm_usBankAccount_noAccount", "no_account"),
        ("pm_usBankAccount_insufficientFunds", "insufficient_funds"),
    ],
)
@pytest.mark.stripe_rule("Each test account fails in its own way", f"{ACH}#test-account-numbers")
def test_the_charge_says_why_the_bank_refused(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, method: str, code: str
) -> None:
    intent = bank_payments.debit(own_client, method)
    own_sandbox.advance(LATER)

    charge = _read(own_client, intent).latest_charge
    assert (charge.status, charge.failure_code) == ("failed", code)


@pytest.mark.parametrize("method", ["pm_disputed_de", "pm_usBankAccount_dispute"])
@pytest.mark.stripe_rule(
    "A returned debit's dispute is lost, and cannot be contested",
    "https://docs.stripe.com/payments/sepa-debit#disputed-payments",
)
def test_a_disputed_debit_is_lost_at_once_and_not_contestable(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, method: str
) -> None:
    intent = bank_payments.debit(own_client, method)
    own_sandbox.advance(LATER)

    dispute = own_client.v1.disputes.list({"payment_intent": intent.id}).data[0]
    assert (dispute.status, dispute.amount, dispute.is_charge_refundable) == ("lost", 2000, False)
    assert [one.amount for one in dispute.balance_transactions] == [-2000]
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        own_client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "No."}})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        own_client.v1.refunds.create({"payment_intent": intent.id})
    assert refused.value.code == "charge_disputed"
    assert event_types(own_client)[-3:] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.closed",
    ]
    assert not differences(dispute.to_dict())


@pytest.mark.stripe_rule(
    "A debit needs the customer's mandate", "https://docs.stripe.com/payments/sepa-debit#mandates"
)
def test_without_a_mandate_no_debit_is_made(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="requires a mandate"):
        bank_payments.debit(client, mandate_data="")

    intent = bank_payments.debit(client)
    details = _read(client, intent).latest_charge.payment_method_details.sepa_debit
    mandate = client.v1.mandates.retrieve(details.mandate)
    assert (mandate.status, mandate.type) == ("active", "single_use")
    assert mandate.customer_acceptance.online.ip_address == "203.0.113.7"
    assert not differences(mandate.to_dict())


@pytest.mark.stripe_rule("A saved account is debited off session under its mandate", SEPA)
def test_a_saved_account_can_be_debited_while_the_customer_is_away(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    alice = own_client.v1.customers.create({"email": "alice@example.com"})
    first = bank_payments.debit(
        own_client, "pm_success_de", customer=alice.id, setup_future_usage="off_session"
    )
    method = str(first.payment_method)
    assert own_client.v1.payment_methods.retrieve(method).customer == alice.id

    again = bank_payments.debit(
        own_client, method, customer=alice.id, off_session=True, mandate_data=""
    )
    own_sandbox.advance(LATER)

    assert _read(own_client, again).status == "succeeded"


@pytest.mark.stripe_rule("A debit's refund is `pending` first", "https://docs.stripe.com/refunds")
def test_a_debits_refund_is_pending_until_the_bank_has_it(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = bank_payments.debit(own_client, "pm_success_de")
    own_sandbox.advance(LATER)

    refund = own_client.v1.refunds.create({"payment_intent": intent.id, "amount": 500})
    assert (refund.status, refund.destination_details.type) == ("pending", "eu_bank_transfer")
    assert not differences(refund.to_dict())
    own_sandbox.advance(LATER)
    assert own_client.v1.refunds.retrieve(refund.id).status == "succeeded"


@pytest.mark.stripe_rule("A processing debit cannot be confirmed again", SEPA)
def test_a_processing_payment_cannot_be_confirmed_again(client: stripe.StripeClient) -> None:
    intent = bank_payments.debit(client)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.confirm(intent.id)
    assert refused.value.code == "payment_intent_unexpected_state"


@pytest.mark.stripe_rule(
    "Micro-deposits verify an account: SM11AA is the test code",
    f"{ACH}#test-microdeposit-amounts-and-descriptor-codes",
    ours="Only with `verification_method=microdeposits`; otherwise an account counts as verified",
)
def test_micro_deposits_verify_the_account_before_it_is_debited(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = bank_payments.debit(
        own_client,
        "pm_usBankAccount_success",
        payment_method_options={"us_bank_account": {"verification_method": "microdeposits"}},
    )
    action = intent.next_action
    assert (intent.status, action.type) == ("requires_action", "verify_with_microdeposits")
    assert action.verify_with_microdeposits.microdeposit_type == "descriptor_code"
    assert not differences(intent.to_dict())

    with pytest.raises(stripe.InvalidRequestError) as refused:
        own_client.v1.payment_intents.verify_microdeposits(intent.id, {"descriptor_code": "SM99ZZ"})
    assert refused.value.code == "payment_method_microdeposit_verification_descriptor_code_mismatch"
    verified = own_client.v1.payment_intents.verify_microdeposits(intent.id, {"amounts": [32, 45]})
    assert (verified.status, verified.next_action) == ("processing", None)
    own_sandbox.advance(LATER)
    assert _read(own_client, intent).status == "succeeded"


def _account(**changes: str) -> dict[str, Any]:
    details = {
        "account_holder_type": "individual",
        "account_number": "000123456789",
        "routing_number": "110000000",
    }
    return {
        "type": "us_bank_account",
        "us_bank_account": details | changes,
        "billing_details": {"name": "Alice"},
    }


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        (_account(account_number="12345"), "account_number_invalid", "[account_number]"),
        (_account(routing_number="1"), "routing_number_invalid", "[routing_number]"),
        (_account() | {"billing_details": {}}, "parameter_missing", "billing_details[name]"),
        (
            {"type": "sepa_debit", "sepa_debit": {"iban": "DE89370400440532013001"},
             "billing_details": {"name": "Alice", "email": "alice@example.com"}},
            "invalid_bank_account_iban",
            "sepa_debit[iban]",
        ),
        (
            {"type": "sepa_debit", "sepa_debit": {"iban": "DE89370400440532013000"},
             "billing_details": {"name": "Alice"}},
            "parameter_missing",
            "billing_details[email]",
        ),
    ],
)  # fmt: skip
@pytest.mark.stripe_rule("Wrong account numbers are refused", f"{ACH}#test-account-numbers")
def test_a_wrong_account_is_refused_with_its_field(
    client: stripe.StripeClient, params: Any, code: str, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_methods.create(params)
    assert refused.value.code == code
    assert str(refused.value.param).endswith(param)


@pytest.mark.stripe_rule(
    "An account's payment method", "https://docs.stripe.com/api/payment_methods/object"
)
def test_an_account_shows_its_bank_and_last_four_digits(client: stripe.StripeClient) -> None:
    method = client.v1.payment_methods.create(_account())
    assert (method.us_bank_account.bank_name, method.us_bank_account.last4) == (
        "STRIPE TEST BANK",
        "6789",
    )
    assert "000123456789" not in str(method)
    assert not differences(method.to_dict())


@pytest.mark.parametrize("method", ["pm_success_de", "pm_usBankAccount_success"])
@pytest.mark.stripe_rule(
    "An account is saved by a setup intent, with its mandate",
    "https://docs.stripe.com/payments/sepa-debit/set-up-payment",
)
def test_an_account_is_saved_without_a_payment(
    client: stripe.StripeClient, alice: stripe.Customer, method: str
) -> None:
    kind = "sepa_debit" if method == "pm_success_de" else "us_bank_account"
    setup: Any = {
        "customer": alice.id,
        "payment_method_types": [kind],
        "payment_method": method,
        "confirm": True,
    }
    with pytest.raises(stripe.InvalidRequestError, match="requires a mandate"):
        client.v1.setup_intents.create(setup)

    done = client.v1.setup_intents.create(
        setup | {"mandate_data": ACCEPTED, "expand": ["mandate", "latest_attempt"]}
    )

    assert (done.status, done.mandate.type) == ("succeeded", "multi_use")
    saved = client.v1.customers.payment_methods.list(alice.id)
    assert [one.type for one in saved.data] == [kind]
    assert not differences(done.to_dict())
