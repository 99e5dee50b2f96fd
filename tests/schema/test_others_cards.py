"""Another customer's saved card looks like one that does not exist."""

import base64
import uuid

import pytest

from payments_graphql.models import Operation, StripePaymentMethod
from payments_graphql.services import StripeService

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bobs_card(sandbox, bob, events, deliver, dashboard):
    """Saved with his payment."""
    service = StripeService()
    created = service.create_payment_intent(
        user=bob, amount="20.00", currency="USD", save_payment_method=True
    )
    service.confirm_payment_intent(
        created["payment_intent"], user=bob, payment_method="pm_card_visa"
    )
    deliver(*events())
    return StripePaymentMethod.objects.get(customer__user=bob)


def node_id(pk):
    return base64.b64encode(f"PaymentMethod:{pk}".encode()).decode()


def without_ids(payload):
    """An answer, without what differs from one payment to the next."""
    return {name: value for name, value in payload.items() if name != "paymentIntent"}


def confirm(client, alice, value, field):
    created = StripeService().create_payment_intent(user=alice, amount="20.00", currency="USD")
    intent_id = base64.b64encode(f"PaymentIntent:{created['payment_intent'].pk}".encode()).decode()
    return client.mutate(
        "confirmPaymentIntent", {"paymentIntentId": intent_id, field: value}, "paymentIntent { id }"
    )


def test_it_cannot_be_confirmed_with_by_its_id_at_stripe(as_alice, alice, bobs_card, sandbox):
    StripeService().create_payment_intent(user=alice, amount="20.00", currency="USD")
    answers, calls = [], []  # her customer exists by now
    for stripe_id in (bobs_card.stripe_payment_method_id, "pm_1NeverSeenAnywhere"):
        before = Operation.objects.count()
        answers.append(without_ids(confirm(as_alice, alice, stripe_id, "stripePaymentMethodId")))
        operation = Operation.objects.latest("created_at")
        calls.append((Operation.objects.count() - before, operation.kind, operation.attempts))
    assert answers[0] == answers[1]
    assert answers[0]["errors"][0]["message"].startswith("There is no such payment method")
    assert answers[0]["errors"][0]["path"][-1] == "stripePaymentMethodId"
    assert calls[0] == calls[1], "both are asked of Stripe, so that the time tells nothing either"
    assert calls[0][2] == 1


def test_no_other_door_tells_them_apart(as_alice, alice, bobs_card):
    doors = (
        lambda pk: confirm(as_alice, alice, node_id(pk), "paymentMethodId"),
        lambda pk: as_alice.mutate(
            "setDefaultPaymentMethod", {"paymentMethodId": node_id(pk)}, "paymentMethod { id }"
        ),
        lambda pk: as_alice.mutate(
            "detachPaymentMethod", {"paymentMethodId": node_id(pk)}, "paymentMethod { id }"
        ),
        lambda pk: as_alice.mutate(
            "createPaymentIntent",
            {
                "idempotencyKey": str(uuid.uuid4()), "amount": "20.00", "currency": "USD",
                "paymentMethodId": node_id(pk),
            },
            "paymentIntent { id }",
        ),
    )  # fmt: skip
    for door in doors:
        theirs, nobodys = without_ids(door(bobs_card.pk)), without_ids(door(uuid.uuid4()))
        assert theirs == nobodys
        assert theirs["errors"][0]["message"].startswith("There is no such payment method")
