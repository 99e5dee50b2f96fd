"""Each object against the SDK's own class: nothing that isn't optional is missing, nothing is
unknown.
"""

import types
from typing import Any, Union, get_args, get_origin

import pytest
import stripe

from tests.sandbox import payments

# Read by nobody and in no answer of the sandbox, although the SDK declares them.
_ONLY_WHEN_SET = {"deleted"}


def attributes(kind: type) -> dict[str, object]:
    return {
        name: hint
        for name, hint in kind.__annotations__.items()
        if not name.startswith("_") and name != "OBJECT_NAME"
    }


def is_optional(hint: object) -> bool:
    return get_origin(hint) in {Union, types.UnionType} and type(None) in get_args(hint)


def nested_class(hint: object) -> type | None:
    options = get_args(hint) if is_optional(hint) else (hint,)
    for option in options:
        if isinstance(option, type) and issubclass(option, stripe.StripeObject):
            return option
    return None


def differences(kind: type, shown: dict[str, Any], path: str) -> list[str]:
    known = attributes(kind)
    if not known or kind.__name__ == "UntypedStripeObject":
        return []
    found = [f"{path}.{name} is unknown" for name in shown.keys() - known.keys()]
    for name, hint in known.items():
        if name not in shown:
            if not is_optional(hint) and name not in _ONLY_WHEN_SET:
                found.append(f"{path}.{name} is missing")
        elif isinstance(shown[name], dict):
            inner = nested_class(hint)
            if inner is not None and shown[name].get("object") != "list":
                found += differences(inner, shown[name], f"{path}.{name}")
        elif shown[name] is None and not is_optional(hint):
            found.append(f"{path}.{name} is null")
    return found


@pytest.fixture
def examples(client: stripe.StripeClient, alice: stripe.Customer) -> list[stripe.StripeObject]:
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": alice.id})
    paid = payments.pay(client, card.id, customer=alice.id, receipt_email="alice@example.com")
    waiting = payments.pay(client, "pm_card_threeDSecureRequired")
    authorised = payments.pay(client, capture_method="manual", expand=["latest_charge"])
    with pytest.raises(stripe.CardError) as declined:
        payments.pay(client, "pm_card_chargeDeclined")
    failed = client.v1.payment_intents.retrieve(declined.value.error.payment_intent.id)
    pending = payments.pay(client, "pm_card_pendingRefund")
    return [
        alice,
        card,
        paid,
        waiting,
        authorised,
        failed,
        client.v1.charges.retrieve(paid.latest_charge),
        client.v1.charges.retrieve(failed.latest_charge),
        client.v1.refunds.create({"payment_intent": paid.id}),
        client.v1.refunds.create({"payment_intent": pending.id}),
        client.v1.events.list({"limit": 1}).data[0],
        client.v1.webhook_endpoints.create(
            {"url": "http://127.0.0.1:9/", "enabled_events": ["charge.expired"]}
        ),
    ]


@pytest.mark.stripe_rule(
    "Objects have the attributes that the official SDK declares", "https://docs.stripe.com/api"
)
def test_objects_have_what_the_sdk_declares_and_no_more(
    examples: list[stripe.StripeObject],
) -> None:
    found = [
        difference
        for example in examples
        for difference in differences(type(example), example.to_dict(), type(example).__name__)
    ]
    assert found == []


def test_the_check_of_objects_finds_what_is_wrong() -> None:
    wrong = {"id": None, "object": "refund", "colour": "red"}
    found = differences(stripe.Refund, wrong, "Refund")
    assert "Refund.colour is unknown" in found
    assert "Refund.amount is missing" in found
    assert "Refund.id is null" in found
