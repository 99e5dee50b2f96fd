"""Refunds, never more than was received."""

import hashlib
import json

import pytest

from payments_graphql import correlation
from payments_graphql.errors import (
    AmountError,
    IdempotencyError,
    InvalidStateError,
    OperationInProgressError,
    PaymentError,
    PermissionDeniedError,
    ValidationError,
)
from payments_graphql.mirror import our_metadata
from payments_graphql.models import Operation, StripeRefund
from payments_graphql.services import refunds
from tests.faulty_stripe import RESET_AFTER_EFFECT, faulty_stripe
from tests.threads import run_together


@pytest.fixture
def paid(alice, pay, sandbox):
    return pay(alice, "99.99")


def _refund(intent, **values) -> StripeRefund:
    return refunds.create_refund(payment_intent=intent, **values)[0]


def _refunded_at_stripe(dashboard, intent) -> int:
    listed = dashboard.v1.refunds.list({"payment_intent": intent.stripe_payment_intent_id})
    return sum(refund.amount for refund in listed.data if refund.status != "failed")


def test_without_an_amount_everything_is_refunded(paid, dashboard):
    refund = _refund(paid, reason="requested_by_customer", description="Flight canceled")

    assert (refund.amount, refund.currency, refund.status) == (9999, "USD", "succeeded")
    assert (refund.reason, refund.description) == ("requested_by_customer", "Flight canceled")
    assert refund.stripe_refund_id.startswith("re_")
    assert _refunded_at_stripe(dashboard, paid) == 9999
    assert (paid.amount_refunded, paid.amount_refundable) == (9999, 0)


@pytest.mark.parametrize("reason", ["", "fraudulent"])
def test_what_stripe_is_asked_and_what_is_recorded(paid, sam, sandbox, reason):
    refund = _refund(paid, amount=20, reason=reason, user=sam)

    (sent,) = sandbox.requests("POST", "/v1/refunds")
    asked = dict(sent.parameters)
    operation = Operation.objects.get(kind="create_refund")
    with correlation.bound(operation.correlation_id):
        assert asked.pop("metadata") == our_metadata(operation.pk, refund=refund.pk)
    assert asked == {
        "payment_intent": paid.stripe_payment_intent_id,
        "amount": "2000",
        **({"reason": reason} if reason else {}),
    }
    assert (refund.reason, refund.description) == (reason, "")
    assert (operation.refund, operation.payment_intent) == (refund, paid)
    assert (operation.customer, operation.actor) == (paid.customer, f"user:{sam.pk}")


@pytest.mark.parametrize("all_that_is_left", [None, "69.99"])
def test_parts_and_then_the_rest(paid, dashboard, all_that_is_left):
    amounts = ("10.00", 20, all_that_is_left)
    first, second, rest = (_refund(paid, amount=amount) for amount in amounts)

    assert [first.amount, second.amount, rest.amount] == [1000, 2000, 6999]
    assert _refunded_at_stripe(dashboard, paid) == 9999


def test_an_amount_too_large_is_refused_with_what_is_left(paid, sandbox):
    _refund(paid, amount="90.00")

    with pytest.raises(AmountError, match=r"9\.99 USD can be refunded") as caught:
        _refund(paid, amount="10.00")

    assert caught.value.path == ("amount",)
    assert (str(caught.value.maximum), caught.value.currency) == ("9.99", "USD")
    assert caught.value.code == "amount_too_large"
    assert len(sandbox.requests("POST", "/v1/refunds")) == 1
    assert StripeRefund.objects.count() == 1


def test_nothing_is_left_after_all_was_refunded(paid):
    _refund(paid)

    with pytest.raises(InvalidStateError) as caught:
        _refund(paid)
    assert caught.value.current_status == "refunded"


@pytest.mark.parametrize("amount", ["NaN", "Infinity", 0, -5, "0.001", "1e400", True])
def test_a_bad_amount_is_refused(paid, sandbox, amount):
    with pytest.raises(AmountError) as caught:
        _refund(paid, amount=amount)

    assert caught.value.path == ("amount",)
    assert not sandbox.requests("POST", "/v1/refunds")
    assert not StripeRefund.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"reason": "bored"}, "reason"),
        ({"description": "d" * 501}, "description"),
        ({"reason": "duplicate", "description": "d" * 501}, "description"),
        ({"description": "a\x00b"}, "description"),
        ({"idempotency_key": ""}, "idempotencyKey"),
    ],
)
def test_a_bad_field_is_named(paid, sandbox, values, field):
    with pytest.raises(ValidationError) as caught:
        _refund(paid, **values)

    assert caught.value.path == (field,)
    assert not sandbox.requests("POST", "/v1/refunds")


def test_a_description_of_500_characters_is_kept(paid):
    assert len(_refund(paid, description="d" * 500).description) == 500


def test_a_wrong_reason_is_refused_with_the_valid_ones(paid):
    with pytest.raises(ValidationError, match="duplicate, fraudulent, requested_by_customer"):
        _refund(paid, reason="bored")


def test_an_unpaid_payment_is_not_refunded(service, alice, pay, sandbox):
    unpaid = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    held = pay(alice, capture_method="manual")

    for intent in (unpaid, held):
        with pytest.raises(InvalidStateError) as caught:
            _refund(intent)
        assert caught.value.current_status == intent.status
    assert not sandbox.requests("POST", "/v1/refunds")


def test_only_what_was_captured_can_be_refunded(service, alice, pay):
    held = pay(alice, "99.99", capture_method="manual")
    service.capture_payment_intent(held, amount=40)

    with pytest.raises(AmountError, match=r"40\.00 USD can be refunded"):
        _refund(held, amount="40.01")
    assert _refund(held).amount == 4000


def test_owners_refund_only_where_the_site_lets_them(paid, alice, bob, sam, settings):
    with pytest.raises(PermissionDeniedError):
        _refund(paid, amount=1, user=bob)
    assert _refund(paid, amount=1, user=alice).status == "succeeded"

    settings.PAYMENTS_OWNERS_MAY_REFUND = False
    with pytest.raises(PermissionDeniedError):
        _refund(paid, amount=1, user=alice)
    assert _refund(paid, amount=1, user=sam).status == "succeeded"


def test_a_refund_made_in_the_dashboard_counts(paid, dashboard):
    dashboard.v1.refunds.create({"payment_intent": paid.stripe_payment_intent_id, "amount": 9000})

    with pytest.raises(AmountError) as caught:
        _refund(paid, amount=20)

    assert caught.value.path == ("amount",)
    assert not StripeRefund.objects.exists()  # the reservation is released
    assert _refunded_at_stripe(dashboard, paid) == 9000


def _try_to_refund(intent, amount) -> int:
    try:
        return _refund(intent, amount=amount).amount
    except PaymentError:
        return 0


@pytest.mark.parametrize(
    "other",
    [
        {"amount": 6},
        {"amount": None},
        {"reason": "duplicate"},
        {"description": "other"},
        {"reduces_amount_due": False},
    ],
)
def test_a_key_cannot_be_used_for_another_refund(paid, sandbox, other):
    _refund(paid, amount=5, idempotency_key="refund-1")

    with pytest.raises(IdempotencyError):
        _refund(paid, **{"amount": 5, "idempotency_key": "refund-1"} | other)
    assert len(sandbox.requests("POST", "/v1/refunds")) == 1


def test_a_key_cannot_be_used_for_a_refund_of_another_payment(alice, paid, pay, sandbox):
    _refund(paid, amount=5, idempotency_key="refund-1")

    with pytest.raises(IdempotencyError):
        _refund(pay(alice), amount=5, idempotency_key="refund-1")
    assert len(sandbox.requests("POST", "/v1/refunds")) == 1


def test_a_repeated_request_is_one_refund(paid, sandbox):
    asked = {"payment_intent": paid, "amount": 5, "idempotency_key": "refund-1"}

    first, again = refunds.create_refund(**asked), refunds.create_refund(**asked)

    assert (first[1], again[1]) == (False, True)
    assert first[0] == again[0]
    assert len(sandbox.requests("POST", "/v1/refunds")) == 1


def test_a_key_from_before_an_upgrade_gets_the_same_answer(paid, sandbox):
    """The stored hash of a request must not change with a release."""
    asked = {"amount": 5, "reason": "duplicate", "description": "Twice", "idempotency_key": "k"}
    refund = _refund(paid, **asked)
    stored = {
        "amount": 500,
        "description": "Twice",
        "payment_intent": str(paid.pk),
        "reason": "duplicate",
        "reduces_amount_due": None,
    }
    text = json.dumps(["create_refund", stored], separators=(",", ":"))
    Operation.objects.filter(kind="create_refund").update(
        input_hash=hashlib.sha256(text.encode()).hexdigest()
    )

    assert refunds.create_refund(payment_intent=paid, **asked) == (refund, True)
    assert len(sandbox.requests("POST", "/v1/refunds")) == 1


def test_a_refund_whose_answer_is_lost_has_its_amount_and_currency(paid, sandbox, settings):
    settings.PAYMENTS_OPERATION_TIMEOUT = 0
    with faulty_stripe(sandbox.url) as link:
        settings.STRIPE_API_BASE = link.url
        link.faults.append(RESET_AFTER_EFFECT)
        with pytest.raises(OperationInProgressError):
            _refund(paid, amount=5)

    refund = StripeRefund.objects.get()
    assert (refund.status, str(refund.price), refund.currency) == ("pending", "5.00", "USD")


@pytest.mark.django_db(transaction=True)
def test_concurrent_refunds_never_exceed_what_was_received(paid, dashboard):
    refunded = run_together(5, lambda _: _try_to_refund(paid, 40))

    assert sorted(refunded) == [0, 0, 0, 4000, 4000]
    assert _refunded_at_stripe(dashboard, paid) == 8000
    assert sum(StripeRefund.objects.values_list("amount", flat=True)) == 8000
