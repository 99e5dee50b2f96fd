"""Everything that a person asks of Stripe through the API is counted: every mutation, every such
field."""

import pytest
from graphql import (
    get_named_type,
    is_composite_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
    is_scalar_type,
)

from payments_graphql import rate_limits
from payments_graphql.conf import DEFAULT_RATE_LIMITS
from payments_graphql.models import Operation
from tests.schema.rows import make_requests
from tests.schema.selecting import SDL, list_nodes

NOTHING = dict.fromkeys(DEFAULT_RATE_LIMITS, "")
READ_FROM_STRIPE = {
    ("PaymentIntent", "clientSecret"),
    ("PaymentIntent", "nextAction"),
    ("SetupIntent", "clientSecret"),
}
"""While these wait for their customer. A setup intent's next action only exists after 3-D Secure
has begun; it is read in the same place."""
MUTATIONS = sorted(SDL.mutation_type.fields)


@pytest.fixture
def limit(settings, fresh_counts, sandbox):
    """`limit("user")` leaves a user one request of each kind; without a limit it is 100."""

    def limit(subject):
        settings.PAYMENTS_RATE_LIMITS = NOTHING | {
            name: "1/hour" for name in DEFAULT_RATE_LIMITS if name.endswith(f".{subject}")
        }

    return limit


def use_up(user, address):
    for action in {name.partition(".")[0] for name in DEFAULT_RATE_LIMITS}:
        rate_limits.count(
            action, **{"user": user, "address": address} if action != "sign_in" else {}
        )


def make_value(type_):
    """Any value that passes coercion."""
    if is_non_null_type(type_):
        return make_value(type_.of_type)
    if is_list_type(type_):
        return []
    if is_input_object_type(type_):
        return {
            name: make_value(field.type)
            for name, field in type_.fields.items()
            if is_required_input_field(field)
        }
    if is_scalar_type(type_):
        return False if type_.name == "Boolean" else "x"
    return next(iter(type_.values))


def ask_for(client, mutation):
    (argument,) = SDL.mutation_type.fields[mutation].args.values()
    return client.mutate(mutation, make_value(argument.type), "__typename")


@pytest.mark.parametrize("subject", ["user", "address"])
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_every_mutation_is_refused_when_it_is_one_too_many(
    limit, sandbox, as_alice, alice, mutation, subject
):
    limit(subject)
    use_up(alice.pk, "127.0.0.1")
    asked = len(sandbox.requests())

    payload = ask_for(as_alice, mutation)

    assert [error["code"] for error in payload["errors"]] == ["RATE_LIMITED"]
    assert payload["errors"][0]["retryAfter"] > 0
    assert not Operation.objects.exists()
    assert len(sandbox.requests()) == asked


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_every_mutation_is_counted(limit, as_alice, mutation):
    limit("user")
    first, second = ask_for(as_alice, mutation), ask_for(as_alice, mutation)
    assert "RATE_LIMITED" not in [error["code"] for error in first["errors"]]
    assert [error["code"] for error in second["errors"]] == ["RATE_LIMITED"]


@pytest.mark.parametrize(
    "mutation",
    [
        "cancelPaymentIntent",
        "cancelRefund",
        "capturePaymentIntent",
        "createRefund",
        "approveRefund",
        "rejectRefund",
        "updatePaymentIntent",
        "submitDisputeEvidence",
        "acceptDispute",
    ],
)
def test_staff_may_go_through_many(limit, as_sam, mutation):
    limit("user")
    for _ in range(3):
        (error,) = ask_for(as_sam, mutation)["errors"]
        assert error["code"] == "NOT_FOUND"


@pytest.fixture
def objects(service, alice, authenticate, pay, global_id, booking, open_dispute):
    """One of each type that waits for its customer, since these have the most fields."""
    method = "pm_card_threeDSecure2Required"
    waits = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    service.confirm_payment_intent(waits, payment_method=method)
    setup = service.create_setup_intent(user=alice)["setup_intent"]
    disputed = open_dispute(alice)
    paid = pay(alice, save_payment_method=True)
    found = {
        "PaymentIntent": waits,
        "SetupIntent": setup,
        "Dispute": disputed,
        "Refund": service.create_refund(paid, amount=1)["refund"],
        "RefundRequest": make_requests(paid, alice)[0],
        "Booking": booking,
        "PaymentMethod": service.list_payment_methods(alice)[0],
        "Customer": alice,
    }
    return {name: global_id(name, row.pk) for name, row in found.items()}


def ask_for_field(client, type_name, name, global_id):
    field = SDL.type_map[type_name].fields[name]
    inner = "{ __typename }" if is_composite_type(get_named_type(field.type)) else ""
    query = f"query($id: ID!) {{ node(id: $id) {{ ... on {type_name} {{ {name} {inner} }} }} }}"
    return client.ask_for_answer(query, id=global_id)


def test_every_field_that_is_read_from_stripe_is_counted(limit, sandbox, as_alice, alice, objects):
    assert set(objects) == set(list_nodes())
    read = set()
    for type_name, global_id in objects.items():
        for name in SDL.type_map[type_name].fields:
            before = len(sandbox.requests())
            answer = ask_for_field(as_alice, type_name, name, global_id)
            assert "errors" not in answer
            if len(sandbox.requests()) > before:
                read.add((type_name, name))
    assert read == READ_FROM_STRIPE

    limit("user")
    use_up(alice.pk, None)
    before = len(sandbox.requests())
    for type_name, name in read:
        answer = ask_for_field(as_alice, type_name, name, objects[type_name])
        assert answer["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
        assert answer["errors"][0]["extensions"]["retryAfter"] > 0
    assert len(sandbox.requests()) == before
