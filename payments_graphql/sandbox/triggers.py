"""Triggers events by really doing what causes them: https://docs.stripe.com/cli/trigger.

A trigger makes a new payment, or acts on one that the site has made.
"""

from collections.abc import Callable
from typing import Any

from payments_graphql.sandbox.actions.performing import Actions
from payments_graphql.sandbox.errors import ApiError
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.resources import payouts
from payments_graphql.sandbox.resources.balance_transactions import sum_available
from payments_graphql.sandbox.store import Store, load

DESCRIPTION = "(created by the sandbox's triggers)"
"""The description of payments made by triggers. Stripe's command line has a similar one."""


class TriggerError(ValueError):
    """Unknown event, or a step that the API refused; the message says which."""


class Triggers:
    """Performs what causes an event."""

    def __init__(self, store: Store, actions: Actions) -> None:
        self._store = store
        self._actions = actions

    def perform(self, event_type: str, payment_intent: str | None = None) -> list[JsonObject]:
        """Cause an event of this type; return all new events, oldest first.

        With `payment_intent` it happens to that payment instead of a new one. Raises TriggerError.
        """
        last = self._store.one("SELECT coalesce(max(seq), 0) AS seq FROM objects")["seq"]
        try:
            chosen = self._find(payment_intent) if payment_intent else None
            names = event_types() if chosen is None else event_types_for(chosen)
            if event_type not in names:
                raise TriggerError(f"event must be one of {', '.join(names)}.")
            _RECIPES[event_type](_Steps(self._actions, chosen))
        except ApiError as error:
            raise TriggerError(error.message) from None
        rows = self._store.all(
            "SELECT body FROM objects WHERE kind = 'event' AND seq > ? ORDER BY seq", last
        )
        return [load(row["body"]) for row in rows]

    def _find(self, payment_intent: str) -> JsonObject:
        found = self._store.get("payment_intent", payment_intent)
        if found is None:
            raise TriggerError(f"No such payment_intent: '{payment_intent}'")
        return found

    def list_payments(self, limit: int) -> list[JsonObject]:
        """Return the latest payment intents that no trigger made, newest first."""
        rows = self._store.all(
            "SELECT body FROM objects WHERE kind = 'payment_intent' "
            "AND json_extract(body, '$.description') IS NOT ? ORDER BY seq DESC LIMIT ?",
            DESCRIPTION,
            limit,
        )
        return [load(row["body"]) for row in rows]


def event_types() -> list[str]:
    """Return the events that can be triggered with a new payment."""
    return sorted(_RECIPES)


def event_types_for(payment_intent: JsonObject) -> list[str]:
    """Return the events that can be triggered for this payment in its present status."""
    status = payment_intent["status"]
    names = _FOR_STATUS.get(status, ())
    if status in _OPEN and payment_intent["capture_method"] == "manual":
        names = (*names, "payment_intent.amount_capturable_updated")
    return sorted(names)


_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
_UNPAID = (
    "charge.failed",
    "charge.succeeded",
    "payment_intent.canceled",
    "payment_intent.payment_failed",
    "payment_intent.requires_action",
    "payment_intent.succeeded",
)
_FOR_STATUS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_OPEN, _UNPAID),
    "requires_capture": (
        "charge.captured",
        "charge.expired",
        "payment_intent.canceled",
        "payment_intent.succeeded",
    ),
    "succeeded": (
        "charge.dispute.closed",
        "charge.dispute.created",
        "charge.dispute.funds_reinstated",
        "charge.dispute.funds_withdrawn",
        "charge.refunded",
        "refund.created",
        "refund.failed",
    ),
}


class _Steps:
    """The steps of the recipes. `chosen` is the payment to act on, or None for a new one."""

    def __init__(self, actions: Actions, chosen: JsonObject | None) -> None:
        self.act = actions.perform
        self.finish = actions.run_job
        self.change = actions.change
        self.call = actions.api.call
        self.create = actions.api.create
        self.chosen = chosen

    def intent(self) -> JsonObject:
        return self.chosen or self._new_intent()

    def _new_intent(self, **params: str | int) -> JsonObject:
        return self.create(
            "payment_intents",
            **{"amount": 2000, **_CARDS_ONLY, **params},
            currency="usd",
            description=DESCRIPTION,
        )

    def pay(self, card: str = "pm_card_visa", **params: str | int) -> JsonObject:
        """Return a new payment, or the chosen one, after it was confirmed with this card."""
        if self.chosen is None:
            return self._new_intent(payment_method=card, confirm="true", **params)
        path = f"payment_intents/{self.chosen['id']}/confirm"
        # Required if the site allows payment methods that redirect.
        return self.create(path, payment_method=card, return_url="https://example.com/")

    def authorized(self) -> JsonObject:
        if self.chosen is not None and self.chosen["status"] == "requires_capture":
            return self.chosen
        return self.pay(capture_method="manual")

    def paid(self) -> JsonObject:
        return self.chosen or self.pay()


_CARDS_ONLY: dict[str, Any] = {
    "automatic_payment_methods__enabled": "true",
    "automatic_payment_methods__allow_redirects": "never",
}


def _debit(steps: _Steps) -> JsonObject:
    return steps.pay(
        "pm_usBankAccount_processing",
        mandate_data__customer_acceptance__type="offline",
    )


def _capture(steps: _Steps) -> JsonObject:
    return steps.create(f"payment_intents/{steps.authorized()['id']}/capture")


def _succeed(steps: _Steps) -> None:
    """A payment with manual capture succeeds when it is captured."""
    is_authorized = steps.chosen is not None and steps.chosen["status"] == "requires_capture"
    payment = steps.authorized() if is_authorized else steps.pay()
    if payment["status"] == "requires_capture":
        steps.create(f"payment_intents/{payment['id']}/capture")


def _refund(steps: _Steps) -> JsonObject:
    return steps.create("refunds", payment_intent=steps.paid()["id"])


def _settle_refund(steps: _Steps) -> None:
    payment = steps.pay("pm_card_pendingRefund")
    refund = steps.create("refunds", payment_intent=payment["id"])
    steps.finish("settle_refund", refund["id"])


def _dispute(steps: _Steps) -> str:
    payment = steps.paid()
    steps.act(payment["id"], "dispute", {})
    page = steps.call("GET", "/v1/disputes", payment_intent=payment["id"])
    return str(page["data"][0]["id"])


def _win_dispute(steps: _Steps) -> None:
    dispute = _dispute(steps)
    steps.create(
        f"disputes/{dispute}", evidence__uncategorized_text="winning_evidence", submit="true"
    )
    steps.finish("decide_dispute", dispute)


def _setup(steps: _Steps, card: str = "pm_card_visa") -> JsonObject:
    return steps.create("setup_intents", payment_method=card, confirm="true", **_CARDS_ONLY)


def _attach(steps: _Steps) -> str:
    customer = steps.create("customers", email="alice@example.com")
    method = steps.create("payment_methods/pm_card_visa/attach", customer=customer["id"])
    return str(method["id"])


def _customer(steps: _Steps) -> str:
    return str(steps.create("customers", email="alice@example.com")["id"])


def _pay_out(steps: _Steps) -> list[str]:
    """Pay out everything that is available. If nothing is, pay first."""
    made = steps.change(payouts.pay_out_available)
    if not made:
        missing = -min(steps.change(sum_available).get("usd", 0), 0)
        steps.pay("pm_card_bypassPending", amount=2000 + 2 * missing)
        made = steps.change(payouts.pay_out_available)
    return [payout["id"] for payout in made]


def _finish_payouts(steps: _Steps, job: str) -> None:
    for payout in _pay_out(steps):
        steps.finish(job, payout)


_RECIPES: dict[str, Callable[[_Steps], object]] = {
    "charge.captured": _capture,
    "charge.dispute.closed": lambda steps: steps.create(f"disputes/{_dispute(steps)}/close"),
    "charge.dispute.created": _dispute,
    "charge.dispute.funds_reinstated": _win_dispute,
    "charge.dispute.funds_withdrawn": _dispute,
    "charge.dispute.updated": lambda steps: steps.create(
        f"disputes/{_dispute(steps)}", metadata__triggered="true"
    ),
    "charge.expired": lambda steps: steps.act(steps.authorized()["id"], "expire", {}),
    "charge.failed": lambda steps: steps.pay("pm_card_chargeDeclined"),
    "charge.pending": _debit,
    "charge.refund.updated": _settle_refund,
    "charge.refunded": _refund,
    "charge.succeeded": lambda steps: steps.pay(),
    "charge.updated": lambda steps: steps.create(
        f"charges/{steps.pay()['latest_charge']}", metadata__triggered="true"
    ),
    "customer.created": _customer,
    "customer.deleted": lambda steps: steps.call("DELETE", f"/v1/customers/{_customer(steps)}"),
    "customer.updated": lambda steps: steps.create(f"customers/{_customer(steps)}", name="Alice"),
    "payment_intent.amount_capturable_updated": lambda steps: steps.authorized(),
    "payment_intent.canceled": lambda steps: steps.create(
        f"payment_intents/{steps.intent()['id']}/cancel"
    ),
    "payment_intent.created": lambda steps: steps.intent(),
    "payment_intent.payment_failed": lambda steps: steps.pay("pm_card_chargeDeclined"),
    "payment_intent.processing": _debit,
    "payment_intent.requires_action": lambda steps: steps.pay("pm_card_threeDSecureRequired"),
    "payment_intent.succeeded": _succeed,
    "payment_method.attached": _attach,
    "payment_method.detached": lambda steps: steps.create(
        f"payment_methods/{_attach(steps)}/detach"
    ),
    "payment_method.updated": lambda steps: steps.create(
        f"payment_methods/{_attach(steps)}", metadata__triggered="true"
    ),
    "payout.created": _pay_out,
    "payout.failed": lambda steps: _finish_payouts(steps, "fail_payout"),
    "payout.paid": lambda steps: _finish_payouts(steps, "pay_payout"),
    "payout.reconciliation_completed": lambda steps: _finish_payouts(steps, "pay_payout"),
    "payout.updated": lambda steps: _finish_payouts(steps, "pay_payout"),
    "radar.early_fraud_warning.created": lambda steps: steps.pay("pm_card_createIssuerFraudRecord"),
    "refund.created": _refund,
    "refund.failed": lambda steps: steps.act(_refund(steps)["id"], "fail", {}),
    "refund.updated": _settle_refund,
    "setup_intent.canceled": lambda steps: steps.create(
        f"setup_intents/{steps.create('setup_intents')['id']}/cancel"
    ),
    "setup_intent.created": lambda steps: steps.create("setup_intents"),
    "setup_intent.requires_action": lambda steps: _setup(steps, "pm_card_threeDSecureRequired"),
    "setup_intent.setup_failed": lambda steps: _setup(steps, "pm_card_chargeDeclined"),
    "setup_intent.succeeded": _setup,
}
