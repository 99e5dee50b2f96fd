"""Runs a whole payment from the terminal through the public interfaces: GraphQL and webhooks over
HTTP, and Stripe's API with the publishable key, as a browser uses it."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import requests

CREATE = """
mutation Create($input: CreatePaymentIntentInput!) {
  createPaymentIntent(input: $input) {
    paymentIntent { id stripePaymentIntentId status amount currency clientSecret }
    errors { code message path }
  }
}
"""
CONFIRM = """
mutation Confirm($input: ConfirmPaymentIntentInput!) {
  confirmPaymentIntent(input: $input) {
    paymentIntent { status }
    errors { code message ... on CardError { declineCode advice } }
  }
}
"""
CANCEL = """
mutation Cancel($input: CancelPaymentIntentInput!) {
  cancelPaymentIntent(input: $input) { paymentIntent { status } errors { code message } }
}
"""
REFUND = """
mutation Refund($input: CreateRefundInput!) {
  createRefund(input: $input) { refund { status amount currency } errors { code message } }
}
"""
READ = """
query Read($id: ID!) {
  paymentIntent(by: {id: $id}) { status amountReceived amountRefunded amountRefundable }
}
"""
BOOKINGS = "{ bookings(first: 10) { edges { node { id reference amount currency } } } }"


class DemonstrationFailedError(RuntimeError):
    """A step did not have the expected result."""


class Demonstration:
    """With `uses_sandbox`, 3-D Secure is approved. At Stripe itself the payment is canceled."""

    def __init__(
        self,
        *,
        site: str,
        stripe: str,
        publishable_key: str,
        uses_sandbox: bool,
        write: Callable[[str], object],
    ) -> None:
        self.site = site
        self.stripe = stripe
        self.publishable_key = publishable_key
        self.uses_sandbox = uses_sandbox
        self.write = write
        self.session = requests.Session()

    def run(self, username: str, password: str) -> None:
        self._sign_in(username, password)
        self._pay_and_refund()
        self._be_declined()
        self._authenticate()

    def _sign_in(self, username: str, password: str) -> None:
        answer = self.session.post(
            f"{self.site}/api/auth/login/",
            json={"username": username, "password": password},
            timeout=30,
        )
        self._expect(answer.status_code, 200, "the answer to the login")
        self.session.headers["Authorization"] = f"Token {answer.json()['token']}"
        self.write(f"Signed in as {username} with a token.\n")

    def _pay_and_refund(self) -> None:
        booking = self._query(BOOKINGS)["bookings"]["edges"][-1]["node"]
        self.write(
            f"1. Pay for booking {booking['reference']}: {booking['amount']} {booking['currency']}"
        )
        intent = self._create(bookingId=booking["id"])
        # What a page does with Stripe.js: the card goes to Stripe, never to the site.
        self._confirm_as_browser(intent, "pm_card_visa")
        self._wait(intent, lambda paid: paid["status"] == "SUCCEEDED", "succeeded")
        self._show(intent, "The webhook" if self.uses_sandbox else "Reading events")

        self.write("\n2. Refund a part, and then the rest")
        for amount in ("10.00", None):
            refund = self._mutate(
                REFUND,
                "createRefund",
                paymentIntentId=intent["id"],
                idempotencyKey=str(uuid.uuid4()),
                **({"amount": amount} if amount else {}),
            )["refund"]
            self.write(
                f"   createRefund: {refund['amount']} {refund['currency']} {refund['status']}"
            )
        left = self._wait(intent, lambda paid: float(paid["amountRefundable"]) == 0, "refunded")
        self.write(
            f"   received {left['amountReceived']}, refunded {left['amountRefunded']}, "
            f"left to refund {left['amountRefundable']}"
        )
        again = self._query(
            REFUND,
            input={"paymentIntentId": intent["id"], "idempotencyKey": str(uuid.uuid4())},
        )["createRefund"]
        self._expect(bool(again["errors"]), True, "that a third refund is refused")
        self.write(f"   once more: {again['errors'][0]['message']}")

    def _be_declined(self) -> None:
        self.write("\n3. A card that is declined")
        intent = self._create(amount="20.00", currency="USD")
        declined = self._query(
            CONFIRM,
            input={
                "paymentIntentId": intent["id"],
                "stripePaymentMethodId": "pm_card_visa_chargeDeclinedInsufficientFunds",
            },
        )["confirmPaymentIntent"]
        (error,) = declined["errors"]
        self._expect(error.get("declineCode"), "insufficient_funds", "the decline code")
        self.write(f"   {error['code']} / {error['declineCode']}: {error['message']}")
        self.write(f"   Advice: {error['advice']}")
        self._show(intent, "The decline")

    def _authenticate(self) -> None:
        self.write("\n4. A card that asks for 3-D Secure")
        intent = self._create(amount="30.00", currency="USD")
        self._mutate(
            CONFIRM,
            "confirmPaymentIntent",
            paymentIntentId=intent["id"],
            stripePaymentMethodId="pm_card_threeDSecureRequired",
        )
        self._show(intent, "Confirming", expected="requires_action")
        if not self.uses_sandbox:
            self._mutate(CANCEL, "cancelPaymentIntent", paymentIntentId=intent["id"])
            self._show(intent, "Nobody can approve it here, so canceling", expected="canceled")
            return
        requests.post(
            f"{self.stripe}/_sandbox/authenticate/{intent['stripePaymentIntentId']}",
            json={"outcome": "succeed"},
            timeout=30,
        ).raise_for_status()
        self.write("   The customer approves it at the bank.")
        self._wait(intent, lambda paid: paid["status"] == "SUCCEEDED", "succeeded")
        self._show(intent, "The webhook", expected="succeeded")

    def _create(self, **values: Any) -> dict[str, Any]:
        key = str(uuid.uuid4())
        created = self._mutate(CREATE, "createPaymentIntent", idempotencyKey=key, **values)
        intent: dict[str, Any] = created["paymentIntent"]
        self.write(f"   createPaymentIntent: {intent['stripePaymentIntentId']} {intent['status']}")
        return intent

    def _confirm_as_browser(self, intent: dict[str, Any], method: str) -> None:
        answer = requests.post(
            f"{self.stripe}/v1/payment_intents/{intent['stripePaymentIntentId']}/confirm",
            data={"client_secret": intent["clientSecret"], "payment_method": method},
            auth=(self.publishable_key, ""),
            timeout=60,
        )
        self._expect(answer.status_code, 200, "Stripe's answer to the browser")
        self.write(f"   The browser confirms at Stripe with {method}.")

    def _show(self, intent: dict[str, Any], what: str, *, expected: str | None = None) -> None:
        """Shows our status and Stripe's, which is read with the publishable key."""
        ours = self._query(READ, id=intent["id"])["paymentIntent"]["status"].lower()
        answer = requests.get(
            f"{self.stripe}/v1/payment_intents/{intent['stripePaymentIntentId']}",
            params={"client_secret": intent["clientSecret"]},
            auth=(self.publishable_key, ""),
            timeout=60,
        )
        theirs = answer.json().get("status")
        self._expect(ours, expected or theirs, "our status")
        self._expect(theirs, ours, "Stripe's status")
        self.write(f"   {what}: {ours} here, {theirs} at Stripe.")

    def _wait(
        self, intent: dict[str, Any], is_done: Callable[[dict[str, Any]], bool], what: str
    ) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            paid: dict[str, Any] = self._query(READ, id=intent["id"])["paymentIntent"]
            if is_done(paid):
                return paid
            time.sleep(0.05)
        raise DemonstrationFailedError(f"The payment was not {what} within a minute.")

    def _mutate(self, document: str, field: str, **values: Any) -> dict[str, Any]:
        payload: dict[str, Any] = self._query(document, input=values)[field]
        self._expect(payload["errors"], [], f"the errors of {field}")
        return payload

    def _query(self, document: str, **variables: Any) -> dict[str, Any]:
        answer = self.session.post(
            f"{self.site}/graphql/",
            json={"query": document, "variables": variables},
            timeout=90,
        )
        body = answer.json()
        self._expect(body.get("errors"), None, "the errors of the request")
        data: dict[str, Any] = body["data"]
        return data

    def _expect(self, actual: object, expected: object, what: str) -> None:
        if actual != expected:
            raise DemonstrationFailedError(f"Expected {what} to be {expected!r}; it is {actual!r}.")
