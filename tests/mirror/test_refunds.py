"""Refunds from Stripe: which row they belong to, what is stored, and what is recorded."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from payments_graphql import mirror
from payments_graphql.mirror import ReadRequired, Source
from payments_graphql.mirror.source import Held, NotOurs
from payments_graphql.models import CauseKind, StatusChange, StripePaymentIntent, StripeRefund
from tests.schema.rows import make_intents

NOW = timezone.now().replace(microsecond=0)


def _make(user, stripe_id="pi_1") -> StripePaymentIntent:
    [intent] = make_intents(user, status="succeeded", amount_received=1000)
    intent.stripe_payment_intent_id = stripe_id
    intent.save()
    return intent


@pytest.fixture
def intent(alice):
    return _make(alice)


def _apply(seconds=0, held=None, took=0, **values) -> StripeRefund:
    payload = {
        "id": "re_1",
        "payment_intent": "pi_1",
        "status": "succeeded",
        "amount": 400,
        "currency": "usd",
        "created": 1_700_000_000,
        "metadata": {},
        **values,
    }
    at = NOW + timedelta(seconds=seconds)
    asked_at = at - timedelta(seconds=took)
    source = Source(CauseKind.EVENT, "evt_1", at, as_of_earliest=asked_at, held=held)
    with transaction.atomic():
        row = mirror.apply_refund(payload, source)
    row.refresh_from_db()
    return row


def test_an_unknown_refund_is_adopted(intent):
    row = _apply(reason="fraudulent")

    assert (row.stripe_refund_id, row.payment_intent, row.status) == ("re_1", intent, "succeeded")
    assert (row.amount, row.currency, row.reason) == (400, "USD", "fraudulent")
    assert (row.livemode, row.account) == (intent.livemode, intent.account)
    assert row.created_at == datetime.fromtimestamp(1_700_000_000, tz=UTC)
    assert (row.amount_due_reduction, row.failure_reason) == (0, "")
    assert _apply(60) == row


def test_a_pending_refund_that_is_adopted_is_a_change_to_announce(intent):
    """Writing a higher version wakes those who watch the payment."""
    assert _apply(status="pending").version == 1


def test_a_partial_refund_without_a_reason_lowers_the_cost(intent):
    assert _apply().amount_due_reduction == 400


@pytest.mark.parametrize("other", [{"livemode": True}, {"account": "acct_other"}])
def test_a_refund_of_another_mode_or_account_is_not_adopted(intent, other):
    StripePaymentIntent.objects.update(**other)

    with pytest.raises(NotOurs, match="another mode"):
        _apply()
    assert not StripeRefund.objects.exists()


def test_a_refund_of_an_unknown_payment_requires_reading_it(db):
    with pytest.raises(ReadRequired) as caught:
        _apply()
    assert (caught.value.kind, caught.value.stripe_id) == ("payment_intent", "pi_1")


def test_a_refund_without_a_payment_is_not_ours(db):
    """A refund of a charge without a payment intent."""
    with pytest.raises(NotOurs, match=r"^a refund without a payment intent$"):
        _apply(payment_intent=None)


def test_a_contradiction_in_the_same_second_is_read(intent):
    _apply(status="pending")

    with pytest.raises(ReadRequired) as caught:
        _apply(status="failed")
    assert (caught.value.kind, caught.value.stripe_id) == ("refund", "re_1")


def test_an_unknown_status_or_reason_is_stored_as_unknown(intent):
    row = _apply(status="melted", reason="bored")

    assert (row.status, row.reason) == ("unknown", "")


def test_why_it_failed_is_stored_and_recorded(intent, caplog):
    row = _apply(status="pending")
    caplog.clear()
    _apply(60, status="failed", failure_reason="lost_or_stolen_card")
    _apply(120, status="failed", failure_reason="lost_or_stolen_card")

    row.refresh_from_db()
    assert (row.status, row.failure_reason) == ("failed", "lost_or_stolen_card")
    first, failure = StatusChange.objects.order_by("id")
    assert (first.from_status, first.to_status) == ("", "pending")
    assert (failure.from_status, failure.to_status) == ("pending", "failed")
    assert (failure.failure_code, failure.cause_id) == ("lost_or_stolen_card", "evt_1")
    assert (failure.refund, failure.payment_intent) == (row, intent)
    assert caplog.text.count("re_1") == caplog.text.count("status_changed") == 1


def test_an_answer_is_as_old_as_its_call(intent):
    row = _apply(took=3)
    assert (row.as_of, row.as_of_earliest) == (NOW, NOW - timedelta(seconds=3))


@pytest.fixture
def asked(intent):
    """A refund whose answer from Stripe is unknown."""
    return StripeRefund.objects.create(
        payment_intent=intent, amount=400, currency="USD", amount_due_reduction=400
    )


def _claim(row):
    return mirror.our_metadata(uuid.uuid4(), refund=row.pk)


def test_matching_metadata_finds_the_row(asked):
    assert _apply(metadata=_claim(asked)) == asked
    assert StripeRefund.objects.get().stripe_refund_id == "re_1"


@pytest.mark.parametrize("values", [{"amount": 399}, {"currency": "eur"}])
def test_metadata_that_names_another_refund_is_not_believed(asked, values):
    assert _apply(metadata=_claim(asked), **values) != asked

    asked.refresh_from_db()
    assert asked.stripe_refund_id is None


def test_metadata_that_names_a_refund_of_another_payment_is_not_believed(alice, asked):
    _make(alice, "pi_2")
    assert _apply(metadata=_claim(asked), payment_intent="pi_2") != asked


def test_metadata_does_not_claim_a_refund_that_stripe_has_accepted(asked):
    StripeRefund.objects.update(stripe_refund_id="re_0")
    assert _apply(metadata=_claim(asked)) != asked


@pytest.mark.parametrize(("answered", "reduction"), [(300, 300), (400, 400), (500, 400)])
def test_an_operations_answer_belongs_to_it_and_a_difference_is_noted(asked, answered, reduction):
    held = Held(asked.pk)

    assert _apply(held=held, amount=answered) == asked

    asked.refresh_from_db()
    assert (asked.amount, asked.amount_due_reduction) == (answered, reduction)
    noted = [f"Stripe answered with amount {answered}, but 400 was requested."]
    assert held.contradictions == (noted if answered != 400 else [])


def test_an_answer_in_another_currency_for_another_payment_is_noted(alice, asked):
    other, held = _make(alice, "pi_2"), Held(asked.pk)

    assert _apply(held=held, currency="eur", payment_intent="pi_2") == asked

    assert held.contradictions == [
        "Stripe answered with currency EUR, but USD was requested.",
        f"Stripe answered with payment {other.pk}, but {asked.payment_intent_id} was requested.",
    ]


def test_a_refund_that_was_already_answered_has_no_contradiction(asked):
    _apply(held=Held(asked.pk))
    held = Held(asked.pk)

    _apply(60, held=held, amount=300)

    assert held.contradictions == []
