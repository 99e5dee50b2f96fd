"""The mutations do what `availableActions` promises."""

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from payments_graphql.models import Booking, StripePaymentIntent
from payments_graphql.policy import Policy
from payments_graphql.sandbox import Sandbox

from .conftest import GraphQLClient
from .rows import make_disputes, make_intents, make_refunds

QUERY = """
query($id: ID!, $scope: Scope!) {
  paymentIntent(by: {id: $id}, scope: $scope) {
    currency availableActions { action allowed reason maximumAmount }
  }
}
"""
MUTATIONS = {
    "CONFIRM": ("confirmPaymentIntent", {}),
    "CAPTURE": ("capturePaymentIntent", {}),
    "CANCEL": ("cancelPaymentIntent", {}),
    "UPDATE": ("updatePaymentIntent", {"description": "Porto"}),
    "REFUND": ("createRefund", {"idempotencyKey": "key"}),
}


def show(client, its_id, scope="OWN"):
    """The actions by name, or None if the payment is not visible."""
    intent = client.ask(QUERY, id=its_id, scope=scope)["paymentIntent"]
    return intent and {one["action"]: one for one in intent["availableActions"]}


@pytest.fixture
def make_payment(alice, pay, service, sandbox: Sandbox, open_dispute):
    """Alice's payment at Stripe, in the given `state`."""

    def create(**values):
        return service.create_payment_intent(
            user=alice, **{"amount": "10", "currency": "USD", **values}
        )["payment_intent"]

    def book(reference="B1"):
        return Booking.objects.create(reference=reference, user=alice, amount=1000, currency="USD")

    def make_payment(state) -> StripePaymentIntent:
        match state:
            case "new":
                return create()
            case "with a card":
                intent = create()
                service.confirm_payment_intent(intent, payment_method="pm_card_visa_chargeDeclined")
                return intent
            case "requires_action":
                intent = create()
                service.confirm_payment_intent(
                    intent, payment_method="pm_card_authenticationRequired"
                )
                assert intent.status == "requires_action"
                return intent
            case "authorized":
                intent = pay(alice, "10", capture_method="manual")
                assert intent.status == "requires_capture"
                return intent
            case "succeeded":
                return pay(alice, "10")
            case "partly refunded":
                intent = pay(alice, "10")
                service.create_refund(intent, amount="4")
                return intent
            case "refunded":
                intent = pay(alice, "10")
                service.create_refund(intent)
                return intent
            case "disputed":
                return open_dispute(alice).payment_intent
            case "canceled":
                intent = create()
                service.cancel_payment_intent(intent)
                return intent
            case "for a canceled booking":
                intent = create(booking=book(), amount=None, currency=None)
                Booking.objects.update(canceled_at=timezone.now())
                return intent
            case "for a cheaper booking":
                intent = create(booking=book(), amount=None, currency=None)
                Booking.objects.update(amount=500)
                return intent
        raise AssertionError(state)

    return make_payment


STATES = [
    "new",
    "with a card",
    "requires_action",
    "authorized",
    "succeeded",
    "partly refunded",
    "refunded",
    "disputed",
    "canceled",
    "for a canceled booking",
    "for a cheaper booking",
]


@pytest.fixture
def people(alice, bob, sam, django_user_model):
    """The owner, another customer, staff with every permission, and staff who may only view."""
    rita = django_user_model.objects.create_user("rita", is_staff=True)
    may_look = Permission.objects.filter(
        content_type__app_label="payments_graphql", codename__startswith="view_"
    )
    rita.user_permissions.set(may_look)
    return {"owner": alice, "other": bob, "staff": sam, "viewer": rita}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("person", ["owner", "other", "staff", "viewer"])
@pytest.mark.parametrize("owners_refund", [True, False])
def test_what_is_allowed_is_what_the_mutation_does(
    people, make_payment, global_id, settings, state, person, owners_refund
):
    intent = make_payment(state)
    settings.PAYMENTS_OWNERS_MAY_REFUND = owners_refund
    client = GraphQLClient(people[person])
    its_id = global_id("PaymentIntent", intent.pk)
    shown = show(client, its_id, "ALL" if person in ("staff", "viewer") else "OWN")
    if person == "other":
        assert shown is None
    for action, (mutation, given) in MUTATIONS.items():
        allowed = bool(shown) and shown[action]["allowed"]
        if allowed and action != "REFUND":
            continue  # it would change the state for the next one: see below
        payload = client.mutate(mutation, {"paymentIntentId": its_id, **given}, "__typename")
        refused = [error for error in payload["errors"] if error["__typename"] in REFUSALS]
        assert bool(refused) != allowed, (action, payload)
        if shown and not allowed and person == "owner":
            assert refused[0]["message"] == shown[action]["reason"]


REFUSALS = {"InvalidStateError", "PermissionError", "NotFoundError"}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("person", ["owner", "staff"])
@pytest.mark.parametrize("action", ["CONFIRM", "CAPTURE", "CANCEL", "UPDATE"])
def test_what_is_allowed_is_done_and_nothing_else(
    people, make_payment, global_id, state, person, action
):
    intent = make_payment(state)
    client = GraphQLClient(people[person])
    its_id = global_id("PaymentIntent", intent.pk)
    shown = show(client, its_id, "ALL" if person == "staff" else "OWN")
    mutation, given = MUTATIONS[action]
    if action == "CONFIRM":
        given = {"stripePaymentMethodId": "pm_card_visa"}
    payload = client.mutate(mutation, {"paymentIntentId": its_id, **given}, "__typename")
    assert (payload["errors"] == []) == shown[action]["allowed"]


def test_every_action_is_told_of_in_the_same_order(as_alice, alice, global_id):
    [intent] = make_intents(alice)
    assert list(show(as_alice, global_id("PaymentIntent", intent.pk))) == list(MUTATIONS)


def test_the_reason_is_for_people_and_null_when_there_is_none(as_alice, alice, global_id):
    [intent] = make_intents(alice, status="requires_capture")
    shown = show(as_alice, global_id("PaymentIntent", intent.pk))
    assert shown["CONFIRM"]["reason"] == (
        'A payment with the status "requires capture" cannot be confirmed.'
    )
    assert shown["CAPTURE"]["reason"] == "You are not allowed to capture this payment."
    [payable] = make_intents(alice)
    assert show(as_alice, global_id("PaymentIntent", payable.pk))["CONFIRM"]["reason"] is None


def test_the_most_that_is_possible_is_told(as_alice, as_sam, alice, booking, global_id):
    [paid] = make_intents(alice, status="succeeded", amount_received=1000)
    make_refunds(paid, amount=400)
    make_disputes(paid, status="lost", amount=100, is_charge_refundable=True)
    shown = show(as_alice, global_id("PaymentIntent", paid.pk))
    assert shown["REFUND"]["maximumAmount"] == "5.00"
    assert shown["CONFIRM"]["maximumAmount"] is None

    [held] = make_intents(alice, status="requires_capture", amount_capturable=900)
    shown = show(as_sam, global_id("PaymentIntent", held.pk), "ALL")
    assert shown["CAPTURE"]["maximumAmount"] == "9.00"

    [open_] = make_intents(alice, booking=booking, amount=500)
    shown = show(as_alice, global_id("PaymentIntent", open_.pk))
    assert shown["UPDATE"]["maximumAmount"] == "99.99"


class NobodyConfirms(Policy):
    def may_confirm(self, person, intent):
        return False


def test_a_sites_own_policy_decides_here_too(as_alice, alice, global_id, settings):
    settings.PAYMENTS_POLICY = f"{__name__}.NobodyConfirms"
    [intent] = make_intents(alice)
    shown = show(as_alice, global_id("PaymentIntent", intent.pk))
    assert (shown["CONFIRM"]["allowed"], shown["CANCEL"]["allowed"]) == (False, True)
