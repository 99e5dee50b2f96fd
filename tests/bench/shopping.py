"""Customers who pay for bookings over GraphQL with a token, like the single-page app."""

import asyncio
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.bench.load import Client
from tests.bench.processes import Connection
from tests.bench.site import GRAPHQL_PATH
from tests.bench.tokens import make_token

PRICE = 9999
CREATE = """
mutation Create($input: CreatePaymentIntentInput!) {
  createPaymentIntent(input: $input) {
    paymentIntent { id stripePaymentIntentId status amount currency clientSecret }
    errors { code message retryable ... on RateLimitedError { retryAfter } }
  }
}
"""
CONFIRM = """
mutation Confirm($input: ConfirmPaymentIntentInput!) {
  confirmPaymentIntent(input: $input) {
    paymentIntent { id status amountReceived }
    errors { code message retryable ... on RateLimitedError { retryAfter } }
  }
}
"""
PAYMENTS = """
query Payments {
  paymentIntents(first: 10) { edges { node { id status amount currency createdAt } } }
}
"""
_TRIES = 60


class RefusedError(ValueError):
    """An unexpected answer that must not be retried."""


@dataclass(frozen=True)
class Shop:
    """A token per customer, and the bookings that they pay in turn: number n belongs to customer n
    modulo their number."""

    tokens: tuple[str, ...]
    bookings: tuple[str, ...]

    def token(self, number: int) -> str:
        return self.tokens[number % len(self.tokens)]


@dataclass
class Pay:
    """Pays one booking: created, then confirmed. Records how long each took, including retries."""

    shop: Shop
    seconds: dict[str, list[float]] = field(default_factory=dict)
    retries: Counter[str] = field(default_factory=Counter)

    async def __call__(self, client: Client, number: int) -> str:
        created = await self.create(client, number)
        return await self.confirm(client, number, created["id"])

    async def create(self, client: Client, number: int) -> dict[str, Any]:
        values = {"idempotencyKey": str(uuid.uuid4()), "bookingId": self.shop.bookings[number]}
        return await self._mutate(client, number, "createPaymentIntent", CREATE, values)

    async def confirm(self, client: Client, number: int, intent: str) -> str:
        values = {"paymentIntentId": intent, "stripePaymentMethodId": "pm_card_visa"}
        paid = await self._mutate(client, number, "confirmPaymentIntent", CONFIRM, values)
        return "ok" if paid["status"] == "SUCCEEDED" else str(paid["status"])

    async def _mutate(
        self, client: Client, number: int, name: str, document: str, values: dict[str, str]
    ) -> dict[str, Any]:
        """As long as the error says that it is retryable."""
        began = time.perf_counter()
        for _ in range(_TRIES):
            data = await ask(client, self.shop.token(number), document, {"input": values})
            payload = data[name]
            if not payload["errors"]:
                self.seconds.setdefault(name, []).append(time.perf_counter() - began)
                intent: dict[str, Any] = payload["paymentIntent"]
                return intent
            (error,) = payload["errors"]
            if not error["retryable"]:
                raise RefusedError(f"{name}: {error['message']}")
            self.retries[error["code"]] += 1
            await asyncio.sleep(error.get("retryAfter") or 1)
        raise RefusedError(f"{name}: still {error['code']} after {_TRIES} tries")


@dataclass(frozen=True)
class ListPayments:
    """The query of a page that lists the caller's payments."""

    shop: Shop

    async def __call__(self, client: Client, number: int) -> str:
        data = await ask(client, self.shop.token(number), PAYMENTS, {})
        return "ok" if "paymentIntents" in data else "no list"


async def ask(
    client: Client, token: str, document: str, variables: dict[str, Any]
) -> dict[str, Any]:
    body = orjson.dumps({"query": document, "variables": variables})
    headers = f"Authorization: Token {token}\r\n"
    status, content = await client.post(GRAPHQL_PATH, body, headers)
    answer = orjson.loads(content)
    if status != 200 or answer.get("errors"):
        raise RefusedError(f"{status}: {content[:300]!r}")
    data: dict[str, Any] = answer["data"]
    return data


def open_shop(customers: int, bookings: int) -> Shop:
    from django.contrib.auth.models import User
    from strawberry.relay import to_base64

    from payments_graphql.models import Booking

    users = User.objects.bulk_create(
        User(username=f"customer-{number}", email=f"customer-{number}@example.com")
        for number in range(customers)
    )
    tokens = tuple(map(make_token, users))
    rows = Booking.objects.bulk_create(
        (
            Booking(
                reference=f"LIS-{number}",
                user=users[number % customers],
                description="Lisbon, 3 nights",
                amount=PRICE,
                currency="USD",
            )
            for number in range(bookings)
        ),
        batch_size=2000,
    )
    return Shop(tokens, tuple(to_base64("Booking", row.pk) for row in rows))


def count_paid_once(stripe: Connection) -> int:
    """Payments that are equal in the sandbox and the mirror, succeeded and with one charge."""
    from payments_graphql.models import StripePaymentIntent

    charges = Counter(
        charge["payment_intent"] for charge in stripe.list_all("/v1/charges") if charge["paid"]
    )
    ours = {
        one: values
        for one, *values in StripePaymentIntent.objects.values_list(
            "stripe_payment_intent_id", "status", "amount_received", "latest_charge_id"
        )
    }
    return sum(
        ours.pop(one["id"], None) == ["succeeded", PRICE, one["latest_charge"]]
        and (one["status"], one["amount_received"], charges[one["id"]]) == ("succeeded", PRICE, 1)
        for one in stripe.list_all("/v1/payment_intents")
    ) - len(ours)


def count_paid_bookings() -> int:
    from payments_graphql.models import Booking

    rows = Booking.objects.prefetch_related("payment_intents__refunds", "payment_intents__disputes")
    return sum(row.amount_paid == PRICE for row in rows.iterator(chunk_size=1000))
