"""What a charge adds to its payment."""

import pytest

from payments_graphql.mirror import NotOurs, ReadRequired, apply_charge
from payments_graphql.models import StripePaymentIntent, StripePaymentMethod
from tests.mirror.payloads import CARD, CREATED, PAYMENT, REFUND, assert_has, time_at

CHARGE = {
    "id": "ch_1",
    "object": "charge",
    "payment_intent": "pi_1",
    "customer": "cus_alice",
    "status": "succeeded",
    "amount": 5000,
    "amount_captured": 0,
    "receipt_url": "https://pay.stripe.com/receipts/1",
    "payment_method": "pm_1",
    "payment_method_details": {
        "type": "card",
        "card": {**CARD["card"], "capture_before": CREATED + 600},
    },
}
CAPTURED = CHARGE | {"captured": True, "amount_captured": 5000}


def _get() -> StripePaymentIntent:
    return StripePaymentIntent.objects.get()


def test_an_authorization_has_its_receipt_card_and_deadline(apply, alices):
    before = apply(PAYMENT)

    apply_charge(CHARGE)

    card = StripePaymentMethod.objects.get()
    assert_has(
        _get(),
        {
            "receipt_url": "https://pay.stripe.com/receipts/1",
            "capture_before": time_at(600),
            "payment_method": card,
            "status": before.status,
            "as_of": before.as_of,
            "version": before.version + 1,
        },
    )
    assert_has(
        card,
        {
            "stripe_payment_method_id": "pm_1",
            "customer": alices,
            "livemode": alices.livemode,
            "account": alices.account,
            "brand": "visa",
            "last4": "4242",
            "exp_year": 2031,
        },
    )


def test_the_charged_card_replaces_another(apply):
    apply(PAYMENT | {"payment_method": CARD | {"id": "pm_0"}})

    apply_charge(CHARGE)

    assert _get().payment_method.stripe_payment_method_id == "pm_1"


def test_the_same_charge_again_changes_nothing(apply):
    apply(PAYMENT)
    apply_charge(CHARGE)
    before = _get()

    apply_charge(CHARGE)

    assert _get().version == before.version


def test_a_captured_payment_is_no_longer_held(apply):
    apply(PAYMENT)
    apply_charge(CHARGE)

    apply_charge(CAPTURED)

    assert _get().capture_before is None


def test_a_late_event_does_not_hold_a_paid_payment(apply):
    apply(PAYMENT | {"status": "succeeded", "amount_received": 5000})

    apply_charge(CHARGE)

    assert_has(_get(), {"capture_before": None, "receipt_url": CHARGE["receipt_url"]})


@pytest.mark.parametrize(("latest", "is_told"), [("", True), ("ch_1", True), ("ch_2", False)])
def test_a_failed_charge_only_updates_the_latest_charge(apply, latest, is_told):
    apply(PAYMENT | {"status": "requires_payment_method", "latest_charge": latest})

    apply_charge(CHARGE | {"status": "failed"})

    assert bool(_get().receipt_url) is is_told
    assert _get().payment_method is None


@pytest.mark.parametrize(
    ("charge", "payment", "is_shown"),
    [("pending", "processing", True), ("pending", "requires_action", False)],
)
def test_a_debit_that_is_pending_shows_its_account(apply, charge, payment, is_shown):
    apply(PAYMENT | {"status": payment})

    apply_charge(CHARGE | {"status": charge})

    assert (_get().payment_method is not None) is is_shown


def test_a_charge_of_an_unknown_payment_requires_reading_it(alices):
    with pytest.raises(ReadRequired) as caught:
        apply_charge(CHARGE)

    assert (caught.value.kind, caught.value.stripe_id) == ("payment_intent", "pi_1")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"payment_intent": None}, "a charge without a payment intent"),
        ({"customer": "cus_x"}, "not a charge of one of our customers"),
        ({"customer": None}, "not a charge of one of our customers"),
    ],
)
def test_other_peoples_charges_are_ignored(alices, values, reason):
    with pytest.raises(NotOurs) as caught:
        apply_charge(CHARGE | values)

    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("captured", "refunded", "is_known"),
    [
        (5000, 0, True),
        (5000, 700, True),
        (5000, 701, False),
        (4000, 1700, True),  # the rest of the authorization was released
        (4000, 1701, False),
        (0, 5000, True),
    ],
)
def test_an_unknown_refund_is_read(apply, captured, refunded, is_known):
    apply(PAYMENT | {"status": "succeeded", "amount_received": 5000})
    apply(REFUND | {"status": "pending"})
    apply(REFUND | {"id": "re_2"})  # it failed, so nothing was returned
    charge = CAPTURED | {"amount_captured": captured, "amount_refunded": refunded}

    if is_known:
        apply_charge(charge)
    else:
        with pytest.raises(ReadRequired) as caught:
            apply_charge(charge)
        assert (caught.value.kind, caught.value.stripe_id) == ("payment_intent", "pi_1")
