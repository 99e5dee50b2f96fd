"""What the mirror stores of refunds, disputes and setup intents, and what it rejects."""

import pytest

from payments_graphql.mirror import NotOurs, ReadRequired
from payments_graphql.models import CauseKind, StripePaymentIntent, StripePaymentMethod
from tests.mirror.payloads import (
    CARD,
    CREATED,
    DISPUTE,
    PAYMENT,
    REFUND,
    SETUP,
    assert_has,
    time_at,
)


def test_a_refund(apply):
    intent = apply(PAYMENT | {"status": "succeeded", "amount_received": 5000})
    row = apply(REFUND | {"reason": "duplicate", "failure_reason": "lost_or_stolen_card"})

    assert_has(
        row,
        {
            "stripe_refund_id": "re_1",
            "payment_intent": intent,
            "livemode": intent.livemode,
            "account": intent.account,
            "status": "failed",
            "amount": 700,
            "currency": "EUR",
            "reason": "duplicate",
            "failure_reason": "lost_or_stolen_card",
            "created_at": time_at(0),
        },
    )
    change = row.status_changes.get()
    assert_has(
        change,
        {
            "payment_intent": intent,
            "from_status": "",
            "to_status": "failed",
            "failure_code": "lost_or_stolen_card",
        },
    )


@pytest.mark.parametrize("reason", [None, "of_tomorrow"])
def test_a_refund_with_few_fields(apply, reason):
    apply(PAYMENT)
    row = apply(REFUND | {"status": "of_tomorrow", "reason": reason})

    assert_has(row, {"status": "unknown", "reason": "", "failure_reason": ""})


def test_a_dispute(apply):
    intent = apply(PAYMENT | {"status": "succeeded", "amount_received": 5000})
    row = apply(
        DISPUTE
        | {
            "charge": {"id": "ch_1"},
            "reason": "fraudulent",
            "evidence_details": {
                "due_by": CREATED + 90,
                "has_evidence": True,
                "submission_count": 2,
            },
            "is_charge_refundable": True,
            "balance_transactions": [
                {"amount": -800, "currency": "eur"},
                {"amount": 300, "currency": "eur"},
            ],
        }
    )

    assert_has(
        row,
        {
            "stripe_dispute_id": "du_1",
            "payment_intent": intent,
            "livemode": intent.livemode,
            "account": intent.account,
            "stripe_charge_id": "ch_1",
            "status": "under_review",
            "amount": 800,
            "amount_withdrawn": 500,
            "currency": "EUR",
            "reason": "fraudulent",
            "evidence_due_by": time_at(90),
            "has_evidence": True,
            "submission_count": 2,
            "is_charge_refundable": True,
            "created_at": time_at(0),
        },
    )


@pytest.mark.parametrize(
    ("status", "withdrawn"),
    [
        ("warning_needs_response", 0),
        ("needs_response", 800),
        ("under_review", 800),
        ("lost", 800),
        ("prevented", 800),
        ("won", 0),
        ("of_tomorrow", 0),
    ],
)
def test_a_dispute_with_few_fields(apply, status, withdrawn):
    apply(PAYMENT | {"status": "succeeded", "amount_received": 5000})
    row = apply(DISPUTE | {"status": status})

    assert_has(
        row,
        {
            "status": "unknown" if status == "of_tomorrow" else status,
            "amount_withdrawn": withdrawn,
            "stripe_charge_id": "",
            "reason": "",
            "evidence_due_by": None,
            "has_evidence": False,
            "submission_count": 0,
            "is_charge_refundable": False,
        },
    )


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("needs_response", "lost", "dispute_lost"),
        ("needs_response", "prevented", "dispute_lost"),
        ("under_review", "needs_response", "dispute_needs_response_again"),
        ("needs_response", "won", None),
    ],
)
def test_disputes_that_need_a_response_or_are_lost_are_logged(apply, caplog, before, after, said):
    apply(PAYMENT | {"status": "succeeded", "amount_received": 5000})
    apply(DISPUTE | {"status": before})
    caplog.clear()

    apply(DISPUTE | {"status": after}, at=5)

    warnings = [one for one in caplog.records if one.levelname == "WARNING"]
    assert [one.getMessage().split()[0] for one in warnings] == ([said] if said else [])
    assert all("du_1" in one.getMessage() for one in warnings)


def test_a_setup_intent(apply, alices):
    row = apply(
        SETUP
        | {
            "usage": "on_session",
            "cancellation_reason": "abandoned",
            "last_setup_error": {"type": "card_error", "code": "card_declined", "message": "No."},
            "latest_attempt": "setatt_1",
            "payment_method": CARD,
        }
    )

    assert_has(
        row,
        {
            "stripe_setup_intent_id": "seti_1",
            "customer": alices,
            "livemode": alices.livemode,
            "account": alices.account,
            "status": "requires_payment_method",
            "usage": "on_session",
            "cancellation_reason": "abandoned",
            "last_error": {
                "type": "card_error",
                "code": "card_declined",
                "message": "No.",
                "attempt": "setatt_1",
            },
            "payment_method": StripePaymentMethod.objects.get(),
            "created_at": time_at(0),
        },
    )
    assert_has(
        row.status_changes.get(),
        {
            "from_status": "",
            "to_status": "requires_payment_method",
            "failure_code": "card_declined",
        },
    )


def test_a_setup_intent_with_the_id_of_a_known_card(apply):
    card = apply(CARD)

    row = apply(SETUP | {"payment_method": "pm_1"})

    assert row.payment_method == card


def test_a_setup_intent_with_few_fields(apply):
    row = apply(SETUP | {"status": "of_tomorrow", "usage": "of_tomorrow"})

    assert_has(
        row,
        {
            "status": "unknown",
            "usage": "off_session",
            "cancellation_reason": "",
            "last_error": None,
            "payment_method": None,
        },
    )


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (PAYMENT | {"customer": "cus_x"}, "not a payment of one of our customers"),
        (CARD | {"customer": "cus_x"}, "not a payment method of one of our customers"),
        (SETUP | {"customer": "cus_x"}, "not a setup intent of one of our customers"),
        (REFUND | {"payment_intent": None}, "a refund without a payment intent"),
        (DISPUTE | {"payment_intent": None}, "a dispute without a payment intent"),
        ({"id": "cus_x", "object": "customer"}, "not one of our customers"),
    ],
)
def test_the_reason_why_it_is_not_ours_is_given(apply, payload, reason):
    with pytest.raises(NotOurs) as caught:
        apply(payload)

    assert str(caught.value) == reason


@pytest.mark.parametrize("payload", [REFUND, DISPUTE])
def test_objects_of_an_unknown_payment_require_reading_it(apply, payload):
    with pytest.raises(ReadRequired) as caught:
        apply(payload)

    assert (caught.value.kind, caught.value.stripe_id) == ("payment_intent", "pi_1")


@pytest.mark.parametrize("before", [PAYMENT, CARD, REFUND, DISPUTE, SETUP])
def test_a_contradiction_in_the_same_second_requires_a_read(apply, before):
    apply(PAYMENT | {"status": "succeeded", "amount_received": 5000})
    apply(before)
    other = {"type": "link"} if before is CARD else {"status": "requires_action", "amount": 1}
    if before is PAYMENT:
        StripePaymentIntent.objects.update(status="requires_capture")

    with pytest.raises(ReadRequired) as caught:
        apply(before | other, kind=CauseKind.EVENT)

    assert (caught.value.kind, caught.value.stripe_id) == (before["object"], before["id"])


@pytest.mark.parametrize(("moved_by", "is_read"), [(0, False), (1, True)])
def test_a_row_that_moved_while_it_was_compared_is_read_again(apply, moved_by, is_read):
    before = apply(PAYMENT)
    asked = {"version": before.version - moved_by, "is_comparison": True}

    if is_read:
        with pytest.raises(ReadRequired):
            apply(PAYMENT | {"amount": 1}, **asked)
    else:
        assert apply(PAYMENT | {"amount": 1}, **asked).amount == 1
