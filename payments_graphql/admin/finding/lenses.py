"""How each list looks at what people search for: its columns, and its ways to other rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from ...models import (
    DriftFinding,
    Operation,
    RefundRequest,
    StatusChange,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
    StripeWebhookEvent,
    get_booking_model,
)


@dataclass(frozen=True)
class Lens:
    """Paths are lookups that start at the model. None means that the list cannot be searched for
    it."""

    model: type[Model]
    rows: Mapping[type[Model], tuple[str, ...]] = field(default_factory=dict)
    """To the rows that an id names. Its own row needs no path."""
    amount: str | None = None
    """To the row with `amount` and `currency`."""
    card: str | None = None
    """To the payment method."""
    customers: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    bookings: tuple[str, ...] = ()
    payment: str | None = None
    """To the payment, with its description and the address of its receipt."""
    account: str | None = ""
    object_id: str = ""
    """The column with the Stripe id of any object, for rows that only name what they are about."""


def _of_payment(model: type[Model], **rows: tuple[str, ...]) -> dict[str, Any]:
    """For a row that belongs to a payment."""
    booking = get_booking_model()
    of = "payment_intent"
    return {
        "model": model,
        "rows": {
            StripePaymentIntent: (of,),
            StripeCustomer: (f"{of}__customer", *rows.get("customer", ())),
            StripePaymentMethod: (f"{of}__payment_method", *rows.get("method", ())),
            booking: (f"{of}__booking",),
        },
        "card": f"{of}__payment_method__",
        "customers": (f"{of}__customer", *rows.get("customer", ())),
        "bookings": (f"{of}__booking",),
        "payment": f"{of}__",
    }


def _of_anything(model: type[Model], **rows: tuple[str, ...]) -> dict[str, Any]:
    values = _of_payment(model, **rows)
    values["rows"] |= {
        StripeRefund: ("refund",),
        StripeDispute: ("dispute",),
        StripeSetupIntent: ("setup_intent",),
    }
    return values | {"amount": "payment_intent__"}


def _of_customer(model: type[Model], card: str) -> Lens:
    path = "payment_method" if card else None
    rows: dict[type[Model], tuple[str, ...]] = {StripeCustomer: ("customer",)}
    if path:
        rows[StripePaymentMethod] = (path,)
    return Lens(model, rows=rows, card=card, customers=("customer",))


def get_lens(model: type[Model]) -> Lens:
    booking = get_booking_model()
    if model is booking:
        return Lens(
            model, users=("user",), bookings=("",), account=None,
            rows={StripePaymentIntent: ("payment_intents",)},
        )  # fmt: skip
    if model is StripePaymentIntent:
        rows: dict[type[Model], tuple[str, ...]] = {
            StripeCustomer: ("customer",),
            StripePaymentMethod: ("payment_method",),
            booking: ("booking",),
        }
        return Lens(
            model, rows=rows, amount="", card="payment_method__", customers=("customer",),
            bookings=("booking",), payment="",
        )  # fmt: skip
    if model in (RefundRequest, StripeDispute, StripeRefund):
        return Lens(**_of_payment(model) | {"amount": ""})
    if model is Operation:
        return Lens(**_of_anything(model, customer=("customer",), method=("payment_method",)))
    if model is StatusChange:
        return Lens(**_of_anything(model) | {"account": "payment_intent__"})
    if model is StripeCustomer:
        return Lens(model, users=("user",))
    if model is StripePaymentMethod:
        return _of_customer(model, "")
    if model is StripeSetupIntent:
        return _of_customer(model, "payment_method__")
    if model is StripeWebhookEvent:
        return Lens(model, object_id="object_id")
    assert model is DriftFinding, model
    return Lens(model, object_id="stripe_id", amount="")
