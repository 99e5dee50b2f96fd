"""Customers who pay, staff who capture and refund, and a site that moves and reprices bookings.

Each retries until there is an answer, with the same idempotency key, like a page or a job does.
"""

import random
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import requests
from django.contrib.auth.models import Permission, User
from django.db import close_old_connections
from knox.models import get_token_model
from strawberry.relay import to_base64

from payments_graphql.models import Booking

CREATE = """
mutation($input: CreatePaymentIntentInput!) { result: createPaymentIntent(input: $input) {
  paymentIntent { id status } errors { code message retryable } } }
"""
CONFIRM = """
mutation($input: ConfirmPaymentIntentInput!) { result: confirmPaymentIntent(input: $input) {
  paymentIntent { id status } errors { code message retryable } } }
"""
CAPTURE = """
mutation($input: CapturePaymentIntentInput!) { result: capturePaymentIntent(input: $input) {
  paymentIntent { id status } errors { code message retryable } } }
"""
CANCEL = """
mutation($input: CancelPaymentIntentInput!) { result: cancelPaymentIntent(input: $input) {
  paymentIntent { id status } errors { code message retryable } } }
"""
REFUND = """
mutation($input: CreateRefundInput!) { result: createRefund(input: $input) {
  refund { stripeRefundId } errors { code message retryable } } }
"""
CARDS = (
    *["pm_card_visa"] * 12,
    "pm_card_mastercard",
    "pm_card_chargeDeclined",
    "pm_card_createDispute",
    "pm_card_createDisputeInquiry",
    "pm_card_pendingRefund",
    "pm_card_refundFail",
)
PRICES = (("USD", 4999), ("EUR", 12000), ("JPY", 9800), ("USD", 25050))
PATIENCE = 500.0
"""Seconds until someone gives up: three consecutive leases, and starts of the site."""
_TRIES_OF_A_REFUND = 15
"""After a 500 it is unknown for a day whether a refund was made: nobody waits for that."""


@dataclass
class Town:
    """The people, and their answers. `tokens` by user id. The staff user pays too, with cards that
    are captured later. `refunds`: the id at Stripe by the caller's key."""

    urls: list[str]
    users: list[User]
    tokens: dict[int, str]
    staff: User
    outcomes: Counter[str] = field(default_factory=Counter)
    paid: list[str] = field(default_factory=list)
    refunds: dict[str, str] = field(default_factory=dict)


def open_town(urls: list[str], *, customers: int) -> Town:
    users = [
        User.objects.create(username=f"customer-{number}", email=f"c{number}@example.com")
        for number in range(customers)
    ]
    staff = User.objects.create(username="sam", email="sam@example.com", is_staff=True)
    staff.user_permissions.set(
        Permission.objects.filter(content_type__app_label="payments_graphql")
    )
    token = get_token_model().objects.create
    tokens = {user.pk: token(user=user)[1] for user in [*users, staff]}
    return Town(urls, users, tokens, staff)


class Person:
    """One after another does something, until the time is over."""

    def __init__(self, town: Town, *, seed: int) -> None:
        self.town = town
        self.chance = random.Random(seed)

    def live(self, *, until: float) -> None:
        try:
            while time.monotonic() < until:
                if self.chance.random() < 0.2:
                    self.hold()
                else:
                    self.pay()
        finally:
            close_old_connections()

    def pay(self) -> None:
        user = self.chance.choice(self.town.users)
        booking = self._book(user)
        intent = self._create(user, booking)
        if intent is None:
            return
        self._disturb(booking, user)
        card = self.chance.choice(CARDS)
        status = self._confirm(user, intent, card)
        if status == "SUCCEEDED":
            self.town.paid.append(intent)
        if self.town.paid and self.chance.random() < 0.6:
            self.refund(self.chance.choice(self.town.paid))

    def hold(self) -> None:
        """A payment that is authorized now, and captured or canceled later."""
        staff = self.town.staff
        booking = self._book(staff)
        intent = self._create(staff, booking, captureMethod="MANUAL")
        if intent is None or self._confirm(staff, intent, "pm_card_visa") != "REQUIRES_CAPTURE":
            return
        if self.chance.random() < 0.3:
            self._ask("cancel", CANCEL, staff, paymentIntentId=intent)
        else:
            captured = self._ask("capture", CAPTURE, staff, paymentIntentId=intent)
            if captured and captured["paymentIntent"]["status"] == "SUCCEEDED":
                self.town.paid.append(intent)

    def refund(self, intent: str) -> None:
        key = str(uuid.uuid4())
        amount = self.chance.choice((None, "10", "25"))
        values = {"idempotencyKey": key, "paymentIntentId": intent, "amount": amount}
        done = self._ask("refund", REFUND, self.town.staff, **values)
        if done:
            self.town.refunds[key] = done["refund"]["stripeRefundId"]

    def _book(self, user: User) -> Booking:
        currency, amount = self.chance.choice(PRICES)
        reference = f"LIS-{uuid.UUID(int=self.chance.getrandbits(128))}"
        return Booking.objects.create(
            reference=reference, user=user, amount=amount, currency=currency
        )

    def _disturb(self, booking: Booking, user: User) -> None:
        """Like the site's own code, without reporting it: another owner, another price."""
        rows = Booking.objects.filter(pk=booking.pk)
        chance = self.chance.random()
        if chance < 0.08:
            others = [one for one in self.town.users if one.pk != user.pk]
            rows.update(user=self.chance.choice(others))
        elif chance < 0.14:
            rows.update(amount=booking.amount + 1000)
        elif chance < 0.18:
            rows.update(amount=booking.amount - 1000)

    def _create(self, user: User, booking: Booking, **values: Any) -> str | None:
        payload = self._ask(
            "create",
            CREATE,
            user,
            idempotencyKey=str(uuid.uuid4()),
            bookingId=to_base64("Booking", booking.pk),
            **values,
        )
        return payload and payload["paymentIntent"]["id"]

    def _confirm(self, user: User, intent: str, card: str) -> str | None:
        """A lost answer is followed by "cannot be confirmed": then the current state counts."""
        payload = self._ask(
            "confirm", CONFIRM, user, paymentIntentId=intent, stripePaymentMethodId=card
        )
        return payload and payload["paymentIntent"]["status"]

    def _ask(self, name: str, document: str, user: User, **values: Any) -> dict[str, Any] | None:
        """The payload, or None if it was refused."""
        deadline, tries = time.monotonic() + PATIENCE, 0
        while time.monotonic() < deadline:
            try:
                answer = requests.post(
                    f"{self.chance.choice(self.town.urls)}/graphql/",
                    json={"query": document, "variables": {"input": values}},
                    headers={"Authorization": f"Token {self.town.tokens[user.pk]}"},
                    timeout=90,
                )
                data = answer.json()
            except requests.RequestException:
                self.town.outcomes[f"{name}: no answer"] += 1
                time.sleep(0.3)
                continue
            if answer.status_code == 503:
                self.town.outcomes[f"{name}: 503"] += 1
                time.sleep(1)
                continue
            if "errors" in data:
                raise RuntimeError(f"{name}: {answer.status_code} {data}")
            payload: dict[str, Any] = data["data"]["result"]
            errors = payload["errors"]
            if not errors:
                self.town.outcomes[f"{name}: done"] += 1
                return payload
            if not errors[0]["retryable"]:
                self.town.outcomes[f"{name}: {errors[0]['code']}"] += 1
                return None
            self.town.outcomes[f"{name}: again, {errors[0]['code']}"] += 1
            tries += 1
            if name == "refund" and tries == _TRIES_OF_A_REFUND:
                self.town.outcomes["refund: left to the site"] += 1
                return None
            time.sleep(1)
        self.town.outcomes[f"{name}: GAVE UP"] += 1
        return None
