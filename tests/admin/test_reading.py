"""Lists and pages of the admin: what they show, to whom, and at what cost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from payments_graphql.admin.read_only import MOST_INLINE_ROWS
from payments_graphql.models import (
    Booking,
    CauseKind,
    EventState,
    Operation,
    OperationKind,
    OperationState,
    StatusChange,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
    StripeWebhookEvent,
)
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import setup_intents

from .conftest import list_url, page_url

MACHINE_OWNED = (
    Operation,
    StatusChange,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
    StripeWebhookEvent,
)
ALL = (*MACHINE_OWNED, Booking)

CLIENT_SECRET = "pi_1_secret_2xYzAbCdEf"
SECRETS = (CLIENT_SECRET, "2xYzAbCdEf", "sk_live_51Habc", "4242424242424242", "@example.com")


def _make_payment(number: int) -> StripePaymentIntent:
    """One row of every model, each with secrets that should never have got there."""
    user = User.objects.create_user(f"user{number}", f"user{number}@example.com")
    booking = Booking.objects.create(
        reference=f"REF-{number}", user=user, amount=5000, currency="USD", description=CLIENT_SECRET
    )
    customer = StripeCustomer.objects.create(user=user, stripe_customer_id=f"cus_{number}")
    method = StripePaymentMethod.objects.create(
        customer=customer, stripe_payment_method_id=f"pm_{number}", brand="visa", last4="4242",
        exp_month=1, exp_year=2024,
    )  # fmt: skip
    customer.default_payment_method = method
    customer.save()
    intent = StripePaymentIntent.objects.create(
        customer=customer, booking=booking, payment_method=method, amount=5000,
        amount_received=5000, currency="USD", status="succeeded",
        stripe_payment_intent_id=f"pi_{number}", receipt_email=f"user{number}@example.com",
        description="card 4242424242424242", metadata={"note": "sk_live_51Habc"},
        last_error={"message": f"declined {CLIENT_SECRET}"},
    )  # fmt: skip
    refund = StripeRefund.objects.create(
        payment_intent=intent, amount=1000, currency="USD", status="succeeded",
        stripe_refund_id=f"re_{number}", description=f"for user{number}@example.com",
    )  # fmt: skip
    dispute = StripeDispute.objects.create(
        payment_intent=intent, amount=2500, currency="USD", status="needs_response",
        stripe_dispute_id=f"du_{number}", reason="fraudulent", evidence_due_by=timezone.now(),
    )  # fmt: skip
    setup_intent = StripeSetupIntent.objects.create(
        customer=customer, payment_method=method, status="requires_payment_method",
        stripe_setup_intent_id=f"seti_{number}", last_error={"message": f"no {CLIENT_SECRET}"},
    )  # fmt: skip
    StatusChange.objects.create(
        payment_intent=intent, refund=refund, dispute=dispute, setup_intent=setup_intent,
        to_status="succeeded",
        cause_kind=CauseKind.EVENT, cause_id="evt_1", occurred_at=timezone.now(),
    )  # fmt: skip
    Operation.objects.create(
        actor=f"user:{user.pk}", key=f"key sk_live_51Habc {number}", input_hash="0",
        kind=OperationKind.CREATE_REFUND, state=OperationState.FAILED, payment_intent=intent,
        customer=customer, refund=refund, payment_method=method, dispute=dispute,
        setup_intent=setup_intent,
        parameters={"receipt_email": f"user{number}@example.com", "client_secret": CLIENT_SECRET},
        error={"message": "card 4242424242424242"},
        created_at=timezone.now(),
    )  # fmt: skip
    StripeWebhookEvent.objects.create(
        event_id=f"evt_{number}", type="payment_intent.succeeded", object_id=f"pi_{number}",
        state=EventState.FAILED, error=f"ValueError: {CLIENT_SECRET}",
        stripe_created=timezone.now(),
        payload={"data": {"object": {"client_secret": CLIENT_SECRET, "email": "a@example.com"}}},
        received_at=timezone.now(),
    )  # fmt: skip
    return intent


def _name(model: Any) -> str:
    return str(model._meta.model_name)


@pytest.mark.parametrize("model", ALL, ids=_name)
def test_a_list_costs_the_same_sql_for_any_number_of_rows(staff_client: Client, model: Any) -> None:
    _make_payment(1)
    staff_client.get(list_url(_name(model)))  # content types are read once
    with CaptureQueriesContext(connection) as few:
        assert staff_client.get(list_url(_name(model))).status_code == 200
    for number in range(2, 6):
        _make_payment(number)
    with CaptureQueriesContext(connection) as many:
        response = staff_client.get(list_url(_name(model)))
    assert len(response.context["cl"].result_list) == 5
    assert len(many) == len(few)
    assert len(many) <= 10


@pytest.mark.parametrize("model", ALL, ids=_name)
def test_no_page_shows_a_secret(staff_client: Client, model: Any) -> None:
    _make_payment(1)
    row = model.objects.get()
    for url in (list_url(_name(model)), page_url(row)):
        response = staff_client.get(url)
        assert response.status_code == 200
        shown = response.text.replace("•••@example.com", "")
        if model is not Booking or url != page_url(row):  # people write a booking's text
            assert [secret for secret in SECRETS if secret in shown] == []


@pytest.mark.parametrize("model", MACHINE_OWNED, ids=_name)
def test_rows_that_a_machine_owns_cannot_be_written(staff_client: Client, model: Any) -> None:
    _make_payment(1)
    row = model.objects.get()
    before = model.objects.values().get()
    values = {field.name: "1" for field in model._meta.fields}
    assert staff_client.post(page_url(row), values).status_code == 403
    assert staff_client.post(f"{page_url(row)[:-7]}delete/", {"post": "yes"}).status_code == 403
    add = reverse(f"admin:payments_graphql_{_name(model)}_add")
    assert staff_client.post(add, values).status_code == 403
    assert staff_client.get(add).status_code == 403
    staff_client.post(
        list_url(_name(model)),
        {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"},
    )
    assert model.objects.values().get() == before
    page = staff_client.get(page_url(row)).text
    assert 'name="_save"' not in page


@pytest.mark.parametrize("model", MACHINE_OWNED, ids=_name)
def test_not_even_a_superuser_may_write_them(model: Any, rf: Any, db: None) -> None:
    request = rf.get("/")
    request.user = User.objects.create_superuser("root")
    model_admin = site.get_model_admin(model)
    assert model_admin.has_view_permission(request)
    assert not model_admin.has_add_permission(request)
    assert not model_admin.has_change_permission(request)
    assert not model_admin.has_delete_permission(request)


@pytest.mark.parametrize("model", ALL, ids=_name)
def test_staff_without_permission_see_nothing(
    viewer: User, viewer_client: Client, model: Any
) -> None:
    intent = _make_payment(1)
    viewer.user_permissions.clear()
    assert viewer_client.get(list_url(_name(model))).status_code == 403
    assert viewer_client.get(page_url(model.objects.get())).status_code == 403
    index = viewer_client.get(reverse("admin:index"))
    assert list_url(_name(model)) not in index.text
    assert intent.stripe_payment_intent_id not in index.text


def test_related_rows_are_shown_only_to_those_who_may_see_them(
    viewer: User, viewer_client: Client
) -> None:
    intent = _make_payment(1)
    assert "re_1" in viewer_client.get(page_url(intent)).text
    viewer.user_permissions.set(Permission.objects.filter(codename="view_stripepaymentintent"))
    page = viewer_client.get(page_url(intent))
    assert page.status_code == 200
    assert "re_1" not in page.text


def test_every_model_has_a_list(db: None) -> None:
    # Nothing to look at.
    hidden = {"eventcursor", "importcursor", "signalreceiver", "stripeaccount"}
    models = {_name(model) for model in apps.get_app_config("payments_graphql").get_models()}
    registered = {_name(model) for model in site._registry}
    assert models - registered <= hidden


@pytest.mark.parametrize(
    ("model", "term"),
    [
        (StripeCustomer, "cus_1"),
        (StripeCustomer, "user1"),
        (StripeCustomer, "USER1@example"),
        (StripePaymentIntent, "pi_1"),
        (StripePaymentIntent, "cus_1"),
        (StripePaymentIntent, "REF-1"),
        (StripePaymentIntent, "user1@example.com"),
        (StripePaymentMethod, "pm_1"),
        (StripePaymentMethod, "user1"),
        (StripeRefund, "re_1"),
        (StripeRefund, "pi_1"),
        (StripeRefund, "REF-1"),
        (StripeDispute, "du_1"),
        (StripeDispute, "pi_1"),
        (StripeDispute, "REF-1"),
        (StripeDispute, "user1@example.com"),
        (StripeSetupIntent, "seti_1"),
        (StripeSetupIntent, "cus_1"),
        (StripeSetupIntent, "USER1@example"),
        (Operation, "pi_1"),
        (Operation, "re_1"),
        (Operation, "du_1"),
        (Operation, "seti_1"),
        (StatusChange, "REF-1"),
        (StatusChange, "du_1"),
        (StatusChange, "seti_1"),
        (StripeWebhookEvent, "evt_1"),
        (StripeWebhookEvent, "pi_1"),
        (Booking, "REF-1"),
        (Booking, "user1@example.com"),
    ],
)
def test_a_search_finds_one_row(staff_client: Client, model: Any, term: str) -> None:
    for number in (1, 2):
        _make_payment(number)
    rows = staff_client.get(list_url(_name(model)), {"q": term}).context["cl"].result_list
    assert len(rows) == 1
    owner = getattr(rows[0], "user", None) or getattr(rows[0], "customer", None)
    assert "2" not in str(rows[0].stripe_customer_id if isinstance(rows[0], StripeCustomer) else "")
    assert owner is None or "user2" not in str(owner)


@pytest.mark.parametrize("model", ALL, ids=_name)
@pytest.mark.parametrize(
    "term", ["nothing", "pi_", "\x00", "é" * 300, "00000000-0000-4000-8000-000000000000"]
)
def test_a_search_for_anything_is_answered(staff_client: Client, model: Any, term: str) -> None:
    assert staff_client.get(list_url(_name(model)), {"q": term}).status_code == 200


def test_a_row_is_found_by_its_own_id(staff_client: Client) -> None:
    wanted, _ = _make_payment(1), _make_payment(2)
    response = staff_client.get(list_url("stripepaymentintent"), {"q": str(wanted.pk)})
    assert list(response.context["cl"].result_list) == [wanted]


def test_payments_are_filtered_by_status(staff_client: Client) -> None:
    _make_payment(1)
    canceled = _make_payment(2)
    StripePaymentIntent.objects.filter(pk=canceled.pk).update(status="canceled")
    response = staff_client.get(list_url("stripepaymentintent"), {"status__exact": "canceled"})
    assert list(response.context["cl"].result_list) == [canceled]


def test_a_payment_shows_its_amounts_refunds_operations_and_history(staff_client: Client) -> None:
    page = staff_client.get(page_url(_make_payment(1))).text
    shown = (
        "50.00 USD",
        "10.00 USD",
        "re_1",
        "create_refund",
        "evt_1",
        "REF-1",
        "25.00 USD",
        "du_1",
    )
    for text in shown:
        assert text.lower() in page.lower().replace("create refund", "create_refund"), text


def test_disputes_are_filtered_by_status(staff_client: Client) -> None:
    open_one, lost = _make_payment(1).disputes.get(), _make_payment(2).disputes.get()
    StripeDispute.objects.filter(pk=lost.pk).update(status="lost")
    for status, expected in (("lost", [lost]), ("needs_response", [open_one]), ("won", [])):
        response = staff_client.get(list_url("stripedispute"), {"status__exact": status})
        assert list(response.context["cl"].result_list) == expected


def test_a_dispute_shows_what_it_is_about(staff_client: Client) -> None:
    intent = _make_payment(1)
    dispute = intent.disputes.get()
    for url in (list_url("stripedispute"), page_url(dispute)):
        page = staff_client.get(url).text
        for text in ("du_1", "Needs Response", "25.00 USD", "fraudulent", page_url(intent)):
            assert text in page, text
    history = staff_client.get(page_url(dispute)).text
    assert "evt_1" in history
    assert "Create Refund" in history


@pytest.mark.parametrize("model", [Operation, StatusChange], ids=_name)
def test_what_it_belongs_to_is_linked(staff_client: Client, model: Any) -> None:
    intent = _make_payment(1)
    page = staff_client.get(page_url(model.objects.get())).text
    setup_intent = StripeSetupIntent.objects.get()
    for row in (intent, intent.refunds.get(), intent.disputes.get(), setup_intent):
        assert page_url(row) in page
    model.objects.update(refund=None)
    assert page_url(intent.disputes.get()) in staff_client.get(list_url(_name(model))).text
    model.objects.update(dispute=None)
    assert page_url(setup_intent) in staff_client.get(list_url(_name(model))).text


def test_a_customer_links_to_the_whole_payment_history(staff_client: Client) -> None:
    customer = _make_payment(1).customer
    _make_payment(2)
    page = staff_client.get(page_url(customer)).text
    query = f"?customer__id__exact={customer.pk}"
    assert query in page
    response = staff_client.get(list_url("stripepaymentintent") + query)
    assert len(response.context["cl"].result_list) == 1


def test_a_customer_with_many_payments_shows_the_newest(staff_client: Client) -> None:
    intent = _make_payment(1)
    StripePaymentIntent.objects.bulk_create(
        StripePaymentIntent(
            customer=intent.customer, amount=100 + number, currency="USD", status="canceled",
            created_at=timezone.now() + timedelta(seconds=number),
        )
        for number in range(MOST_INLINE_ROWS + 5)
    )  # fmt: skip
    with CaptureQueriesContext(connection) as queries:
        page = staff_client.get(page_url(intent.customer))
    formset = page.context["inline_admin_formsets"][0].formset
    assert len(formset.forms) == MOST_INLINE_ROWS
    assert len(queries) < 20


def test_what_stripe_has_not_accepted_yet_is_marked(staff_client: Client) -> None:
    intent, accepted = _make_payment(1), _make_payment(2)
    StripePaymentIntent.objects.filter(pk=intent.pk).update(stripe_payment_intent_id=None)
    assert "not accepted yet" in staff_client.get(list_url("stripepaymentintent")).text
    assert "not accepted yet" in staff_client.get(page_url(intent)).text
    for value, expected in (("no", [intent]), ("yes", [accepted]), ("other", [accepted, intent])):
        response = staff_client.get(list_url("stripepaymentintent"), {"accepted": value})
        assert list(response.context["cl"].result_list) == expected


def test_objects_link_to_stripes_dashboard_but_not_from_the_sandbox(
    staff_client: Client, settings: Any
) -> None:
    intent = _make_payment(1)
    address = "https://dashboard.stripe.com/test/payments/pi_1"
    assert address not in staff_client.get(page_url(intent)).text
    settings.STRIPE_API_BASE = ""
    assert address in staff_client.get(page_url(intent)).text
    dispute, setup_intent = intent.disputes.get(), StripeSetupIntent.objects.get()
    for row, room in ((dispute, "disputes/du_1"), (setup_intent, "setup_intents/seti_1")):
        assert f"https://dashboard.stripe.com/test/{room}" in staff_client.get(page_url(row)).text
    StripePaymentIntent.objects.filter(pk=intent.pk).update(livemode=True)
    live = "https://dashboard.stripe.com/payments/pi_1"
    assert live in staff_client.get(page_url(intent)).text


def test_a_real_payment_is_shown(
    staff_client: Client, pay: Callable[..., StripePaymentIntent], alice: User, booking: Booking
) -> None:
    intent = pay(alice, None, None, booking=booking, method="pm_card_createDispute")
    reconcile()
    assert StripeDispute.objects.exists()
    setup_intents.create_setup_intent(user=alice)
    page = staff_client.get(page_url(intent)).text
    assert intent.stripe_payment_intent_id in page
    assert "a•••@example.com" in page
    assert "alice@example.com" not in page
    for model in ALL:
        for row in model.objects.all():
            assert staff_client.get(page_url(row)).status_code == 200
