"""The objects that the SDK's operations need."""

from functools import cached_property
from typing import Any

import stripe

from tests.sandbox import bank_payments, payments, uploads

_BY_MICRODEPOSITS: Any = {"us_bank_account": {"verification_method": "microdeposits"}}


class Things:
    """Each object is created when it is first used."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self.client = client
        self.v1 = client.v1

    @cached_property
    def customer(self) -> str:
        return self.v1.customers.create({"email": "alice@example.com"}).id

    @cached_property
    def new_card(self) -> str:
        return self.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}}).id

    @cached_property
    def card(self) -> str:
        return self.v1.payment_methods.attach(self.new_card, {"customer": self.customer}).id

    @cached_property
    def intent(self) -> str:
        return payments.create(self.client, payment_method="pm_card_visa").id

    @cached_property
    def held(self) -> str:
        return payments.pay(self.client, capture_method="manual").id

    @cached_property
    def paid(self) -> stripe.PaymentIntent:
        return payments.pay(self.client)

    @cached_property
    def charge(self) -> str:
        return str(self.paid.latest_charge)

    @cached_property
    def held_charge(self) -> str:
        return self.v1.charges.create(
            {"amount": 2000, "currency": "usd", "source": "tok_visa", "capture": False}
        ).id

    @cached_property
    def refund(self) -> str:
        return self.v1.refunds.create({"charge": self.charge, "amount": 5}).id

    @cached_property
    def waiting_refund(self) -> str:
        intent = payments.pay(self.client, "pm_card_refundRequiresAction")
        return self.v1.refunds.create(
            {"payment_intent": intent.id, "instructions_email": "alice@example.com"}
        ).id

    @cached_property
    def dispute(self) -> str:
        intent = payments.pay(self.client, "pm_card_createDispute")
        return self.v1.disputes.list({"payment_intent": intent.id}).data[0].id

    @cached_property
    def file(self) -> str:
        return uploads.upload(self.v1).id

    @cached_property
    def balance_transaction(self) -> str:
        return str(self.v1.charges.retrieve(self.charge).balance_transaction)

    @cached_property
    def available(self) -> int:
        """An amount that can be paid out."""
        payments.pay(self.client, "pm_card_bypassPending")
        return 1500

    @cached_property
    def payout(self) -> str:
        return self.v1.payouts.create({"amount": self.available, "currency": "usd"}).id

    @cached_property
    def fraud_warning(self) -> str:
        intent = payments.pay(self.client, "pm_card_createIssuerFraudRecord")
        found = self.v1.radar.early_fraud_warnings.list({"payment_intent": intent.id})
        return found.data[0].id

    @cached_property
    def mandate(self) -> str:
        intent = bank_payments.debit(self.client)
        charge = self.v1.charges.retrieve(str(intent.latest_charge)).to_dict()
        return str(charge["payment_method_details"]["sepa_debit"]["mandate"])

    @cached_property
    def unverified(self) -> str:
        return bank_payments.debit(
            self.client, "pm_usBankAccount_success", payment_method_options=_BY_MICRODEPOSITS
        ).id

    @cached_property
    def unverified_setup(self) -> str:
        return self.v1.setup_intents.create(
            {
                "confirm": True,
                "customer": self.customer,
                "payment_method": "pm_usBankAccount_success",
                "payment_method_types": ["us_bank_account"],
                "payment_method_options": _BY_MICRODEPOSITS,
                "mandate_data": bank_payments.ACCEPTED,
            }
        ).id

    @cached_property
    def setup(self) -> str:
        return self.v1.setup_intents.create({"payment_method": self.card, **self._of_customer}).id

    @cached_property
    def tried_setup(self) -> str:
        return self.v1.setup_intents.create(
            {"payment_method": self.card, "confirm": True, **self._of_customer}
        ).id

    @property
    def _of_customer(self) -> Any:
        return {"customer": self.customer, "payment_method_types": ["card"]}

    @cached_property
    def event(self) -> str:
        assert self.customer
        return self.v1.events.list({"type": "customer.created", "limit": 1}).data[0].id

    @cached_property
    def endpoint(self) -> str:
        return self.v1.webhook_endpoints.create(
            {"url": "http://127.0.0.1:9/hook", "enabled_events": ["charge.refunded"]}
        ).id
