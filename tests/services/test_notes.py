"""Notes of staff on a payment: who may add them, and which texts are kept."""

import uuid
from datetime import UTC, datetime

import pytest

from payments_graphql.errors import (
    IdempotencyError,
    InvalidStateError,
    PermissionDeniedError,
    ValidationError,
)
from payments_graphql.models import PaymentNote
from payments_graphql.secret_texts import REDACTED
from payments_graphql.services.notes import add_note

pytestmark = pytest.mark.any_database


@pytest.fixture
def intent(alice, pay):
    return pay(alice, "50.00")


def test_a_note_is_of_a_person_and_a_payment(intent, sam):
    sam.first_name, sam.last_name = "S" * 150, "T" * 150
    sam.save()

    note = add_note(payment_intent=intent, text="  Called back.\r\nTwice. ", user=sam)

    note.refresh_from_db()
    assert (note.payment_intent, note.author, note.kind) == (intent, sam, "note")
    assert note.text == "Called back.\nTwice."
    assert note.author_name == f"{'S' * 150} {'T' * 104}"
    again = add_note(payment_intent=intent, text=note.text, user=sam)
    assert again.pk != note.pk


def test_others_may_not_add_one(intent, alice, bob):
    for person in (alice, bob, None):
        with pytest.raises(PermissionDeniedError, match="not allowed to add notes"):
            add_note(payment_intent=intent, text="Called back.", user=person)
    assert not PaymentNote.objects.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Enter a text"),
        (" \r\n ", "Enter a text"),
        ("x" * 2001, "at most 2000 characters"),
        ("a\0b", "cannot be stored"),
        ("\ud800", "cannot be stored"),
        ("The card is 4242 4242 4242 4242", "card number"),
        (f"{REDACTED} 4242 4242 4242 4242", "card number"),
    ],
)
def test_a_text_that_cannot_be_kept_is_refused_with_its_field(intent, sam, text, message):
    with pytest.raises(ValidationError, match=message) as caught:
        add_note(payment_intent=intent, text=text, user=sam)
    assert caught.value.path == ("text",)
    assert not PaymentNote.objects.exists()


@pytest.mark.parametrize("text", ["x" * 2000, f"The log says {REDACTED}."], ids=["long", "hidden"])
def test_every_other_text_is_kept_whole(intent, sam, text):
    assert add_note(payment_intent=intent, text=text, user=sam).text == text


def test_the_same_id_is_one_note(intent, alice, sam, pay, sue):
    other = pay(alice, "10.00")
    given = {"payment_intent": intent, "text": "Called back.", "user": sam, "id": uuid.uuid4()}
    note = add_note(**given)
    assert note.pk == given["id"]
    assert add_note(**given | {"text": " Called back. "}) == note

    sue.user_permissions.set(sam.user_permissions.all())
    for changed in ({"text": "Mailed."}, {"user": sue}, {"payment_intent": other}):
        with pytest.raises(IdempotencyError, match="already added") as caught:
            add_note(**given | changed)
        assert caught.value.path == ("text",)
    kept = PaymentNote.objects.get()
    assert (kept.payment_intent, kept.author, kept.text) == (intent, sam, "Called back.")


def test_an_erased_person_gets_no_more_notes(intent, sam):
    intent.customer.erased_at = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(InvalidStateError, match="was erased"):
        add_note(payment_intent=intent, text="Called back.", user=sam)
    assert not PaymentNote.objects.exists()
