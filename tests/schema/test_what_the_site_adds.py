"""`Policy.describe_payment`: what the site adds to a payment, which the client cannot change."""

import pytest

from payments_graphql.errors import ValidationError
from payments_graphql.models import Booking, StripePaymentIntent
from payments_graphql.policy import PaymentDetails, Policy
from payments_graphql.services import payment_intents

CREATED = "replayed paymentIntent { id description metadata { key value } }"


class Describing(Policy):
    def describe_payment(self, person, booking):
        if booking is None:
            return PaymentDetails()
        return PaymentDetails(
            description=f"Trip {booking.reference} of {person.first_name}",
            metadata={"order": booking.description},
            statement_descriptor_suffix="LISBON",
        )


@pytest.fixture(autouse=True)
def describing(settings, sandbox):
    settings.PAYMENTS_POLICY = f"{__name__}.Describing"


@pytest.fixture
def create(as_alice, booking, global_id):
    def create(key="first", **input):
        given = {"idempotencyKey": key, "bookingId": global_id("Booking", booking.pk), **input}
        payload = as_alice.mutate("createPaymentIntent", given, CREATED)
        assert payload["errors"] == []
        return payload

    return create


@pytest.fixture
def at_stripe(dashboard):
    def at_stripe():
        intent = StripePaymentIntent.objects.latest("created_at")
        return dashboard.v1.payment_intents.retrieve(intent.stripe_payment_intent_id)

    return at_stripe


def test_it_is_written_at_stripe_and_here(create, at_stripe):
    intent = create()["paymentIntent"]

    assert intent["description"] == "Trip LIS-1 of Alice"
    assert intent["metadata"] == [{"key": "order", "value": "Lisbon"}]
    found = at_stripe()
    assert found.description == "Trip LIS-1 of Alice"
    assert found.metadata["order"] == "Lisbon"
    assert found.statement_descriptor_suffix == "LISBON"


def test_the_longest_suffix_is_shown_in_full(alice, at_stripe):
    suffix = "x" * 22
    payment_intents.create_payment_intent(
        user=alice,
        amount=10,
        currency="USD",
        details=PaymentDetails(statement_descriptor_suffix=suffix),
    )
    assert at_stripe().statement_descriptor_suffix == suffix


def test_it_comes_before_what_the_client_gives(create, at_stripe):
    create(
        description="Free",
        metadata=[{"key": "order", "value": "mine"}, {"key": "seat", "value": "12A"}],
    )

    found = at_stripe()
    assert found.description == "Trip LIS-1 of Alice"
    assert (found.metadata["order"], found.metadata["seat"]) == ("Lisbon", "12A")


def test_the_client_cannot_change_it_later(as_alice, create, at_stripe):
    intent = create()["paymentIntent"]
    metadata = [{"key": "order", "value": ""}, {"key": "seat", "value": "12A"}]
    given = {"paymentIntentId": intent["id"], "description": "Free", "metadata": metadata}
    payload = as_alice.mutate("updatePaymentIntent", given, "paymentIntent { id }")

    assert payload["errors"] == []
    found = at_stripe()
    assert found.description == "Trip LIS-1 of Alice"
    assert (found.metadata["order"], found.metadata["seat"]) == ("Lisbon", "12A")


@pytest.mark.parametrize("key", ["first", "second"])
@pytest.mark.parametrize(
    "input", [{}, {"description": "Free", "metadata": [{"key": "seat", "value": "12A"}]}]
)
def test_asked_again_it_is_the_same_payment_whatever_the_site_says_now(create, key, input):
    first = create(**input)
    Booking.objects.update(description="Lisbon and Porto")
    again = create(key, **input)

    assert again["replayed"] is True
    assert again["paymentIntent"]["id"] == first["paymentIntent"]["id"]


def test_other_metadata_of_the_client_is_another_payment(create):
    first = create(metadata=[{"key": "seat", "value": "12A"}])
    again = create("second", metadata=[{"key": "seat", "value": "1A"}])

    assert again["paymentIntent"]["id"] != first["paymentIntent"]["id"]


def test_code_of_the_site_says_it_itself(service, alice, booking, at_stripe):
    service.create_payment_intent(user=alice, booking=booking)

    assert at_stripe().description == "Lisbon"
    assert at_stripe().statement_descriptor_suffix is None


def test_a_suffix_that_stripe_refuses_stops_no_payment(create, at_stripe, monkeypatch):
    """It has its own rules for what it shows."""
    monkeypatch.setattr("payments_graphql.services.details._check_suffix", lambda suffix: None)
    monkeypatch.setattr(
        Describing, "describe_payment",
        lambda *_: PaymentDetails(statement_descriptor_suffix="12345"),
    )  # fmt: skip
    create()

    assert at_stripe().statement_descriptor_suffix is None


@pytest.mark.parametrize(
    ("details", "wrong"),
    [
        ({"description": "x" * 1001}, "at most 1000 characters"),
        ({"metadata": {"x" * 41: "y"}}, "1 to 40 characters"),
        ({"metadata": {"x": "y" * 501}}, "1 to 500 characters"),
        ({"metadata": {"payments_x": "y"}}, "must not start with"),
        ({"metadata": {str(number): "x" for number in range(41)}}, "at most 40 entries"),
        ({"statement_descriptor_suffix": "x" * 23}, "more than 22 characters"),
        ({"statement_descriptor_suffix": "Joe's"}, "one of < >"),
        ({"statement_descriptor_suffix": "1234"}, "no letter"),
        ({"statement_descriptor_suffix": "Málaga"}, "ASCII"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_beyond_stripes_limits_is_a_fault_of_the_sites_code(alice, details, wrong):
    with pytest.raises(ValueError, match=wrong):
        payment_intents.create_payment_intent(
            user=alice, amount=10, currency="USD", details=PaymentDetails(**details)
        )
    assert not StripePaymentIntent.objects.exists()


def test_the_clients_and_the_sites_metadata_fit_together(alice):
    """Stripe allows 50 keys, some of which are ours."""
    theirs = {f"client{number}": "x" for number in range(40)}
    ours = PaymentDetails(metadata={"order": "1"})
    with pytest.raises(ValidationError, match="at most 40 entries"):
        payment_intents.create_payment_intent(
            user=alice, amount=10, currency="USD", metadata=theirs, details=ours
        )
