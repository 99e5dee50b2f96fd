"""The actions of each type of object, and the statuses that they need."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from payments_graphql.sandbox.cards import DECLINES
from payments_graphql.sandbox.errors import InvalidParameterError
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.own_requests import OwnRequests
from payments_graphql.sandbox.resources import dispute_turns, disputes, next_declines
from payments_graphql.sandbox.resources.capture import CANCELABLE
from payments_graphql.sandbox.resources.dispute_outcomes import CLOSED
from payments_graphql.sandbox.transaction import Transaction


class Means(Protocol):
    """The means of an action: the API, jobs, and changes in a transaction."""

    @property
    def api(self) -> OwnRequests: ...

    def run_job(self, name: str, object_id: str) -> None: ...

    def change[Result](self, function: Callable[[Transaction], Result]) -> Result: ...


# Does the action to an object, with the values of its fields.
type _Perform = Callable[[Means, JsonObject, dict[str, Any]], object]


@dataclass(frozen=True, slots=True)
class Field:
    """A value that an action takes: one of `choices`, or an optional amount if there are none."""

    name: str
    label: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """`name` is for programs, `label` for people."""

    name: str
    label: str
    perform: _Perform
    field: Field | None = None


def list_actions(one: JsonObject, charge: JsonObject | None) -> list[Action]:
    """Return what can be done to this object now.

    `charge` is the latest charge of a payment intent, or the charge itself.
    """
    actions = _BY_TYPE.get(one.get("object", ""))
    return [] if actions is None or one.get("deleted") else list(actions(one, charge))


def _amount(label: str) -> Field:
    return Field("amount", label)


_REASON = Field("reason", "Reason", disputes.REASONS)
_DECLINE_CODE = Field("decline_code", "Decline code", tuple(DECLINES))


def _of_payment_intent(one: JsonObject, charge: JsonObject | None) -> Iterator[Action]:
    status = one["status"]
    if status == "requires_capture":
        yield Action("capture", "Capture", _capture, _amount("Amount"))
        yield Action("expire", "Expire this authorization", _job("expire_authorization"))
    if status == "processing":
        yield Action("answer", "Let the bank answer now", _job("answer_debit"))
    if charge is not None and status == "succeeded":
        yield from _of_charge(charge, charge)
    if status in {"requires_payment_method", "requires_confirmation", "requires_action"}:
        yield _DECLINE_NEXT
    if status in CANCELABLE:
        yield Action("cancel", "Cancel", _post("payment_intents/{id}/cancel"))


def _of_charge(charge: JsonObject, _: JsonObject | None) -> Iterator[Action]:
    if charge["status"] != "succeeded":
        return
    if not charge["captured"]:
        if charge["payment_intent"] is None and not charge["refunded"]:
            yield Action("capture", "Capture", _capture_charge, _amount("Amount"))
            yield Action("expire", "Expire this authorization", _job("expire_charge"))
        return
    if not charge["refunded"]:
        yield Action("refund", "Refund", _refund, _amount("Amount"))
    is_card = charge["payment_method_details"]["type"] == "card"
    if is_card and not charge["disputed"]:
        yield Action("dispute", "Dispute this payment", _dispute, _REASON)


def _of_refund(one: JsonObject, _: JsonObject | None) -> Iterator[Action]:
    status = one["status"]
    if status in {"pending", "requires_action"}:
        yield Action("settle", "Let this refund succeed", _job("settle_refund"))
    if status in {"pending", "succeeded"}:
        yield Action("fail", "Fail this refund", _job("fail_refund"))
    if status == "requires_action":
        yield Action("cancel", "Cancel", _post("refunds/{id}/cancel"))


def _of_payout(one: JsonObject, _: JsonObject | None) -> Iterator[Action]:
    status = one["status"]
    if status == "pending":
        yield Action("pay", "Let this payout arrive", _job("pay_payout"))
    if status in {"pending", "paid"}:
        yield Action("fail", "Fail this payout", _job("fail_payout"))


def _of_dispute(one: JsonObject, _: JsonObject | None) -> Iterator[Action]:
    for turn in dispute_turns.list_turns(one["status"]):
        yield Action(turn, _TURNS[turn], _turn(turn))
    if one["status"] not in CLOSED:
        yield Action("accept", "Accept for the site", _post("disputes/{id}/close"))


_TURNS = {
    "appeal": "Appeal",
    "escalate": "Escalate to a chargeback",
    "lose": "Decide for the customer",
    "prevent": "Prevent by a refund of the network",
    "reopen": "Reopen",
    "review_appeal": "Review the appeal",
    "win": "Decide for the site",
}


def _of_setup_intent(one: JsonObject, _: JsonObject | None) -> Iterator[Action]:
    if one["status"] not in {"succeeded", "canceled", "processing"}:
        yield Action("cancel", "Cancel", _post("setup_intents/{id}/cancel"))


def _of_payment_method(one: JsonObject, _: JsonObject | None) -> Iterator[Action]:
    if one["type"] == "card":
        yield _DECLINE_NEXT


def _of_customer(one: JsonObject, _: JsonObject | None) -> Iterator[Action]:
    del one
    yield _DECLINE_NEXT


def _of_webhook_endpoint(one: JsonObject, _: JsonObject | None) -> Iterator[Action]:
    if one["status"] == "disabled":
        yield Action("enable", "Enable", _enable)


_BY_TYPE: dict[str, Callable[[JsonObject, JsonObject | None], Iterator[Action]]] = {
    "charge": _of_charge,
    "customer": _of_customer,
    "dispute": _of_dispute,
    "payment_intent": _of_payment_intent,
    "payment_method": _of_payment_method,
    "payout": _of_payout,
    "refund": _of_refund,
    "setup_intent": _of_setup_intent,
    "webhook_endpoint": _of_webhook_endpoint,
}


def _post(path: str) -> _Perform:
    """Call the API without parameters."""
    return lambda means, one, _: means.api.create(path.format(id=one["id"]))


def _job(name: str) -> _Perform:
    """Run a job that otherwise runs later or only for a certain test card."""
    return lambda means, one, _: means.run_job(name, one["id"])


def _turn(name: str) -> _Perform:
    """Do what only a bank or a network can do."""
    return lambda means, one, _: means.change(lambda tx: dispute_turns.turn(tx, one, name))


def _capture(means: Means, one: JsonObject, values: dict[str, Any]) -> object:
    amount = {"amount_to_capture": values["amount"]} if "amount" in values else {}
    return means.api.create(f"payment_intents/{one['id']}/capture", **amount)


def _capture_charge(means: Means, one: JsonObject, values: dict[str, Any]) -> object:
    return means.api.create(f"charges/{one['id']}/capture", **values)


def _refund(means: Means, one: JsonObject, values: dict[str, Any]) -> object:
    return means.api.create("refunds", **{one["object"]: one["id"]}, **values)


def _enable(means: Means, one: JsonObject, values: dict[str, Any]) -> object:
    del values
    return means.api.create(f"webhook_endpoints/{one['id']}", disabled="false")


def _dispute(means: Means, one: JsonObject, values: dict[str, Any]) -> object:
    reason = values.get("reason", "fraudulent")
    if reason not in disputes.REASONS:
        raise InvalidParameterError(
            f"reason must be one of {', '.join(disputes.REASONS)}.", param="reason"
        )
    charge_id = one["latest_charge"] if one["object"] == "payment_intent" else one["id"]
    return means.change(lambda tx: disputes.open_dispute(tx, tx.find("charge", charge_id), reason))


def _decline_next(means: Means, one: JsonObject, values: dict[str, Any]) -> object:
    code = values.get("decline_code", "generic_decline")
    return means.change(lambda tx: next_declines.request(tx, one, code))


_DECLINE_NEXT = Action("decline_next", "Decline the next charge", _decline_next, _DECLINE_CODE)
