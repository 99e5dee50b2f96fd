"""Lists inside an object have no pages. They end at the newest hundred, and say whether there is
more."""

import pytest
from graphql import GraphQLList, get_named_type, get_nullable_type, is_composite_type

from payments_graphql.models import StripeSetupIntent
from schema.engine.lists import LONGEST_LIST

from .rows import (
    get_customer,
    make_changes,
    make_disputes,
    make_intents,
    make_methods,
    make_refunds,
)
from .selecting import SDL, list_objects

COMPLETE = {"availableActions", "currencies", "errors"}
"""These are never cut."""


def list_inner_lists():
    """The lists of objects that have no pages."""
    for type_ in list_objects():
        if not type_.name.endswith(("Connection", "Edge")):
            for name, field in type_.fields.items():
                is_list = isinstance(get_nullable_type(field.type), GraphQLList)
                if is_list and is_composite_type(get_named_type(field.type)):
                    yield type_.name, name, field


def test_every_list_says_where_it_ends():
    lists = list(list_inner_lists())
    assert len(lists) > 10
    silent = {name for _, name, field in lists if "at most" not in field.description}
    assert silent - COMPLETE == set()


def test_every_list_of_an_object_says_whether_there_is_more():
    roots = {"Query"}
    silent = {
        (type_name, name)
        for type_name, name, _ in list_inner_lists()
        if type_name not in roots
        and f"hasMore{name[0].upper()}{name[1:]}" not in SDL.type_map[type_name].fields
    }
    assert {name for _, name in silent} == COMPLETE | {"metadata"}


@pytest.mark.parametrize(("count", "has_more"), [(LONGEST_LIST, False), (LONGEST_LIST + 1, True)])
def test_the_newest_hundred_are_shown(as_alice, alice, booking, global_id, count, has_more):
    intents = make_intents(alice, count, booking=booking, status="succeeded")
    make_refunds(intents[0], count)
    make_disputes(intents[0], count)
    make_changes(count, payment_intent=intents[0])

    shown = as_alice.ask(
        """query($intent: ID!, $booking: ID!) {
          paymentIntent(by: {id: $intent}) {
            refunds { id } hasMoreRefunds disputes { id } hasMoreDisputes
            history { of } hasMoreHistory
          }
          booking(id: $booking) { paymentIntents { id } hasMorePaymentIntents }
        }""",
        intent=global_id("PaymentIntent", intents[0].pk),
        booking=global_id("Booking", booking.pk),
    )

    intent = shown["paymentIntent"]
    for name in ("Refunds", "Disputes", "History"):
        assert len(intent[name.lower()]) == LONGEST_LIST
        assert intent[f"hasMore{name}"] is has_more
    payments = shown["booking"]["paymentIntents"]
    assert len(payments) == LONGEST_LIST
    assert payments[0]["id"] == global_id("PaymentIntent", intents[-1].pk)
    assert shown["booking"]["hasMorePaymentIntents"] is has_more


def test_only_payments_that_are_shown_count(as_alice, alice, bob, booking, global_id):
    """A booking given to another user was paid by others too."""
    make_intents(bob, LONGEST_LIST, booking=booking, status="succeeded")
    make_intents(alice, booking=booking, status="succeeded")
    shown = as_alice.ask(
        "query($id: ID!) { booking(id: $id) { paymentIntents { id } hasMorePaymentIntents } }",
        id=global_id("Booking", booking.pk),
    )["booking"]
    assert (len(shown["paymentIntents"]), shown["hasMorePaymentIntents"]) == (1, False)


def test_a_setup_intent_says_it_too(as_alice, alice, global_id):
    setup = StripeSetupIntent.objects.create(
        customer=get_customer(alice), stripe_setup_intent_id="seti_1"
    )
    make_changes(LONGEST_LIST + 1, setup_intent=setup)
    shown = as_alice.ask(
        "query($id: ID!) { setupIntent(id: $id) { history { of } hasMoreHistory } }",
        id=global_id("SetupIntent", setup.pk),
    )["setupIntent"]
    assert (len(shown["history"]), shown["hasMoreHistory"]) == (LONGEST_LIST, True)


def test_saved_methods_end_at_a_hundred(as_alice, alice):
    make_methods(alice, LONGEST_LIST + 1)
    assert len(as_alice.ask("{ paymentMethods { id } }")["paymentMethods"]) == LONGEST_LIST
