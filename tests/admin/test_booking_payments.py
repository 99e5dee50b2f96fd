"""What a booking's page does about its payments: the open one, and overpaid amounts."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone

from payments_graphql.models import Booking, StripePaymentIntent, StripeRefund
from payments_graphql.reconciliation import reconcile
from tests.schema.rows import make_disputes

from .conftest import list_url, page_url
from .test_bookings import _values

pytestmark = pytest.mark.any_database


def _refund_url(booking: Booking) -> str:
    return reverse("admin:payments_graphql_booking_refund_overpayment", args=(booking.pk,))


def _save(client: Client, booking: Booking, **values: str) -> Any:
    """For tests with real transactions, since the commit cancels a payment."""
    posted = _values(booking.user, reference="LIS-1", price="99.99", currency="USD") | {
        "description": "Lisbon"
    }
    response = client.post(page_url(booking), posted | values)
    assert response.status_code == 302, response.context["errors"]
    return client.get(page_url(booking))


@pytest.fixture
def open_intent(service: Any, alice: User, booking: Booking) -> StripePaymentIntent:
    intent: StripePaymentIntent = service.create_payment_intent(user=alice, booking=booking)[
        "payment_intent"
    ]
    return intent


@pytest.fixture
def overpaid(alice: User, booking: Booking, pay: Any) -> Booking:
    pay(alice, None, None, booking=booking)
    Booking.objects.update(amount=8000)
    booking.refresh_from_db()
    return booking


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "values",
    [
        {"price": "80"},
        {"currency": "EUR"},
        {"canceled_at_0": "2026-11-26", "canceled_at_1": "10:00:00"},
    ],
    ids=["repriced", "in another currency", "canceled"],
)
def test_a_change_cancels_the_open_payment(
    staff_client: Client,
    booking: Booking,
    open_intent: StripePaymentIntent,
    values: dict[str, str],
) -> None:
    page = _save(staff_client, booking, **values)
    assert "The open payment of 99.99 USD was canceled." in page.text
    open_intent.refresh_from_db()
    assert open_intent.status == "canceled"


@pytest.mark.django_db(transaction=True)
def test_another_change_leaves_the_open_payment(
    staff_client: Client,
    booking: Booking,
    open_intent: StripePaymentIntent,
) -> None:
    _save(staff_client, booking, description="Porto")
    open_intent.refresh_from_db()
    assert open_intent.status == "requires_payment_method"


@pytest.mark.django_db(transaction=True)
def test_an_authorized_payment_is_left_and_shown(
    staff_client: Client,
    alice: User,
    booking: Booking,
    pay: Any,
) -> None:
    held = pay(alice, None, None, booking=booking, capture_method="manual")
    page = _save(staff_client, booking, price="80")
    assert "has the status &quot;requires capture&quot; and was not changed" in page.text
    assert "not the amount due" in page.text
    held.refresh_from_db()
    assert held.status == "requires_capture"


def test_the_currency_of_a_booking_with_payments_stays(
    staff_client: Client, alice: User, booking: Booking, pay: Any
) -> None:
    pay(alice, None, None, booking=booking)
    posted = _values(booking.user, reference="LIS-1", price="99.99", currency="EUR")
    response = staff_client.post(page_url(booking), posted)
    assert list(response.context["adminform"].form.errors) == ["currency"]


def test_what_is_overpaid_is_shown_and_found(
    staff_client: Client, alice: User, overpaid: Booking
) -> None:
    fine = Booking.objects.create(reference="FINE", user=alice, amount=1, currency="USD")
    canceled = Booking.objects.create(
        reference="CALLED-OFF", user=alice, amount=1, currency="USD", canceled_at=timezone.now()
    )
    page = staff_client.get(page_url(overpaid)).text
    assert "19.99 USD" in page
    assert _refund_url(overpaid) in page
    listed = staff_client.get(list_url("booking"), {"problem": "overpaid_bookings"}).text
    assert overpaid.reference in listed
    assert fine.reference not in listed
    assert canceled.reference not in listed
    assert _refund_url(fine) not in staff_client.get(page_url(fine)).text


def test_the_filter_leaves_out_what_was_given_back(
    staff_client: Client, alice: User, booking: Booking, pay: Any, service: Any
) -> None:
    intent = pay(alice, None, None, booking=booking)
    Booking.objects.update(canceled_at=timezone.now())
    listing = {"problem": "canceled_but_paid_bookings"}
    assert booking.reference in staff_client.get(list_url("booking"), listing).text
    assert service.create_refund(intent)["success"]
    assert booking.reference not in staff_client.get(list_url("booking"), listing).text


def test_the_rest_is_refunded_from_its_page(staff_client: Client, overpaid: Booking) -> None:
    asked = staff_client.get(_refund_url(overpaid))
    assert "19.99 USD" in asked.text
    assert not StripeRefund.objects.exists()

    done = staff_client.post(_refund_url(overpaid), {"is_sure": "on"}, follow=True)

    assert "Refunded: 19.99 USD." in done.text
    assert StripeRefund.objects.get().amount == 1999


def test_sent_twice_it_is_refunded_once(staff_client: Client, overpaid: Booking) -> None:
    staff_client.post(_refund_url(overpaid), {"is_sure": "on"})
    again = staff_client.post(_refund_url(overpaid), {"is_sure": "on"}, follow=True)
    assert "Nothing is overpaid anymore." in again.text
    assert StripeRefund.objects.count() == 1
    assert "Nothing is overpaid." in staff_client.get(_refund_url(overpaid), follow=True).text


def test_without_a_yes_nothing_is_refunded(staff_client: Client, overpaid: Booking) -> None:
    assert "Nothing was refunded." in staff_client.post(_refund_url(overpaid), {}).text
    assert not StripeRefund.objects.exists()


def test_staff_who_may_only_look_cannot_refund(viewer_client: Client, overpaid: Booking) -> None:
    assert _refund_url(overpaid) not in viewer_client.get(page_url(overpaid)).text
    assert viewer_client.post(_refund_url(overpaid), {"is_sure": "on"}).status_code == 403
    assert not StripeRefund.objects.exists()


def test_the_refund_is_in_no_transaction_under_atomic_requests(booking: Booking) -> None:
    assert resolve(_refund_url(booking)).func._non_atomic_requests == {"default"}


def test_the_list_finds_what_was_checked_and_is_still_overpaid(
    staff_client: Client, overpaid: Booking
) -> None:
    reconcile()
    listed = staff_client.get(list_url("booking"), {"problem": "overpaid_bookings"}).text
    assert overpaid.reference in listed
    assert "19.99 USD" in listed


def test_what_a_dispute_holds_is_shown_and_not_offered(
    staff_client: Client, overpaid: Booking
) -> None:
    make_disputes(StripePaymentIntent.objects.get(), amount=9999, status="needs_response")
    page = staff_client.get(page_url(overpaid)).text
    assert "19.99 USD" in page  # overpaid, if open disputes are won
    assert _refund_url(overpaid) not in page
    listed = staff_client.get(list_url("booking"), {"problem": "overpaid_bookings"}).text
    assert overpaid.reference not in listed


@pytest.mark.parametrize("changed", ["currency", "user"])
def test_a_payment_that_does_not_count_is_shown(
    staff_client: Client, alice: User, bob: User, booking: Booking, pay: Any, changed: str
) -> None:
    intent = pay(alice, None, None, booking=booking)
    Booking.objects.update(**{"currency": {"currency": "EUR"}, "user": {"user": bob}}[changed])

    page = staff_client.get(page_url(booking)).text

    assert f'<a href="{page_url(intent)}">99.99 USD</a>' in page
    listing = staff_client.get(list_url("booking"), {"problem": "overpaid_bookings"}).text
    assert booking.reference not in listing


def test_a_price_written_past_the_model_is_shown_and_corrected(
    staff_client: Client, booking: Booking
) -> None:
    Booking.objects.update(amount=-5, currency="usd")
    page = staff_client.get(page_url(booking))
    assert page.status_code == 200

    posted = _values(booking.user, reference="LIS-1", price="80", currency="usd")
    assert staff_client.post(page_url(booking), posted).status_code == 302
    booking.refresh_from_db()
    assert (booking.amount, booking.currency) == (8000, "USD")
