"""Does what customers do, so that a site can test how it reacts."""

import uuid
from typing import Any, Literal

import requests
from django.contrib.auth.base_user import AbstractBaseUser

from .. import stripe_client
from ..models import StripePaymentIntent
from ..services import StripeService
from .stripe_sandbox import StripeSandbox


class Payments:
    """Payments of customers. `payment_method` is one of https://docs.stripe.com/testing."""

    def __init__(self, sandbox: StripeSandbox) -> None:
        self._sandbox = sandbox
        self.service = StripeService()

    def create(self, user: AbstractBaseUser, **values: Any) -> StripePaymentIntent:
        """Return an unpaid payment: `create(user, booking=booking)`, or with `amount` and
        `currency`. See `StripeService.create_payment_intent`."""
        created = self.service.create_payment_intent(user=user, **values)
        assert created["success"], created["error"]
        return created["payment_intent"]

    def pay(
        self, user: AbstractBaseUser, *, payment_method: str = "pm_card_visa", **values: Any
    ) -> StripePaymentIntent:
        """Return a payment that has succeeded. Its signals have been sent."""
        intent = self.create(user, **values)
        confirmed = self.service.confirm_payment_intent(intent, payment_method=payment_method)
        assert confirmed["success"], confirmed["error"]
        return confirmed["payment_intent"]

    def pay_in_browser(
        self, intent: StripePaymentIntent, *, payment_method: str = "pm_card_visa"
    ) -> None:
        """Pay as the customer's page does with Stripe.js.

        The site doesn't know about it until `deliver_webhooks()`. Raises `StripeCallError` if the
        card is declined.
        """
        stripe_client.move_payment_intent(
            "confirm",
            str(intent.stripe_payment_intent_id),
            {"payment_method": payment_method, "return_url": "https://shop.example"},
            key=str(uuid.uuid4()),
        )

    def authenticate(
        self, intent: StripePaymentIntent, outcome: Literal["succeed", "fail"] = "succeed"
    ) -> None:
        """Complete or fail 3-D Secure on the bank's page, as the customer does."""
        page = f"{self._sandbox.url}/_sandbox/authenticate/{intent.stripe_payment_intent_id}"
        requests.post(page, json={"outcome": outcome}, timeout=5).raise_for_status()
