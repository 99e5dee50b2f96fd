"""The admin's page that erases a person, and exports the data stored about them."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from payments_graphql.models import Operation, StripeCustomer

from .conftest import page_url

pytestmark = pytest.mark.any_database


def _url(name: str, customer: StripeCustomer) -> str:
    return reverse(f"admin:payments_graphql_stripecustomer_{name}", args=(customer.pk,))


def test_a_person_is_erased_once_it_is_confirmed(staff_client, sam, alice, pay, dashboard):
    intent = pay(alice, description="Alice's room")
    customer = intent.customer
    assert _url("erase", customer) in staff_client.get(page_url(customer)).text
    assert _url("export", customer) in staff_client.get(_url("erase", customer)).text
    assert staff_client.post(_url("erase", customer), {}).context["form"].errors

    response = staff_client.post(_url("erase", customer), {"is_sure": "on"}, follow=True)

    assert "The personal data was erased" in response.text
    intent.refresh_from_db()
    assert (intent.description, intent.receipt_email) == ("", "")
    assert dashboard.v1.customers.retrieve(customer.stripe_customer_id).to_dict()["deleted"]
    assert Operation.objects.get(kind="delete_customer").actor == f"user:{sam.pk}"
    assert "alice" not in str(LogEntry.objects.get()).lower()


def test_what_is_kept_is_a_download(staff_client, alice, pay):
    customer = pay(alice).customer

    response = staff_client.get(_url("export", customer))

    assert response.json()["user"]["email"] == "alice@example.com"
    assert response["Content-Disposition"].startswith("attachment")
    assert "no-store" in response["Cache-Control"]


def test_it_says_what_is_in_flight(staff_client, alice, service):
    held = service.create_payment_intent(
        user=alice, amount="20.00", currency="USD", capture_method="manual"
    )["payment_intent"]
    service.confirm_payment_intent(held, payment_method="pm_card_visa")

    response = staff_client.post(_url("erase", held.customer), {"is_sure": "on"})

    assert f"Payment {held.stripe_payment_intent_id} has the status" in response.text
    assert StripeCustomer.objects.get().erased_at is None


def test_it_needs_the_permission(staff_client, sam, alice, pay):
    customer = pay(alice).customer
    sam.user_permissions.remove(Permission.objects.get(codename="erase_customer"))

    assert _url("erase", customer) not in staff_client.get(page_url(customer)).text
    assert staff_client.get(_url("export", customer)).status_code == 403
    assert staff_client.post(_url("erase", customer), {"is_sure": "on"}).status_code == 403
    assert Client().get(_url("export", customer)).status_code == 302
    assert StripeCustomer.objects.get().erased_at is None


def test_pages_of_a_deleted_user_are_shown(staff_client, alice, booking, pay):
    intent = pay(alice, None, None, booking=booking)
    customer = intent.customer
    alice.delete()

    assert "deleted user" in staff_client.get(page_url(customer)).text
    for row in (customer, intent, booking, intent.payment_method):
        assert staff_client.get(page_url(row)).status_code == 200
        name = f"admin:payments_graphql_{row._meta.model_name}_changelist"
        assert "deleted user" in staff_client.get(reverse(name)).text


def test_the_booking_of_a_deleted_user_can_be_canceled(staff_client, alice, booking):
    alice.delete()
    form = staff_client.get(page_url(booking)).context["adminform"].form
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    sent = {name: value for name, value in values.items() if value is not None}
    inline = {"payment_intents-TOTAL_FORMS": 0, "payment_intents-INITIAL_FORMS": 0}

    canceled = {"canceled_at_0": "2034-05-01", "canceled_at_1": "12:00:00"}
    answer = staff_client.post(page_url(booking), {**sent, **inline, **canceled})

    assert answer.status_code == 302, answer.context["errors"]
    booking.refresh_from_db()
    assert (booking.user, booking.canceled_at is not None) == (None, True)
