"""Missing values are null: answers contain no empty text, and inputs accept null."""

import pytest
from graphql import (
    GraphQLInputObjectType,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)

from .rows import make_everything
from .selecting import SDL, select


@pytest.fixture
def no_limits(settings):
    for name in ("TOKENS", "DEPTH", "FIELDS", "COST", "BODY", "REPEATS", "ALIASES"):
        setattr(settings, f"PAYMENTS_GRAPHQL_MAX_{name}", 10**7)


def list_texts(answer):
    match answer:
        case dict():
            for name, value in answer.items():
                yield from ((f"{name}.{path}", text) for path, text in list_texts(value))
        case list():
            for item in answer:
                yield from list_texts(item)
        case str():
            yield "", answer


@pytest.mark.parametrize("name", ["paymentIntents", "refunds", "disputes", "bookings"])
def test_no_text_of_an_answer_is_empty(as_alice, alice, no_limits, name):
    """Rows with only the required texts."""
    make_everything(alice, 2)
    type_name = SDL.query_type.fields[name].type.of_type.name
    answer = as_alice.ask(f"{{ {name} {{ {select(type_name, 2)} }} paymentMethods {{ brand }} }}")
    texts = list(list_texts(answer))
    assert len(texts) > 50
    assert {path for path, text in texts if not text} == set()


def list_optional():
    """Each optional argument and input field, with its type."""
    for type_ in SDL.type_map.values():
        if isinstance(type_, GraphQLInputObjectType):
            for name, given in type_.fields.items():
                if not is_required_input_field(given):
                    yield f"{type_.name}.{name}", given.type
    for root in (SDL.query_type, SDL.subscription_type):
        for name, field in root.fields.items():
            for key, argument in field.args.items():
                if not is_required_argument(argument):
                    yield f"{name}({key})", argument.type


def test_what_may_be_left_out_may_be_null():
    optional = dict(list_optional())
    assert len(optional) > 50
    assert [name for name, its_type in optional.items() if is_non_null_type(its_type)] == []


def test_a_payment_of_nulls_is_one_of_defaults(as_alice, booking, global_id, sandbox):
    fields = SDL.type_map["CreatePaymentIntentInput"].fields
    given = {
        **dict.fromkeys(fields),
        "idempotencyKey": "key-1",
        "bookingId": global_id("Booking", booking.pk),
    }
    payload = as_alice.mutate("createPaymentIntent", given, "paymentIntent { id captureMethod }")
    assert payload["errors"] == []
    assert payload["paymentIntent"]["captureMethod"] == "AUTOMATIC"

    given = {
        **dict.fromkeys(SDL.type_map["ConfirmPaymentIntentInput"].fields),
        "paymentIntentId": payload["paymentIntent"]["id"],
        "stripePaymentMethodId": "pm_card_visa",
    }
    payload = as_alice.mutate("confirmPaymentIntent", given, "paymentIntent { status }")
    assert payload["errors"] == []
    assert payload["paymentIntent"]["status"] == "SUCCEEDED"


def test_a_setup_of_nulls_is_one_of_defaults(as_alice, sandbox):
    payload = as_alice.mutate(
        "createSetupIntent", {"idempotencyKey": "key-1", "usage": None}, "setupIntent { usage }"
    )
    assert payload["errors"] == []
    assert payload["setupIntent"] == {"usage": "OFF_SESSION"}


def test_evidence_with_null_for_submit_is_submitted(as_sam, alice, open_dispute, global_id):
    payload = as_sam.mutate(
        "submitDisputeEvidence",
        {
            "disputeId": global_id("Dispute", open_dispute(alice).pk),
            "evidence": [{"name": "UNCATEGORIZED_TEXT", "value": "She was there."}],
            "submit": None,
        },
        "dispute { submissionCount }",
    )
    assert payload["errors"] == []
    assert payload["dispute"] == {"submissionCount": 1}
