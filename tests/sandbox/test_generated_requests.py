"""Generated requests never get a 500, and only answers that fit Stripe's own description.

`pytest` tries a few hundred requests; `SANDBOX_EXAMPLES=10000 pytest ...` tries 10,000.
"""

import json
import os
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, event, given, note, settings

from payments_graphql.sandbox import Sandbox
from tests.sandbox.generated_requests import Generated, requests
from tests.sandbox.http_calls import FORM, KEY
from tests.sandbox.response_checks import differences, error_differences
from tests.sandbox.uploads import MULTIPART, encode

type Json = dict[str, Any]
type Send = Callable[[str, str, str], tuple[int, Json, str]]

_EXAMPLES = int(os.environ.get("SANDBOX_EXAMPLES", "200"))


@pytest.fixture(scope="module")
def send() -> Iterator[Send]:
    """One connection to a sandbox of this module, for speed."""
    with Sandbox(seed=3) as sandbox:
        connection = HTTPConnection(urlsplit(sandbox.url).netloc, timeout=10)

        def send(method: str, path: str, form: str) -> tuple[int, Json, str]:
            """Return status, body and the request's id."""
            if (method, path) == ("POST", "/v1/files"):
                connection.request(
                    method, path, encode(parse_qsl(form, keep_blank_values=True)), KEY | MULTIPART
                )
            elif method == "POST":
                connection.request(method, path, form, KEY | FORM)
            else:
                connection.request(method, f"{path}?{form}", headers=KEY)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read()), answer.headers["Request-Id"]

        yield send
        connection.close()


class Maker:
    """New objects of each kind and state, so that examples are independent."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def make(self, kind_and_state: str) -> str:
        """Return the id of a new object such as `refund/pending`."""
        kind, state = kind_and_state.split("/")
        match kind:
            case "balance_transaction":
                return self._find("/v1/balance_transactions", source=self._charge("captured"))
            case "charge":
                return self._charge(state)
            case "customer":
                return self._post("/v1/customers", email="a@example.com")
            case "dispute":
                card = "createDispute" if state == "chargeback" else "createDisputeInquiry"
                return self._find("/v1/disputes", payment_intent=self._pay(card))
            case "event":
                return self._find("/v1/events")
            case "file":
                return self._post("/v1/files", file="", purpose="dispute_evidence")
            case "payment_intent":
                return self._payment(state)
            case "payout":
                self._pay("bypassPending")
                return self._post("/v1/payouts", amount="500", currency="usd")
            case "payment_method":
                customer = self.make("customer/new")
                return self._post("/v1/payment_methods/pm_card_visa/attach", customer=customer)
            case "radar.early_fraud_warning":
                intent = self._pay("createIssuerFraudRecord")
                return self._find("/v1/radar/early_fraud_warnings", payment_intent=intent)
            case "refund":
                intent = self._pay("pendingRefund" if state == "pending" else "visa")
                return self._post("/v1/refunds", payment_intent=intent, amount="500")
            case "setup_intent":
                return self._setup(state)
            case "webhook_endpoint":
                form = {"enabled_events[]": "charge.expired", "url": "http://127.0.0.1:9/"}
                return self._post("/v1/webhook_endpoints", **form)
        raise AssertionError(kind)

    def _payment(self, state: str) -> str:
        match state:
            case "open":
                return self._pay(confirm="false", payment_method="")
            case "confirmable":
                return self._pay(confirm="false")
            case "waiting":
                return self._pay("threeDSecureRequired")
            case "authorized":
                return self._pay(capture_method="manual")
            case "canceled":
                intent = self._pay(confirm="false")
                return self._post(f"/v1/payment_intents/{intent}/cancel")
        return self._pay()

    def _setup(self, state: str) -> str:
        card = "threeDSecureRequired" if state == "waiting" else "visa"
        form = {"payment_method_types[]": "card"}
        if state != "open":
            form["payment_method"] = f"pm_card_{card}"
        if state in {"waiting", "succeeded"}:
            form["confirm"] = "true"
        return self._post("/v1/setup_intents", **form)

    def _charge(self, state: str) -> str:
        token = "tok_chargeDeclined" if state == "failed" else "tok_visa"
        capture = "false" if state == "authorized" else "true"
        form = {"amount": "2000", "currency": "usd", "source": token, "capture": capture}
        return self._post("/v1/charges", **form)

    def _pay(self, card: str = "visa", **params: str) -> str:
        form = {
            "amount": "2000",
            "confirm": "true",
            "currency": "usd",
            "payment_method": f"pm_card_{card}",
            "payment_method_types[]": "card",
        }
        sent = {name: value for name, value in (form | params).items() if value}
        return self._post("/v1/payment_intents", **sent)

    def _post(self, path: str, **params: str) -> str:
        status, body, _ = self._send("POST", path, urlencode(params))
        assert status in {200, 402}, body
        return str(body["id"] if status == 200 else body["error"]["charge"])

    def _find(self, path: str, **params: str) -> str:
        body = self._send("GET", path, urlencode(params))[1]
        return str(body["data"][0]["id"])


@settings(
    max_examples=_EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(generated=requests())
def test_no_request_breaks_the_sandbox_or_makes_a_wrong_object(
    send: Send, generated: Generated
) -> None:
    method = generated.route.method
    path, form = generated.encode(Maker(send).make)
    note(f"{method} {path}?{form}")
    status, body, request_id = send(method, path, form)
    event(f"{method} answered {status}")
    assert status in {200, 400, 402, 404}, body
    found = differences(body) if status == 200 else error_differences(body)
    assert found == set()
    if method != "GET":
        events = send("GET", "/v1/events", "limit=10")[1]["data"]
        told = [one for one in events if one["request"]["id"] == request_id]
        assert {found for one in told for found in differences(one)} == set()
