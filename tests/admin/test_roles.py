"""The groups Support, Finance and Engineer in the admin: where each gets, and what it can do."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from payments_graphql.models import Booking, StripePaymentIntent, StripeWebhookEvent

from .conftest import (
    accept_url,
    action_url,
    fill_in,
    list_url,
    page_url,
    refund_url,
    retry_url,
)
from .rows import make_payment

pytestmark = pytest.mark.any_database

SEEN = (
    "booking",
    "operation",
    "refundrequest",
    "statuschange",
    "stripecustomer",
    "stripedispute",
    "stripepaymentintent",
    "stripepaymentmethod",
    "striperefund",
    "stripesetupintent",
)


@pytest.fixture
def staff(sue: User, fay: User, erin: User) -> dict[str, Client]:
    clients = {}
    for user in (sue, fay, erin):
        clients[user.username] = Client()
        clients[user.username].force_login(user)
    return clients


def test_each_sees_the_lists_of_its_group(staff: dict[str, Client]) -> None:
    intent = make_payment(1)
    for name, client in staff.items():
        for model in SEEN:
            assert client.get(list_url(model)).status_code == 200, (name, model)
        assert client.get(page_url(intent)).status_code == 200
        event = client.get(list_url("stripewebhookevent"))
        assert event.status_code == (200 if name == "erin" else 403)


@pytest.mark.parametrize("name", ["sue", "fay", "erin"])
def test_nobody_of_them_changes_a_booking(staff: dict[str, Client], name: str) -> None:
    make_payment(1)
    booking = Booking.objects.get()
    staff[name].post(page_url(booking), {"amount": "1.00"})
    booking.refresh_from_db()
    assert booking.amount == 5000


def test_support_and_finance_refund_and_an_engineer_does_not(
    staff: dict[str, Client], pay: Callable[..., StripePaymentIntent], alice: User
) -> None:
    intent = pay(alice)
    may = {name: client.get(refund_url(intent)).status_code for name, client in staff.items()}
    assert may == {"sue": 200, "fay": 200, "erin": 403}
    shown = {
        name
        for name, client in staff.items()
        if refund_url(intent) in client.get(page_url(intent)).text
    }
    assert shown == {"sue", "fay"}


def test_an_engineer_replays_a_dead_event(staff: dict[str, Client]) -> None:
    make_payment(1)
    event = StripeWebhookEvent.objects.get()
    StripeWebhookEvent.objects.update(state="dead")
    may = {name: client.get(retry_url(event)).status_code for name, client in staff.items()}
    assert may == {"sue": 403, "fay": 403, "erin": 200}

    response = staff["erin"].post(retry_url(event), follow=True)
    assert "The event was processed again." in response.text


def test_everybody_adds_notes_and_reads_those_of_the_others(
    staff: dict[str, Client], pay: Callable[..., StripePaymentIntent], alice: User
) -> None:
    intent = pay(alice)
    url = action_url(intent, "note")
    for name, client in staff.items():
        client.post(url, fill_in(client, url, text=f"Called by {name}."))
    for client in staff.values():
        page = client.get(page_url(intent)).text
        assert all(f"Called by {name}." in page for name in staff)


def test_finance_and_engineers_see_what_differs_from_stripe(staff: dict[str, Client]) -> None:
    may = {name: client.get(list_url("driftfinding")).status_code for name, client in staff.items()}
    assert may == {"sue": 403, "fay": 200, "erin": 200}


def test_each_sees_the_dashboard(staff: dict[str, Client]) -> None:
    for client in staff.values():
        assert client.get(list_url("dashboard")).status_code == 200


def test_finance_exports(staff: dict[str, Client]) -> None:
    url = reverse("admin:payments_graphql_stripepaymentintent_export", args=("csv",))
    may = {name: client.get(url).status_code for name, client in staff.items()}
    assert may == {"sue": 403, "fay": 200, "erin": 403}


def test_finance_answers_disputes(staff: dict[str, Client]) -> None:
    intent = make_payment(1)
    dispute = intent.disputes.get()
    may = {name: client.get(accept_url(dispute)).status_code for name, client in staff.items()}
    assert may == {"sue": 403, "fay": 200, "erin": 403}
