"""People edit bookings, in major units."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from payments_graphql.models import Booking

from .conftest import page_url

ADD = "admin:payments_graphql_booking_add"


def _values(user: User, /, **values: str) -> dict[str, Any]:
    inline = "payment_intents"
    return {
        "reference": "ROM-1",
        "user": str(user.pk),
        "description": "Rome",
        "price": "120.50",
        "currency": "eur",
        "canceled_at_0": "",
        "canceled_at_1": "",
        f"{inline}-TOTAL_FORMS": "0",
        f"{inline}-INITIAL_FORMS": "0",
    } | values


def test_a_booking_is_added_with_its_price_in_major_units(
    staff_client: Client, alice: User
) -> None:
    response = staff_client.post(reverse(ADD), _values(alice))
    assert response.status_code == 302, response.context["errors"]
    booking = Booking.objects.get()
    assert (booking.amount, booking.currency, booking.user) == (12050, "EUR", alice)


def test_a_booking_is_changed(staff_client: Client, alice: User, booking: Booking) -> None:
    page = staff_client.get(page_url(booking))
    assert 'value="99.99"' in page.text
    values = _values(alice, reference="LIS-1", price="80", currency="USD")
    assert staff_client.post(page_url(booking), values).status_code == 302
    booking.refresh_from_db()
    assert (booking.amount, booking.currency) == (8000, "USD")


@pytest.mark.parametrize(
    ("field", "value", "blamed"),
    [
        ("price", "1.005", "price"),
        ("price", "-1", "price"),
        ("price", "NaN", "price"),
        ("price", "1e400", "price"),
        ("price", "", "price"),
        ("price", "ten", "price"),
        ("price", "0", "price"),
        ("reference", "  ", "reference"),
        ("currency", "XXX", "currency"),
        ("currency", "", "currency"),
        ("user", "999999", "user"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    staff_client: Client, alice: User, field: str, value: str, blamed: str
) -> None:
    response = staff_client.post(reverse(ADD), _values(alice, **{field: value}))
    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == [blamed]
    assert not Booking.objects.exists()


def test_a_yen_has_no_decimals(staff_client: Client, alice: User) -> None:
    response = staff_client.post(reverse(ADD), _values(alice, price="10.5", currency="JPY"))
    assert list(response.context["adminform"].form.errors) == ["price"]
    assert (
        staff_client.post(reverse(ADD), _values(alice, price="1050", currency="JPY")).status_code
        == 302
    )
    assert Booking.objects.get().amount == 1050


def test_the_page_shows_what_is_paid_and_due(
    staff_client: Client, alice: User, booking: Booking, pay: Any
) -> None:
    pay(alice, "40.00", None, booking=booking, partial=True)
    page = staff_client.get(page_url(booking)).text
    assert "40.00 USD" in page
    assert "59.99 USD" in page


def test_a_booking_with_payments_cannot_be_deleted(
    staff_client: Client, alice: User, booking: Booking, pay: Any
) -> None:
    pay(alice, None, None, booking=booking)
    staff_client.post(f"{page_url(booking)[:-7]}delete/", {"post": "yes"})
    assert Booking.objects.filter(pk=booking.pk).exists()


def test_staff_who_may_only_look_see_the_price(
    viewer_client: Client, alice: User, booking: Booking
) -> None:
    page = viewer_client.get(page_url(booking))
    assert page.status_code == 200
    assert "99.99" in page.text
    assert viewer_client.post(page_url(booking), _values(alice)).status_code == 403


class TestAnotherUser:
    @pytest.fixture
    def move(self, staff_client: Client, bob: User, booking: Booking) -> Any:
        """The page after the redirect, and its messages."""

        def move() -> str:
            values = _values(
                bob, reference="LIS-1", description="Lisbon", price="99.99", currency="USD"
            )
            response = staff_client.post(page_url(booking), values, follow=True)
            booking.refresh_from_db()
            assert booking.user == bob
            return response.text

        return move

    @pytest.mark.django_db(transaction=True)
    def test_the_open_payment_of_the_one_before_is_canceled(
        self, alice: User, booking: Booking, service: Any, move: Any
    ) -> None:
        created = service.create_payment_intent(user=alice, booking=booking)

        assert "The open payment of 99.99 USD was canceled." in move()

        created["payment_intent"].refresh_from_db()
        assert created["payment_intent"].status == "canceled"

    @pytest.mark.django_db(transaction=True)
    def test_who_paid_it_is_named(
        self, alice: User, booking: Booking, pay: Any, move: Any, staff_client: Client
    ) -> None:
        pay(alice, None, None, booking=booking)

        assert "The payment by alice no longer counts for this booking." in move()

        assert "alice" in staff_client.get(page_url(booking)).text
