"""What a refund would do is told before, as it then happens, and is refused as the refund is."""

from typing import Any

import pytest

from payments_graphql.errors import AmountError, PermissionDeniedError, ValidationError
from payments_graphql.models import Operation, RefundRequest
from payments_graphql.services import refunds
from payments_graphql.services.refunds import RefundPreview, preview_refund


@pytest.fixture(autouse=True)
def limits(settings: Any) -> None:
    settings.PAYMENTS_REFUND_LIMITS = {"Support": {"USD": "50.00/day", "JPY": "1000/day"}}
    settings.PAYMENTS_REFUND_APPROVAL_ABOVE = {"USD": "40.00", "JPY": "900"}


@pytest.fixture
def paid(alice: Any, booking: Any, pay: Any, sandbox: Any) -> Any:
    return pay(alice, None, None, booking=booking)  # 99.99 USD


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, RefundPreview(9999, 0, False)),
        ({"amount": "12.50"}, RefundPreview(1250, 1250, False)),
        ({"amount": "12.50", "reason": "duplicate"}, RefundPreview(1250, 0, False)),
        ({"amount": "12.50", "reduces_amount_due": False}, RefundPreview(1250, 0, False)),
        ({"amount": "12.50", "reason": "duplicate", "reduces_amount_due": True},
         RefundPreview(1250, 1250, False)),
        ({"amount": "12.50", "request_approval": True}, RefundPreview(1250, 1250, True)),
    ],
)  # fmt: skip
def test_the_sites_code_sees_what_its_refund_then_does(
    paid: Any, values: dict[str, Any], expected: RefundPreview
) -> None:
    assert preview_refund(payment_intent=paid, **values) == expected
    assert not Operation.objects.filter(kind="create_refund").exists()
    if not expected.needs_approval:
        refund, _ = refunds.create_refund(payment_intent=paid, **values)
        assert (refund.amount, refund.amount_due_reduction) == (expected.amount, expected.reduction)


def test_a_person_sees_what_needs_approval_and_what_is_above_their_limit(
    paid: Any, sue: Any, alice: Any, pay: Any
) -> None:
    assert preview_refund(payment_intent=paid, amount=40, user=sue).needs_approval is False
    assert preview_refund(payment_intent=paid, amount="40.01", user=sue).needs_approval is True
    refunds.create_refund(payment_intent=paid, amount=30, user=sue)
    other = pay(alice, "60.00")
    with pytest.raises(AmountError) as caught:
        preview_refund(payment_intent=other, amount="20.01", user=sue)
    assert (caught.value.maximum, caught.value.currency) == (20, "USD")
    assert preview_refund(payment_intent=other, amount=20, user=sue).amount == 2000
    asked = preview_refund(payment_intent=other, amount="20.01", user=sue, request_approval=True)
    assert asked.needs_approval is True  # and so not above the limit
    assert not RefundRequest.objects.exists()


def test_amounts_and_limits_are_of_the_payments_currency(alice: Any, pay: Any, sue: Any) -> None:
    yen = pay(alice, 5000, "JPY")
    assert preview_refund(payment_intent=yen, amount=900, user=sue) == RefundPreview(
        900, 900, False
    )
    assert preview_refund(payment_intent=yen, amount=901, user=sue).needs_approval is True
    with pytest.raises(AmountError):
        preview_refund(payment_intent=yen, amount="1.5", user=sue)


@pytest.mark.parametrize(
    ("values", "error", "path"),
    [
        ({"amount": "100.00"}, AmountError, ("amount",)),
        ({"reason": "because"}, ValidationError, ("reason",)),
        ({"description": "x" * 501}, ValidationError, ("description",)),
    ],
)
def test_what_a_refund_would_refuse_is_refused(
    paid: Any, values: dict[str, Any], error: type[Exception], path: tuple[str, ...]
) -> None:
    for act in (preview_refund, refunds.create_refund):
        with pytest.raises(error) as caught:
            act(payment_intent=paid, **values)
        assert caught.value.path == path


def test_nobody_else_sees_what_a_refund_would_do(paid: Any, bob: Any) -> None:
    with pytest.raises(PermissionDeniedError):
        preview_refund(payment_intent=paid, user=bob)


def test_only_those_who_may_lower_the_amount_due_see_it_lowered(
    paid: Any, alice: Any, sue: Any
) -> None:
    shown = preview_refund(payment_intent=paid, amount=1, user=alice)
    refund, _ = refunds.create_refund(payment_intent=paid, amount=1, user=alice)
    assert shown.reduction == refund.amount_due_reduction == 0
    for act in (preview_refund, refunds.create_refund):
        with pytest.raises(PermissionDeniedError) as caught:
            act(payment_intent=paid, amount=1, user=alice, reduces_amount_due=True)
        assert caught.value.path == ("reducesAmountDue",)
    assert preview_refund(payment_intent=paid, amount=1, user=sue).reduction == 100
