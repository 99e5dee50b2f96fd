"""Lists of events by several types are one list: https://docs.stripe.com/api/events/list."""

import pytest
import stripe

from tests.sandbox import payments


@pytest.mark.parametrize(
    ("types", "kept"),
    [
        (
            ["payment_intent.created", "charge.succeeded"],
            {"payment_intent.created", "charge.succeeded"},
        ),
        (["payment_intent.*"], {"payment_intent.created", "payment_intent.succeeded"}),
        (["charge.*", "charge.succeeded"], {"charge.succeeded"}),
        (["*"], {"payment_intent.created", "payment_intent.succeeded", "charge.succeeded"}),
        (["invoice.paid"], set[str]()),
        (["charge.?ucceeded", "[c]harge.succeeded"], set[str]()),
    ],
)
@pytest.mark.parametrize("backwards", [False, True])
def test_events_of_several_types_are_listed_in_their_order_over_pages(
    own_client: stripe.StripeClient, types: list[str], kept: set[str], backwards: bool
) -> None:
    for _ in range(3):
        payments.pay(own_client)
    every = own_client.v1.events.list({"limit": 100}).data
    expected = [event.id for event in every if event.type in kept]
    found: list[str] = []
    cursor: dict[str, str] = {"ending_before": every[-1].id} if backwards else {}
    for _ in range(8):
        page = own_client.v1.events.list({"limit": 2, "types": types, **cursor})
        ids = [event.id for event in page.data]
        found = ids + found if backwards else found + ids
        if not ids or not page.has_more:
            break
        cursor = {"ending_before": ids[0]} if backwards else {"starting_after": ids[-1]}
    if backwards:
        expected = [one for one in expected if one != every[-1].id]
    assert found == expected


@pytest.mark.parametrize("was_taken", [False, True])
def test_delivery_success_goes_together_with_types(
    own_client: stripe.StripeClient, was_taken: bool
) -> None:
    payments.pay(own_client)
    own_client.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/", "enabled_events": ["charge.succeeded"]}
    )
    payments.pay(own_client)
    page = own_client.v1.events.list(
        {"types": ["charge.*", "payment_intent.created"], "delivery_success": was_taken}
    )
    taken = ["payment_intent.created", "charge.succeeded", "payment_intent.created"]
    assert [event.type for event in page.data] == (taken if was_taken else ["charge.succeeded"])
