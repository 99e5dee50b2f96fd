"""Calls each operation of the sandbox with the SDK's methods.

There is one for each route; `test_sdk_operations.py` checks that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.sandbox.sdk_things import Things
from tests.sandbox.uploads import upload

METADATA: dict[str, str] = {"order_id": "6735"}


@dataclass(frozen=True)
class Operation:
    """`send` returns the SDK's object; `method` and `template` are those of the route.

    `refusal` is the expected error of the one that no test card allows.
    """

    method: str
    template: str
    send: Callable[[Any, Things], Any]
    refusal: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


def _get(template: str, send: Callable[[Any, Things], Any]) -> Operation:
    return Operation("GET", template, send)


def _post(template: str, send: Callable[[Any, Things], Any]) -> Operation:
    return Operation("POST", template, send)


def _delete(template: str, send: Callable[[Any, Things], Any]) -> Operation:
    return Operation("DELETE", template, send)


_OF_CUSTOMERS = (
    _post(
        "/v1/customers",
        lambda v1, _: v1.customers.create({"description": "Alice", "metadata": METADATA}),
    ),
    _get(
        "/v1/customers",
        lambda v1, things: v1.customers.list({"limit": 3}) if things.customer else None,
    ),
    _get(
        "/v1/customers/search",
        lambda v1, things: (
            v1.customers.search({"query": "email:'alice@example.com'"}) if things.customer else None
        ),
    ),
    _get("/v1/customers/{customer}", lambda v1, things: v1.customers.retrieve(things.customer)),
    _post(
        "/v1/customers/{customer}",
        lambda v1, things: v1.customers.update(things.customer, {"metadata": METADATA}),
    ),
    _delete("/v1/customers/{customer}", lambda v1, things: v1.customers.delete(things.customer)),
    _get(
        "/v1/customers/{customer}/payment_methods",
        lambda v1, things: (
            v1.customers.payment_methods.list(things.customer, {"type": "card"})
            if things.card
            else None
        ),
    ),
    _get(
        "/v1/customers/{customer}/payment_methods/{payment_method}",
        lambda v1, things: v1.customers.payment_methods.retrieve(things.customer, things.card),
    ),
)
_OF_PAYMENT_METHODS = (
    _post(
        "/v1/payment_methods",
        lambda v1, _: v1.payment_methods.create(
            {
                "type": "card",
                "card": {
                    "number": "4242424242424242",
                    "exp_month": 8,
                    "exp_year": 2050,
                    "cvc": "314",
                },
            }
        ),
    ),
    _get(
        "/v1/payment_methods",
        lambda v1, things: (
            v1.payment_methods.list({"customer": things.customer, "type": "card"})
            if things.card
            else None
        ),
    ),
    _get(
        "/v1/payment_methods/{payment_method}",
        lambda v1, things: v1.payment_methods.retrieve(things.card),
    ),
    _post(
        "/v1/payment_methods/{payment_method}",
        lambda v1, things: v1.payment_methods.update(things.card, {"metadata": METADATA}),
    ),
    _post(
        "/v1/payment_methods/{payment_method}/attach",
        lambda v1, things: v1.payment_methods.attach(
            things.new_card, {"customer": things.customer}
        ),
    ),
    _post(
        "/v1/payment_methods/{payment_method}/detach",
        lambda v1, things: v1.payment_methods.detach(things.card),
    ),
)
_OF_PAYMENT_INTENTS = (
    _post(
        "/v1/payment_intents",
        lambda v1, _: v1.payment_intents.create(
            {"amount": 2000, "currency": "usd", "automatic_payment_methods": {"enabled": True}}
        ),
    ),
    _get(
        "/v1/payment_intents",
        lambda v1, things: v1.payment_intents.list({"limit": 3}) if things.intent else None,
    ),
    _get(
        "/v1/payment_intents/{intent}",
        lambda v1, things: v1.payment_intents.retrieve(things.intent),
    ),
    _post(
        "/v1/payment_intents/{intent}",
        lambda v1, things: v1.payment_intents.update(things.intent, {"metadata": METADATA}),
    ),
    _post(
        "/v1/payment_intents/{intent}/confirm",
        lambda v1, things: v1.payment_intents.confirm(
            things.intent, {"payment_method": "pm_card_visa"}
        ),
    ),
    _post(
        "/v1/payment_intents/{intent}/capture",
        lambda v1, things: v1.payment_intents.capture(things.held),
    ),
    _post(
        "/v1/payment_intents/{intent}/cancel",
        lambda v1, things: v1.payment_intents.cancel(things.intent),
    ),
    Operation(
        "POST",
        "/v1/payment_intents/{intent}/increment_authorization",
        lambda v1, things: v1.payment_intents.increment_authorization(
            things.held, {"amount": 2099}
        ),
        refusal="does not support incremental authorization",
    ),
)
_OF_CHARGES = (
    _post(
        "/v1/charges",
        lambda v1, _: v1.charges.create({"amount": 2000, "currency": "usd", "source": "tok_visa"}),
    ),
    _get(
        "/v1/charges", lambda v1, things: v1.charges.list({"limit": 3}) if things.charge else None
    ),
    _get("/v1/charges/{charge}", lambda v1, things: v1.charges.retrieve(things.charge)),
    _post(
        "/v1/charges/{charge}",
        lambda v1, things: v1.charges.update(things.charge, {"metadata": METADATA}),
    ),
    _post(
        "/v1/charges/{charge}/capture", lambda v1, things: v1.charges.capture(things.held_charge)
    ),
)
_OF_REFUNDS = (
    _post("/v1/refunds", lambda v1, things: v1.refunds.create({"charge": things.charge})),
    _get(
        "/v1/refunds", lambda v1, things: v1.refunds.list({"limit": 3}) if things.refund else None
    ),
    _get("/v1/refunds/{refund}", lambda v1, things: v1.refunds.retrieve(things.refund)),
    _post(
        "/v1/refunds/{refund}",
        lambda v1, things: v1.refunds.update(things.refund, {"metadata": METADATA}),
    ),
    _post(
        "/v1/refunds/{refund}/cancel", lambda v1, things: v1.refunds.cancel(things.waiting_refund)
    ),
)
_OF_DISPUTES = (
    _get(
        "/v1/disputes",
        lambda v1, things: v1.disputes.list({"limit": 3}) if things.dispute else None,
    ),
    _get("/v1/disputes/{dispute}", lambda v1, things: v1.disputes.retrieve(things.dispute)),
    _post(
        "/v1/disputes/{dispute}",
        lambda v1, things: v1.disputes.update(things.dispute, {"metadata": METADATA}),
    ),
    _post("/v1/disputes/{dispute}/close", lambda v1, things: v1.disputes.close(things.dispute)),
    _get(
        "/v1/radar/early_fraud_warnings",
        lambda v1, things: (
            v1.radar.early_fraud_warnings.list({"limit": 3}) if things.fraud_warning else None
        ),
    ),
    _get(
        "/v1/radar/early_fraud_warnings/{early_fraud_warning}",
        lambda v1, things: v1.radar.early_fraud_warnings.retrieve(things.fraud_warning),
    ),
)
_OF_FILES = (
    _post("/v1/files", lambda v1, _: upload(v1)),
    _get("/v1/files", lambda v1, things: v1.files.list({"limit": 3}) if things.file else None),
    _get("/v1/files/{file}", lambda v1, things: v1.files.retrieve(things.file)),
)
_OF_BALANCE = (
    _get("/v1/balance", lambda v1, _: v1.balance.retrieve()),
    _get(
        "/v1/balance_transactions",
        lambda v1, things: (
            v1.balance_transactions.list({"limit": 3}) if things.balance_transaction else None
        ),
    ),
    _get(
        "/v1/balance_transactions/{id}",
        lambda v1, things: v1.balance_transactions.retrieve(things.balance_transaction),
    ),
)
_OF_PAYOUTS = (
    _post(
        "/v1/payouts",
        lambda v1, things: v1.payouts.create(
            {"amount": things.available, "currency": "usd", "metadata": METADATA}
        ),
    ),
    _get(
        "/v1/payouts", lambda v1, things: v1.payouts.list({"limit": 3}) if things.payout else None
    ),
    _get("/v1/payouts/{payout}", lambda v1, things: v1.payouts.retrieve(things.payout)),
)
_OF_SETUP_INTENTS = (
    _post(
        "/v1/setup_intents",
        lambda v1, _: v1.setup_intents.create({"payment_method_types": ["card"]}),
    ),
    _get(
        "/v1/setup_intents",
        lambda v1, things: v1.setup_intents.list({"limit": 3}) if things.setup else None,
    ),
    _get("/v1/setup_intents/{intent}", lambda v1, things: v1.setup_intents.retrieve(things.setup)),
    _post(
        "/v1/setup_intents/{intent}",
        lambda v1, things: v1.setup_intents.update(things.setup, {"metadata": METADATA}),
    ),
    _post(
        "/v1/setup_intents/{intent}/confirm",
        lambda v1, things: v1.setup_intents.confirm(things.setup),
    ),
    _post(
        "/v1/setup_intents/{intent}/cancel",
        lambda v1, things: v1.setup_intents.cancel(things.setup),
    ),
    _get(
        "/v1/setup_attempts",
        lambda v1, things: v1.setup_attempts.list({"setup_intent": things.tried_setup}),
    ),
)
_OF_BANK_DEBITS = (
    _get("/v1/mandates/{mandate}", lambda v1, things: v1.mandates.retrieve(things.mandate)),
    _post(
        "/v1/payment_intents/{intent}/verify_microdeposits",
        lambda v1, things: v1.payment_intents.verify_microdeposits(
            things.unverified, {"amounts": [32, 45]}
        ),
    ),
    _post(
        "/v1/setup_intents/{intent}/verify_microdeposits",
        lambda v1, things: v1.setup_intents.verify_microdeposits(
            things.unverified_setup, {"amounts": [32, 45]}
        ),
    ),
)
_OF_EVENTS = (
    _get("/v1/events", lambda v1, things: v1.events.list({"limit": 3}) if things.event else None),
    _get("/v1/events/{id}", lambda v1, things: v1.events.retrieve(things.event)),
    _post(
        "/v1/webhook_endpoints",
        lambda v1, _: v1.webhook_endpoints.create(
            {
                "url": "https://example.com/my/webhook/endpoint",
                "enabled_events": ["charge.failed", "charge.succeeded"],
            }
        ),
    ),
    _get(
        "/v1/webhook_endpoints",
        lambda v1, things: v1.webhook_endpoints.list({"limit": 3}) if things.endpoint else None,
    ),
    _get(
        "/v1/webhook_endpoints/{webhook_endpoint}",
        lambda v1, things: v1.webhook_endpoints.retrieve(things.endpoint),
    ),
    _post(
        "/v1/webhook_endpoints/{webhook_endpoint}",
        lambda v1, things: v1.webhook_endpoints.update(
            things.endpoint, {"url": "https://example.com/new_endpoint"}
        ),
    ),
    _delete(
        "/v1/webhook_endpoints/{webhook_endpoint}",
        lambda v1, things: v1.webhook_endpoints.delete(things.endpoint),
    ),
)
OPERATIONS = (
    *_OF_CUSTOMERS,
    *_OF_PAYMENT_METHODS,
    *_OF_PAYMENT_INTENTS,
    *_OF_CHARGES,
    *_OF_REFUNDS,
    *_OF_DISPUTES,
    *_OF_FILES,
    *_OF_BALANCE,
    *_OF_PAYOUTS,
    *_OF_SETUP_INTENTS,
    *_OF_BANK_DEBITS,
    *_OF_EVENTS,
)
