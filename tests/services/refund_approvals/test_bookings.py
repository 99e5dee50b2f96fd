"""Requests to refund what was paid for a booking."""

import pytest

from payments_graphql.errors import ApprovalRequiredError, InvalidStateError
from payments_graphql.models import Booking, RefundRequest
from payments_graphql.services.overpayments import refund_overpayment
from payments_graphql.services.refund_approvals import approve_refund

from .conftest import ask


@pytest.fixture
def paid(pay, alice, booking, sandbox):
    return pay(alice, None, None, booking=booking)


def ask_for_overpaid(booking, user):
    with pytest.raises(ApprovalRequiredError) as caught:
        refund_overpayment(booking=booking, user=user)
    return RefundRequest.objects.get(pk=caught.value.refund_request_id)


@pytest.mark.parametrize(("asked", "due"), [(None, 0), (True, 0), (False, 6000)])
def test_it_means_for_the_booking_what_was_asked(paid, booking, sam, fay, asked, due):
    approve_refund(request=ask(paid, "60.00", sam, reduces_amount_due=asked), user=fay)
    assert booking.amount_due == due


def test_an_approved_overpayment_is_counted_again(paid, booking, sue, fay, heard):
    Booking.objects.update(amount=2999)
    request = ask_for_overpaid(booking, sue)
    assert (request.amount, request.only_overpaid) == (7000, True)
    assert ask_for_overpaid(booking, sue) == request
    assert ask_for_overpaid(booking, fay) == request, "whoever asks"
    assert heard == [request]

    Booking.objects.update(amount=3999)
    assert approve_refund(request=request, user=fay).amount == 6000


def test_other_requests_do_not_ask_for_what_is_overpaid(paid, booking, sue):
    Booking.objects.update(amount=2999)
    other = ask(paid, "20.00", sue, request_approval=True)

    request = ask_for_overpaid(booking, sue)

    assert request != other
    assert ask_for_overpaid(booking, sue) == request


def test_nothing_is_refunded_if_nothing_is_overpaid_anymore(paid, booking, sue, fay, sandbox):
    Booking.objects.update(amount=2999)
    request = ask_for_overpaid(booking, sue)
    Booking.objects.update(amount=9999)

    with pytest.raises(InvalidStateError, match="Nothing is overpaid") as caught:
        approve_refund(request=request, user=fay)

    assert caught.value.path == ("refundRequestId",)
    request.refresh_from_db()
    assert request.state == "waiting"
    assert not sandbox.requests("POST", "/v1/refunds")


def test_nothing_is_refunded_if_the_payment_no_longer_counts(paid, booking, sue, fay, bob, sandbox):
    Booking.objects.update(amount=2999)
    request = ask_for_overpaid(booking, sue)
    Booking.objects.update(user=bob)

    with pytest.raises(InvalidStateError, match="no longer counts"):
        approve_refund(request=request, user=fay)

    request.refresh_from_db()
    assert request.state == "waiting"
    assert not sandbox.requests("POST", "/v1/refunds")
