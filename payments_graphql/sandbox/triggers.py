"""Events on demand, by really doing what causes them: https://docs.stripe.com/cli/trigger."""

import json
from collections.abc import Callable
from email.message import Message
from typing import Any, Protocol
from urllib.parse import urlencode

from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest
from payments_graphql.sandbox.store import Store, load


class TriggerError(ValueError):
    """There is no such trigger, or the sandbox refused a step; the message says which."""


class _Api(Protocol):
    def answer(self, request: HttpRequest) -> HttpAnswer: ...


class Triggers:
    """Performs what causes an event. `run_due` does the jobs that are due."""

    def __init__(self, api: _Api, store: Store, run_due: Callable[[], None]) -> None:
        self._store = store
        self._steps = _Steps(api, store, run_due)

    def perform(self, event_type: str) -> list[JsonObject]:
        """Cause an event of this type; return all events that came since, oldest first."""
        recipe = _RECIPES.get(event_type)
        if recipe is None:
            raise TriggerError(f"event must be one of {', '.join(event_types())}.")
        last = self._store.one("SELECT coalesce(max(seq), 0) AS seq FROM objects")["seq"]
        recipe(self._steps)
        rows = self._store.all(
            "SELECT body FROM objects WHERE kind = 'event' AND seq > ? ORDER BY seq", last
        )
        return [load(row["body"]) for row in rows]


def event_types() -> list[str]:
    """Return the events that can be triggered."""
    return sorted(_RECIPES)


class _Steps:
    """Requests to the API as an integration makes them, and time that passes for one object."""

    def __init__(self, api: _Api, store: Store, run_due: Callable[[], None]) -> None:
        self._api = api
        self._store = store
        self._run_due = run_due

    def call(self, method: str, path: str, **params: str | int) -> JsonObject:
        """Return the answer; a decline is what some events need, so it is one too."""
        headers = Message()
        headers["Authorization"] = "Bearer sk_test_trigger"
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        headers["Sandbox-Fault"] = "none"
        form = urlencode({_field(name): value for name, value in params.items()})
        query, body = (form, "") if method == "GET" else ("", form)
        answer = self._api.answer(HttpRequest(method, path, query, headers, body.encode()))
        content: JsonObject = json.loads(answer.body)
        if answer.status not in {200, 402}:
            raise TriggerError(f"{method} {path}: {content['error']['message']}")
        return content

    def create(self, resource: str, **params: str | int) -> JsonObject:
        return self.call("POST", f"/v1/{resource}", **params)

    def finish(self, job: str, object_id: str) -> None:
        """Let happen now what would happen to an object by itself later."""
        self._store.execute(
            "UPDATE jobs SET due = ? WHERE name = ? AND object = ?",
            self._store.now(),
            job,
            object_id,
        )
        self._run_due()


def _field(name: str) -> str:
    """`automatic_payment_methods__enabled` is `automatic_payment_methods[enabled]`."""
    first, *rest = name.split("__")
    return first + "".join(f"[{part}]" for part in rest)


_CARDS_ONLY: dict[str, Any] = {
    "automatic_payment_methods__enabled": "true",
    "automatic_payment_methods__allow_redirects": "never",
}


def _intent(steps: _Steps, **params: str | int) -> JsonObject:
    return steps.create("payment_intents", amount=2000, currency="usd", **_CARDS_ONLY, **params)


def _pay(steps: _Steps, card: str = "pm_card_visa", **params: str | int) -> JsonObject:
    return _intent(steps, payment_method=card, confirm="true", **params)


def _debit(steps: _Steps) -> JsonObject:
    return _pay(
        steps,
        "pm_usBankAccount_processing",
        mandate_data__customer_acceptance__type="offline",
    )


def _authorize(steps: _Steps) -> JsonObject:
    return _pay(steps, capture_method="manual")


def _refund(steps: _Steps, card: str = "pm_card_visa") -> JsonObject:
    return steps.create("refunds", payment_intent=_pay(steps, card)["id"])


def _settle_refund(steps: _Steps) -> None:
    steps.finish("settle_refund", _refund(steps, "pm_card_pendingRefund")["id"])


def _dispute(steps: _Steps) -> str:
    intent = _pay(steps, "pm_card_createDispute")
    page = steps.call("GET", "/v1/disputes", payment_intent=intent["id"])
    return str(page["data"][0]["id"])


def _end_dispute(steps: _Steps, evidence: str) -> None:
    dispute = _dispute(steps)
    steps.create(f"disputes/{dispute}", evidence__uncategorized_text=evidence, submit="true")
    steps.finish("decide_dispute", dispute)


def _setup(steps: _Steps, card: str = "pm_card_visa") -> JsonObject:
    return steps.create("setup_intents", payment_method=card, confirm="true", **_CARDS_ONLY)


def _attach(steps: _Steps) -> str:
    customer = steps.create("customers", email="alice@example.com")
    method = steps.create("payment_methods/pm_card_visa/attach", customer=customer["id"])
    return str(method["id"])


def _customer(steps: _Steps) -> str:
    return str(steps.create("customers", email="alice@example.com")["id"])


_RECIPES: dict[str, Callable[[_Steps], object]] = {
    "charge.captured": lambda steps: steps.create(
        f"payment_intents/{_authorize(steps)['id']}/capture"
    ),
    "charge.dispute.closed": lambda steps: steps.create(f"disputes/{_dispute(steps)}/close"),
    "charge.dispute.created": _dispute,
    "charge.dispute.funds_reinstated": lambda steps: _end_dispute(steps, "winning_evidence"),
    "charge.dispute.funds_withdrawn": _dispute,
    "charge.dispute.updated": lambda steps: steps.create(
        f"disputes/{_dispute(steps)}", metadata__triggered="true"
    ),
    "charge.expired": lambda steps: steps.finish("expire_authorization", _authorize(steps)["id"]),
    "charge.failed": lambda steps: _pay(steps, "pm_card_chargeDeclined"),
    "charge.pending": _debit,
    "charge.refund.updated": _settle_refund,
    "charge.refunded": _refund,
    "charge.succeeded": _pay,
    "charge.updated": lambda steps: steps.create(
        f"charges/{_pay(steps)['latest_charge']}", metadata__triggered="true"
    ),
    "customer.created": _customer,
    "customer.deleted": lambda steps: steps.call("DELETE", f"/v1/customers/{_customer(steps)}"),
    "customer.updated": lambda steps: steps.create(f"customers/{_customer(steps)}", name="Alice"),
    "payment_intent.amount_capturable_updated": _authorize,
    "payment_intent.canceled": lambda steps: steps.create(
        f"payment_intents/{_intent(steps)['id']}/cancel"
    ),
    "payment_intent.created": _intent,
    "payment_intent.payment_failed": lambda steps: _pay(steps, "pm_card_chargeDeclined"),
    "payment_intent.processing": _debit,
    "payment_intent.requires_action": lambda steps: _pay(steps, "pm_card_threeDSecureRequired"),
    "payment_intent.succeeded": _pay,
    "payment_method.attached": _attach,
    "payment_method.detached": lambda steps: steps.create(
        f"payment_methods/{_attach(steps)}/detach"
    ),
    "payment_method.updated": lambda steps: steps.create(
        f"payment_methods/{_attach(steps)}", metadata__triggered="true"
    ),
    "radar.early_fraud_warning.created": lambda steps: _pay(
        steps, "pm_card_createIssuerFraudRecord"
    ),
    "refund.created": _refund,
    "refund.failed": lambda steps: steps.finish(
        "fail_refund", _refund(steps, "pm_card_refundFail")["id"]
    ),
    "refund.updated": _settle_refund,
    "setup_intent.canceled": lambda steps: steps.create(
        f"setup_intents/{steps.create('setup_intents')['id']}/cancel"
    ),
    "setup_intent.created": lambda steps: steps.create("setup_intents"),
    "setup_intent.requires_action": lambda steps: _setup(steps, "pm_card_threeDSecureRequired"),
    "setup_intent.setup_failed": lambda steps: _setup(steps, "pm_card_chargeDeclined"),
    "setup_intent.succeeded": _setup,
}
