"""Notes of staff on a payment, reading from Stripe, and showing personal data."""

from typing import Any

import pytest
import stripe
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client

from payments_graphql import erasing
from payments_graphql.models import PaymentNote, StripePaymentIntent

from .conftest import action_url, fill_in, page_url

pytestmark = pytest.mark.any_database


@pytest.fixture
def intent(pay: Any, alice: User) -> StripePaymentIntent:
    User.objects.filter(pk=alice.pk).update(first_name="Alice", last_name="Example")
    alice.refresh_from_db()
    paid: StripePaymentIntent = pay(alice, "50.00")
    return paid


def _add(client: Client, intent: StripePaymentIntent, text: str) -> Any:
    url = action_url(intent, "note")
    return client.post(url, fill_in(client, url, text=text), follow=True)


def test_a_note_is_shown_with_its_author(
    staff_client: Client, intent: StripePaymentIntent, sam: User
) -> None:
    User.objects.filter(pk=sam.pk).update(first_name="Sam", last_name="Staff")
    page = _add(staff_client, intent, "Called back.\r\nWants a refund <b>soon</b>.")
    assert page.redirect_chain == [(page_url(intent), 302)]
    assert "Called back.<br>Wants a refund &lt;b&gt;soon&lt;/b&gt;." in page.text
    assert "Sam Staff" in page.text
    assert not LogEntry.objects.exists()  # the note itself says who
    User.objects.filter(pk=sam.pk).delete()
    note = PaymentNote.objects.get()
    assert (note.author, note.author_name) == (None, "Sam Staff")


def test_a_note_sent_twice_is_added_once(staff_client: Client, intent: StripePaymentIntent) -> None:
    url = action_url(intent, "note")
    values = fill_in(staff_client, url, text="Called back.")
    for _ in range(2):
        assert staff_client.post(url, values).status_code == 302
    assert PaymentNote.objects.count() == 1
    form = staff_client.post(url, values | {"text": "Something else"}).context["form"]
    assert "already added" in form.errors["text"][0]
    assert PaymentNote.objects.get().text == "Called back."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "required"),
        ("x" * 2001, "at most 2000"),
        ("The card is 4242 4242 4242 4242", "card number"),
        ("\0", "Null characters"),
    ],
    ids=["empty", "long", "card", "null"],
)
def test_a_text_that_cannot_be_kept_is_refused(
    staff_client: Client, intent: StripePaymentIntent, text: str, message: str
) -> None:
    url = action_url(intent, "note")
    values = fill_in(staff_client, url) | {"text": text}
    errors = staff_client.post(url, values).context["form"].errors["text"]
    assert message in errors[0]
    assert not PaymentNote.objects.exists()


def test_a_note_of_the_longest_length_is_kept_whole(
    staff_client: Client, intent: StripePaymentIntent
) -> None:
    _add(staff_client, intent, "x" * 2000)
    assert PaymentNote.objects.get().text == "x" * 2000


def test_notes_are_shown_only_to_those_who_may_view_them(
    staff_client: Client, viewer: User, viewer_client: Client, intent: StripePaymentIntent
) -> None:
    _add(staff_client, intent, "Called back.")
    assert "Called back." in viewer_client.get(page_url(intent)).text
    viewer.user_permissions.remove(Permission.objects.get(codename="view_paymentnote"))
    assert "Called back." not in viewer_client.get(page_url(intent)).text


def test_notes_are_exported_and_erased_with_the_person(
    staff_client: Client, intent: StripePaymentIntent
) -> None:
    _add(staff_client, intent, "Called back.")
    person = erasing.find_of(intent.customer)
    assert "Called back." in erasing.export(person)
    erasing.erase(person)
    assert PaymentNote.objects.get().text == ""
    page = staff_client.get(page_url(intent)).text
    assert "Called back." not in page
    assert "(erased)" in page
    assert "no notes can be added" in page
    url = action_url(intent, "note")
    assert staff_client.get(url).status_code == 302
    values = {"text": "More", "id": "00000000-0000-4000-8000-000000000000"}
    assert staff_client.post(url, values).context["form"].non_field_errors()
    assert PaymentNote.objects.count() == 1


def test_a_payment_is_read_from_stripe(
    viewer_client: Client, intent: StripePaymentIntent, dashboard: stripe.StripeClient
) -> None:
    dashboard.v1.refunds.create(
        {"payment_intent": str(intent.stripe_payment_intent_id), "amount": 1200}
    )
    assert "refunded." not in viewer_client.get(page_url(intent)).text
    url = action_url(intent, "read")
    assert viewer_client.get(url).status_code == 200
    response = viewer_client.post(url, follow=True)
    assert "Read from Stripe." in response.text
    assert "12.00 USD refunded. 38.00 USD kept." in response.text
    assert LogEntry.objects.get().user.username == "vera"


def test_names_are_masked_until_they_are_asked_for_which_is_logged(
    staff_client: Client, intent: StripePaymentIntent, sam: User, caplog: Any
) -> None:
    page = staff_client.get(page_url(intent)).text
    assert "A••• E•••" in page
    assert "a•••@example.com" in page
    url = action_url(intent, "reveal")
    assert staff_client.get(url).status_code == 302
    assert not LogEntry.objects.exists()

    with caplog.at_level("INFO", logger="payments_graphql"):
        shown = staff_client.post(url)
    assert shown.status_code == 200
    assert "Alice Example" in shown.text
    assert "alice@example.com" in shown.text
    assert "no-store" in shown["Cache-Control"]
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (sam, str(intent.pk))
    (record,) = [one for one in caplog.records if "personal_data_seen" in one.getMessage()]
    assert record.event_fields["actor"] == f"user:{sam.pk}"
    assert record.event_fields["payment_intent"] == str(intent.pk)
    assert "alice" not in record.getMessage()

    later = staff_client.get(page_url(intent)).text
    assert "alice@example.com" not in later
    assert "Saw the name and the e-mail addresses of the customer" in later


def test_only_those_with_the_permission_see_names(
    viewer: User, viewer_client: Client, intent: StripePaymentIntent
) -> None:
    url = action_url(intent, "reveal")
    assert url not in viewer_client.get(page_url(intent)).text
    assert viewer_client.post(url).status_code == 403
    viewer.user_permissions.set(Permission.objects.filter(codename="see_personal_data"))
    assert viewer_client.post(url).status_code == 403  # who may not view the payment
    assert not LogEntry.objects.exists()
