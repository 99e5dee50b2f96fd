"""Values that we add to a request never stop it. Values that the caller entered get a clear
error."""

import pytest

from payments_graphql.errors import UnaskedRefusedError, ValidationError
from payments_graphql.models import Operation, StripePaymentIntent
from payments_graphql.services import bookings, payment_intents
from payments_graphql.services.unasked import leaving_out_the_refused


def _create(user, **values):
    given = {"amount": "99.99", "currency": "USD", **values}
    return payment_intents.create_payment_intent(user=user, **given)


REFUSED_BY_US = ("someone@localhost", "a@b", "not an address", "alice@@example.com")
REFUSED_BY_STRIPE = ("alice@exämple.com",)


@pytest.mark.parametrize("email", [*REFUSED_BY_US, *REFUSED_BY_STRIPE, ""])
def test_an_address_that_stripe_refuses_does_not_stop_the_payment(alice, sandbox, dashboard, email):
    alice.email = email
    alice.save()

    created = _create(alice, idempotency_key="k-1")

    intent = created.payment_intent
    assert (intent.status, intent.receipt_email) == ("requires_payment_method", "")
    assert not created.replayed
    at_stripe = dashboard.v1.payment_intents.retrieve(intent.stripe_payment_intent_id)
    assert at_stripe.receipt_email is None
    customer = dashboard.v1.customers.retrieve(intent.customer.stripe_customer_id)
    assert (customer.email, customer.name) == (None, "Alice")
    assert StripePaymentIntent.objects.count() == 1


@pytest.mark.parametrize("email", REFUSED_BY_STRIPE)
def test_the_callers_key_stands_for_the_payment_that_was_made(alice, sandbox, email):
    alice.email = email
    alice.save()
    first = _create(alice, idempotency_key="k-1")
    second = _create(alice, idempotency_key="k-1")

    assert second.payment_intent == first.payment_intent
    assert second.replayed
    operation = Operation.objects.get(key="k-1")
    assert (operation.state, operation.unasked) == ("succeeded", [])
    refused = Operation.objects.filter(kind="create_payment_intent", state="failed").get()
    assert refused.unasked == ["receipt_email"]


def test_a_setup_intent_is_made_too(service, alice, sandbox):
    alice.email = "alice@exämple.com"
    alice.save()
    assert service.create_setup_intent(user=alice)["success"]


@pytest.mark.parametrize("email", [*REFUSED_BY_US, *REFUSED_BY_STRIPE])
def test_an_address_that_was_typed_is_refused_with_its_field(alice, sandbox, email):
    with pytest.raises(ValidationError) as caught:
        _create(alice, receipt_email=email)

    assert caught.value.path == ("receiptEmail",)
    assert caught.value.message
    assert not StripePaymentIntent.objects.exists()


@pytest.mark.parametrize("email", REFUSED_BY_US)
def test_it_is_refused_in_an_update_too(service, alice, sandbox, email):
    intent = _create(alice).payment_intent
    with pytest.raises(ValidationError) as caught:
        payment_intents.update_payment_intent(payment_intent=intent, receipt_email=email)
    assert caught.value.path == ("receiptEmail",)


@pytest.mark.parametrize("email", REFUSED_BY_US)
def test_an_obviously_invalid_address_is_not_sent(alice, sandbox, email):
    alice.email = email
    alice.save()
    _create(alice)

    assert [request.status for request in sandbox.requests("POST", "/v1/*")] == [200, 200]


def test_a_bookings_long_description_is_cut(alice, booking, sandbox, dashboard, monkeypatch):
    """As a site's own booking model may have it, in a text column."""
    lock_booking = bookings.lock_booking

    def lock_with_description(given, *, user):
        row = lock_booking(given, user=user)
        row.description = "\0\ud800" + "x" * 1200
        return row

    monkeypatch.setattr(bookings, "lock_booking", lock_with_description)
    intent = _create(alice, amount=None, currency=None, booking=booking).payment_intent

    assert intent.description == "x" * 1000
    at_stripe = dashboard.v1.payment_intents.retrieve(intent.stripe_payment_intent_id)
    assert at_stripe.description == "x" * 1000


def test_a_long_name_is_cut(alice, sandbox, dashboard):
    alice.first_name, alice.last_name = "A" * 150, "B" * 150
    alice.save()
    customer = _create(alice).payment_intent.customer

    name = dashboard.v1.customers.retrieve(customer.stripe_customer_id).name
    assert name == f"{'A' * 150} {'B' * 105}"


def test_each_refused_value_is_left_out_and_none_twice():
    refused, asked = ["name", "email", "email"], []

    def ask(left_out):
        asked.append(set(left_out))
        raise UnaskedRefusedError("No.", parameter=refused[len(asked) - 1])

    with pytest.raises(UnaskedRefusedError):
        leaving_out_the_refused(ask)
    assert asked == [set(), {"name"}, {"name", "email"}]


def test_a_customer_who_wants_no_receipt_gets_none(alice, sandbox):
    assert _create(alice, receipt_email="").payment_intent.receipt_email == ""
    assert Operation.objects.get(kind="create_payment_intent").unasked == []
