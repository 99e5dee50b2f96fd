"""The mutations that the suite sends: each kind of operation that moves money or cards."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Permission, User

from payments_graphql.models import Booking, StripePaymentIntent
from payments_graphql.services import StripeService

_ERRORS = """
    errors { __typename code message path retryable ... on InvalidStateError { currentStatus } }
"""
_INTENT = "paymentIntent { id stripePaymentIntentId status amount amountRefunded amountRefundable }"
_REFUND = "refund { id stripeRefundId status amount }"


@dataclass
class Scene:
    """Alice pays, Sam is staff. Stripe knows the customer already."""

    alice: User
    bob: User
    sam: User
    booking: Booking
    service: StripeService
    pay: Callable[..., StripePaymentIntent]

    def create_intent(self, **values: Any) -> StripePaymentIntent:
        created = self.service.create_payment_intent(
            user=self.alice, booking=self.booking, **values
        )
        assert created["success"], created
        return created["payment_intent"]


@dataclass(frozen=True)
class Mutation:
    """`effect` is the event that the sandbox creates once per effect. `prepare` creates what it
    needs and returns its input. `done` is the state of its object afterwards."""

    name: str
    selection: str
    path: str
    by: str
    effect: str
    done: str
    prepare: Callable[[Scene], dict[str, Any]]
    has_key: bool = False
    label: str = ""

    def __str__(self) -> str:
        return self.label or self.name

    def body(self, input: Mapping[str, Any]) -> dict[str, Any]:
        return write_body(self.name, self.selection, input)

    def get_object(self, payload: Mapping[str, Any]) -> Any:
        return payload[self.selection.split()[0]]


def write_body(name: str, selection: str, input: Mapping[str, Any]) -> dict[str, Any]:
    input_type = f"{name[0].upper()}{name[1:]}Input"
    query = (
        f"mutation($input: {input_type}!) {{ {name}(input: $input) {{ {selection} {_ERRORS} }} }}"
    )
    return {"query": query, "variables": {"input": dict(input)}}


def global_id(type_name: str, row: Any) -> str:
    return base64.b64encode(f"{type_name}:{row.pk}".encode()).decode()


def _create(scene: Scene) -> dict[str, Any]:
    return {"idempotencyKey": "key-1", "bookingId": global_id("Booking", scene.booking)}


def _create_first(scene: Scene) -> dict[str, Any]:
    """Bob's first payment, which makes him a customer."""
    return {"idempotencyKey": "key-1", "amount": "10", "currency": "USD"}


def _confirm(scene: Scene) -> dict[str, Any]:
    intent = scene.create_intent()
    return {
        "paymentIntentId": global_id("PaymentIntent", intent),
        "stripePaymentMethodId": "pm_card_visa",
    }


def _capture(scene: Scene) -> dict[str, Any]:
    names = ("capture_payment", "cancel_payment")
    scene.alice.user_permissions.add(*Permission.objects.filter(codename__in=names))
    held = scene.pay(scene.alice, None, None, booking=scene.booking, capture_method="manual")
    return {"paymentIntentId": global_id("PaymentIntent", held)}


def _cancel(scene: Scene) -> dict[str, Any]:
    return {"paymentIntentId": global_id("PaymentIntent", scene.create_intent())}


def _refund(scene: Scene) -> dict[str, Any]:
    paid = scene.pay(scene.alice, None, None, booking=scene.booking)
    return {
        "idempotencyKey": "key-1",
        "paymentIntentId": global_id("PaymentIntent", paid),
        "amount": "40.00",
    }


def _setup(scene: Scene) -> dict[str, Any]:
    return {"idempotencyKey": "key-1"}


def _detach(scene: Scene) -> dict[str, Any]:
    paid = scene.pay(scene.alice, save_payment_method=True)
    return {"paymentMethodId": global_id("PaymentMethod", paid.payment_method)}


CREATE = Mutation(
    "createPaymentIntent", f"{_INTENT} replayed", "/v1/payment_intents", "alice",
    "payment_intent.created", "REQUIRES_PAYMENT_METHOD", _create, has_key=True,
)  # fmt: skip
CREATE_FIRST = Mutation(
    "createPaymentIntent", f"{_INTENT} replayed", "/v1/customers", "bob",
    "customer.created", "REQUIRES_PAYMENT_METHOD", _create_first, has_key=True,
    label="createCustomer",
)  # fmt: skip
CONFIRM = Mutation(
    "confirmPaymentIntent", _INTENT, "/v1/payment_intents/*/confirm", "alice",
    "charge.succeeded", "SUCCEEDED", _confirm,
)  # fmt: skip
CAPTURE = Mutation(
    "capturePaymentIntent", _INTENT, "/v1/payment_intents/*/capture", "alice",
    "charge.captured", "SUCCEEDED", _capture,
)  # fmt: skip
CANCEL = Mutation(
    "cancelPaymentIntent", _INTENT, "/v1/payment_intents/*/cancel", "alice",
    "payment_intent.canceled", "CANCELED", _cancel,
)  # fmt: skip
REFUND = Mutation(
    "createRefund", f"{_REFUND} replayed", "/v1/refunds", "alice",
    "refund.created", "SUCCEEDED", _refund, has_key=True,
)  # fmt: skip
SETUP = Mutation(
    "createSetupIntent", "setupIntent { id status } replayed", "/v1/setup_intents", "alice",
    "setup_intent.created", "REQUIRES_PAYMENT_METHOD", _setup, has_key=True,
)  # fmt: skip
DETACH = Mutation(
    "detachPaymentMethod", "paymentMethod { id }", "/v1/payment_methods/*/detach", "alice",
    "payment_method.detached", "", _detach,
)  # fmt: skip

MUTATIONS = [CREATE, CONFIRM, CAPTURE, CANCEL, REFUND, SETUP, DETACH]
