"""The admin's refund page, over HTTP and against the sandbox."""

from collections.abc import Callable
from decimal import Decimal

import pytest
import stripe
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import transaction
from django.test import Client

from payments_graphql.models import (
    Booking,
    Operation,
    OperationKind,
    StripePaymentIntent,
    StripeRefund,
)
from payments_graphql.services import StripeService

from .conftest import page_url, refund_url

pytestmark = pytest.mark.any_database

type Pay = Callable[..., StripePaymentIntent]


@pytest.fixture
def intent(pay: Pay, alice: User) -> StripePaymentIntent:
    return pay(alice, "50.00")


def _fill_in(client: Client, intent: StripePaymentIntent, **values: str) -> dict[str, str]:
    """What a browser sends in the end: the rendered form, with `values` entered, after the page has
    shown what the refund means."""
    form = client.get(refund_url(intent)).context["form"]
    initial = {
        name: str(form.get_initial_for_field(field, name) or "")
        for name, field in form.fields.items()
    }
    return initial | values | {"confirmed": "yes"}


def test_the_page_offers_all_that_is_left(
    staff_client: Client, intent: StripePaymentIntent
) -> None:
    response = staff_client.get(refund_url(intent))
    assert response.status_code == 200
    assert response.context["form"]["amount"].value() == Decimal("50.00")
    assert "alice@example.com" not in response.text


def test_the_whole_payment_is_refunded_at_stripe(
    staff_client: Client, intent: StripePaymentIntent, dashboard: stripe.StripeClient, sam: User
) -> None:
    response = staff_client.post(refund_url(intent), _fill_in(staff_client, intent), follow=True)
    assert response.redirect_chain == [(page_url(intent), 302)]
    assert "The status of the refund of 50.00 USD is now" in response.text
    (refund,) = dashboard.v1.refunds.list().data
    assert (refund.amount, refund.status) == (5000, "succeeded")
    assert StripeRefund.objects.get().stripe_refund_id == refund.id
    assert Operation.objects.get(kind=OperationKind.CREATE_REFUND).actor == f"user:{sam.pk}"


def test_a_part_is_refunded_with_its_reason(
    staff_client: Client, intent: StripePaymentIntent
) -> None:
    values = _fill_in(
        staff_client, intent, amount="12.34", reason="duplicate", description="Booked twice"
    )
    assert staff_client.post(refund_url(intent), values).status_code == 302
    refund = StripeRefund.objects.get()
    assert (refund.amount, refund.reason, refund.description) == (1234, "duplicate", "Booked twice")
    assert staff_client.get(refund_url(intent)).context["form"]["amount"].value() == Decimal(
        "37.66"
    )


def test_an_empty_amount_refunds_what_is_left(
    staff_client: Client, intent: StripePaymentIntent, service: StripeService
) -> None:
    service.create_refund(intent, amount="20.00")
    values = _fill_in(staff_client, intent, amount="")
    assert staff_client.post(refund_url(intent), values).status_code == 302
    assert sorted(StripeRefund.objects.values_list("amount", flat=True)) == [2000, 3000]


def test_the_same_form_sent_twice_refunds_once(
    staff_client: Client, intent: StripePaymentIntent, dashboard: stripe.StripeClient
) -> None:
    values = _fill_in(staff_client, intent, amount="10.00")
    for _ in range(2):
        assert staff_client.post(refund_url(intent), values).status_code == 302
    assert [refund.amount for refund in dashboard.v1.refunds.list().data] == [1000]
    entry = LogEntry.objects.get()
    assert entry.object_id == str(intent.pk)
    assert entry.get_change_message() == (
        'The status of the refund of 10.00 USD is now "succeeded".'
    )


def test_the_whole_refund_sent_twice_succeeds_twice_and_refunds_once(
    staff_client: Client, intent: StripePaymentIntent, dashboard: stripe.StripeClient
) -> None:
    values = _fill_in(staff_client, intent)
    for _ in range(2):
        assert staff_client.post(refund_url(intent), values).status_code == 302
    assert len(dashboard.v1.refunds.list().data) == 1


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("50.01", "At most 50.00 USD can be refunded."),
        ("0", "Amount must be greater than zero."),
        ("-1", "Amount must be greater than zero."),
        ("1.005", "must be a multiple of 0.01"),
        ("NaN", "Amount must be a finite number."),
        ("1e400", "Amount must be at most"),
        ("ten", "Amount must be a number"),
        ("1\x00", "Null characters are not allowed."),
    ],
)
def test_a_wrong_amount_is_said_at_its_field_and_refunds_nothing(
    staff_client: Client,
    intent: StripePaymentIntent,
    dashboard: stripe.StripeClient,
    amount: str,
    message: str,
) -> None:
    values = _fill_in(staff_client, intent, amount=amount)
    response = staff_client.post(refund_url(intent), values)
    assert response.status_code == 200
    (error,) = response.context["form"].errors["amount"]
    assert message in error
    assert dashboard.v1.refunds.list().data == []
    assert not StripeRefund.objects.exists()


def test_after_a_refusal_the_form_can_be_corrected(
    staff_client: Client, intent: StripePaymentIntent
) -> None:
    values = _fill_in(staff_client, intent, amount="50.01")
    form = staff_client.post(refund_url(intent), values).context["form"]
    corrected = {name: form[name].value() or "" for name in form.fields} | {
        "amount": "50.00",
        "confirmed": "yes",
    }
    assert staff_client.post(refund_url(intent), corrected).status_code == 302
    assert StripeRefund.objects.get().amount == 5000


def test_after_stripe_refused_the_form_can_be_corrected(
    staff_client: Client, intent: StripePaymentIntent, dashboard: stripe.StripeClient
) -> None:
    """Someone refunded in Stripe's Dashboard, and the event has not arrived yet."""
    dashboard.v1.refunds.create(
        {"payment_intent": str(intent.stripe_payment_intent_id), "amount": 3000}
    )
    response = staff_client.post(refund_url(intent), _fill_in(staff_client, intent))
    assert response.status_code == 200
    form = response.context["form"]
    assert form.errors
    corrected = {name: form[name].value() or "" for name in form.fields} | {
        "amount": "20.00",
        "confirmed": "yes",
    }
    assert staff_client.post(refund_url(intent), corrected).status_code == 302
    assert sorted(refund.amount for refund in dashboard.v1.refunds.list().data) == [2000, 3000]


def test_an_unknown_reason_is_refused(staff_client: Client, intent: StripePaymentIntent) -> None:
    values = _fill_in(staff_client, intent, reason="boredom")
    form = staff_client.post(refund_url(intent), values).context["form"]
    assert list(form.errors) == ["reason"]
    assert not StripeRefund.objects.exists()


def test_an_unpaid_payment_offers_no_refund(
    staff_client: Client, service: StripeService, alice: User
) -> None:
    result = service.create_payment_intent(user=alice, amount="10.00", currency="USD")
    unpaid = result["payment_intent"]
    assert refund_url(unpaid) not in staff_client.get(page_url(unpaid)).text
    response = staff_client.get(refund_url(unpaid), follow=True)
    assert "cannot be refunded" in response.text
    response = staff_client.post(refund_url(unpaid), {"idempotency_key": "k"})
    assert "cannot be refunded" in response.context["form"].non_field_errors()[0]
    assert not StripeRefund.objects.exists()


def test_the_button_is_there_until_all_is_refunded(
    staff_client: Client, intent: StripePaymentIntent, service: StripeService
) -> None:
    assert refund_url(intent) in staff_client.get(page_url(intent)).text
    service.create_refund(intent)
    assert refund_url(intent) not in staff_client.get(page_url(intent)).text


def test_staff_who_may_only_look_cannot_refund(
    viewer_client: Client, intent: StripePaymentIntent
) -> None:
    assert refund_url(intent) not in viewer_client.get(page_url(intent)).text
    assert viewer_client.get(refund_url(intent)).status_code == 403
    assert viewer_client.post(refund_url(intent), {"idempotency_key": "k"}).status_code == 403
    assert not StripeRefund.objects.exists()


def test_staff_who_may_refund_but_not_look_cannot_refund(
    viewer: User, viewer_client: Client, intent: StripePaymentIntent
) -> None:
    viewer.user_permissions.set(Permission.objects.filter(codename="refund_payment"))
    assert viewer_client.get(refund_url(intent)).status_code == 403
    assert viewer_client.post(refund_url(intent), {"idempotency_key": "k"}).status_code == 403
    assert not StripeRefund.objects.exists()


def test_customers_are_sent_to_the_login(alice: User, intent: StripePaymentIntent) -> None:
    client = Client()
    client.force_login(alice)
    response = client.post(refund_url(intent), {"idempotency_key": "k"})
    assert response.status_code == 302
    assert "/login/" in response["Location"]
    assert not StripeRefund.objects.exists()


def test_a_form_from_another_site_is_refused(sam: User, intent: StripePaymentIntent) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(sam)
    assert client.post(refund_url(intent), {"idempotency_key": "k"}).status_code == 403
    assert not StripeRefund.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_page_holds_no_transaction_under_atomic_requests(
    staff_client: Client, intent: StripePaymentIntent, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = _fill_in(staff_client, intent)
    monkeypatch.setitem(transaction.get_connection().settings_dict, "ATOMIC_REQUESTS", True)
    assert staff_client.post(refund_url(intent), values).status_code == 302
    assert StripeRefund.objects.get().stripe_refund_id


def test_a_payment_that_does_not_exist_is_not_found(staff_client: Client) -> None:
    unknown = "/admin/payments_graphql/stripepaymentintent/00000000-0000-4000-8000-000000000000"
    assert staff_client.get(f"{unknown}/refund/").status_code == 404


@pytest.mark.parametrize(
    ("meaning", "reason", "due"),
    [
        ("", "", 0),
        ("", "duplicate", 2000),
        ("yes", "duplicate", 0),
        ("no", "requested_by_customer", 2000),
    ],
)
def test_it_says_what_the_refund_means_for_the_booking(
    staff_client: Client,
    pay: Pay,
    alice: User,
    booking: Booking,
    meaning: str,
    reason: str,
    due: int,
) -> None:
    intent = pay(alice, None, None, booking=booking)
    values = _fill_in(staff_client, intent, amount="20.00", meaning=meaning, reason=reason)
    assert staff_client.post(refund_url(intent), values).status_code == 302

    assert booking.amount_due == due
    shown = staff_client.get(page_url(StripeRefund.objects.get())).text
    assert "price reduction" in shown.lower()
    assert staff_client.get(page_url(booking)).status_code == 200


def test_without_a_booking_there_is_nothing_to_ask(
    staff_client: Client, intent: StripePaymentIntent
) -> None:
    assert "meaning" not in staff_client.get(refund_url(intent)).context["form"].fields
