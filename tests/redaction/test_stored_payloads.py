"""Stored Stripe objects contain no client secret and no URL for the customer."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments_graphql.log_redaction import strip_secrets
from tests.redaction.examples import CLIENT_SECRET


def test_stored_payloads_have_no_client_secret() -> None:
    intent = {
        "id": "pi_1",
        "amount": 9999,
        "client_secret": CLIENT_SECRET,
        "next_action": {
            "type": "boleto_display_details",
            "boleto_display_details": {
                "expires_at": 1893456000,
                "number": "0019 0500",
                "hosted_voucher_url": "https://pay.example/voucher",
            },
        },
        "metadata": {"note": "hello", "copy": CLIENT_SECRET},
        "notes": ["a", CLIENT_SECRET, {"deep": f"x {CLIENT_SECRET}"}],
        "paid": True,
        "charge": None,
    }
    event = {"id": "evt_1", "data": {"object": intent}}
    stripped = strip_secrets(event)
    assert stripped["data"]["object"] == {
        "id": "pi_1",
        "amount": 9999,
        "next_action": {
            "type": "boleto_display_details",
            "boleto_display_details": {"expires_at": 1893456000},
        },
        "metadata": {"note": "hello"},
        "notes": ["a", {}],
        "paid": True,
        "charge": None,
    }
    assert intent["client_secret"] == CLIENT_SECRET, "what was given stays as it was"
    stripped["data"]["object"]["metadata"]["note"] = "changed"
    assert intent["metadata"]["note"] == "hello"


@pytest.mark.parametrize(
    "action",
    [
        {"type": "use_stripe_sdk", "use_stripe_sdk": {"stripe_js": f"x {CLIENT_SECRET}"}},
        {"type": "use_stripe_sdk", "use_stripe_sdk": CLIENT_SECRET},
        {"type": "redirect_to_url", "redirect_to_url": {"url": "https://bank.example"}},
        {"redirect_to_url": {"url": "https://bank.example"}},
        "https://bank.example",
        None,
    ],
)
def test_of_what_the_customer_must_do_no_address_is_stored(action: Any) -> None:
    stripped = strip_secrets({"next_action": action})["next_action"]
    kind = action.get("type") if isinstance(action, dict) else None
    assert stripped == ({"type": kind} if kind else None)


@given(st.randoms(use_true_random=False))
def test_a_client_secret_is_stripped_wherever_it_hides(chance: random.Random) -> None:
    value: Any = CLIENT_SECRET
    for _ in range(chance.randrange(1, 6)):
        value = chance.choice([[value], {"a": value}, {"a": 1, "b": [value]}, (value, 2)])
    assert "_secret_" not in repr(strip_secrets(value))
    assert strip_secrets(CLIENT_SECRET) is None
