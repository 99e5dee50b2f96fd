"""Disputes: opened by test cards, answered with evidence or accepted, and their effect on money."""

import itertools
from functools import partial

import pytest

from payments_graphql.dispute_evidence import MAXIMUM_TEXTS
from payments_graphql.errors import (
    ErrorCode,
    InvalidStateError,
    PaymentError,
    PermissionDeniedError,
    ProviderError,
    ValidationError,
)
from payments_graphql.models import Operation, StripeDispute
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import disputes, refunds
from tests.threads import run_together

WINNING = {"uncategorized_text": "winning_evidence"}
LOSING = {"uncategorized_text": "losing_evidence"}
_LONG = (
    "access_activity_log",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "duplicate_charge_explanation",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "uncategorized_text",
)
"""Stripe takes 20,000 characters in each of them, and 150,000 in all."""


@pytest.fixture
def paid(alice, booking, pay, sandbox):
    """A booking that was paid and charged back at once."""
    intent = pay(alice, None, None, booking=booking, method="pm_card_createDispute")
    reconcile()
    return intent


@pytest.fixture
def dispute(paid) -> StripeDispute:
    return StripeDispute.objects.get(payment_intent=paid)


@pytest.fixture
def inquiry(alice, booking, pay, sandbox) -> StripeDispute:
    intent = pay(alice, None, None, booking=booking, method="pm_card_createDisputeInquiry")
    reconcile()
    return StripeDispute.objects.get(payment_intent=intent)


def _submit(dispute, evidence, **values):
    return disputes.submit_dispute_evidence(dispute=dispute, evidence=evidence, **values)


def _settle(sandbox, dispute):
    """The bank decides."""
    sandbox.advance(2)
    reconcile()
    dispute.refresh_from_db()


def test_the_card_that_disputes_opens_one(dispute, paid, dashboard):
    at_stripe = dashboard.v1.disputes.retrieve(dispute.stripe_dispute_id)
    assert (dispute.status, dispute.reason) == ("needs_response", "fraudulent")
    assert (dispute.amount, dispute.currency) == (9999, "USD")
    assert dispute.evidence_due_by.timestamp() == at_stripe.evidence_details.due_by
    assert dispute.stripe_charge_id == paid.latest_charge_id
    assert (dispute.has_evidence, dispute.submission_count) == (False, 0)
    assert not dispute.is_inquiry
    assert not dispute.is_closed


def test_a_disputed_payment_is_not_refunded(dispute, paid, sandbox):
    assert paid.is_held_by_dispute
    assert paid.amount_refundable == 0

    with pytest.raises(InvalidStateError, match="disputed") as caught:
        refunds.create_refund(payment_intent=paid)

    assert caught.value.current_status == "disputed"
    assert caught.value.path == ("paymentIntentId",)
    assert not sandbox.requests("POST", "/v1/refunds")


def test_stripe_refuses_even_before_the_event_arrives(alice, pay, sandbox):
    intent = pay(alice, method="pm_card_createDispute")
    assert not intent.disputes.exists()

    with pytest.raises(InvalidStateError, match="charged back"):
        refunds.create_refund(payment_intent=intent)
    assert not intent.refunds.exists()


def test_an_inquiry_takes_no_money_and_a_refund_is_allowed(inquiry, booking):
    intent = inquiry.payment_intent
    assert (inquiry.status, inquiry.is_inquiry) == ("warning_needs_response", True)
    assert not intent.is_held_by_dispute

    refund, _ = refunds.create_refund(payment_intent=intent, amount=40)

    assert refund.status == "succeeded"
    assert intent.amount_refundable == 5999
    assert booking.amount_paid == 5999


def test_a_draft_is_kept_and_added_to(dispute, dashboard):
    _submit(dispute, {"customer_name": "Alice"}, submit=False)
    _submit(dispute, {"product_description": "A flight"}, submit=False)

    assert (dispute.status, dispute.has_evidence) == ("needs_response", True)
    assert dispute.submission_count == 0
    written = {"customer_name": "Alice", "product_description": "A flight"}
    assert disputes.fetch_dispute_evidence(dispute=dispute) == written
    at_stripe = dashboard.v1.disputes.retrieve(dispute.stripe_dispute_id)
    assert at_stripe.evidence_details.submission_count == 0


def test_an_empty_text_removes_a_stored_text(dispute):
    _submit(dispute, {"customer_name": "Alice", "product_description": "A flight"}, submit=False)
    _submit(dispute, {"customer_name": ""}, submit=False)

    assert disputes.fetch_dispute_evidence(dispute=dispute) == {"product_description": "A flight"}


def test_a_stored_draft_is_submitted_without_sending_it_again(dispute):
    _submit(dispute, {"product_description": "A flight"}, submit=False)
    _submit(dispute, {})

    assert (dispute.status, dispute.submission_count) == ("under_review", 1)


def test_evidence_is_submitted_once(dispute, sandbox):
    _submit(dispute, WINNING)

    assert (dispute.status, dispute.submission_count) == ("under_review", 1)
    with pytest.raises(InvalidStateError, match="under review") as caught:
        _submit(dispute, LOSING)
    assert (caught.value.path, caught.value.current_status) == (("disputeId",), "under_review")
    assert caught.value.allowed == ("warning_needs_response", "needs_response")
    with pytest.raises(InvalidStateError):
        disputes.accept_dispute(dispute=dispute)
    assert len(sandbox.requests("POST", "/v1/disputes/*")) == 1


def test_a_won_dispute_gives_the_payment_back(dispute, paid, booking, sandbox):
    _submit(dispute, WINNING)
    assert booking.amount_due == 0
    _settle(sandbox, dispute)

    assert (dispute.status, dispute.is_closed) == ("won", True)
    paid = type(paid).objects.get(pk=paid.pk)
    assert not paid.is_held_by_dispute
    assert (booking.amount_paid, booking.amount_due) == (9999, 0)
    assert paid.amount_refundable == 9999
    assert refunds.create_refund(payment_intent=paid, amount=10)[0].status == "succeeded"


def test_a_lost_dispute_is_due_again(dispute, paid, booking, sandbox, service, alice):
    assert (booking.amount_paid, booking.amount_due) == (9999, 0)  # nothing is decided yet
    _submit(dispute, LOSING)
    _settle(sandbox, dispute)

    assert dispute.status == "lost"
    assert (booking.amount_paid, booking.amount_due) == (0, 9999)
    paid = type(paid).objects.get(pk=paid.pk)
    assert paid.amount_refundable == 0
    with pytest.raises(InvalidStateError, match="lost in a dispute") as caught:
        refunds.create_refund(payment_intent=paid)
    assert caught.value.current_status == "lost"
    again = service.create_payment_intent(user=alice, booking=booking)
    assert again["payment_intent"].amount == 9999


def test_an_accepted_dispute_is_lost(dispute, booking, dashboard):
    disputes.accept_dispute(dispute=dispute)

    assert dispute.status == "lost"
    assert booking.amount_paid == 0
    assert dashboard.v1.disputes.retrieve(dispute.stripe_dispute_id).status == "lost"
    with pytest.raises(InvalidStateError):
        disputes.accept_dispute(dispute=dispute)
    with pytest.raises(InvalidStateError):
        _submit(dispute, WINNING)


def test_an_accepted_inquiry_costs_nothing(inquiry, booking):
    disputes.accept_dispute(dispute=inquiry)

    assert inquiry.status == "warning_closed"
    assert inquiry.is_closed
    assert booking.amount_paid == 9999
    assert inquiry.payment_intent.amount_refundable == 9999


def test_an_inquiry_that_becomes_a_chargeback_holds_the_money(inquiry, booking, sandbox):
    _submit(inquiry, {"uncategorized_text": "escalate_inquiry_evidence"})
    assert inquiry.status == "warning_under_review"
    _settle(sandbox, inquiry)

    assert inquiry.status == "needs_response"
    assert not inquiry.is_inquiry
    assert inquiry.payment_intent.amount_refundable == 0
    assert booking.amount_paid == 9999
    disputes.accept_dispute(dispute=inquiry)
    assert booking.amount_paid == 0


def test_money_that_was_refunded_and_lost_is_not_owed_twice(inquiry, booking, sandbox):
    refunds.create_refund(payment_intent=inquiry.payment_intent)
    assert booking.amount_due == 9999
    _submit(inquiry, {"uncategorized_text": "escalate_inquiry_evidence"})
    _settle(sandbox, inquiry)
    disputes.accept_dispute(dispute=inquiry)

    assert inquiry.status == "lost"
    assert (booking.amount_paid, booking.amount_due) == (0, 9999)
    assert type(inquiry.payment_intent).objects.get().amount_refundable == 0


def test_an_unanswered_dispute_is_lost(dispute, booking, sandbox):
    sandbox.advance(9 * 24 * 3600)
    reconcile()

    dispute.refresh_from_db()
    assert dispute.status == "lost"
    assert booking.amount_due == 9999


@pytest.mark.parametrize(
    ("evidence", "message"),
    [
        ({}, "must not be empty"),
        ({"customer_name": ""}, "must not be empty"),
        ({"flavor": "red"}, "'flavor' is not a type of evidence"),
        ({"x" * 999: "y"}, "'x+' is not a type of evidence"),
        ({"uncategorized_text": "x" * 150_001}, "at most 150000"),
        ({"customer_name": "a" * 75_001, "billing_address": "b" * 75_000}, "at most 150000"),
        ({"customer_name": "a" * 5001}, "customer_name must be at most 5000 characters"),
        ({"uncategorized_text": "a" * 20_001}, "uncategorized_text must be at most 20000"),
        ({"customer_name": "a\x00b"}, "NUL"),
        ({"customer_name": "\ud800"}, "surrogate"),
    ],
)
def test_bad_evidence_is_refused_before_stripe_is_asked(dispute, sandbox, evidence, message):
    with pytest.raises(ValidationError, match=message) as caught:
        _submit(dispute, evidence)

    assert caught.value.path == ("evidence",)
    assert len(caught.value.message) < 700
    assert not sandbox.requests("POST", "/v1/disputes/*")
    assert not Operation.objects.filter(dispute=dispute).exists()


def test_a_charge_that_does_not_exist_is_refused_by_stripe(dispute):
    with pytest.raises(PaymentError) as caught:
        _submit(dispute, {"duplicate_charge_id": "ch_none"})
    assert caught.value.path in ((), ("evidence",))
    assert not isinstance(caught.value, ProviderError) or caught.value.message


def test_only_staff_with_the_permission_answer(dispute, alice, bob, sam, sandbox):
    actions = (
        partial(_submit, evidence=WINNING),
        disputes.accept_dispute,
        disputes.fetch_dispute_evidence,
        disputes.fetch_saved_evidence,
    )
    for person, action in itertools.product((alice, bob), actions):
        with pytest.raises(PermissionDeniedError, match="not allowed to answer") as caught:
            action(dispute=dispute, user=person)
        assert caught.value.path == ("disputeId",)
    assert not sandbox.requests("POST", "/v1/disputes/*")

    assert _submit(dispute, WINNING, user=sam).status == "under_review"
    assert Operation.objects.get(dispute=dispute).actor == f"user:{sam.pk}"


def test_it_is_accepted_under_the_persons_name(dispute, sam):
    disputes.accept_dispute(dispute=dispute, user=sam)

    assert Operation.objects.get(dispute=dispute).actor == f"user:{sam.pk}"


def test_evidence_may_be_as_long_as_stripe_allows(dispute):
    longest = {"customer_name": "x" * 5_000, "uncategorized_text": "x" * 20_000}
    assert _submit(dispute, longest, submit=False).has_evidence
    _submit(dispute, dict.fromkeys(longest, ""), submit=False)
    names = [name for name in disputes.EVIDENCE if name in _LONG]
    longest = {name: "x" * (MAXIMUM_TEXTS // len(names)) for name in names}
    assert sum(map(len, longest.values())) == MAXIMUM_TEXTS

    assert _submit(dispute, longest, submit=False).has_evidence


def test_one_that_was_accepted_in_the_dashboard_is_read_on_refusal(dispute, booking, dashboard):
    dashboard.v1.disputes.close(dispute.stripe_dispute_id)

    with pytest.raises(InvalidStateError, match="already closed"):
        _submit(dispute, WINNING)

    dispute.refresh_from_db()
    assert dispute.status == "lost"
    assert booking.amount_due == 9999


def test_lists_contain_only_the_persons_own_rows(dispute, alice, bob):
    assert list(StripeDispute.objects.for_user(alice)) == [dispute]
    assert not StripeDispute.objects.for_user(bob).exists()


def _try_to_accept(dispute):
    try:
        return disputes.accept_dispute(dispute=StripeDispute.objects.get(pk=dispute.pk)).status
    except PaymentError as error:
        return error.code


@pytest.mark.django_db(transaction=True)
def test_it_is_accepted_once_by_several_at_the_same_time(dispute, sandbox):
    outcomes = run_together(3, lambda _: _try_to_accept(dispute))

    assert set(outcomes) <= {"lost", ErrorCode.INVALID_STATE}
    assert "lost" in outcomes
    assert len(sandbox.requests("POST", "/v1/disputes/*/close")) == 1
